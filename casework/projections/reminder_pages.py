"""What pages show of the messages: a person's own, and those of a unit and all below (提醒记录)."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select
from sqlalchemy.sql import ColumnElement

from casework.domain.reminder_policy import IN_APP
from casework.domain.units import CITY, COUNTY, PROVINCE, Units
from casework.store.clock import instant
from casework.store.reminder_log import reminder

_r = reminder.c


@dataclass(frozen=True, slots=True)
class Message:
    """One message as pages show it. `again`: who had it sent again, and when, "" for nobody."""

    key: str
    name: str
    post: str
    unit: str
    channel: str
    digest: str
    version: str
    why: Mapping[str, int]
    text: str
    state: str
    reason: str
    attempts: int
    planned_at: datetime
    ended_at: datetime | None
    read: bool
    again_of: str
    again_name: str


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, the newest first, and where the next page begins ("" at the end)."""

    messages: list[Message]
    after: str


def messages_to(conn: Connection, login: str, size: int) -> list[Message]:
    """The last messages of a person in the application."""
    query = select(reminder).where(_r.recipient == login, _r.channel == IN_APP)
    return [_message(row) for row in conn.execute(query.order_by(_r.instant_us.desc()).limit(size))]


def messages_of(
    conn: Connection,
    units: Units,
    unit: str,
    *,
    states: Collection[str] = (),
    channel: str = "",
    after: str = "",
    size: int = 50,
) -> Page:
    """The messages to people and groups of a unit and all below."""
    query = select(reminder).where(in_scope(units, unit))
    if states:
        query = query.where(_r.state.in_(sorted(states)))
    if channel:
        query = query.where(_r.channel == channel)
    if after:
        us, _, key = after.partition("-")
        query = query.where(or_(_r.planned_us < int(us), and_(_r.planned_us == int(us), _r.key < key)))
    rows = conn.execute(query.order_by(_r.planned_us.desc(), _r.key.desc()).limit(size + 1)).all()
    more = len(rows) > size
    last = rows[size - 1] if more else None
    return Page([_message(row) for row in rows[:size]], f"{last.planned_us}-{last.key}" if last else "")


def message_in(conn: Connection, units: Units, unit: str, key: str) -> dict[str, Any] | None:
    """The whole row of one message within a unit's scope, None when there is none."""
    row = conn.execute(select(reminder).where(_r.key == key, in_scope(units, unit))).mappings().first()
    return dict(row) if row else None


def sent_again(conn: Connection, key: str) -> int:
    """How often a person had a message sent again."""
    return len(conn.execute(select(_r.key).where(_r.again_of == key)).all())


def in_scope(units: Units, unit: str) -> ColumnElement[bool]:
    """Messages to a unit and all below; a county's are found by county."""
    own = units.get(unit)
    if own is not None and own.kind in (PROVINCE, CITY, COUNTY):
        return _r.county.in_([each.code for each in units.below(unit, COUNTY)])
    below = units.below(unit, *{each.kind for each in units}) if own else ()
    return _r.unit.in_([unit, *(each.code for each in below)] if own else [])


def _message(row: Row[Any]) -> Message:
    return Message(
        key=row.key,
        name=row.name,
        post=row.post,
        unit=row.unit,
        channel=row.channel,
        digest=row.digest,
        version=row.version,
        why=json.loads(row.why),
        text=row.text,
        state=row.state,
        reason=row.reason,
        attempts=row.attempts,
        planned_at=instant(row.planned_us),
        ended_at=instant(row.ended_us) if row.ended_us else None,
        read=bool(row.read_us),
        again_of=row.again_of,
        again_name=row.again_name,
    )
