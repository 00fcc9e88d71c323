"""`unnamed_child`: children on the roll a full roster did not name, and what was said of each (全册比对).

Told by imports and by people, so it is a source of truth like the roster: written under an act, backed
up, not rebuilt. A child has at most one row believed now; nothing is removed from the roll by it.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    func,
    insert,
    select,
    update,
)

from casework.domain.values import OPEN, Day
from casework.projections.bitemporal import believed_at
from casework.projections.roster import child, roster_span
from casework.store.act import Act
from casework.store.keys import ChildKeys
from casework.store.schema import act as act_table
from casework.store.schema import metadata

unnamed_child = Table(
    "unnamed_child",
    metadata,
    Column("child_id", String(32), nullable=False),
    Column("school", String(40), nullable=False),
    Column("noticed_on", String(10), nullable=False),
    Column("explained", String(20), nullable=False),
    Column("private", LargeBinary, nullable=True),
    Column("known_from", Integer, nullable=False),
    Column("known_to", Integer, nullable=False),
    PrimaryKeyConstraint("child_id", "known_from"),
    Index(None, "school", "known_to"),
    comment="A child a full roster of its school did not name; explained: where it went, as a person said",
)

NAMED_AGAIN = "名册又有"
"""The word for a child that a later full roster names again: nobody needs to explain it."""

_AAD = b"unnamed child"
_AT_ONCE = 500
_u, _c, _s = unnamed_child.c, child.c, roster_span.c


class Unnamed(NamedTuple):
    """One child not named. `said`: destination and note, {} while unexplained or once erased."""

    child_id: str
    name: str
    sex: str
    school: str
    grade: str
    klass: str
    noticed_on: Day
    explained: str
    by: str
    said: Mapping[str, str]


def rows_now(conn: Connection, children: Iterable[str]) -> dict[str, Any]:
    """Child → its row believed now, for those that have one."""
    wanted = list(children)
    found: dict[str, Any] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        chunk = wanted[start : start + _AT_ONCE]
        query = select(unnamed_child).where(_u.child_id.in_(chunk), _u.known_to == OPEN)
        found.update((row.child_id, row) for row in conn.execute(query))
    return found


def waiting_in(conn: Connection, schools: Collection[str]) -> list[str]:
    """Children of these schools who are not explained, as believed now."""
    query = select(_u.child_id).where(_u.school.in_(sorted(schools)), _u.explained == "", _u.known_to == OPEN)
    return sorted(conn.scalars(query))


def say(
    act: Act,
    child_id: str,
    *,
    school: str,
    noticed_on: Day,
    explained: str,
    said: Mapping[str, str] | None = None,
) -> None:
    """Writes what is known of a child now, in place of what was."""
    told = {name: text for name, text in (said or {}).items() if text}
    plain = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
    private = act.keys.seal(child_id, plain, _AAD) if told else None
    row = {"school": school, "noticed_on": noticed_on, "explained": explained, "private": private}
    held = (_u.child_id == child_id, _u.known_to == OPEN)
    act.conn.execute(update(unnamed_child).where(*held).values(known_to=act.id))
    act.conn.execute(insert(unnamed_child).values(child_id=child_id, **row, known_from=act.id, known_to=OPEN))
    act.touch()


def unexplained_by_school(conn: Connection, k: int, of_school: Callable[[str], bool]) -> dict[str, int]:
    """School → how many children wait for an explanation, of the schools asked for; none: left out."""
    query = select(_u.school, func.count()).where(_u.explained == "", *believed_at(unnamed_child, k))
    rows = conn.execute(query.group_by(_u.school))
    return {school: n for school, n in rows if of_school(school)}


def unnamed_of(
    conn: Connection, keys: ChildKeys, k: int, day: Day, schools: Collection[str]
) -> list[Unnamed]:
    """The children of schools whom a full roster did not name, the unexplained first, class by class."""
    query = (
        select(unnamed_child, _c.name, _c.sex, _s.grade, _s.klass, act_table.c.name.label("by"))
        .join_from(unnamed_child, child, _c.child_id == _u.child_id)
        .join(act_table, act_table.c.id == _u.known_from, isouter=True)
        .join(
            roster_span,
            (_s.child_id == _u.child_id)
            & (_s.valid_from <= day)
            & (_s.valid_to > day)
            & (_s.known_from <= k)
            & (_s.known_to > k),
            isouter=True,
        )
        .where(_u.school.in_(sorted(schools)), _u.explained != NAMED_AGAIN, *believed_at(unnamed_child, k))
        .order_by(_u.explained != "", _s.grade, _s.klass, _c.pinyin, _u.child_id)
    )
    rows = list(conn.execute(query))
    keys.fetch(row.child_id for row in rows)
    return [
        Unnamed(
            row.child_id,
            row.name,
            row.sex,
            row.school,
            row.grade or "",
            row.klass or "",
            row.noticed_on,
            row.explained,
            row.by or "",
            _said(keys, row.child_id, row.private),
        )
        for row in rows
    ]


def _said(keys: ChildKeys, child_id: str, private: bytes | None) -> dict[str, str]:
    plain = keys.open(child_id, bytes(private), _AAD) if private else None
    return dict(json.loads(plain)) if plain else {}
