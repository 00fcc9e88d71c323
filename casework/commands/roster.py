"""花名册登记: taking roster rows, the moves a case makes, and the children of merged units.

A field's value holds from its day until that field's next recorded change; an old roster never moves
a child back. Every change of a child's places enters the child's file, if there is one, in the same act.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from casework.commands.identity import Candidates, Person, identify, register
from casework.domain import roster as rules
from casework.domain.roster import RosterEntry, compose, entry_cohort, field_on, source_on
from casework.domain.statuses import RETURNED, TRANSFER_ACCEPTED
from casework.domain.student_case import StudentCase
from casework.domain.units import Units
from casework.domain.values import SINCE_EVER, Day
from casework.projections import roster as table
from casework.projections.children import births_of
from casework.store.act import Act

CREATED, CHANGED, UNCHANGED, REFUSED = "created", "changed", "unchanged", "refused"


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One row: who, the dated fields it states ("" = 无, cleared; absent = says nothing), and from when.

    `on` is 变动日期, "" when the row gives none (then `today`, the day of import).
    """

    person: Person
    fields: Mapping[str, str]
    on: Day = ""


@dataclass(slots=True)
class Taken:
    """What became of one row. `changes`: (field, old, new).

    Refusals and questions say why in `note`, and in which column of the workbook, "" for the row.
    """

    verb: str
    child_id: str = ""
    note: str = ""
    column: str = ""
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class RosterChange:
    """The roster changes of one act: entries in and out, then stretches, ledger and files written once."""

    def __init__(self, act: Act, units: Units) -> None:
        self._act = act
        self._units = units
        self.entries: dict[str, list[RosterEntry]] = {}
        self._gone: list[tuple[str, RosterEntry]] = []
        self._new: list[tuple[str, RosterEntry]] = []
        self._births: dict[str, Day] = {}
        self._recompose: set[str] = set()

    def load(self, children: Iterable[str]) -> None:
        """Reads the entries of children that may change."""
        wanted = [each for each in children if each not in self.entries]
        self.entries.update(table.entries_of(self._act.conn, wanted))

    def add(self, child_id: str, entry: RosterEntry, birth: Day = "") -> None:
        """A new entry of a child; `birth` for a child that is new itself."""
        self.entries.setdefault(child_id, []).append(entry)
        self._new.append((child_id, entry))
        self._births.update({child_id: birth} if birth else {})
        self._recompose.add(child_id)

    def withdraw(self, child_id: str, entry: RosterEntry) -> None:
        """An entry that no longer holds."""
        self.entries[child_id].remove(entry)
        self._gone.append((child_id, entry))
        self._recompose.add(child_id)

    def refresh(self, child_id: str) -> None:
        """The child's stretches follow anew though no entry changed (a unit merged or became known)."""
        self._recompose.add(child_id)

    def write(self) -> int:
        """Writes everything; returns how many children were touched."""
        if not self._recompose:
            return 0
        act = self._act
        spans = {each: compose(self.entries[each], self._units) for each in self._recompose}
        absent = [each for each in spans if each not in self._births]
        births = {**self._births, **births_of(act.conn, absent)}
        table.change_entries(act.conn, act.id, self._gone, self._new)
        table.change_spans(act.conn, act.id, spans, {each: entry_cohort(births[each]) for each in spans})
        act.touch()
        known = [each for each in spans if each not in self._births]
        for child_id, case in act.load_many(StudentCase, known).items():
            if case.note_roster(table.places_of_spans(spans[child_id])):
                act.save(case)
        return len(spans)


def take_roster_rows(
    act: Act,
    units: Units,
    rows: Sequence[RosterRow],
    *,
    today: Day,
    confirm_names: bool = False,
    judged_only: bool = False,
) -> list[Taken]:
    """Takes the rows that can be taken; the others are refused, each by itself.

    `judged_only`: tells what would become of them and writes nothing (预览).
    """
    candidates = Candidates(act, [row.person for row in rows])
    change = RosterChange(act, units)
    change.load({each for row in rows for each in candidates.children(row.person)})
    taken = [_take_row(act, units, candidates, change, row, today, confirm_names) for row in rows]
    if not judged_only:
        register(act, candidates)
        change.write()
    return taken


def _take_row(
    act: Act,
    units: Units,
    candidates: Candidates,
    change: RosterChange,
    row: RosterRow,
    today: Day,
    confirm_names: bool,
) -> Taken:
    found = identify(candidates, row.person, confirm_names=confirm_names)
    if found.question:
        return Taken(REFUSED, note=found.question, warnings=found.warnings)
    if not found.child_id:
        child_id = uuid4().hex
        first = {name: row.fields.get(name, "") for name in rules.FIELDS}
        first["enrolment"] = first["enrolment"] or rules.ENROLLED
        if missing := _missing(first):
            return Taken(REFUSED, note=missing, warnings=found.warnings)
        candidates.add(child_id, row.person)
        change.add(child_id, RosterEntry(act.id, row.on or SINCE_EVER, first), row.person.birth)
        return Taken(CREATED, child_id, warnings=found.warnings)
    fields, question = _differences(units, change.entries[found.child_id], row, today)
    if question:
        return Taken(REFUSED, found.child_id, question, warnings=found.warnings)
    changes = [*found.changes, *fields]
    if not changes:
        return Taken(UNCHANGED, found.child_id, warnings=found.warnings)
    if found.changes:
        candidates.update(found.child_id, row.person)
    if fields:
        values = {name: new for name, _, new in fields}
        change.add(found.child_id, RosterEntry(act.id, row.on or today, values))
    return Taken(CHANGED, found.child_id, changes=changes, warnings=found.warnings)


_NEEDED = {"school": "学校代码", "stage": "学段", "grade": "年级", "klass": "班级"}


def _missing(first: Mapping[str, str]) -> str:
    """What a child's first row lacks: a school child its class, any other a place to look for it."""
    if first["enrolment"] == rules.ENROLLED:
        absent = [label for name, label in _NEEDED.items() if not first[name]]
        if absent:
            return f"就读情况为在籍在校的学生须填写{'、'.join(absent)}；没有学校的请填写就读情况"
    elif not (first["school"] or first["residence"] or first["registration"]):
        return "没有学校的儿童须填写现居住地代码或户籍地代码"
    return ""


def _differences(
    units: Units, entries: list[RosterEntry], row: RosterRow, today: Day
) -> tuple[list[tuple[str, str, str]], str]:
    """(field, old, new) of what the row states otherwise on its day; or the question to be asked first."""
    on = row.on or today
    stated = _with_consequences(entries, row.fields, on)
    changes: list[tuple[str, str, str]] = []
    for name, new in stated.items():
        old = field_on(entries, name, on)
        if name == "school":
            old, new = units.standing(old, on), units.standing(new, on)
            if old != new and not row.on and _goes_back(units, entries, stated, on):
                return [], (
                    f"该生已按个案登记转入学校 {old}，名册仍写“{new or '无'}”：旧名册不会把学生转回；"
                    "如确已转回，请填写变动日期后再导入，否则请按现在学校填写"
                )
        if old != new:
            changes.append((name, old, new))
    return changes, ""


def _with_consequences(entries: list[RosterEntry], fields: Mapping[str, str], on: Day) -> Mapping[str, str]:
    """A child that leaves 在籍在校 and names no school sits in none: school, grade and class end with it."""
    enrolment = fields.get("enrolment", "")
    if enrolment in ("", rules.ENROLLED) or "school" in fields:
        return fields
    if field_on(entries, "enrolment", on) != rules.ENROLLED:
        return fields
    return {**fields, "school": "", "klass": fields.get("klass", ""), "grade": fields.get("grade", "")}


def _goes_back(units: Units, entries: list[RosterEntry], stated: Mapping[str, str], on: Day) -> bool:
    """Whether a roster without a date puts the child where it was before the case moved it."""
    source = source_on(entries, "school", on)
    if not source:
        return False
    rest = [entry for entry in entries if entry.source != source]
    before = {name: field_on(rest, name, on) for name in ("school", "enrolment")}
    stays = {**before, **stated}
    return (
        units.standing(before["school"], on) == units.standing(stated["school"], on)
        and before["enrolment"] == stays["enrolment"]
    )


def follow_case(change: RosterChange, act: Act, case: StudentCase) -> None:
    """Moves the child as the file's 复学 and 转入接收 say; withdraws moves that were corrected or voided."""
    child_id = case.child_id
    wanted = {
        entry.no: (entry.on, entry.school)
        for entry in case.file.entries.values()
        if entry.school and entry.change in (RETURNED, TRANSFER_ACCEPTED)
    }
    held = {entry.source: entry for entry in change.entries[child_id] if entry.source}
    for source, entry in held.items():
        if wanted.get(source) != (entry.on, entry.values["school"]):
            change.withdraw(child_id, entry)
    for source, (on, school) in wanted.items():
        before = held.get(source)
        if before is None or (before.on, before.values["school"]) != (on, school):
            values = {"enrolment": rules.ENROLLED, "school": school}
            if field_on(change.entries[child_id], "school", on) != school:
                values["klass"] = ""
            order = before.no if before else act.id
            change.add(child_id, RosterEntry(order, on, values, source))


def follow_units(act: Act, units: Units, children: Sequence[str]) -> int:
    """Recomposes children whose school or residence was merged, closed or became known."""
    change = RosterChange(act, units)
    change.load(children)
    for child_id in children:
        change.refresh(child_id)
    return change.write()
