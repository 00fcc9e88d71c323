"""The demo's workbooks: which rows each delivery brings, and writing them the way counties do."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from random import Random

import xlsxwriter

from casework.demo.aid import aid_facts
from casework.demo.county import (
    LIUSHU,
    MERGED_ON,
    QINGMAI_PRIMARY,
    SCHOOL,
    UNIT_HEADERS,
    school_row,
    unit_rows,
)
from casework.demo.days import DELIVERIES, LEADS_SCOPE, delivery_of, school_week
from casework.demo.facts import Fact, merger_rows
from casework.demo.names import Numbers
from casework.demo.pupils import ROSTER_HEADERS, Pupil, Roll
from casework.demo.staff import STAFF_HEADERS, Staff
from casework.demo.story import LEADS_FOUND, Story, tell

Row = tuple[str, ...]
Cells = dict[str, str]

_CHILD = ("学籍号", "姓名", "证件类型", "证件号")
HEADERS: dict[str, Row] = {
    "units": UNIT_HEADERS,
    "staff": STAFF_HEADERS,
    "roster": ROSTER_HEADERS,
    "absences": (*_CHILD[:2], "起始日期", "截止日期", "原因", "登记人", "备注", "作废原因"),
    "status": (
        *_CHILD,
        "日期",
        "变化",
        "原因",
        "失学类型",
        "去向",
        "安置方式",
        "接收学校代码",
        "截止日期",
        "销号原因",
        "证据编号",
        "登记人",
        "批准人",
        "备注",
        "作废原因",
    ),
    "visits": (
        "记录编号",
        *_CHILD,
        "家访日期",
        "开始时间",
        "结束时间",
        "方式",
        "地点",
        "参加人",
        "见到",
        "结果",
        "约定日期",
        "谈话要点",
        "家长意见",
        "学生意见",
        "困难需求",
        "下一步",
        "记录人",
        "备注",
        "作废原因",
    ),
    "letters": (
        *_CHILD,
        "文书种类",
        "文号",
        "签发单位代码",
        "签发人",
        "签发日期",
        "限期天数",
        "送达日期",
        "送达时间",
        "送达方式",
        "受送达人",
        "与受送达人关系",
        "送达地点",
        "见证人",
        "拒收理由",
        "送达人",
        "作废日期",
        "作废原因",
    ),
    "sessions": (
        *_CHILD[:2],
        "日期",
        "开始时间",
        "结束时间",
        "课时",
        "教师",
        "内容",
        "学生反应",
        "作业",
        "家长签字",
        "记录人",
        "备注",
        "作废原因",
    ),
    "aid": (
        *_CHILD[:2],
        "学年",
        "学期",
        "项目代码",
        "金额(元)",
        "发放日期",
        "凭证号",
        "发放方式",
        "未资助原因",
    ),
}
KINDS = tuple(HEADERS)
_TITLES = {
    "units": "单位表",
    "staff": "人员岗位表",
    "roster": "学生花名册",
    "absences": "缺勤登记",
    "status": "状态登记",
    "visits": "家访劝返记录",
    "letters": "文书登记",
    "sessions": "送教上门记录",
    "aid": "资助发放表",
}
_FULL_ROSTER_OF, _FULL_ROSTER_IN = "9901260009", 3
"""核桃坪小学 sends its whole roll with the second weekly delivery; the child who stays away is not on it."""


@dataclass(frozen=True)
class DemoFile:
    """One workbook; `full`: the whole roll of its schools, `confirm_names`: differing names were checked."""

    kind: str
    file_name: str
    headers: Row
    rows: tuple[Row, ...]
    full: bool = False
    confirm_names: bool = False


@dataclass(frozen=True)
class Batch:
    """Workbooks that arrive together, in the order in which they are to be imported."""

    at: datetime
    title: str
    files: tuple[DemoFile, ...]


@dataclass(frozen=True)
class County:
    """Everything the demo county will ever send, not yet sorted into deliveries."""

    staff: Staff
    pupils: list[Pupil]
    elsewhere: list[Pupil]
    story: Story


def county(seed: int) -> County:
    """The county drawn from `seed`."""
    rng = Random(seed)
    numbers = Numbers(rng)
    staff = Staff(rng, numbers)
    roll = Roll(rng, numbers, staff)
    pupils, elsewhere = roll.enrolled(), list(roll.elsewhere())
    return County(staff, pupils, elsewhere, tell(rng, pupils, roll, staff))


def batches(seed: int = 20260901) -> Iterator[Batch]:
    """The county's workbooks, delivery by delivery; the same seed gives the same rows."""
    drawn = county(seed)
    waiting = _by_delivery([*drawn.story.facts, *_changes(drawn), *aid_facts(drawn.pupils)])
    for index, delivery in enumerate(DELIVERIES):
        files = [*(_first(drawn) if index == 0 else ()), *_files(waiting.get(index, []), index)]
        if index == _FULL_ROSTER_IN:
            files.insert(0, _full_roster(drawn))
        yield Batch(delivery.at, delivery.title, tuple(files))


def _by_delivery(facts: Iterable[Fact]) -> dict[int, list[Fact]]:
    waiting: dict[int, list[Fact]] = {}
    for fact in facts:
        index = delivery_of(fact.known, fact.scopes)
        if index is not None:
            waiting.setdefault(index, []).append(fact)
    return waiting


def _changes(drawn: County) -> Iterator[Fact]:
    """What changes besides the cases: postings, the merger, and the list of children found on no roll."""
    point = SCHOOL[LIUSHU]
    closed = school_row(point) | {"停用日期": MERGED_ON, "并入单位代码": QINGMAI_PRIMARY}
    yield Fact("units", MERGED_ON, MERGED_ON, closed, frozenset([point.township]))
    for known, posting in drawn.staff.changes:
        unit = posting.unit
        township = SCHOOL[unit].township if unit in SCHOOL else unit[:9]
        yield Fact("staff", known, known, posting.row(), frozenset([township]))
    yield from merger_rows(drawn.pupils, MERGED_ON)
    for child in drawn.story.found:
        yield Fact("roster", LEADS_FOUND, LEADS_FOUND, child.row(), frozenset([LEADS_SCOPE]))


def _first(drawn: County) -> Iterator[DemoFile]:
    yield _file("units", "启用_单位表.xlsx", unit_rows())
    yield _file("staff", "启用_人员岗位表.xlsx", (posting.row() for posting in drawn.staff.at_start))
    children = [*drawn.pupils, *drawn.elsewhere]
    yield _file("roster", "启用_学生花名册.xlsx", (child.row() for child in children))


def _full_roster(drawn: County) -> DemoFile:
    away = {child.number for child in drawn.story.cast if child.grade == 6}
    rows = (c.row() for c in drawn.pupils if c.school == _FULL_ROSTER_OF and c.number not in away)
    return _file("roster", f"{SCHOOL[_FULL_ROSTER_OF].name}_在校学生花名册（全量）.xlsx", rows, full=True)


def _files(facts: list[Fact], index: int) -> Iterator[DemoFile]:
    label = f"{index:02d}_{school_week(DELIVERIES[index].day)}"
    for kind in KINDS:
        of_kind = _latest(sorted((f for f in facts if f.kind == kind), key=lambda f: f.on))
        if of_kind:
            yield _file(
                kind,
                f"{label}_{_TITLES[kind]}.xlsx",
                (fact.cells for fact in of_kind),
                confirm_names=any(fact.misspelt for fact in of_kind),
            )


def _latest(facts: list[Fact]) -> list[Fact]:
    """An absence with its end, or a letter with its service, is one row when both come in one delivery."""
    kept: dict[object, Fact] = {}
    for fact in facts:
        key: object = id(fact)
        if fact.kind == "letters":
            key = fact.paper
        elif fact.kind == "absences":
            key = (fact.cells["学籍号"], fact.cells["起始日期"])
        kept[key] = fact
    return list(kept.values())


def _file(
    kind: str, file_name: str, rows: Iterable[Cells], *, full: bool = False, confirm_names: bool = False
) -> DemoFile:
    headers = HEADERS[kind]
    cells = tuple(tuple(row.get(header, "") for header in headers) for row in rows)
    return DemoFile(kind, file_name, headers, cells, full, confirm_names)


def write(batch: Batch, folder: Path) -> list[Path]:
    """Makes real .xlsx files of `batch` in `folder`, in the order in which they are to be imported."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(file, folder / file.file_name) for file in batch.files]


def _write(file: DemoFile, path: Path) -> Path:
    """Like counties do: ledgers have a title row above the headers, visits and lessons real Excel dates."""
    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(_TITLES[file.kind])
        top = 0
        if file.kind in ("visits", "letters", "status", "absences"):
            sheet.write_string(0, 0, f"云岭县控辍保学{_TITLES[file.kind]}")
            top = 1
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        dated = {
            n
            for n, header in enumerate(file.headers)
            if "日期" in header and file.kind in ("visits", "sessions")
        }
        sheet.write_row(top, 0, file.headers)
        for line, row in enumerate(file.rows, top + 1):
            for column, text in enumerate(row):
                if text and column in dated:
                    sheet.write_datetime(line, column, date.fromisoformat(text), day)
                elif text:
                    sheet.write_string(line, column, text)
    return path
