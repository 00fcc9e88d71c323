"""当前缺勤名单 as a workbook: a whitelist of columns, numbers masked."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import BinaryIO

from casework.documents.sheets import Sheet, Value, write_workbook
from casework.domain.statuses import STATUS_NAMES
from casework.domain.units import Units
from casework.domain.values import Day
from casework.projections.board_lines import BoardLine
from casework.projections.weekly_report import NO_SCHOOL

_HEADERS = (
    *("序号", "姓名", "性别", "学籍号", "学校", "年级", "班级", "现居住地"),
    *("缺勤起始日期", "缺勤教学日数", "状态", "班主任", "校长"),
)


def write_absent(
    target: BinaryIO,
    lines: Iterable[BoardLine],
    units: Units,
    *,
    days: Callable[[Day], int],
    notes: Sequence[str],
    at: datetime,
) -> int:
    """Those away, with the school days since the first; `days` counts them. Returns how many rows."""
    rows = (_row(number, line, units, days) for number, line in enumerate(lines, start=1))
    return write_workbook(target, [Sheet("当前缺勤", _HEADERS, rows, notes)], created=at)


def _row(number: int, line: BoardLine, units: Units, days: Callable[[Day], int]) -> list[Value]:
    case, child = line.case, line.child
    name, sex, student_no = (child.name, child.sex, child.student_no) if child is not None else ("", "", "")
    home = "".join(units.name(code) for code in (case.township, case.village) if code)
    who = [number, name or "已清除", sex, student_no, units.name(case.school) or NO_SCHOOL]
    since = case.absent_since
    status = STATUS_NAMES.get(case.status, "")
    return [*who, case.grade, case.klass, home, since, days(since), status, line.teacher, line.principal]
