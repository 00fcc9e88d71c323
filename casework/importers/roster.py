"""学生花名册: rows of the roster workbook as children and the dated fields they state.

An empty cell says nothing and 无 clears. Identity numbers are checked for length, date and check
digit: a wrong one is a warning, a missing one is normal.
"""

from collections.abc import Sequence

from casework.commands.identity import ID_CARD, Person
from casework.commands.import_reach import ImportReach
from casework.commands.roster import RosterRow, take_roster_rows
from casework.domain.held_once import CERTIFICATE, STUDENT_NO
from casework.domain.policy import Dictionaries
from casework.domain.roster import ENROLMENTS
from casework.domain.statuses import STAGES
from casework.domain.units import SCHOOL
from casework.domain.values import Day
from casework.domain.words import as_listed, unknown_word
from casework.importers.identity_number import number_warning
from casework.importers.outcome import RowOutcome
from casework.importers.reading import CLEARED, Cells
from casework.importers.tables import Row
from casework.importers.takes import outcomes_of
from casework.projections.children import named
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.claims import Claims
from casework.store.snapshot import Snapshot

_TEXTS = {
    "年级": "grade",
    "班级": "klass",
    "户籍地代码": "registration",
    "现居住地代码": "residence",
    "帮扶责任人": "helper",
    "就读学校名称": "outside_school",
    "所在地": "outside_place",
}

_ABOUT = {
    "民族": "ethnicity",
    "监护人": "guardian",
    "与监护人关系": "guardian_relation",
    "联系电话": "phone",
    "户籍地详址": "registration_address",
    "现居住地详址": "residence_address",
}
"""Columns about the person that 无 clears; names and numbers are what the child is known by, and stay."""


def read_roster(cells: Cells, reference: Reference, today: Day) -> RosterRow:
    """One row: who the child is, what the row states, from when it holds."""
    birth = cells.day("出生日期", needed=True)
    if birth > today:
        cells.fault("出生日期", f"在将来（今天是 {today}）")
    on = cells.day("变动日期")
    if on > today:
        cells.fault("变动日期", f"在将来（今天是 {today}），变动发生后再登记")
    if on and birth and on < birth:
        cells.fault("变动日期", f"早于出生日期 {birth}")
    words = reference.dictionaries(on or today)
    return RosterRow(_person(cells, birth), _fields(cells, reference, words, on or today), on)


def _person(cells: Cells, birth: Day) -> Person:
    def text(column: str) -> str:
        value = cells.text(column)
        return "" if value == CLEARED else value

    about = {name: cells.text(column) for column, name in _ABOUT.items()}
    cleared = frozenset(name for name, value in about.items() if value == CLEARED)
    return Person(
        name=cells.needed("姓名"),
        birth=birth,
        sex=cells.word("性别", ("男", "女"), needed=True),
        student_no=text("学籍号"),
        cert_type=(text("证件类型") or ID_CARD) if text("证件号") else "",
        cert_no=text("证件号").upper(),
        **(about | dict.fromkeys(cleared, "")),
        cleared=cleared,
    )


def _fields(cells: Cells, reference: Reference, words: Dictionaries, on: Day) -> dict[str, str]:
    fields = {
        name: "" if text == CLEARED else text
        for column, name in _TEXTS.items()
        if (text := cells.text(column))
    }
    enrolment = cells.word("就读情况", ENROLMENTS)
    if enrolment:
        fields["enrolment"] = enrolment
    stage = _clearable(cells, "学段", list(STAGES))
    if stage is not None:
        fields["stage"] = STAGES.get(stage, "")
    school = cells.text("学校代码")
    if school:
        fields["school"] = "" if school == CLEARED else _school(cells, reference, school, on)
    level = _clearable(cells, "困难认定等级", words.hardship_levels)
    if level is not None:
        fields["hardship"] = level
    boarding = cells.yes("是否寄宿")
    if boarding is not None:
        fields["boarding"] = "是" if boarding else "否"
    groups = cells.names("特殊群体")
    if groups:
        fields["groups"] = "" if groups == [CLEARED] else _groups(cells, words, groups)
    return fields


def _clearable(cells: Cells, column: str, allowed: list[str]) -> str | None:
    """The word of a cell; "" for 无, None when the cell says nothing."""
    if not cells.text(column):
        return None
    return "" if cells.text(column) == CLEARED else cells.word(column, allowed)


def _school(cells: Cells, reference: Reference, code: str, on: Day) -> str:
    unit = reference.units.get(code)
    if unit is None or unit.kind != SCHOOL:
        cells.fault("学校代码", "没有这个学校，请核对单位表中的学校代码")
    elif unit.closed_on <= on and not unit.successor:
        cells.fault("学校代码", f"该校已于 {unit.closed_on} 停用")
    return code


def _groups(cells: Cells, words: Dictionaries, names: list[str]) -> str:
    groups = []
    for name in names:
        listed = as_listed(as_listed(name, words.groups), words.group_synonyms)
        group = words.group_synonyms.get(listed, listed)
        if group not in words.groups:
            cells.fault("特殊群体", unknown_word(name, words.groups))
        groups.append(group)
    return "、".join(sorted(set(groups)))


def warnings_of(row: RosterRow) -> list[str]:
    """What a person should look at, though the row is taken."""
    person = row.person
    if person.cert_no and person.cert_type == ID_CARD:
        warning = number_warning(person.cert_no, person.birth)
        return [warning] if warning else []
    return []


def take(
    act: Act,
    reference: Reference,
    rows: Sequence[tuple[Row, RosterRow]],
    reach: ImportReach,
    *,
    today: Day,
    confirm_names: bool,
    judged_only: bool,
) -> tuple[list[RowOutcome], list[str]]:
    """One chunk of rows; what became of each, and the children they are about ("" = none)."""
    stated = [row for _, row in rows]
    taken = take_roster_rows(
        act,
        reference.units,
        stated,
        today=today,
        confirm_names=confirm_names,
        judged_only=judged_only,
        reach=reach,
    )
    for each, row in zip(taken, stated, strict=True):
        each.warnings = [*each.warnings, *warnings_of(row)]
    return outcomes_of([row for row, _ in rows], taken), [each.child_id for each in taken]


def children_meant(snapshot: Snapshot, persons: Sequence[Person]) -> set[str]:
    """The children that rows which were refused point to, by number or by name and birth."""
    claims, hmac = Claims(snapshot.conn, snapshot.k), snapshot.keys.hmac
    numbers = claims.owners(STUDENT_NO, (each.student_no for each in persons if each.student_no))
    hashes = (hmac(CERTIFICATE, each.certificate()) for each in persons if each.cert_no)
    names = named(snapshot.conn, ((each.name, each.birth) for each in persons))
    held = [*numbers.values(), *claims.owners(CERTIFICATE, hashes).values()]
    return {*held, *(child for children in names.values() for child in children)}
