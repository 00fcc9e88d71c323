"""The library's recorder on SQLAlchemy Core, with the library's public names only.

Given an engine, every call is a transaction of its own; given a connection, it takes part in that
connection's transaction: so an act's events, projections and act row commit together. Positions
are last + 1 under the writers' lock: without gaps, in the order of commits.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import sqlalchemy.exc as sql_errors
from eventsourcing import persistence as library
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    Notification,
    StoredEvent,
    Subscription,
)
from sqlalchemy import Connection, Engine, bindparam, func, insert, select

from casework.store.database import reading, writing
from casework.store.lookup import Lookup
from casework.store.schema import stored_event

OUTSIDE_ANY_ACT = 0
_e = stored_event.c
_EVENT = select(_e.originator_id, _e.version, _e.topic, _e.state)
_BY_VERSION = _EVENT.where(_e.originator_id == bindparam("originator")).order_by(_e.version)
_MANY = Lookup(_EVENT.order_by(_e.originator_id, _e.version), _e.originator_id)
_LAST_POSITION = select(func.max(_e.position))
_INSERT = insert(stored_event)

# The most specific first: SQLAlchemy's classes inherit from one another as the library's do.
_TRANSLATIONS: tuple[tuple[type[Exception], type[library.PersistenceError]], ...] = (
    (sql_errors.IntegrityError, library.IntegrityError),
    (sql_errors.OperationalError, library.OperationalError),
    (sql_errors.DataError, library.DataError),
    (sql_errors.InternalError, library.InternalError),
    (sql_errors.NotSupportedError, library.NotSupportedError),
    (sql_errors.ProgrammingError, library.ProgrammingError),
    (sql_errors.DatabaseError, library.DatabaseError),
    (sql_errors.InterfaceError, library.InterfaceError),
    (sql_errors.SQLAlchemyError, library.PersistenceError),
)


@contextmanager
def library_errors() -> Iterator[None]:
    """Inside, errors of SQLAlchemy are raised as the library's, with the first as their cause."""
    try:
        yield
    except sql_errors.SQLAlchemyError as error:
        for ours, theirs in _TRANSLATIONS:
            if isinstance(error, ours):
                raise theirs(str(error)) from error
        raise


def hex_of(originator_id: UUID | str) -> str:
    """An aggregate's id as the tables hold it: 32 hex characters."""
    return originator_id.hex if isinstance(originator_id, UUID) else UUID(originator_id).hex


class SequenceRecorder(AggregateRecorder):
    """Events of one aggregate after another: insert, and read in the order of versions."""

    def __init__(self, source: Engine | Connection) -> None:
        self._source = source

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with library_errors():
            if isinstance(self._source, Connection):
                yield self._source
            else:
                with reading(self._source) as conn:
                    yield conn

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with library_errors():
            if isinstance(self._source, Connection):
                yield self._source
            else:
                with writing(self._source) as conn:
                    yield conn

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, act: int = OUTSIDE_ANY_ACT, **kwargs: Any
    ) -> Sequence[int] | None:
        """Insert the events under `act`, all or none; the library's IntegrityError when a version exists."""
        self._insert(stored_events, act)
        return None

    def _insert(self, stored_events: Sequence[StoredEvent], act: int) -> Sequence[int]:
        if not stored_events:
            return []
        with self._writing() as conn:
            first = (conn.scalar(_LAST_POSITION) or 0) + 1
            conn.execute(
                _INSERT,
                [
                    {
                        "position": position,
                        "originator_id": hex_of(event.originator_id),
                        "version": event.originator_version,
                        "topic": event.topic,
                        "state": event.state,
                        "act": act,
                    }
                    for position, event in enumerate(stored_events, first)
                ],
            )
        return range(first, first + len(stored_events))

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Events of one aggregate with `gt` < version ≤ `lte`, by version."""
        query = _BY_VERSION
        if gt is not None:
            query = query.where(_e.version > gt)
        if lte is not None:
            query = query.where(_e.version <= lte)
        if desc:
            query = query.order_by(None).order_by(_e.version.desc())
        if limit is not None:
            query = query.limit(limit)
        with self._reading() as conn:
            return [
                StoredEvent(originator_id, version, topic, bytes(state))
                for _, version, topic, state in conn.execute(query, {"originator": hex_of(originator_id)})
            ]

    def select_many(self, originator_ids: Sequence[UUID]) -> dict[UUID, list[StoredEvent]]:
        """Events of many aggregates in one query, by id and version; ids without events are left out."""
        found: dict[UUID, list[StoredEvent]] = {}
        by_hex = {each.hex: each for each in originator_ids}
        with self._reading() as conn:
            for hex_id, version, topic, state in _MANY.rows(conn, sorted(by_hex)):
                uuid = by_hex[hex_id]
                found.setdefault(uuid, []).append(StoredEvent(uuid, version, topic, bytes(state)))
        return found


class Recorder(SequenceRecorder, ApplicationRecorder):
    """All events as one sequence of positions too."""

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, act: int = OUTSIDE_ANY_ACT, **kwargs: Any
    ) -> Sequence[int] | None:
        """As above; returns the positions given, in the order of `stored_events`."""
        return list(self._insert(stored_events, act))

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Events by position, from `start` (or just after it) to `stop`, at most `limit`."""
        query = select(*_EVENT.selected_columns, _e.position).order_by(_e.position).limit(limit)
        if start is not None:
            query = query.where(_e.position >= start if inclusive_of_start else _e.position > start)
        if stop is not None:
            query = query.where(_e.position <= stop)
        if topics:
            query = query.where(_e.topic.in_(topics))
        with self._reading() as conn:
            return [
                Notification(UUID(row.originator_id), row.version, row.topic, bytes(row.state), row.position)
                for row in conn.execute(query)
            ]

    def max_notification_id(self) -> int | None:
        """The last position, or None before the first event."""
        with self._reading() as conn:
            last: int | None = conn.scalar(_LAST_POSITION)
            return last

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Refused: projections are written inside the act, nothing waits for events."""
        raise library.NotSupportedError(
            "projections are written in the act: there is nothing to subscribe to"
        )
