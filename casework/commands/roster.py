"""花名册登记: taking roster rows, the moves a case makes, and the children of merged units.

A field's value holds from its day until that field's next recorded change; an old roster never moves
a child back. Every change of a child's places enters the child's file, if there is one, in the same act.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from casework.commands.identity import Candidates, Found, Person, identify, register
from casework.commands.import_reach import EVERYBODY, ImportReach
from casework.commands.roster_differences import differences, first_values, lacking
from casework.domain import roster as rules
from casework.domain.case_file import MOVED, CaseFile
from casework.domain.roster import RosterEntry, RosterSpan, compose, entry_cohort, field_on
from casework.domain.statuses import RETURNED, TRANSFER_ACCEPTED
from casework.domain.student_case import StudentCase
from casework.domain.units import Units
from casework.domain.values import SINCE_EVER, Day
from casework.projections import roster as table
from casework.projections.children import births_of
from casework.store.act import Act
from casework.store.child_id import new_child_id

CREATED, CHANGED, UNCHANGED, REFUSED = "created", "changed", "unchanged", "refused"
Spans = Mapping[str, Sequence[RosterSpan]]
"""Child → its stretches, oldest first."""


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

    def spans(self) -> Spans:
        """The stretches of all whose stretches follow anew."""
        return {each: compose(self.entries[each], self._units) for each in self._recompose}

    def write(self, spans: Spans | None = None) -> int:
        """Writes everything; returns how many children were touched. `spans`: if they are known already."""
        if not self._recompose:
            return 0
        act = self._act
        spans = self.spans() if spans is None else spans
        absent = [each for each in spans if each not in self._births]
        births = {**self._births, **births_of(act.conn, absent)}
        table.change_entries(act.conn, act.id, self._gone, self._new)
        act.cover(map(table.line_of, self._gone), map(table.line_of, self._new))
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
    reach: ImportReach = EVERYBODY,
) -> list[Taken]:
    """Takes the rows that can be taken and lie in reach; the others are refused, each by itself.

    `judged_only`: tells what would become of them and writes nothing (预览).
    """
    candidates = Candidates(act, [row.person for row in rows], reach)
    change = RosterChange(act, units)
    change.load(candidates.records)
    sheet = _Sheet(candidates, rows)
    taken: dict[int, Taken] = {}
    for at in sheet.order:
        found = identify(candidates, rows[at].person, confirm_names=confirm_names)
        taken[at] = _outside(reach, units, rows[at], found) or _take_row(
            act, units, candidates, change, sheet, at, found, today
        )
    if not judged_only:
        spans = change.spans()
        register(act, candidates, {each: spans[each][-1].place.county for each in candidates.new})
        change.write(spans)
    return [taken[at] for at, _ in enumerate(rows)]


def _outside(reach: ImportReach, units: Units, row: RosterRow, found: Found) -> Taken | None:
    """The refusal of a row that puts a child where the importer has no say."""
    school = row.fields.get("school", "")
    homes = (row.fields.get("residence", ""), row.fields.get("registration", ""))
    known = bool(found.child_id or found.question)
    if (known and not school) or reach.holds_place(units, school, *homes):
        return None
    column = "学校代码" if school or not any(homes) else "现居住地代码"
    note = "不在您单位的范围内，只能导入本单位的学生；请核对，或请县里导入"
    return Taken(REFUSED, note=note, column=column)


class _Sheet:
    """The rows of one act, in the order in which they hold: first those without 变动日期, then by day.

    So the same sheet again says nothing new: who the child is (not dated) is told by its last row
    alone, and what a dated row states is not said otherwise by a row without a date.
    """

    def __init__(self, candidates: Candidates, rows: Sequence[RosterRow]) -> None:
        self.rows = rows
        self.order = sorted(range(len(rows)), key=lambda at: (rows[at].on, at))
        self._keys = [candidates.keys(row.person) for row in rows]
        self._last: dict[tuple[str, str], int] = {}
        self._dated: dict[tuple[str, str], set[str]] = {}
        for at in self.order:
            for key in self._keys[at]:
                self._last[key] = at
                if rows[at].on:
                    self._dated.setdefault(key, set()).update(rows[at].fields)

    def tells_person(self, at: int) -> bool:
        """Whether this is the last row about its child."""
        return all(self._last[key] == at for key in self._keys[at])

    def fields(self, at: int) -> Mapping[str, str]:
        """The dated fields a row states of a child that is known."""
        row = self.rows[at]
        if row.on or not self._dated:
            return row.fields
        told = {name for key in self._keys[at] for name in self._dated.get(key, ())}
        return {name: value for name, value in row.fields.items() if name not in told}


def _take_row(
    act: Act,
    units: Units,
    candidates: Candidates,
    change: RosterChange,
    sheet: _Sheet,
    at: int,
    found: Found,
    today: Day,
) -> Taken:
    row = sheet.rows[at]
    if found.question:
        return Taken(REFUSED, found.child_id, found.question, found.column, warnings=found.warnings)
    if not found.child_id:
        return _add(act, candidates, change, row, found)
    on = row.on or today
    entries = change.entries[found.child_id]
    differs = differences(units, entries, sheet.fields(at), on, dated=bool(row.on))
    if differs.question:
        note, column = differs.question, differs.column
        return Taken(REFUSED, found.child_id, note, column, warnings=found.warnings)
    person = found.changes if sheet.tells_person(at) else []
    if person:
        candidates.update(found.child_id, row.person)
        change.refresh(found.child_id)
    if differs.values:
        change.add(found.child_id, RosterEntry(act.id, on, differs.values))
    changes = [*person, *differs.changes]
    verb = CHANGED if changes else UNCHANGED
    return Taken(verb, found.child_id, changes=changes, warnings=found.warnings)


def _add(act: Act, candidates: Candidates, change: RosterChange, row: RosterRow, found: Found) -> Taken:
    first = first_values(row.fields)
    why, column = lacking(first)
    if why:
        return Taken(REFUSED, note=why, column=column, warnings=found.warnings)
    child_id = new_child_id(act.recorded_at)
    candidates.add(child_id, row.person)
    change.add(child_id, RosterEntry(act.id, row.on or SINCE_EVER, first), row.person.birth)
    return Taken(CREATED, child_id, warnings=found.warnings)


def follow_case(
    change: RosterChange, act: Act, case: StudentCase, room: Mapping[str, str] | None = None
) -> None:
    """Moves the child as the file says; withdraws moves that were corrected or voided.

    What moves a child: 复学 at a school, 转入接收, and a school's asking for a child without a status that
    was agreed to. `room`: grade and klass at the new school; unsaid, the class is not known there.
    """
    child_id = case.child_id
    wanted = dict(_moves(case.file))
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
            values |= _room(before, school) if before else room or {}
            order = before.no if before else act.id
            change.add(child_id, RosterEntry(order, on, values, source))


def _moves(file: CaseFile) -> Iterator[tuple[int, tuple[Day, str]]]:
    """Number of what moved the child → (day, school)."""
    for entry in file.entries.values():
        if entry.school and entry.change in (RETURNED, TRANSFER_ACCEPTED):
            yield entry.no, (entry.on, entry.school)
    for no, asked in file.asks.items():
        if asked.ended == MOVED:
            yield no, (asked.ended_on, asked.body["school"])


def _room(before: RosterEntry, school: str) -> dict[str, str]:
    """Grade and class of a move whose day is corrected, if it still leads to the same school."""
    same = before.values["school"] == school
    return {name: before.values[name] for name in ("grade", "klass") if same and name in before.values}


def follow_units(act: Act, units: Units, children: Sequence[str]) -> int:
    """Recomposes children whose school or residence was merged, closed or became known."""
    change = RosterChange(act, units)
    change.load(children)
    for child_id in children:
        change.refresh(child_id)
    return change.write()
