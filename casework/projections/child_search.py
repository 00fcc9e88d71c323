"""Finding one child in reach: by the beginning of the name or its spelling, or by a whole number (查找学生).

Within reach only: a child of another place is not found, like one that does not exist. A search by name
walks the names of each county in reach in their order and stops at the first few: other counties of the
same database cost nothing. Where the reach is one or two schools, or classes, it starts from their children.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    union_all,
)

from casework.domain.held_once import CERTIFICATE, STUDENT_NO
from casework.domain.permissions import Reach
from casework.domain.units import Units
from casework.domain.values import Day
from casework.projections.case_board import case_board
from casework.projections.child_counties import child_elsewhere
from casework.projections.roster import child, roster_span
from casework.projections.scope import counties_of, within
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
# Children of the roster with where they stand today.
_PLACED = (
    select(_c.child_id, _c.name, _c.sex)
    .add_columns(_s.school, _s.grade, _s.klass, _s.township, _s.village, _s.enrolment)
    .join_from(child, roster_span, _s.child_id == _c.child_id)
    .where(_s.valid_from <= _DAY, _s.valid_to > _DAY, _s.known_from <= _K, _s.known_to > _K)
)
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


_TOLD = len(FoundChild._fields) - 1
"""What the roster tells of a child comes first in every row found."""


def is_number(text: str) -> bool:
    """Whether a 学籍号 or certificate number was typed, to be found only when it is whole."""
    return len(text) >= 6 and any(sign.isdigit() for sign in text) and text.isascii()


def find_children(
    snapshot: Snapshot, units: Units, reach: Reach, text: str, today: Day
) -> tuple[list[FoundChild], bool]:
    """At most `MOST` children in reach, by name, and whether there are more. The snapshot is the newest."""
    wanted = typed(text)
    if not wanted:
        return [], False
    now = {"day": today, "k": snapshot.k}
    if is_number(text.strip()):
        owners = {"children": _owners(snapshot, text)}
        rows = list(snapshot.conn.execute(_numbered(reach), now | owners))
    else:
        rows = _named(snapshot.conn, units, reach, wanted, now)
    found = {row.child_id: row[:_TOLD] for row in rows}
    statuses = _statuses(snapshot.conn, found)
    listed = [FoundChild._make((*told, statuses.get(each, ""))) for each, told in found.items()]
    return listed[:MOST], len(listed) > MOST


# Statements are made once for a reach: composing one takes several times as long as answering it.


@lru_cache(256)
def _numbered(reach: Reach) -> Select[Any]:
    return _PLACED.where(within(roster_span, reach), _s.child_id.in_(bindparam("children", expanding=True)))


@lru_cache(512)
def _spelled(reach: Reach, counties: tuple[str, ...], name: str) -> Select[Any] | CompoundSelect[Any]:
    """The first in reach by a column whose value begins so. No counties: by all children of the reach."""
    column = _c[name]
    # The end is asked as a question: told it, PostgreSQL takes a surname for one child and sorts thousands.
    begins = (column >= bindparam("first"), column < select(bindparam("beyond")).scalar_subquery())
    named = _PLACED.add_columns(column.label("spelled")).where(*begins)
    if not counties:
        return _first(named.where(within(roster_span, reach)), column)
    parts = [*_by_county(reach, counties), (_between_counties(reach, counties),)]
    found = union_all(*(select(_first(named.where(*each), column).subquery()) for each in parts))
    return found.order_by(found.selected_columns.spelled, found.selected_columns.child_id).limit(MOST + 1)


def _first(found: Select[Any], column: ColumnElement[str]) -> Select[Any]:
    return found.order_by(column, _c.child_id).limit(MOST + 1)


def _by_county(reach: Reach, counties: tuple[str, ...]) -> Iterator[Sequence[ColumnElement[bool]]]:
    """County by county the children in reach who stand today where they will stay."""
    for county in counties:
        here = (_c.county == county, _s.county == county)
        yield here if county in reach.counties else (*here, _here(reach))


def _between_counties(reach: Reach, counties: tuple[str, ...]) -> ColumnElement[bool]:
    """The few in reach who stand in one county today and will stay in another, or are named one by one."""
    e = child_elsewhere.c
    leaving = select(e.child_id).where(e.county.in_(counties), e.until > _DAY)
    met = and_(_c.child_id.in_(leaving), _s.county != _c.county)
    if reach.children:
        beyond = or_(_c.county.not_in(counties), _s.county.not_in(counties))
        met = or_(met, and_(_c.child_id.in_(sorted(reach.children)), beyond))
    return and_(met, _here(reach))


def _here(reach: Reach) -> ColumnElement[bool]:
    """In reach, and no way to look for children: they are looked for by name."""
    return func.coalesce(within(roster_span, reach), false())


def _is_small(reach: Reach) -> bool:
    """One or two schools, classes, single children: read by school or one by one, not by name."""
    return len(reach.schools) <= _FEW_SCHOOLS and not (reach.counties or reach.townships or reach.villages)


def _named(conn: Connection, units: Units, reach: Reach, wanted: str, now: dict[str, Any]) -> list[Row[Any]]:
    first, beyond = range_of(wanted)
    asked = {**now, "first": first, "beyond": beyond}
    counties = () if _is_small(reach) else counties_of(units, reach)
    return [
        row
        for column in spelled_columns(wanted)
        for row in conn.execute(_spelled(reach, counties, column.name), asked)
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
