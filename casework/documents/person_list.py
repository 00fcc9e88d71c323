"""The board as a workbook: 学生名单, a whitelist of columns, numbers masked (在册看板导出)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from casework.documents.sheets import Sheet, Value, write_workbook
from casework.domain.statuses import STAGE_NAMES, STATUS_NAMES
from casework.domain.units import Units
from casework.projections.board_lines import BoardLine
from casework.projections.weekly_report import NO_SCHOOL

Cell = Callable[[BoardLine, Units], Value]


def _of_child(name: str) -> Cell:
    return lambda line, units: getattr(line.child, name) if line.child is not None else ""


def _of_case(name: str) -> Cell:
    return lambda line, units: getattr(line.case, name)


def _unit_of_roster(name: str) -> Cell:
    return lambda line, units: units.name(getattr(line.roster, name)) if line.roster is not None else ""


def _guardian(line: BoardLine, units: Units) -> str:
    if line.child is None:
        return ""
    relation = line.child.guardian_relation
    return f"{line.child.guardian}（{relation}）" if relation else str(line.child.guardian)


def _letter(line: BoardLine, units: Units) -> str:
    row = line.case
    if not row.letter:
        return ""
    served = f"{row.served_on}送达" if row.served_on else "未送达"
    return f"{row.letter} {row.letter_on}，{served}"


COLUMNS: dict[str, Cell] = {
    "姓名": lambda line, units: line.child.name if line.child is not None and line.child.name else "已清除",
    "性别": _of_child("sex"),
    "民族": _of_child("ethnicity"),
    "出生日期": _of_child("birth"),
    "证件号": _of_child("cert_mask"),
    "学籍号": _of_child("student_no"),
    "学校": lambda line, units: units.name(line.case.school) or NO_SCHOOL,
    "学段": lambda line, units: STAGE_NAMES.get(line.case.stage, ""),
    "年级": _of_case("grade"),
    "班级": _of_case("klass"),
    "户籍地": _unit_of_roster("registration"),
    "现居住地": _unit_of_roster("residence"),
    "监护人及关系": _guardian,
    "联系电话": _of_child("phone_mask"),
    "特殊群体": _of_case("groups"),
    "状态": lambda line, units: STATUS_NAMES[line.case.status],
    "状态起始日期": _of_case("since"),
    "离校日期": _of_case("out_since"),
    "再次离校": lambda line, units: "是" if line.case.relapses else "",
    "失学类型": _of_case("lost_type"),
    "原因": _of_case("cause"),
    "班主任": lambda line, units: line.teacher,
    "校长": lambda line, units: line.principal,
    "村长": lambda line, units: line.village_head,
    "帮扶责任人": lambda line, units: line.helper,
    "劝返次数": _of_case("visits"),
    "最近劝返日期": _of_case("visited_on"),
    "最近劝返结果": _of_case("outcome"),
    "已下达文书及日期": _letter,
    "约定日期": _of_case("agreed_on"),
}
"""Header → what stands under it. What is not named here leaves no office: whole numbers, addresses, talks."""


def write_person_list(
    target: Path | BinaryIO,
    lines: Iterable[BoardLine],
    units: Units,
    *,
    title: str,
    notes: Sequence[str],
    at: datetime,
) -> int:
    """Writes the list; `notes` say whose it is, what was asked for, who exported it."""
    sheet = Sheet("学生名单", ("序号", *COLUMNS), _rows(lines, units), (title, *notes))
    return write_workbook(target, [sheet], created=at)


def _rows(lines: Iterable[BoardLine], units: Units) -> Iterator[list[Any]]:
    for number, line in enumerate(lines, start=1):
        yield [number, *(cell(line, units) for cell in COLUMNS.values())]
