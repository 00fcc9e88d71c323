"""One import from file to outcome: preview first, apply second, in acts of at most 200 files (导入).

A preview runs the very commands of the import and rolls them back, so it can not say anything else.
Every chunk is one act, complete in itself, with a command id of (run, chunk): an import killed in
the middle and started again takes up where it was, and the same file later changes nothing.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from casework.commands.units import FILES_AT_ONCE, children_to_move, move_children
from casework.domain.values import Actor, Day, day_of
from casework.importers import ledgers, roster, staff, units
from casework.importers.facts import READERS, Desk
from casework.importers.outcome import ImportOutcome, RowOutcome, refused_row
from casework.importers.reading import Cells
from casework.importers.tables import Fault, Row, Table
from casework.projections.children import missing_from_roll
from casework.projections.import_runs import Run, begin_run, finish_run
from casework.projections.reference import Reference, ReferenceReader
from casework.service import Casework
from casework.store.act import Act
from casework.store.store import Reply

KINDS = ("units", "staff", "roster", *READERS)
"""The kinds of workbook that can be imported."""

ROWS_AT_ONCE = 1000
"""Roster rows in one act: children are not files, most of them have none."""

T = TypeVar("T")
Take = Callable[[Act, Reference], list[RowOutcome]]
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Options:
    """How to import. `full`: the roster names everybody on the roll of its schools."""

    actor: Actor
    apply: bool = False
    all_or_nothing: bool = False
    full: bool = False
    confirm_names: bool = False
    progress: Progress = lambda rows: None


class _RolledBack(Exception):
    """Ends a preview's act: everything it did is undone."""


def import_table(
    casework: Casework, kind: str, table: Table, options: Options, *, name: str = ""
) -> ImportOutcome:
    """Previews a table and, with `apply`, takes its good rows (none, with `all_or_nothing` and a bad one).

    Raises BadInput when the table can not be read to its end; nothing is written then.
    """
    if options.apply and not options.all_or_nothing:
        return _Import(casework, kind, table, options, name).run(writing=True)
    preview = _Import(casework, kind, table, options, name).run(writing=False)
    if options.apply and preview.all_taken:
        return _Import(casework, kind, table, options, name).run(writing=True)
    return preview


class _Import:
    """One pass over one table."""

    def __init__(self, casework: Casework, kind: str, table: Table, options: Options, name: str) -> None:
        self.casework = casework
        self.kind = kind
        self.table = table
        self.options = options
        self.outcome = ImportOutcome(kind, name, list(table.headers))
        self.today: Day = day_of(casework.store.now())
        self._writing = False
        self._run: Run | None = None
        self._chunk = 0
        self._originals: dict[int, list[str]] = {}

    def run(self, *, writing: bool) -> ImportOutcome:
        """Reads, judges and, when `writing`, stores every row."""
        self._writing = writing
        self.outcome.applied = writing
        self._note_table()
        digest = self._read_through()
        if writing:
            self._run = begin_run(
                self.casework.store, self.kind, self.outcome.file_name, digest, self.options.actor
            )
        {"units": self._units, "staff": self._staff, "roster": self._roster}.get(self.kind, self._ledger)()
        self.outcome.refused.sort(key=lambda pair: pair[0].number)
        if self._run:
            finish_run(self.casework.store, self._run, dict(self.outcome.counts))
        return self.outcome

    def _note_table(self) -> None:
        notes = [self.table.encoding_note, *self.table.notes]
        if self.table.unknown_columns:
            notes.append(f"以下列不认识，已忽略：{'、'.join(self.table.unknown_columns)}")
        self.outcome.notes = [note for note in notes if note]

    def _read_through(self) -> str:
        """Reads the table to its end before anything is written; the digest of its contents."""
        digest = hashlib.sha256(repr((self.kind, self.options.full, self.options.confirm_names)).encode())
        self._repeated = _Repeated()
        for row in self.table:
            digest.update(repr(row.cells).encode())
            if self.kind == "roster":
                self._repeated.add(row)
        return digest.hexdigest()

    def _act(self, take: Take, rows: Sequence[Row]) -> None:
        """One chunk as one act; what became of its rows is told whether it is stored or rolled back."""
        told: list[RowOutcome] = []

        def command(act: Act, reference: Reference) -> Reply:
            told[:] = take(act, reference)
            if not self._writing:
                raise _RolledBack
            return {"verbs": [each.verb for each in told], "rows": [each.number for each in told]}

        self._chunk += 1
        run = self._run.run_id if self._run else "preview"
        command_id = f"import:{run}:{self._chunk}" if self._run else ""
        try:
            reply = self.casework.do(
                f"import.{self.kind}",
                command,
                actor=self.options.actor,
                command_id=command_id,
                content={"run": run, "chunk": self._chunk},
            )
            if not told:
                told = self._told_before(reply)
        except _RolledBack:
            pass
        for each in told:
            self.outcome.add(each, self._originals.get(each.number, []))
        self.options.progress(len(rows))

    def _told_before(self, reply: Reply) -> list[RowOutcome]:
        """A chunk taken before the run was interrupted: what it answered then, without personal data."""
        told = [RowOutcome(number, verb) for number, verb in zip(reply["rows"], reply["verbs"], strict=True)]
        for each in told:
            if each.verb == "refused":
                each.faults = [Fault("", "", "这一行在中断前已被退回；请改正后重新导入以查看原因")]
        return told

    def _refuse(self, row: Row, *faults: Fault) -> None:
        self.outcome.add(refused_row(row, *faults), self.table.original(row))

    def _readable(self, read: Callable[[Cells], T]) -> Iterator[tuple[Row, Cells, T]]:
        """Rows that are good by themselves; the others are refused here."""
        for row in self.table:
            cells = Cells(row)
            value = read(cells)
            if cells.faults:
                self._refuse(row, *cells.faults)
            else:
                self._originals[row.number] = self.table.original(row)
                yield row, cells, value

    def _units(self) -> None:
        rows = [(row, value) for row, _, value in self._readable(units.read_unit)]
        self._act(lambda act, reference: units.take(act, reference, rows), [row for row, _ in rows])
        if self._writing:
            self._move_children([value.unit.code for _, value in rows])

    def _move_children(self, codes: list[str]) -> None:
        """Children of merged units follow their successor, and units now known place who waited for them."""
        reader = ReferenceReader()
        with self.casework.reading() as reading:
            waiting = children_to_move(reading.snapshot.conn, reading.reference.units, codes)
        for start in range(0, len(waiting), FILES_AT_ONCE):
            chunk = waiting[start : start + FILES_AT_ONCE]

            def command(act: Act, reference: Reference, chunk: list[str] = chunk) -> Reply:
                return {"children": move_children(act, reader, chunk)}

            self.casework.do("units.follow", command, actor=self.options.actor)

    def _staff(self) -> None:
        with self.casework.reading() as reading:
            words = reading.reference.dictionaries(self.today)
        rows = [
            (row, value) for row, _, value in self._readable(lambda cells: staff.read_posting(cells, words))
        ]
        self._act(lambda act, reference: staff.take(act, reference, rows), [row for row, _ in rows])

    def _roster(self) -> None:
        with self.casework.reading() as reading:
            reference = reading.reference
        named: set[str] = set()
        schools: set[str] = set()

        def read(cells: Cells) -> roster.RosterRow:
            if self._repeated.contradicts(cells.row):
                cells.fault("学籍号", "本表另有一行指向同一学生、同一变动日期但内容不同，请只保留正确的一行")
            return roster.read_roster(cells, reference, self.today)

        rows = ((row, value) for row, _, value in self._readable(read))
        for chunk in _chunks(rows, ROWS_AT_ONCE):

            def take(act: Act, reference: Reference, chunk: list[Any] = chunk) -> list[RowOutcome]:
                outcomes, children = roster.take(
                    act, reference, chunk, today=self.today, confirm_names=self.options.confirm_names
                )
                named.update(children)
                return outcomes

            schools.update(school for _, value in chunk if (school := value.fields.get("school", "")))
            self._act(take, [row for row, _ in chunk])
            self._originals.clear()
        if self.options.full:
            with self.casework.reading() as reading:
                absent = missing_from_roll(reading.snapshot.conn, schools, self.today, named)
            self.outcome.unexplained = absent

    def _ledger(self) -> None:
        with self.casework.reading() as reading:
            mark = reading.snapshot.keys.hmac
            desk = Desk(reading.reference, lambda text: mark("fact", text), self.options.actor.name)
            rows = []
            for row in self.table:
                cells = Cells(row)
                rows.append(ledgers.LedgerRow(row, cells, READERS[self.kind](cells, desk)))
            ledgers.find_children(reading.snapshot, rows, confirm_names=self.options.confirm_names)
        ledgers.contradictions(rows)
        good: dict[str, list[ledgers.LedgerRow]] = {}
        for each in rows:
            if each.cells.faults:
                self._refuse(each.row, *each.cells.faults)
            else:
                self._originals[each.row.number] = self.table.original(each.row)
                good.setdefault(each.child_id, []).append(each)
        for chunk in _chunks(good.values(), FILES_AT_ONCE):
            flat = [each for group in chunk for each in group]

            def take(
                act: Act, reference: Reference, flat: list[ledgers.LedgerRow] = flat
            ) -> list[RowOutcome]:
                return ledgers.take(act, reference, self.kind, flat, today=self.today)

            self._act(take, [each.row for each in flat])


class _Repeated:
    """Roster rows of one child and day that contradict each other, found before any is taken."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}
        self._contradicting: set[int] = set()

    def add(self, row: Row) -> None:
        """Notes a row by hashes of its key and contents: a hundred thousand rows stay small."""
        key, content = self._key(row), hash(tuple(row.cells.values()))
        if self._seen.setdefault(key, content) != content:
            self._contradicting.add(key)

    def contradicts(self, row: Row) -> bool:
        """Whether another row says otherwise about the same child and day."""
        return bool(self._contradicting) and self._key(row) in self._contradicting

    def _key(self, row: Row) -> int:
        cells = row.cells
        who = cells.get("学籍号") or cells.get("证件号")
        by_name = (cells.get("姓名"), cells.get("出生日期"), cells.get("监护人"))
        return hash((who or by_name, cells.get("变动日期", "")))


def _chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    waiting = iter(values)
    while chunk := list(islice(waiting, size)):
        yield chunk
