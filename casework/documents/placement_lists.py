"""缓学休学名单 and 送教上门名单 as workbooks: a whitelist of columns, numbers masked."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import BinaryIO

from casework.documents.sheets import Sheet, Value, write_workbook
from casework.domain.units import Units
from casework.domain.values import Day, days_between
from casework.projections.board_lines import BoardLine
from casework.projections.placements import Taught
from casework.projections.weekly_report import NO_SCHOOL

_WHO = ("序号", "姓名", "性别", "学籍号", "学校", "年级", "班级", "现居住地")
_ANSWERS = ("班主任", "校长")


def write_deferrals(
    target: BinaryIO,
    lines: Iterable[BoardLine],
    units: Units,
    *,
    notes: Sequence[str],
    at: datetime,
    day: Day,
) -> int:
    """The deferred, with the end of each and the days that are left on a day."""
    headers = (*_WHO, "起始日期", "截止日期", "剩余天数", *_ANSWERS)
    rows = (
        [*_who(number, line, units), line.case.since, line.case.until, _left(line, day), *_answers(line)]
        for number, line in enumerate(lines, start=1)
    )
    return write_workbook(target, [Sheet("缓学休学名单", headers, rows, notes)], created=at)


def write_home_teaching(
    target: BinaryIO,
    lines: Iterable[BoardLine],
    taught: Mapping[str, Taught],
    units: Units,
    *,
    notes: Sequence[str],
    at: datetime,
) -> int:
    """Those taught at home, with what they were taught this month and this term."""
    headers = (*_WHO, "起始日期", "本月次数", "本月课时", "本学期次数", "本学期课时", "最近送教", *_ANSWERS)
    rows = (
        [
            *_who(number, line, units),
            line.case.since,
            *_taught(taught.get(line.case.case_id, Taught())),
            *_answers(line),
        ]
        for number, line in enumerate(lines, start=1)
    )
    return write_workbook(target, [Sheet("送教上门名单", headers, rows, notes)], created=at)


def _who(number: int, line: BoardLine, units: Units) -> list[Value]:
    case, child = line.case, line.child
    home = "".join(units.name(code) for code in (case.township, case.village) if code)
    school = units.name(case.school) or NO_SCHOOL
    name = (child.name if child is not None else "") or "已清除"
    sex, student_no = (child.sex, child.student_no) if child is not None else ("", "")
    return [number, name, sex, student_no, school, case.grade, case.klass, home]


def _left(line: BoardLine, day: Day) -> Value:
    return days_between(day, line.case.until) if line.case.until else ""


def _taught(what: Taught) -> list[Value]:
    return [what.month, what.month_tenths / 10, what.term, what.term_tenths / 10, what.last_on]


def _answers(line: BoardLine) -> list[Value]:
    return [line.teacher, line.principal]
