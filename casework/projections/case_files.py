"""Files as their events tell them, one after the other, in ranges that can be shared out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection, func, select

from casework.store.history import Recorded
from casework.store.mapper import clear_of
from casework.store.schema import stored_event

_e = stored_event.c
CASE_EVENTS = (_e.topic >= "case.", _e.topic < "case/")
"""The conditions for the events of files."""


@dataclass(frozen=True)
class Cases:
    """The files whose id is `first` or later and before `end`; "" = without an end."""

    first: str = ""
    end: str = ""


def shares(conn: Connection, at_once: int) -> list[Cases]:
    """Every file, in ranges of about so many events each; one walk along the index of events."""
    nth = func.row_number().over(order_by=_e.originator_id).label("nth")
    case = (ordered := select(_e.originator_id, nth).subquery()).c.originator_id
    marks = list(conn.scalars(select(case).where(ordered.c.nth % at_once == 0).distinct().order_by(case)))
    return [Cases(first, end) for first, end in zip(["", *marks], [*marks, ""], strict=True)]


def events_of_files(conn: Connection, k: int) -> int:
    """How many events the files have, about: those of units and policies are few."""
    return conn.scalar(select(func.count()).select_from(stored_event).where(_e.act <= k)) or 0


def files_of(
    conn: Connection, k: int, cases: Sequence[str] | Cases | None = None
) -> Iterator[tuple[str, list[Recorded]]]:
    """Each file with its events known at act `k`, file by file: all, those named, or those of a range."""
    query = select(_e.originator_id, _e.version, _e.topic, _e.state, _e.act).where(*CASE_EVENTS, _e.act <= k)
    if isinstance(cases, Cases):
        query = query.where(_e.originator_id >= cases.first)
        query = query.where(_e.originator_id < cases.end) if cases.end else query
    elif cases is not None:
        query = query.where(_e.originator_id.in_(cases))
    # Of this statement alone: set on the connection they would hold for what it writes later too.
    streamed = query.order_by(_e.originator_id, _e.version).execution_options(
        stream_results=True, yield_per=5000
    )
    rows = conn.execute(streamed)
    recorded = (
        Recorded(originator, version, topic, clear_of(topic, state), act_id)
        for batch in rows.partitions()
        for originator, version, topic, state, act_id in batch
    )
    for case, events in groupby(recorded, key=attrgetter("originator")):
        yield case, list(events)
