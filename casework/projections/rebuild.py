"""Making the read models anew from the events alone, beside the running system (重建).

Files are folded one after the other, each from its own events, into shadow tables, while acts go on;
a long history by several processes. Then, under the writers' lock, the files that were touched
meanwhile are folded again and the shadows take the tables' places. The rows are the ones the live
projection writes: both fold per act.
"""

import gc
import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from multiprocessing.process import BaseProcess
from operator import attrgetter
from threading import Thread

from sqlalchemy import Connection, Engine, delete, func, select

from casework.errors import BadInput
from casework.projections.board_tally import board_tally, tally_anew
from casework.projections.case_files import CASE_EVENTS, Cases, events_of_files, shares
from casework.projections.case_tables import CASE_TABLES
from casework.projections.duty_rows import rulebooks
from casework.projections.registers import REGISTER_TABLES, project_registers
from casework.projections.shadows import Folded, fill, fill_again, forget, make_shadows, take_places
from casework.projections.year_tables import YEAR_TABLES, project_year
from casework.store.database import make_engine, reading, writing
from casework.store.history import Recorded
from casework.store.mapper import clear_of
from casework.store.schema import act, stored_event
from casework.store.store import Store

_EVENTS_AT_ONCE = 10_000
_WORTH_A_PROCESS = 30_000
"""Events: with fewer, starting a process takes longer than it saves."""

_e = stored_event.c

_OF_FILES = frozenset(each.table.name for each in CASE_TABLES)
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


def rebuild(
    store: Store,
    progress: Callable[[int], None] = lambda events: None,
    processes: int | None = None,
    only: str = "",
) -> Rebuilt:
    """Rebuilds every read model that follows from events; in as many processes as pay, unless told.

    `only`: one of `REBUILT`; the other tables of files stay. Raises BadInput for another name.
    """
    if only and only not in REBUILT:
        raise BadInput(f"没有名为“{only}”的读模型，可以重建的有：{'、'.join(REBUILT)}")
    engine = store.engine
    make_shadows(engine)
    with reading(engine) as source:
        k = source.scalar(select(func.max(act.c.id))) or 0
        expected = events_of_files(source, k)
        parts = () if only and only not in _OF_FILES else shares(source, _EVENTS_AT_ONCE)
    events = files = 0
    rows: Counter[str] = Counter()
    for folded in _fold(engine, k, only, parts, processes or _processes(expected)):
        events, files = events + folded.events, files + folded.files
        rows.update(folded.rows)
        progress(events)
    with _without_cycle_search(), writing(engine) as conn:
        rows.update(_catch_up(conn, k, only))
        take_places(conn, only)
        tally_anew(conn)
        _rebuild_registers(conn)
    return Rebuilt(events, files, {name: count for name, count in rows.items() if only in ("", name)})


def _processes(events: int) -> int:
    return max(1, min(os.cpu_count() or 1, events // _WORTH_A_PROCESS))


def _fold(engine: Engine, k: int, only: str, parts: Sequence[Cases], processes: int) -> Iterator[Folded]:
    """Every share folded and written, as they are done: here, or by processes of their own."""
    if processes == 1 or engine.url.database in (None, "", ":memory:"):
        yield from _fold_here(engine, k, only, parts)
        return
    url = engine.url.render_as_string(hide_password=False)
    # Not forked: this process may have threads and open connections.
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, fresh, initializer=end_with_parent) as pool:
        yield from pool.map(partial(_fold_one, url, k, only), parts)


def _fold_here(engine: Engine, k: int, only: str, parts: Sequence[Cases]) -> Iterator[Folded]:
    with reading(engine) as source:
        rules = rulebooks(source, k)
    with _without_cycle_search():
        for part in parts:
            yield fill(engine, k, rules, only, part)


def end_with_parent() -> None:
    """A process of a pool waits for work for ever when the one that gives it is killed: it ends too."""

    def watch(parent: BaseProcess) -> None:
        parent.join()
        os._exit(1)

    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=watch, args=(parent,), name="end with parent", daemon=True).start()


def _fold_one(url: str, k: int, only: str, cases: Cases) -> Folded:
    return _opened(url, k, only)(cases)


@cache
def _opened(url: str, k: int, only: str) -> Callable[[Cases], Folded]:
    """What a process of a rebuild does with each of its shares: the database opened, the rules read, once."""
    gc.disable()
    engine = make_engine(url)
    with reading(engine) as source:
        return partial(fill, engine, k, rulebooks(source, k), only)


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


def _catch_up(conn: Connection, k: int, only: str) -> Counter[str]:
    """Folds again the files touched since act `k`; nothing can be written any more until we are done.

    Rules adopted meanwhile touch every file.
    """
    last = conn.scalar(select(func.max(act.c.id))) or 0
    rules = rulebooks(conn, last)
    since = () if rules.changed_between(k, last + 1) else (_e.act > k,)
    touched = list(conn.scalars(select(_e.originator_id).where(*CASE_EVENTS, *since).distinct()))
    forget(conn, touched)
    rows: Counter[str] = Counter()
    for start in range(0, len(touched), 500):
        rows.update(fill_again(conn, last, rules, only, touched[start : start + 500]))
    return rows


def _rebuild_registers(conn: Connection) -> None:
    """Units, postings, policies and sheets of the school year are few: made again under the lock."""
    for table in (*REGISTER_TABLES, *YEAR_TABLES):
        conn.execute(delete(table))
    rows = conn.execute(
        select(_e.originator_id, _e.version, _e.topic, _e.state, _e.act)
        .where((_e.topic < "case.") | (_e.topic >= "case/"))
        .order_by(_e.position)
    ).all()
    recorded = [Recorded(row[0], row[1], row[2], clear_of(row[2], row[3]), row[4]) for row in rows]
    for act_id, group in groupby(recorded, key=attrgetter("act")):
        events = list(group)
        project_registers(conn, act_id, events)
        project_year(conn, act_id, events)
