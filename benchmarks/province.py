"""A province: many counties in one database, each with the history of a county written by real commands.

Units, policies and postings are written by the ordinary commands; then acts, events, claims, keys and
the roster of the source county once for every copy (`benchmarks.copies`), in bulk, acts of all copies in
turn as a province's are, chained like any other; then the ordinary rebuild makes the read models.
Children taught at home have 150 events each: only some of the copies keep theirs, so that a
million files have about thirteen events each.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Constraint, Engine, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.schema import AddConstraint, CreateIndex, DropConstraint, DropIndex

from benchmarks.copies import ENTRY, FIRST_ACT, TABLES, Copy, SourceEvent, SourceKeys
from benchmarks.databases import Say
from benchmarks.generate import MASTER_KEY, open_county, writing_store
from benchmarks.land import Land, land_of
from benchmarks.page_county import CLERK, PASSWORD, SERVED_AT, TEACHER
from casework.commands.policies import adopt_defaults
from casework.commands.postings import PostingRow, take_posting_rows
from casework.commands.units import UnitRow, take_unit_rows
from casework.domain.ledger import REFUSED
from casework.domain.units import COUNTY, PROVINCE, Unit
from casework.domain.values import LOCAL_OPERATOR, OPEN, SINCE_EVER
from casework.jobs import reminders
from casework.projections.rebuild import rebuild
from casework.projections.reference import Reference
from casework.service import Casework
from casework.store.act import Act
from casework.store.backup_log import SCHEDULED, BackupNote, note_backup
from casework.store.bulk import bulk_insert
from casework.store.chain import ACT_FIELDS, Link, RosterLine
from casework.store.clock import instant
from casework.store.database import is_sqlite, writing
from casework.store.keys import KeyRing
from casework.store.migration import upgrade
from casework.store.store import Reply
from casework.tables import metadata

Row = dict[str, Any]
Entry = tuple[Any, ...]

PROVINCE_CODE = "600000"
LONG_FILE = 100
"""Events: a file with more is of a child taught at home."""

_BULK = ("act", "stored_event", *TABLES)
_ROWS_AT_ONCE = 20_000


def make_province(
    source: str, target: Engine, pupils: int, copies: int, with_long: int, say: Say
) -> dict[str, float]:
    """Fills an empty database; seconds by step. `source`: the SQLite file of a county with `pupils`."""
    maker = _Maker(source, target, pupils, copies, with_long, say)
    return {name: _timed(step, say) for name, step in maker.steps().items()}


def _timed(step: Any, say: Say) -> float:
    started = time.perf_counter()
    step()
    took = time.perf_counter() - started
    say(f"  {step.__name__}: {took:.0f} s")
    return took


class _Maker:
    def __init__(self, source: str, target: Engine, pupils: int, copies: int, with_long: int, say: Say):
        self._source = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
        self._target, self._pupils, self._n, self._say = target, pupils, copies, say
        self._ring = KeyRing(MASTER_KEY)
        self._with_long = with_long
        self._began = instant(self._scalar(f"SELECT recorded_us FROM act WHERE id = {FIRST_ACT}"))
        self._casework = Casework(writing_store(target, lambda: self._began))
        self._copies: list[Copy] = []
        self._last: tuple[int, int, bytes, int] = (0, 0, b"", 0)

    def steps(self) -> dict[str, Any]:
        """What is done, in order."""
        names = ("tables", "place", "roster", "history", "indexes", "read_models", "end_of_day")
        return {name: getattr(self, name) for name in names}

    def tables(self) -> None:
        """All tables; on PostgreSQL those filled in bulk get keys and indexes afterwards."""
        upgrade(self._target)
        if is_sqlite(self._target):
            return
        with writing(self._target) as conn:
            for table in map(metadata.tables.__getitem__, _BULK):
                for index in table.indexes:
                    conn.execute(DropIndex(index))
                for constraint in _keys(table):
                    conn.execute(DropConstraint(constraint, isolate_from_table=False))

    def place(self) -> None:
        """Policies, the province's units, and who signs in to measure pages."""
        self._do("init", lambda act, _: {"adopted": adopt_defaults(act)})
        land = land_of(self._pupils)
        self._take_units([UnitRow(_unit(PROVINCE_CODE, "样板省", PROVINCE), frozenset())])
        shapes = [Copy(number, self._n, 0, self._ring) for number in range(self._n)]
        for copy in shapes:
            self._take_units(list(_units_of(copy, land)))
        junior = shapes[0].code(land.junior[0].code)
        rows = [
            PostingRow(
                login=CLERK, name="样板股长", post="基教股", unit=f"{shapes[0].county}00", since="2020-01-01"
            ),
            PostingRow(
                login=TEACHER, name="样板班主任", post="班主任", unit=junior, since="2020-01-01", klass="71班"
            ),
        ]
        self._do("staff", lambda act, known: {"n": len(take_posting_rows(act, known.units, rows))})
        for row in rows:
            self._casework.accounts.make(row.login, row.name, PASSWORD, now=self._began)
        self._last = self._last_act()
        self._copies = [Copy(each.number, self._n, self._last[0], self._ring) for each in shapes]

    def roster(self) -> None:
        """Children, keys, claims and sums of every copy, table by table."""
        keys = self._source_keys()
        for table in TABLES:
            names = [column.name for column in metadata.tables[table].columns]
            with writing(self._target) as conn:
                bulk_insert(conn, metadata.tables[table], names, self._rows(table, names, keys))

    def history(self) -> None:
        """Acts and events, each act of the source once for every copy; chained."""
        acts: list[tuple[Any, ...]] = []
        events: list[tuple[Any, ...]] = []
        done = 0
        for number, (act, of_act) in enumerate(self._acts()):
            for copy in self._copies:
                acts.append(self._one_act(copy, act, of_act, events))
            if len(events) > _ROWS_AT_ONCE:
                done += len(events)
                self._flush(acts, events)
                if number % 20 == 0:
                    self._say(f"  {done:,} 个事件")
        self._flush(acts, events)

    def indexes(self) -> None:
        """Keys and indexes of what was filled in bulk."""
        if is_sqlite(self._target):
            return
        for name in _BULK:
            table = metadata.tables[name]
            with writing(self._target) as conn:
                conn.exec_driver_sql("SET LOCAL maintenance_work_mem = '512MB'")
                for constraint in _keys(table):
                    conn.execute(AddConstraint(constraint, isolate_from_table=False))
                for index in table.indexes:
                    conn.execute(CreateIndex(index))
        with self._target.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.exec_driver_sql("VACUUM ANALYZE")

    def read_models(self) -> None:
        """The ordinary rebuild."""
        done = rebuild(self._casework.store)
        self._say(f"  {done.events:,} 个事件，{done.files:,} 份个案")
        with self._target.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.exec_driver_sql("ANALYZE" if is_sqlite(self._target) else "VACUUM ANALYZE")

    def end_of_day(self) -> None:
        """Notes the backup and makes the reminders: a server that owes them begins with them."""
        now = datetime.fromisoformat(SERVED_AT)
        note_backup(self._target, BackupNote(now, SCHEDULED, "not kept"))
        reminders.look(open_county(self._target, lambda: now))

    def _one_act(
        self, copy: Copy, act: Row, of_act: "_OfAct", events: list[tuple[Any, ...]]
    ) -> tuple[Any, ...]:
        last_id, last_us, last_link, position = self._last
        link, act_id = Link(self._ring.link), copy.act(act["id"])
        assert act_id == last_id + 1
        for event in of_act.events:
            if copy.number >= self._with_long and event.originator in of_act.long_files:
                continue
            originator, state = copy.event(event)
            position += 1
            link.event(position, originator, event.version, event.topic, state)
            events.append((position, bytes.fromhex(originator), event.version, event.topic, state, act_id))
        link.roster(*([_line(copy, row) for row in rows] for rows in of_act.entries))
        row = {
            **act,
            "id": act_id,
            "recorded_us": max(act["recorded_us"], last_us + 1),
            "command_id": f"{act['command_id']}{copy.number:03d}",
        }
        row |= link.closed(last_link, row)
        self._last = (act_id, row["recorded_us"], row["chain"], position)
        return tuple(row[name] for name in _ACT)

    def _flush(self, acts: list[tuple[Any, ...]], events: list[tuple[Any, ...]]) -> None:
        with writing(self._target) as conn:
            bulk_insert(conn, metadata.tables["act"], _ACT, acts)
            bulk_insert(conn, metadata.tables["stored_event"], _EVENT, events)
        acts.clear()
        events.clear()

    def _acts(self) -> Iterator[tuple[Row, "_OfAct"]]:
        """The source's acts in order, with their events and the roster entries they begin and end."""
        long_files = {row[0] for row in self._source.execute(_LONG_FILES, (LONG_FILE,))}
        keys = self._source_keys()
        events = _ByAct(self._source.execute(f"{_SELECT_EVENTS} WHERE act >= {FIRST_ACT} ORDER BY position"))
        begun = _ByAct(self._source.execute(_ENTRIES.format("known_from")))
        ended = _ByAct(self._source.execute(_ENTRIES.format("known_to")))
        fields = (*ACT_FIELDS,)
        for row in self._source.execute(
            f"SELECT {', '.join(fields)} FROM act WHERE id >= {FIRST_ACT} ORDER BY id"
        ):
            act = dict(zip(fields, row, strict=True))
            told = [
                SourceEvent(originator, version, topic, state, keys)
                for _, originator, version, topic, state in events.of(act["id"])
            ]
            entries = [[each[1:] for each in rows.of(act["id"])] for rows in (ended, begun)]
            yield act, _OfAct(told, entries, long_files)

    def _rows(self, table: str, names: list[str], keys: SourceKeys) -> Iterator[tuple[Any, ...]]:
        translated = [(copy, copy.translators(table, names)) for copy in self._copies]
        finish = _FINISH.get(table)
        for values in self._source.execute(f"SELECT {', '.join(names)} FROM {table}"):
            opened = b""
            if table == "child" and (private := values[names.index("private")]):
                opened = keys.open(values[0], private, b"child")
            for copy, translators in translated:
                made = list(values)
                for at, translate in translators:
                    made[at] = translate(made[at])
                if finish:
                    finish(copy, names, made, opened)
                yield tuple(made)

    def _source_keys(self) -> SourceKeys:
        return SourceKeys(self._ring, dict(self._source.execute("SELECT child_id, wrapped FROM child_key")))

    def _do(self, name: str, command: Any) -> None:
        self._casework.do(f"bench.{name}", command, actor=LOCAL_OPERATOR)

    def _take_units(self, rows: list[UnitRow]) -> None:
        def command(act: Act, known: Reference) -> Reply:
            taken = take_unit_rows(act, known.units, rows)
            refused = [each.note for each in taken if each.verb == REFUSED]
            assert not refused, refused[:3]
            return {"units": len(taken)}

        self._do("units", command)

    def _last_act(self) -> tuple[int, int, bytes, int]:
        with self._target.connect() as conn:
            last = conn.exec_driver_sql(
                "SELECT id, recorded_us, chain FROM act ORDER BY id DESC LIMIT 1"
            ).one()
            position = conn.exec_driver_sql("SELECT max(position) FROM stored_event").scalar()
        return last[0], last[1], bytes(last[2]), int(position or 0)

    def _scalar(self, query: str) -> Any:
        return self._source.execute(query).fetchone()[0]


class _OfAct:
    """What one act of the source wrote."""

    __slots__ = ("entries", "events", "long_files")

    def __init__(self, events: list[SourceEvent], entries: list[list[Entry]], long_files: set[str]) -> None:
        self.events, self.entries, self.long_files = events, entries, long_files


class _ByAct:
    """Rows that come in the order of acts, asked for act by act; the act is their first value."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self._groups = groupby(rows, key=itemgetter(0))
        self._next: tuple[int, list[tuple[Any, ...]]] | None = None
        self._advance()

    def of(self, act: int) -> list[tuple[Any, ...]]:
        """The rows of an act."""
        if self._next is None or self._next[0] != act:
            return []
        rows = self._next[1]
        self._advance()
        return rows

    def _advance(self) -> None:
        act, rows = next(self._groups, (None, ()))
        self._next = None if act is None else (act, list(rows))


def _finish_claim(copy: Copy, names: list[str], made: list[Any], _opened: bytes) -> None:
    at = names.index("key")
    made[at] = copy.claim(made[names.index("kind")], made[at])


def _finish_child(copy: Copy, names: list[str], made: list[Any], opened: bytes) -> None:
    if opened:
        made[names.index("private")] = copy.sealed(made[0], opened, b"child")


def _finish_key(copy: Copy, names: list[str], made: list[Any], _opened: bytes) -> None:
    made[names.index("wrapped")] = copy.wrapped(made[0])


_FINISH = {"claim": _finish_claim, "child": _finish_child, "child_key": _finish_key}
"""What a table's translated row needs besides; the child's id comes first where it is asked for."""

_ACT = tuple(column.name for column in metadata.tables["act"].columns)
_EVENT = ("position", "originator_id", "version", "topic", "state", "act")
_SELECT_EVENTS = "SELECT act, lower(hex(originator_id)), version, topic, state FROM stored_event"
_ENTRIES = f"SELECT {{0}}, {', '.join(ENTRY)} FROM roster_entry WHERE {{0}} < {OPEN} ORDER BY {{0}}"
_LONG_FILES = "SELECT lower(hex(originator_id)) FROM stored_event GROUP BY originator_id HAVING count(*) > ?"


def _line(copy: Copy, entry: Entry) -> RosterLine:
    child, no, on, fields, source = copy.entry(entry)
    return child, no, on, json.loads(fields), source


def _keys(table: Table) -> list[Constraint]:
    return [each for each in table.constraints if isinstance(each, PrimaryKeyConstraint | UniqueConstraint)]


def _unit(code: str, name: str, kind: str) -> Unit:
    return Unit(code=code, name=name, kind=kind, opened_on=SINCE_EVER)


def _units_of(copy: Copy, land: Land) -> Iterator[UnitRow]:
    """The county's units under the codes of a copy."""

    def code(source: str) -> str:
        return f"X{copy.number:03d}{source[2:]}" if source.startswith("XQ") else copy.code(source)

    given = frozenset({"category", "township", "opened_on"})
    for unit in land.units:
        parent = PROVINCE_CODE if unit.kind == COUNTY else code(unit.parent)
        yield UnitRow(
            Unit(
                code=code(unit.code),
                name=f"{unit.name}{copy.number}" if unit.kind == COUNTY else unit.name,
                kind=unit.kind,
                parent=parent,
                category=unit.category,
                township=code(unit.township) if unit.township else "",
                opened_on=unit.opened_on,
            ),
            given,
        )
