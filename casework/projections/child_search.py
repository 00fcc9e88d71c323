"""Finding one child in reach: by the beginning of the name or its spelling, or by a whole number (查找学生).

Within reach only: a child of another place is not found, like one that does not exist. A search by name
walks the index of names in its order and stops at the first few in reach; where the reach is a few
schools or villages it starts from their children instead.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    false,
    func,
    or_,
    select,
)

from casework.domain.held_once import CERTIFICATE, STUDENT_NO
from casework.domain.permissions import Reach
from casework.domain.values import Day
from casework.projections.case_board import case_board
from casework.projections.roster import child, roster_span
from casework.projections.scope import within
from casework.projections.spelling import range_of, spelled_columns, typed
from casework.store.lookup import Lookup
from casework.store.schema import claim
from casework.store.snapshot import Snapshot

MOST = 20
CERTIFICATE_TYPES = ("居民身份证", "港澳居民来往内地通行证", "台湾居民来往大陆通行证", "护照", "其他")
_LONGEST_NUMBER, _FEW_SCHOOLS = 40, 2
_s, _c = roster_span.c, child.c
_DAY: BindParameter[Day] = bindparam("day")
_K: BindParameter[int] = bindparam("k")
_STATUSES = Lookup(select(case_board.c.case_id, case_board.c.status), case_board.c.case_id)


class FoundChild(NamedTuple):
    """One child found: who, where today, and the status of its file ("" without one)."""

    child_id: str
    name: str
    sex: str
    school: str
    grade: str
    klass: str
    township: str
    village: str
    enrolment: str
    status: str


def is_number(text: str) -> bool:
    """Whether a 学籍号 or certificate number was typed, to be found only when it is whole."""
    return len(text) >= 6 and any(sign.isdigit() for sign in text) and text.isascii()


def find_children(snapshot: Snapshot, reach: Reach, text: str, today: Day) -> tuple[list[FoundChild], bool]:
    """At most `MOST` children in reach, by name, and whether there are more."""
    wanted = typed(text)
    if not wanted:
        return [], False
    now = {"day": today, "k": snapshot.k}
    if is_number(text.strip()):
        owners = {"children": _owners(snapshot, text)}
        rows = list(snapshot.conn.execute(_numbered(reach), now | owners))
    else:
        rows = _named(snapshot.conn, reach, wanted, now)
    found = {row.child_id: row for row in rows}
    statuses = _statuses(snapshot.conn, found)
    listed = [FoundChild(**row._mapping, status=statuses.get(each, "")) for each, row in found.items()]
    return listed[:MOST], len(listed) > MOST


# Statements are made once for a reach: composing one takes several times as long as answering it.


@lru_cache(256)
def _placed(reach: Reach) -> Select[Any]:
    """Children of the roster who stand in reach today."""
    places = (_s.school, _s.grade, _s.klass, _s.township, _s.village, _s.enrolment)
    return (
        select(_c.child_id, _c.name, _c.sex, *places)
        .join_from(child, roster_span, _s.child_id == _c.child_id)
        .where(_s.valid_from <= _DAY, _s.valid_to > _DAY, _s.known_from <= _K, _s.known_to > _K)
        .where(_here(reach))
    )


@lru_cache(256)
def _numbered(reach: Reach) -> Select[Any]:
    return _placed(reach).where(_s.child_id.in_(bindparam("children", expanding=True)))


@lru_cache(512)
def _spelled(reach: Reach, name: str) -> Select[Any]:
    column = _c[name]
    begins = (column >= bindparam("first"), column < bindparam("beyond"))
    return _placed(reach).where(*begins).order_by(column, _c.child_id).limit(MOST + 1)


def _here(reach: Reach) -> ColumnElement[bool]:
    """In reach; the children of one or two schools are read by school, all others by name."""
    here = within(roster_span, reach)
    few = len(reach.schools) <= _FEW_SCHOOLS and not (reach.counties or reach.townships or reach.villages)
    return here if few else func.coalesce(here, false())


def _named(conn: Connection, reach: Reach, wanted: str, now: dict[str, Any]) -> list[Row[Any]]:
    first, beyond = range_of(wanted)
    asked = {**now, "first": first, "beyond": beyond}
    return [
        row for column in spelled_columns(wanted) for row in conn.execute(_spelled(reach, column.name), asked)
    ]


def _owners(snapshot: Snapshot, text: str) -> list[str]:
    """The children a number belongs to: as 学籍号, or as the number of a certificate of any type."""
    number = "".join(text.split()).upper()[:_LONGEST_NUMBER]
    keys = list(_keys(snapshot, number))
    held = or_(*((claim.c.kind == kind) & (claim.c.key == key) for kind, key in keys))
    return list(snapshot.conn.scalars(select(claim.c.owner).where(held)))


def _keys(snapshot: Snapshot, number: str) -> Iterator[tuple[str, str]]:
    yield STUDENT_NO, number
    for kind in CERTIFICATE_TYPES:
        yield CERTIFICATE, snapshot.keys.hmac(CERTIFICATE, f"{kind}|{number}")


def _statuses(conn: Connection, children: dict[str, Any]) -> dict[str, str]:
    return dict(_STATUSES.rows(conn, children))
