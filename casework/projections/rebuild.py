"""Making the read models anew from the events alone, beside the running system (重建).

Files are folded one after the other, each from its own events, into shadow tables, while acts go on;
then, under the writers' lock, the files that were touched meanwhile are folded again and the shadows
take the tables' places. The rows are the ones the live projection writes: both fold per act.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, islice
from operator import attrgetter

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    delete,
    func,
    select,
    text,
)
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable

from casework.projections.bitemporal import Row
from casework.projections.board_tally import board_tally, tally_anew
from casework.projections.case_tables import CASE_TABLES, fold_case
from casework.projections.duty_rows import rulebooks
from casework.projections.registers import REGISTER_TABLES, project_registers
from casework.projections.year_tables import YEAR_TABLES, project_year
from casework.store.bulk import bulk_insert
from casework.store.database import reading, writing
from casework.store.history import Recorded
from casework.store.mapper import clear_of
from casework.store.schema import act, stored_event
from casework.store.store import Store

_FILES_AT_ONCE = 1000
_e = stored_event.c
_CASES = (_e.topic >= "case.", _e.topic < "case/")

REBUILT = tuple(
    table.name
    for table in (*(each.table for each in CASE_TABLES), board_tally, *REGISTER_TABLES, *YEAR_TABLES)
)
"""Names of the tables that follow from events alone."""


@dataclass(frozen=True)
class Rebuilt:
    """What was folded: events and files read, rows written by table."""

    events: int
    files: int
    rows: dict[str, int]


def rebuild(store: Store, progress: Callable[[int], None] = lambda events: None) -> Rebuilt:
    """Rebuilds every read model that follows from events."""
    with _without_cycle_search():
        return _rebuild(store, progress)


@contextmanager
def _without_cycle_search() -> Iterator[None]:
    """Rows and events hold no cycles; looking for them among a million tuples takes a third of the time."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


def _rebuild(store: Store, progress: Callable[[int], None]) -> Rebuilt:
    shadows = [_shadow_of(each.table) for each in CASE_TABLES]
    counts = {each.table.name: 0 for each in CASE_TABLES}
    with writing(store.engine) as conn:
        for shadow in shadows:
            conn.execute(DropTable(shadow, if_exists=True))
            conn.execute(CreateTable(shadow))
    events = files = 0
    with reading(store.engine) as source:
        k = source.scalar(select(func.max(act.c.id))) or 0
        rules = rulebooks(source, k)
        for batch in _batches(files_of(source, k), _FILES_AT_ONCE):
            folded = [fold_case(case, recorded, rules) for case, recorded in batch]
            with writing(store.engine) as conn:
                _insert(conn, shadows, folded, counts)
            events += sum(len(recorded) for _, recorded in batch)
            files += len(batch)
            progress(events)
    with writing(store.engine) as conn:
        _catch_up(conn, shadows, k, counts)
        for each, shadow in zip(CASE_TABLES, shadows, strict=True):
            _take_place(conn, each.table, shadow)
        tally_anew(conn)
        _rebuild_registers(conn)
    return Rebuilt(events, files, counts)


def _shadow_of(source: Table) -> Table:
    """The same columns under another name, without the indexes that would slow the filling."""
    columns = [Column(column.name, column.type, nullable=column.nullable) for column in source.columns]
    key = PrimaryKeyConstraint(*(column.name for column in source.primary_key), name=f"pk_{source.name}_anew")
    return Table(f"{source.name}_anew", MetaData(), *columns, key)


def files_of(
    conn: Connection, k: int, cases: Sequence[str] | None = None
) -> Iterator[tuple[str, list[Recorded]]]:
    """Each file with its events known at act `k`, file by file."""
    query = select(_e.originator_id, _e.version, _e.topic, _e.state, _e.act).where(*_CASES, _e.act <= k)
    if cases is not None:
        query = query.where(_e.originator_id.in_(cases))
    # Of this statement alone: set on the connection they would hold for what it writes later too.
    streamed = query.order_by(_e.originator_id, _e.version).execution_options(
        stream_results=True, yield_per=5000
    )
    rows = conn.execute(streamed)
    recorded = (
        Recorded(originator, version, topic, clear_of(state), act_id)
        for batch in rows.partitions()
        for originator, version, topic, state, act_id in batch
    )
    for case, events in groupby(recorded, key=attrgetter("originator")):
        yield case, list(events)


def _batches(
    files: Iterator[tuple[str, list[Recorded]]], size: int
) -> Iterator[list[tuple[str, list[Recorded]]]]:
    while batch := list(islice(files, size)):
        yield batch


def _insert(
    conn: Connection,
    shadows: Sequence[Table],
    folded: Iterable[tuple[list[Row], ...]],
    counts: dict[str, int],
) -> None:
    rows = list(folded)
    for at, (table, shadow) in enumerate(zip(CASE_TABLES, shadows, strict=True)):
        written = bulk_insert(conn, shadow, table.columns, (row for each in rows for row in each[at]))
        counts[table.table.name] += written


def _catch_up(conn: Connection, shadows: Sequence[Table], k: int, counts: dict[str, int]) -> None:
    """Folds again the files touched since act `k`; nothing can be written any more until we are done.

    Rules adopted meanwhile touch every file.
    """
    last = conn.scalar(select(func.max(act.c.id))) or 0
    rules = rulebooks(conn, last)
    since = () if rules.changed_between(k, last + 1) else (_e.act > k,)
    touched = list(conn.scalars(select(_e.originator_id).where(*_CASES, *since).distinct()))
    for start in range(0, len(touched), 500):
        cases = touched[start : start + 500]
        for shadow in shadows:
            conn.execute(delete(shadow).where(shadow.c.case_id.in_(cases)))
        folded = [fold_case(case, recorded, rules) for case, recorded in files_of(conn, last, cases)]
        _insert(conn, shadows, folded, counts)


def _take_place(conn: Connection, table: Table, shadow: Table) -> None:
    conn.execute(DropTable(table))
    conn.execute(text(f"ALTER TABLE {shadow.name} RENAME TO {table.name}"))
    if conn.dialect.name == "postgresql":
        conn.execute(text(f"ALTER INDEX pk_{shadow.name} RENAME TO pk_{table.name}"))
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        conn.execute(CreateIndex(index))


def _rebuild_registers(conn: Connection) -> None:
    """Units, postings, policies and sheets of the school year are few: made again under the lock."""
    for table in (*REGISTER_TABLES, *YEAR_TABLES):
        conn.execute(delete(table))
    rows = conn.execute(
        select(_e.originator_id, _e.version, _e.topic, _e.state, _e.act)
        .where((_e.topic < "case.") | (_e.topic >= "case/"))
        .order_by(_e.position)
    ).all()
    recorded = [Recorded(row[0], row[1], row[2], clear_of(row[3]), row[4]) for row in rows]
    for act_id, group in groupby(recorded, key=attrgetter("act")):
        events = list(group)
        project_registers(conn, act_id, events)
        project_year(conn, act_id, events)
