"""One import from file to outcome: preview first, apply second, in acts of at most 200 files (导入).

A preview runs the very commands of the import and rolls them back, so it can not say anything else;
of a roster, whose rows are judged before anything is written, it leaves the writing out.
Every chunk is one act, complete in itself, with a command id of (run, its rows): an import killed in
the middle and started again takes up where it was, and the same file later changes nothing. Only
"all or nothing" is one single act, whatever its size.
"""

import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from casework.commands.identity import Person
from casework.commands.import_reach import EVERYBODY, ImportReach, import_reach, outside
from casework.commands.units import FILES_AT_ONCE, children_to_move, move_children
from casework.domain.values import Actor, Day, day_of
from casework.importers import ledgers, roster, staff, units, unnamed
from casework.importers.aid import ALL_READERS
from casework.importers.facts import Desk
from casework.importers.outcome import CHANGED, CREATED, REFUSED, ImportOutcome, RowOutcome, refused_row
from casework.importers.reading import Cells
from casework.importers.repeated import Repeated, contradictions, groups_of
from casework.importers.tables import Fault, Row, Table
from casework.projections.import_runs import Run, begin_run, finish_run
from casework.projections.reference import Reference, ReferenceReader
from casework.service import Casework
from casework.store.act import Act
from casework.store.store import Reply

KINDS = ("units", "staff", "roster", *ALL_READERS)
"""The kinds of workbook that can be imported."""

ROWS_AT_ONCE = 1000
"""Roster rows in one act: children are not files, most of them have none."""

T = TypeVar("T")
Take = Callable[[Act, Reference], list[RowOutcome]]
Progress = Callable[[int], None]
Each = Callable[[Row, RowOutcome], None]


@dataclass(frozen=True)
class Options:
    """How to import. `full`: the roster names everybody on the roll of its schools.

    Told on the way: `counted` how many rows there are, `progress` how many an act has settled, `each`
    what became of every row. `run`: the run to write under, for a door that has begun one itself.
    """

    actor: Actor
    apply: bool = False
    all_or_nothing: bool = False
    full: bool = False
    confirm_names: bool = False
    progress: Progress = lambda rows: None
    counted: Progress = lambda rows: None
    each: Each = lambda row, outcome: None
    run: Run | None = None


class _RolledBack(Exception):
    """Ends a preview's act: everything it did is undone."""


def import_table(
    casework: Casework, kind: str, table: Table, options: Options, *, name: str = ""
) -> ImportOutcome:
    """Previews a table and, with `apply`, takes its good rows.

    With `all_or_nothing` all rows go in one act, which a single refused row rolls back; `applied` of
    the outcome says which it was. Raises BadInput when the table can not be read to its end, and
    NotAllowed when the actor may not import this kind; nothing is written then.
    """
    return _Import(casework, kind, table, options, name).run()


class _Import:
    """One pass over one table."""

    def __init__(self, casework: Casework, kind: str, table: Table, options: Options, name: str) -> None:
        self.casework = casework
        self.kind = kind
        self.table = table
        self.options = options
        self.outcome = ImportOutcome(kind, name, list(table.headers), applied=options.apply)
        self.today: Day = day_of(casework.store.now())
        self._whole = options.apply and options.all_or_nothing
        self._run: Run | None = options.run
        self._reach = EVERYBODY
        self._repeated = Repeated()
        self._refused_persons: list[Person] = []

    def run(self) -> ImportOutcome:
        """Reads, judges and, when applying, stores every row."""
        self._note_table()
        self._reach = self._allowed()
        digest = self._read_through()
        if self.options.apply and not self._whole:
            self._run = self._run or self._begin(digest)
        {"units": self._units, "staff": self._staff, "roster": self._roster}.get(self.kind, self._ledger)()
        self.outcome.refused.sort(key=lambda pair: pair[0].number)
        self.outcome.shown.sort(key=lambda each: each.number)
        if self.outcome.applied and self.options.run is None:
            run = self._run or self._begin(digest)
            finish_run(self.casework.store, run, dict(self.outcome.counts))
        return self.outcome

    def _allowed(self) -> ImportReach:
        """Whose rows the actor may write, by the post held today."""
        with self.casework.reading() as reading:
            conn, k, known = reading.snapshot.conn, reading.snapshot.k, reading.reference.units
            return import_reach(conn, k, known, actor=self.options.actor, kind=self.kind, day=self.today)

    def _begin(self, digest: str) -> Run:
        actor = self.options.actor
        return begin_run(self.casework.store, self.kind, self.outcome.file_name, digest, actor)

    def _note_table(self) -> None:
        notes = [self.table.encoding_note, *self.table.notes]
        if self.table.unknown_columns:
            notes.append(f"以下列不认识，已忽略：{'、'.join(self.table.unknown_columns)}")
        self.outcome.notes = [note for note in notes if note]

    def _read_through(self) -> str:
        """Reads the table to its end before anything is written; the digest of its contents."""
        digest = hashlib.sha256(repr((self.kind, self.options.full, self.options.confirm_names)).encode())
        rows = 0
        for row in self.table:
            rows += 1
            digest.update(repr(row.cells).encode())
            if self.kind == "roster":
                self._repeated.add(row)
        self.options.counted(rows)
        return digest.hexdigest()

    def _act(self, take: Take, rows: Sequence[Row]) -> list[RowOutcome]:
        """One chunk as one act; what became of its rows is told whether it is stored or rolled back."""
        told = self._stored(take, rows) if self.outcome.applied else self._rolled_back(take)
        by_number = {row.number: row for row in rows}
        for each in told:
            self._tell(by_number[each.number], each)
        self.options.progress(len(rows))
        return told

    def _tell(self, row: Row, outcome: RowOutcome) -> None:
        self.outcome.add(outcome, self.table.original(row) if outcome.verb == REFUSED else [])
        self.options.each(row, outcome)

    def _rolled_back(self, take: Take) -> list[RowOutcome]:
        """What would become of the rows."""
        told: list[RowOutcome] = []

        def command(act: Act, reference: Reference) -> Reply:
            told[:] = take(act, reference)
            raise _RolledBack

        with suppress(_RolledBack):
            self.casework.do(f"import.{self.kind}", command, actor=self.options.actor)
        return told

    def _stored(self, take: Take, rows: Sequence[Row]) -> list[RowOutcome]:
        """The chunk's id is made of the run and its rows: a run that goes on never takes others for them."""
        told: list[RowOutcome] = []

        def command(act: Act, reference: Reference) -> Reply:
            told[:] = take(act, reference)
            if self._whole and any(each.verb == REFUSED for each in told):
                self.outcome.applied = False
                raise _RolledBack
            return {"verbs": [each.verb for each in told], "rows": [each.number for each in told]}

        numbers = hashlib.sha256(repr([row.number for row in rows]).encode()).hexdigest()[:16]
        run = self._run.run_id if self._run else ""
        with suppress(_RolledBack):
            reply = self.casework.do(
                f"import.{self.kind}",
                command,
                actor=self.options.actor,
                command_id=f"import:{run}:{numbers}" if run else "",
                content={"run": run, "rows": numbers},
            )
            if not told:
                return _told_before(reply, self._rolled_back(take))
        return told

    def _refuse(self, row: Row, *faults: Fault) -> None:
        self._tell(row, refused_row(row, *faults))
        if self._whole:
            self.outcome.applied = False

    def _readable(self, read: Callable[[Cells], T]) -> Iterator[tuple[Row, Cells, T]]:
        """Rows that are good by themselves; the others are refused here."""
        for row in self.table:
            cells = Cells(row)
            value = read(cells)
            if cells.faults:
                self._refuse(row, *cells.faults)
            else:
                yield row, cells, value

    def _units(self) -> None:
        rows = [(row, value) for row, _, value in self._readable(units.read_unit)]
        with self.casework.reading() as reading:
            foreign = outside(self._reach, reading.reference.units, (value.unit for _, value in rows))
        rows = self._within(rows, lambda value: value.unit.code not in foreign)
        told = self._act(lambda act, reference: units.take(act, reference, rows), [row for row, _ in rows])
        if self.outcome.applied:
            changed = {each.number for each in told if each.verb in (CREATED, CHANGED)}
            self._move_children([value.unit.code for row, value in rows if row.number in changed])

    def _within(self, rows: list[tuple[Row, T]], held: Callable[[T], bool]) -> list[tuple[Row, T]]:
        """The rows about units that the importer holds; the others are refused here."""
        for row, value in rows:
            if not held(value):
                self._refuse(row, Fault("单位代码", row.cells["单位代码"], "不在您单位的范围内，请上级导入"))
        return [(row, value) for row, value in rows if held(value)]

    def _move_children(self, codes: list[str]) -> None:
        """Children of merged units follow their successor, and units now known place who waited for them."""
        reader = ReferenceReader()
        with self.casework.reading() as reading:
            waiting = children_to_move(reading.snapshot.conn, reading.reference.units, codes)
        for chunk in chunks(waiting, FILES_AT_ONCE):

            def command(act: Act, reference: Reference, chunk: list[str] = chunk) -> Reply:
                return {"children": move_children(act, reader, chunk)}

            self.casework.do("units.follow", command, actor=self.options.actor)

    def _staff(self) -> None:
        with self.casework.reading() as reading:
            words, known = reading.reference.dictionaries(self.today), reading.reference.units
        rows = [
            (row, value) for row, _, value in self._readable(lambda cells: staff.read_posting(cells, words))
        ]
        rows = self._within(
            rows, lambda value: value.unit not in known or self._reach.holds_unit(known, value.unit)
        )
        self._act(lambda act, reference: staff.take(act, reference, rows), [row for row, _ in rows])

    def _at_once(self, size: int) -> int:
        return sys.maxsize if self._whole else size

    def _roster(self) -> None:
        with self.casework.reading() as reading:
            reference = reading.reference
        named: set[str] = set()
        schools: set[str] = set()

        def read(cells: Cells) -> roster.RosterRow:
            value = roster.read_roster(cells, reference, self.today)
            if cells.faults and self.options.full:
                self._refused_persons.append(value.person)
            return value

        for chunk in self._roster_chunks(read):

            def take(act: Act, reference: Reference, chunk: list[Any] = chunk) -> list[RowOutcome]:
                outcomes, children = roster.take(
                    act,
                    reference,
                    chunk,
                    self._reach,
                    today=self.today,
                    confirm_names=self.options.confirm_names,
                    judged_only=not self.outcome.applied,
                )
                named.update(children)
                told = zip(outcomes, chunk, strict=True)
                self._refused_persons += [value.person for each, (_, value) in told if each.verb == REFUSED]
                return outcomes

            stated = (value.fields.get("school", "") for _, value in chunk)
            schools.update(reference.units.standing(school, self.today) for school in stated if school)
            self._act(take, [row for row, _ in chunk])
        if self.options.full:
            with self.casework.reading() as reading:
                named |= roster.children_meant(reading.snapshot, self._refused_persons)
                held = {school for school in schools if self._reach.holds_unit(reference.units, school)}
            missing = unnamed.unnamed_by(self.casework, held, self.today, named)
            self.outcome.unexplained = sorted(missing)
            if self.outcome.applied:
                unnamed.note(self.casework, self.options.actor, missing, held, named, self.today)

    def _roster_chunks(
        self, read: Callable[[Cells], roster.RosterRow]
    ) -> Iterator[list[tuple[Row, roster.RosterRow]]]:
        """Rows in chunks; those that speak of one child in the same chunk, after all others."""
        linked: dict[int, tuple[Row, roster.RosterRow]] = {}

        def single() -> Iterator[tuple[Row, roster.RosterRow]]:
            for row, _, value in self._readable(read):
                if self._repeated.links(row):
                    linked[row.number] = (row, value)
                else:
                    yield row, value

        yield from chunks(single(), self._at_once(ROWS_AT_ONCE))
        waiting: list[tuple[Row, roster.RosterRow]] = []
        for group in groups_of(row for row, _ in linked.values()):
            faults = contradictions(group)
            for row in group:
                if row.number in faults:
                    self._refuse(row, faults[row.number])
                    self._refused_persons.append(linked[row.number][1].person)
                else:
                    waiting.append(linked[row.number])
            if len(waiting) >= self._at_once(ROWS_AT_ONCE):
                yield waiting
                waiting = []
        if waiting:
            yield waiting

    def _ledger(self) -> None:
        with self.casework.reading() as reading:
            desk = Desk(reading.reference, reading.snapshot.keys.mark, self.options.actor.name)
            rows = []
            for row in self.table:
                cells = Cells(row)
                rows.append(ledgers.LedgerRow(row, cells, ALL_READERS[self.kind](cells, desk)))
            confirm_names = self.options.confirm_names
            ledgers.find_children(reading.snapshot, rows, self._reach, confirm_names=confirm_names)
            ledgers.foreign_letters(rows, reading.reference.units, self._reach)
        ledgers.contradictions(rows)
        good: dict[str, list[ledgers.LedgerRow]] = {}
        for each in rows:
            if each.cells.faults:
                self._refuse(each.row, *each.cells.faults)
            else:
                good.setdefault(each.child_id, []).append(each)
        for chunk in chunks(good.values(), self._at_once(FILES_AT_ONCE)):
            flat = [each for group in chunk for each in group]

            def take(
                act: Act, reference: Reference, flat: list[ledgers.LedgerRow] = flat
            ) -> list[RowOutcome]:
                return ledgers.take(act, reference, self.kind, flat, today=self.today)

            self._act(take, [each.row for each in flat])


def _told_before(reply: Reply, now: Sequence[RowOutcome]) -> list[RowOutcome]:
    """A chunk taken before the interruption: what it answered then; why rows were refused, asked again."""
    reasons = {each.number: each.faults for each in now if each.verb == REFUSED}
    verbs = zip(reply["rows"], reply["verbs"], strict=True)
    told = [RowOutcome(number, verb, told_before=True) for number, verb in verbs]
    for each in told:
        if each.verb == REFUSED:
            each.faults = reasons.get(each.number, [Fault("", "", _TAKEN_NOW)])
    return told


_TAKEN_NOW = "这一行在上次中断前被退回，现在已可接受：请把这一行再导入一次"


def chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """The values in lists of `size`; the last may be shorter."""
    waiting = iter(values)
    while chunk := list(islice(waiting, size)):
        yield chunk
