"""Instants as the tables hold them, and whose clock tells the time of an act."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from casework.domain.values import SHANGHAI
from casework.store.database import is_sqlite

Clock = Callable[[], datetime]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(instant: datetime) -> int:
    """Microseconds since 1970 UTC of an aware instant, exact."""
    return (instant - _EPOCH) // _MICROSECOND


def instant(us: int) -> datetime:
    """The instant of `micros`, told in Asia/Shanghai."""
    return (_EPOCH + timedelta(microseconds=us)).astimezone(SHANGHAI)


def now_us(conn: Connection, clock: Clock | None) -> int:
    """The present by `clock`; without one by the database (PostgreSQL) or this machine (SQLite).

    Several servers share one PostgreSQL: its clock is the one they agree on.
    """
    if clock is not None:
        return micros(clock())
    if is_sqlite(conn):
        return micros(datetime.now(UTC))
    return micros(conn.scalars(select(func.clock_timestamp())).one())
