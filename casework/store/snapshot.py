"""A reader's moment: one database snapshot, and the act up to which it may know."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, select

from casework.domain.events import Aggregate
from casework.errors import BadInput
from casework.store import history
from casework.store.clock import instant, micros
from casework.store.history import Recorded, RecordedAct, StoredRow
from casework.store.keys import ChildKeys, KeyRing
from casework.store.loading import fold, missing
from casework.store.mapper import SealingMapper
from casework.store.schema import act

A = TypeVar("A", bound=Aggregate)
# Made once: every page asks for the last act.
_ACT = select(act.c.id, act.c.recorded_us)
_LAST = _ACT.order_by(act.c.id.desc()).limit(1)
_ONE = _ACT.where(act.c.id == bindparam("k"))


@dataclass(frozen=True)
class Snapshot:
    """What was known at act `k`, read through `conn`. A report prints `known_at` and `k`.

    `known_at` is the instant asked for, else that of act `k` (None before the first act). `newest`: the
    last act was asked for, so nothing later is known and no row superseded since.
    """

    conn: Connection
    keys: ChildKeys
    k: int
    known_at: datetime | None
    newest: bool = False

    def find(self, cls: type[A], id: str) -> A | None:
        """The aggregate (32 hex characters) as known at `k`, or None."""
        return fold(cls, SealingMapper(self.keys), [row.stored_event() for row in self.events_of(id)])

    def get(self, cls: type[A], id: str) -> A:
        """As `find`; raises NotFound."""
        found = self.find(cls, id)
        if found is None:
            raise missing(cls, id)
        return found

    def events_of(self, originator: str) -> list[StoredRow]:
        """The events of one aggregate known at `k`, by version."""
        return history.events_of(self.conn, originator, self.k)

    def stream(self, after_act: int = 0) -> Iterator[Recorded]:
        """Every event after act `after_act` known at `k`, in the order recorded, in constant memory."""
        return history.stream(self.conn, after_act, self.k)

    def open_private(self, row: StoredRow) -> dict[str, Any] | None:
        """The personal data of an event; None when it has none or they were erased (已清除)."""
        return SealingMapper(self.keys).open_private(row.stored_event())

    def acts(self, rows: list[StoredRow]) -> dict[int, RecordedAct]:
        """The acts of these events, by id."""
        return history.acts(self.conn, {row.act for row in rows})


def at_instant(conn: Connection, keys: KeyRing, known_at: datetime) -> Snapshot:
    """The snapshot at the last act with recorded_at ≤ `known_at`."""
    query = select(act.c.id).where(act.c.recorded_us <= micros(known_at))
    k = conn.scalar(query.order_by(act.c.recorded_us.desc()).limit(1)) or 0
    last = conn.execute(_LAST).first()
    return Snapshot(conn, keys.on(conn), k, known_at, newest=last is None or last.id == k)


def at_act(conn: Connection, keys: KeyRing, k: int | None) -> Snapshot:
    """The snapshot at act `k`, or at the last act. Raises BadInput when there is no such act."""
    row = conn.execute(_LAST).first() if k is None else conn.execute(_ONE, {"k": k}).first()
    if row is not None:
        return Snapshot(conn, keys.on(conn), row.id, instant(row.recorded_us), newest=k is None)
    if k:
        raise BadInput(f"还没有第 {k} 号操作，请核对要查看的时点", act=k)
    return Snapshot(conn, keys.on(conn), 0, None)
