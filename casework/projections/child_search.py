"""Finding one child in reach: by the beginning of the name or its spelling, or by a whole number (查找学生).

Within reach only: a child of another place is not found, like one that does not exist. A search by name
walks the index of names in its order and stops at the first few in reach; where the reach is a few
schools or villages it starts from their children instead.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, false, func, or_, select

from casework.domain.held_once import CERTIFICATE, STUDENT_NO
from casework.domain.permissions import Reach
from casework.domain.values import Day
from casework.projections.bitemporal import believed_at
from casework.projections.case_board import case_board
from casework.projections.roster import child, roster_span
from casework.projections.scope import within
from casework.projections.spelling import begins, spelled_columns, typed
from casework.store.schema import claim
from casework.store.snapshot import Snapshot

MOST = 20
CERTIFICATE_TYPES = ("居民身份证", "港澳居民来往内地通行证", "台湾居民来往大陆通行证", "护照", "其他")
_LONGEST_NUMBER, _FEW_SCHOOLS = 40, 2
_s, _c = roster_span.c, child.c


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
    conn, k = snapshot.conn, snapshot.k
    here = _placed(reach, today, k)
    if is_number(text.strip()):
        rows = list(conn.execute(here.where(_s.child_id.in_(_owners(snapshot, text)))))
    else:
        rows = _named(conn, here, wanted)
    found = {row.child_id: row for row in rows}
    statuses = _statuses(conn, found)
    listed = [FoundChild(**row._mapping, status=statuses.get(each, "")) for each, row in found.items()]
    return listed[:MOST], len(listed) > MOST


def _placed(reach: Reach, today: Day, k: int) -> Select[Any]:
    """Children of the roster who stand in reach today."""
    places = (_s.school, _s.grade, _s.klass, _s.township, _s.village, _s.enrolment)
    return (
        select(_c.child_id, _c.name, _c.sex, *places)
        .join_from(child, roster_span, _s.child_id == _c.child_id)
        .where(_s.valid_from <= today, _s.valid_to > today, *believed_at(roster_span, k))
        .where(_here(reach))
    )


def _here(reach: Reach) -> ColumnElement[bool]:
    """In reach; the children of one or two schools are read by school, all others by name."""
    here = within(roster_span, reach)
    few = len(reach.schools) <= _FEW_SCHOOLS and not (reach.counties or reach.townships or reach.villages)
    return here if few else func.coalesce(here, false())


def _named(conn: Connection, here: Select[Any], wanted: str) -> list[Row[Any]]:
    rows: list[Row[Any]] = []
    for column in spelled_columns(wanted):
        query = here.where(begins(column, wanted)).order_by(column, _c.child_id)
        rows += conn.execute(query.limit(MOST + 1))
    return rows


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
    query = select(case_board.c.case_id, case_board.c.status).where(case_board.c.case_id.in_(list(children)))
    return {row.case_id: row.status for row in conn.execute(query)}
