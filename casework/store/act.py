"""The unit of work of one command: what it loaded, saved, claimed and numbered.

An `Act` lives inside `Store.run`, under the writers' lock: whatever it reads is the latest, and
nothing it does is seen by anyone before the commit. Events saved are written together at the end.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from eventsourcing.persistence import IntegrityError, StoredEvent
from sqlalchemy import Connection

from casework.domain.events import Aggregate
from casework.domain.values import Actor
from casework.errors import ChangedMeanwhile
from casework.store import series
from casework.store.chain import Link, RosterLine
from casework.store.claims import Claims
from casework.store.history import Recorded
from casework.store.keys import ChildKeys
from casework.store.loading import fold, missing
from casework.store.mapper import SealingMapper, clear_of
from casework.store.recorder import Recorder, hex_of

A = TypeVar("A", bound=Aggregate)
_LOAD_CHUNK = 200


class Act:
    """One command at work. `recorded_at` is in Asia/Shanghai; `conn` is its transaction."""

    def __init__(
        self, id: int, recorded_at: datetime, actor: Actor, conn: Connection, keys: ChildKeys
    ) -> None:
        self.id = id
        self.recorded_at = recorded_at
        self.actor = actor
        self.conn = conn
        self.keys = keys
        self.recorded: list[Recorded] = []
        self.wrote = False
        self.spoiled = False
        self._mapper = SealingMapper(keys)
        self._recorder = Recorder(conn)
        self._claims = Claims(conn, id)
        self.link = Link(keys.link)
        self._held: dict[UUID, Aggregate] = {}
        self._unwritten: list[StoredEvent] = []

    def find(self, cls: type[A], id: UUID | str) -> A | None:
        """The aggregate, or None. Asked twice in one act it is the same object."""
        uuid = _uuid(id)
        held = self._held.get(uuid)
        if held is None:
            held = fold(cls, self._mapper, self._recorder.select_events(uuid))
            if held is not None:
                self._held[uuid] = held
        return held if isinstance(held, cls) else None

    def get(self, cls: type[A], id: UUID | str) -> A:
        """As `find`; raises NotFound."""
        found = self.find(cls, id)
        if found is None:
            raise missing(cls, id)
        return found

    def load_many(self, cls: type[A], ids: Iterable[UUID | str]) -> dict[str, A]:
        """Aggregates by id (32 hex characters) in few queries, and the keys to seal their data with."""
        wanted = [_uuid(id) for id in ids]
        absent = [uuid for uuid in dict.fromkeys(wanted) if uuid not in self._held]
        for start in range(0, len(absent), _LOAD_CHUNK):
            chunk = absent[start : start + _LOAD_CHUNK]
            self.keys.fetch(uuid.hex for uuid in chunk)
            for uuid, stored_events in self._recorder.select_many(chunk).items():
                made = fold(cls, self._mapper, stored_events)
                if made is not None:
                    self._held[uuid] = made
        found = {uuid.hex: self._held.get(uuid) for uuid in wanted}
        return {hex_id: each for hex_id, each in found.items() if isinstance(each, cls)}

    def save(self, *aggregates: Aggregate) -> None:
        """Take over the aggregates' new events; may be called again for the same aggregate.

        Raises KeyDestroyed when personal data are added for an erased child. A failed save spoils
        the act: the aggregate has lost its new events, so nothing of this act can be stored.
        """
        try:
            for aggregate in aggregates:
                if self._held.setdefault(aggregate.id, aggregate) is not aggregate:
                    raise RuntimeError(f"two objects of {type(aggregate).__name__} {aggregate.id} in one act")
                for event in aggregate.collect_events():
                    self._take(self._mapper.to_stored_event(event))
        except BaseException:
            self.spoiled = True
            raise

    def mark(self, content: str) -> str:
        """The keyed fingerprint of a fact's content: the same fact, the same mark."""
        return self.keys.mark(content)

    def touch(self) -> None:
        """Say that rows besides events were written (roster): the act is kept, projections are called."""
        self.wrote = True

    def cover(self, gone: Iterable[RosterLine], new: Iterable[RosterLine]) -> None:
        """Takes roster entries that this act ends and begins into its link of the chain."""
        self.link.roster(gone, new)

    def claim(self, kind: str, key: str, owner: str) -> None:
        """Hold the key for this owner; nothing happens when the owner holds it. Raises Taken(owner)."""
        self.claim_many(kind, {key: owner})

    def claim_many(self, kind: str, owners: Mapping[str, str]) -> None:
        """Hold each key for its owner, all or none. Raises Taken for the first held by another."""
        if self._claims.hold(kind, owners):
            self.wrote = True

    def release(self, kind: str, key: str) -> None:
        """Free the key, whoever holds it."""
        if self._claims.release(kind, key):
            self.wrote = True

    def owner_of(self, kind: str, key: str) -> str | None:
        """Who holds the key, or None."""
        return self.owners_of(kind, [key]).get(key)

    def owners_of(self, kind: str, keys: Iterable[str]) -> dict[str, str]:
        """Owner by key, for the keys that are held."""
        return self._claims.owners(kind, keys)

    def next_number(self, issuer: str, kind: str, year: int) -> int:
        """The next number of the series (from 1); no gap, no repeat."""
        self.wrote = True
        return series.next_number(self.conn, issuer, kind, year)

    def raise_number(self, issuer: str, kind: str, year: int, at_least: int) -> None:
        """Let the series go on above `at_least`, a number given elsewhere."""
        if series.raise_number(self.conn, issuer, kind, year, at_least):
            self.wrote = True

    def destroy_key(self, child_id: str) -> bool:
        """Destroy the child's key for ever (清除个人信息); False when there was none to destroy."""
        self.wrote = True
        return self.keys.destroy(child_id)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """All of the block or nothing of it: on an error everything inside is undone, and it is raised.

        For one row among many in an act: events, claims, numbers and rows go back to before the
        block. Aggregates loaded before are loaded anew: ask `find` again, keep no object.
        """
        self.flush()
        before = (len(self.recorded), self.wrote, self.spoiled)
        linked = self.link.copy()
        try:
            with self.conn.begin_nested():
                yield
                self.flush()
        except BaseException:
            kept, self.wrote, self.spoiled = before
            self.link = linked
            del self.recorded[kept:]
            self._unwritten.clear()
            self._held.clear()
            self.keys.forget()
            raise

    def flush(self) -> None:
        """Write the events and keys taken so far. Raises ChangedMeanwhile when a version exists already."""
        if self.spoiled:
            raise RuntimeError("a save of this act failed: it cannot be stored")
        self.keys.flush()
        if not self._unwritten:
            return
        try:
            positions = self._recorder.insert_events(self._unwritten, act=self.id) or ()
        except IntegrityError as error:
            raise ChangedMeanwhile("此个案已被他人更新，请刷新后重试", act=self.id) from error
        for position, each in zip(positions, self._unwritten, strict=True):
            originator = hex_of(each.originator_id)
            self.link.event(position, originator, each.originator_version, each.topic, each.state)
        self._unwritten.clear()

    def _take(self, stored: StoredEvent) -> None:
        self.wrote = True
        self._unwritten.append(stored)
        self.recorded.append(
            Recorded(
                hex_of(stored.originator_id),
                stored.originator_version,
                stored.topic,
                clear_of(stored.topic, stored.state),
                self.id,
            )
        )


def _uuid(id: UUID | str) -> UUID:
    return id if isinstance(id, UUID) else UUID(id)
