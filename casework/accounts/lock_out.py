"""Waiting after wrong tries (输错后的等待), longer each time, by login and by address.

The counts are in the database: a restart forgives nothing, and every server knows them. A try is
counted as failed before it is checked, so that many at once gain nothing.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from casework.accounts.tables import sign_in_failure
from casework.domain.account_policy import ADDRESS, LockOut
from casework.errors import NotAllowed
from casework.store.clock import micros
from casework.store.database import is_sqlite

_f = sign_in_failure.c


def count_try(conn: Connection, rules: LockOut, tries: Mapping[str, str], now: datetime) -> timedelta:
    """Counts one try as failed; the wait that is left, when there is one (then nothing is counted)."""
    return max(_count(conn, rules, kind, key, now) for kind, key in tries.items())


def refuse_while_waiting(wait: timedelta) -> None:
    """Raises NotAllowed that says for how long."""
    if wait > timedelta():
        minutes = -(-int(wait.total_seconds()) // 60)
        raise NotAllowed(f"尝试次数过多，请 {max(minutes, 1)} 分钟后再试")


def forgive(conn: Connection, tries: Mapping[str, str]) -> None:
    """What was right clears its login, and takes back this one try from the address."""
    for kind, key in tries.items():
        row = update(sign_in_failure).where(_f.kind == kind, _f.key == key)
        if kind == ADDRESS:
            conn.execute(row.where(_f.failures > 0).values(failures=_f.failures - 1))
        else:
            conn.execute(row.values(failures=0))


def _count(conn: Connection, rules: LockOut, kind: str, key: str, now: datetime) -> timedelta:
    query = select(_f.failures, _f.last_us).where(_f.kind == kind, _f.key == key).with_for_update()
    row = conn.execute(query).first()
    forgotten = row is None or row.last_us < micros(now - timedelta(hours=rules.forgotten_after_hours))
    failures = 0 if row is None or forgotten else row.failures
    if row is not None:
        # A clock set back must not lengthen a wait.
        passed = timedelta(microseconds=max(micros(now) - row.last_us, 0))
        left = rules.wait_after(kind, failures) - passed
        if left > timedelta():
            return left
    dialect = sqlite if is_sqlite(conn) else postgresql
    values = {"failures": failures + 1, "last_us": micros(now)}
    conn.execute(
        dialect.insert(sign_in_failure)
        .values(kind=kind, key=key, **values)
        .on_conflict_do_update(index_elements=["kind", "key"], set_=values)
    )
    return timedelta()
