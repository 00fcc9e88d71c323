"""Every message there is (提醒记录): planned once, handed over at most once, and how that ended.

A row's key is made of recipient, channel, instant and rule version, so planning the same again adds
nothing, whoever plans. Before a message is handed over the row says so on the disk; only who wrote that
hands it over. What is found like that after its time is 结果不明: nobody sends it again but a person.

Rows are no acts: being reminded changes nothing about the county.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from casework.domain.reminder_policy import CHANNEL_NAMES, IN_APP
from casework.domain.reminders import FAILED, HANDING, PLANNED, SENT, SUPPRESSED, UNKNOWN
from casework.store.clock import instant, micros, now_us
from casework.store.database import is_sqlite, reading
from casework.store.schema import metadata
from casework.store.side import side_writing

HAND_OVER_LASTS = timedelta(seconds=90)
"""No hand-over takes so long: every channel gives up long before."""

_LAST_US = HAND_OVER_LASTS // timedelta(microseconds=1)
_BACK = timedelta(days=3)
_AT_ONCE = 1_000

reminder = Table(
    "reminder",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("recipient", String(120), nullable=False),
    Column("name", Text, nullable=False),
    Column("post", String(40), nullable=False),
    Column("unit", String(40), nullable=False),
    Column("county", String(40), nullable=False),
    Column("channel", String(12), nullable=False),
    Column("instant_us", BigInteger, nullable=False),
    Column("digest", String(40), nullable=False),
    Column("version", String(40), nullable=False),
    Column("why", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("owner", String(32), nullable=False),
    Column("planned_us", BigInteger, nullable=False),
    Column("next_us", BigInteger, nullable=False),
    Column("handed_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger, nullable=False),
    Column("read_us", BigInteger, nullable=False),
    Column("again_of", String(64), nullable=False),
    Column("again_by", String(100), nullable=False),
    Column("again_name", Text, nullable=False),
    Index("ix_reminder_queue", "channel", "state", "next_us"),
    Index("ix_reminder_recipient", "recipient", "channel", "read_us", "instant_us"),
    Index("ix_reminder_county", "county", "planned_us"),
    Index("ix_reminder_unit", "unit", "planned_us"),
    comment="recipient: a login, or a unit's group robot; again_*: sent again by a person. 0, '': not yet",
)

reminder_sweep = Table(
    "reminder_sweep",
    metadata,
    Column("instant_us", BigInteger, primary_key=True),
    Column("done_us", BigInteger, nullable=False),
    comment="Digests that were planned to the end",
)

_r, _s = reminder.c, reminder_sweep.c


@dataclass(frozen=True, slots=True)
class Handed:
    """A message taken to be handed over by its owner; `attempts` counts this time too."""

    key: str
    recipient: str
    subject: str
    text: str
    attempts: int


def plan(engine: Engine, rows: Iterable[dict[str, Any]]) -> int:
    """Adds what is not there yet; how many were added. Rows in their own state, without what comes later."""
    added, batch = 0, []
    for row in rows:
        batch.append({**_BLANK, **row})
        if len(batch) == _AT_ONCE:
            added += _insert(engine, batch)
            batch = []
    return added + (_insert(engine, batch) if batch else 0)


_BLANK = {
    **dict.fromkeys(("reason", "owner", "again_of", "again_by", "again_name"), ""),
    **dict.fromkeys(("attempts", "next_us", "handed_us", "ended_us", "read_us"), 0),
}


def _insert(engine: Engine, rows: Sequence[dict[str, Any]]) -> int:
    make = sqlite.insert if is_sqlite(engine) else postgresql.insert
    with side_writing(engine) as conn:
        before = _count(conn, rows)
        conn.execute(make(reminder).on_conflict_do_nothing(), rows)
        return len(rows) - before


def _count(conn: Connection, rows: Sequence[dict[str, Any]]) -> int:
    keys = [row["key"] for row in rows]
    return conn.scalar(select(func.count()).where(_r.key.in_(keys))) or 0


def swept(conn: Connection, now: datetime) -> list[datetime]:
    """The instants planned to the end, of the last days."""
    query = select(_s.instant_us).where(_s.instant_us >= micros(now - _BACK))
    return [instant(us) for us in conn.scalars(query)]


def note_swept(engine: Engine, appointed: datetime, now: datetime) -> None:
    """A digest is planned to its end."""
    make = sqlite.insert if is_sqlite(engine) else postgresql.insert
    row = {"instant_us": micros(appointed), "done_us": micros(now)}
    with side_writing(engine) as conn:
        conn.execute(make(reminder_sweep).on_conflict_do_nothing(), [row])


def supersede(engine: Engine, appointed: datetime) -> int:
    """What an earlier digest has left unsent is not sent: the later one says it anew. How many there were.

    What a person has sent again is not taken back.
    """
    with side_writing(engine) as conn:
        outside = _r.channel.in_([channel for channel in CHANNEL_NAMES if channel != IN_APP])
        left = outside, _r.state == PLANNED, _r.instant_us < micros(appointed), _r.again_of == ""
        values = {"state": SUPPRESSED, "reason": "没有发出，已并入后一次汇总", "ended_us": now_us(conn, None)}
        return conn.execute(update(reminder).where(*left).values(values)).rowcount


def next_of(engine: Engine, channel: str, owner: str, since: datetime | None = None) -> Handed | None:
    """Takes the next message of a channel to hand it over; None when none waits, or another was first.

    `since`: of a digest before it only what a person has sent again.
    """
    with reading(engine) as conn:
        waiting = select(_r.key).where(
            _r.channel == channel, _r.state == PLANNED, _r.next_us <= now_us(conn, None)
        )
        if since is not None:
            waiting = waiting.where((_r.instant_us >= micros(since)) | (_r.again_of != ""))
        key = conn.scalar(waiting.order_by(_r.next_us, _r.key).limit(1))
    return _take(engine, key, owner) if key else None


def _take(engine: Engine, key: str, owner: str) -> Handed | None:
    """Says on the disk, before anything is sent, that this owner hands the message over."""
    with side_writing(engine) as conn:
        taken = (
            update(reminder)
            .where(_r.key == key, _r.state == PLANNED)
            .values(state=HANDING, owner=owner, attempts=_r.attempts + 1, handed_us=now_us(conn, None))
            .returning(_r.key, _r.recipient, _r.subject, _r.text, _r.attempts)
        )
        row = conn.execute(taken).first()
    return Handed(*row) if row else None


def settle(
    engine: Engine, handed: Handed, owner: str, state: str, reason: str = "", wait: timedelta | None = None
) -> bool:
    """How a hand-over ended; `wait`: tried again after it. False when it was taken out of these hands.

    A reply that comes after the message was given up as 结果不明 is still the truth.
    """
    with side_writing(engine) as conn:
        now = now_us(conn, None)
        later = now + (wait // timedelta(microseconds=1)) if wait is not None else 0
        known = (HANDING, UNKNOWN) if state in (SENT, FAILED) else (HANDING,)
        ended = (
            update(reminder)
            .where(_r.key == handed.key, _r.owner == owner, _r.attempts == handed.attempts)
            .where(_r.state.in_(known))
            .values(state=state, reason=reason, next_us=later, ended_us=0 if wait is not None else now)
        )
        return bool(conn.execute(ended).rowcount)


def give_up_old(engine: Engine) -> int:
    """What was being handed over and never ended is 结果不明: its worker was killed. How many there were."""
    with reading(engine) as conn:
        now = now_us(conn, None)
        # One handed over in the future is of a clock since set back.
        old = (_r.handed_us < now - _LAST_US) | (_r.handed_us > now + _LAST_US)
        found = conn.scalar(select(func.count()).where(_r.state == HANDING, old))
    if not found:
        return 0
    reason = "送出后没有等到答复，程序就中断了"
    with side_writing(engine) as conn:
        lost = update(reminder).where(_r.state == HANDING, old)
        return conn.execute(lost.values(state=UNKNOWN, reason=reason, ended_us=now)).rowcount


def forget_before(engine: Engine, past: datetime) -> None:
    """Deletes what was planned before an instant."""
    with side_writing(engine) as conn:
        conn.execute(delete(reminder).where(_r.planned_us < micros(past)))
        conn.execute(delete(reminder_sweep).where(_s.instant_us < micros(past)))


# Made once: the head of every page asks.
_UNREAD = (
    select(func.count())
    .select_from(reminder)
    .where(_r.recipient == bindparam("login"), _r.channel == "in_app", _r.read_us == 0)
)


def unread(conn: Connection, login: str) -> int:
    """How many messages of a person are not read yet."""
    return conn.scalar(_UNREAD, {"login": login}) or 0


def mark_read(engine: Engine, login: str) -> None:
    """All of a person's messages are read."""
    with side_writing(engine) as conn:
        mine = _r.recipient == login, _r.channel == "in_app", _r.read_us == 0
        conn.execute(update(reminder).where(*mine).values(read_us=now_us(conn, None)))
