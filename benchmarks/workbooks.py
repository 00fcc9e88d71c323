"""The roster workbook to be imported: as a county's export looks, generated once and kept."""

from collections.abc import Callable
from pathlib import Path

import xlsxwriter

from benchmarks.land import land_of
from benchmarks.pupils import Pupil, pupil
from benchmarks.size import GENERATOR, LAST_FRIDAY
from casework.domain.statuses import STAGE_NAMES
from casework.importers.columns import ROSTER

FIRST_NUMBER = 500_000
"""Numbers no kept county uses."""


def roster_workbook(
    folder: Path, rows: int, pupils: int = 0, code: Callable[[str], str] = str, first: int = FIRST_NUMBER
) -> Path:
    """A workbook with so many pupils, every usual column filled.

    `pupils`: the size of the county whose schools they go to, unless they are all of it; `code`: what a unit
    of that county is called; `first`: the first pupil's number.
    """
    told = "-".join(str(n) for n in (rows, pupils, first - FIRST_NUMBER) if n)
    path = folder / f"roster-{told}-v{GENERATOR}.xlsx"
    if not path.exists():
        making = path.with_suffix(".making")
        land = land_of(pupils or rows)
        with xlsxwriter.Workbook(making, {"constant_memory": True, "strings_to_urls": False}) as book:
            sheet = book.add_worksheet("花名册")
            headers = [column.name for column in ROSTER]
            sheet.write_row(0, 0, headers)
            for at in range(rows):
                cells = _cells(pupil(land, first + at, LAST_FRIDAY.year))
                cells |= {each.name: code(cells[each.name]) for each in ROSTER if each.name in _UNITS}
                sheet.write_row(at + 1, 0, [cells.get(header, "") for header in headers])
        making.rename(path)
    return path


_UNITS = ("学校代码", "户籍地代码", "现居住地代码")


def _cells(each: Pupil) -> dict[str, str]:
    person, fields = each.person, each.fields
    return {
        "姓名": person.name,
        "性别": person.sex,
        "民族": person.ethnicity,
        "出生日期": person.birth,
        "证件类型": person.cert_type,
        "证件号": person.cert_no,
        "学籍号": person.student_no,
        "就读情况": fields["enrolment"],
        "学校代码": fields["school"],
        "学段": STAGE_NAMES[fields["stage"]],
        "年级": fields["grade"],
        "班级": fields["klass"],
        "是否寄宿": fields["boarding"],
        "户籍地代码": fields["registration"],
        "户籍地详址": person.registration_address,
        "现居住地代码": fields["residence"],
        "现居住地详址": person.residence_address,
        "监护人": person.guardian,
        "与监护人关系": person.guardian_relation,
        "联系电话": person.phone,
        "特殊群体": fields["groups"],
    }
