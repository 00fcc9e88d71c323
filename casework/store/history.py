"""Reading what was stored: the events of one aggregate, all events in order, and the acts.

Nothing here loads an aggregate or opens personal data.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from sqlalchemy import Connection, bindparam, select

from casework.domain.values import Actor
from casework.store.clock import instant
from casework.store.lookup import Lookup
from casework.store.mapper import clear_of
from casework.store.schema import act, stored_event

_STREAM_ROWS = 5000
_e = stored_event.c
_a = act.c
_ROW = select(_e.originator_id, _e.version, _e.topic, _e.state, _e.act)


class Recorded(NamedTuple):
    """An event as projections see it: `clear` is its JSON part, `act` the act that told us."""

    originator: str
    version: int
    topic: str
    clear: dict[str, Any]
    act: int


class StoredRow(NamedTuple):
    """An event as it is stored; `state` may have a sealed part."""

    originator: str
    version: int
    topic: str
    state: bytes
    act: int

    @property
    def clear(self) -> dict[str, Any]:
        """The clear part: fields of the event except ids, version and `private`."""
        return clear_of(self.topic, self.state)

    def stored_event(self) -> StoredEvent:
        """As the mapper wants it."""
        return StoredEvent(UUID(self.originator), self.version, self.topic, self.state)


class RecordedAct(NamedTuple):
    """Who did what when, in which post. `id` orders acts; `recorded_at` is in Asia/Shanghai."""

    id: int
    recorded_at: datetime
    command: str
    actor: Actor


# Made once: every page of a file asks.
_OF_ONE = _ROW.where(_e.originator_id == bindparam("originator")).order_by(_e.version)
_OF_ONE_UPTO = _OF_ONE.where(_e.act <= bindparam("upto"))
_ACTS = Lookup(select(_a.id, _a.recorded_us, _a.command, _a.account, _a.name, _a.post, _a.unit), _a.id)


def events_of(conn: Connection, originator: str, upto_act: int | None = None) -> list[StoredRow]:
    """The events of one aggregate (32 hex characters), by version, as far as known at `upto_act`."""
    query = _OF_ONE if upto_act is None else _OF_ONE_UPTO
    asked = {"originator": originator} | ({} if upto_act is None else {"upto": upto_act})
    return [StoredRow(*row) for row in conn.execute(query, asked)]


def stream(conn: Connection, after_act: int = 0, upto_act: int | None = None) -> Iterator[Recorded]:
    """Every event with `after_act` < act ≤ `upto_act`, in the order it was recorded, in constant memory."""
    query = _ROW.order_by(_e.position)
    if after_act:
        first = conn.scalar(select(_first_position_after(after_act)))
        if first is None:
            return
        query = query.where(_e.position >= first)
    if upto_act is not None:
        beyond = conn.scalar(select(_first_position_after(upto_act)))
        if beyond is not None:
            query = query.where(_e.position < beyond)
    rows = conn.execution_options(stream_results=True).execute(query)
    for batch in rows.partitions(_STREAM_ROWS):
        for originator, version, topic, state, act_id in batch:
            yield Recorded(originator, version, topic, clear_of(topic, state), act_id)


def acts(conn: Connection, ids: Iterable[int]) -> dict[int, RecordedAct]:
    """The acts with these ids, by id."""
    return {
        row.id: RecordedAct(row.id, instant(row.recorded_us), row.command, Actor(*row[3:]))
        for row in _ACTS.rows(conn, sorted(set(ids)))
    }


def _first_position_after(act_id: int) -> Any:
    return select(_e.position).where(_e.act > act_id).order_by(_e.act, _e.position).limit(1).scalar_subquery()
