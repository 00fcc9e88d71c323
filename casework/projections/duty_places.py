"""Where children are on a day, and what they are called: what lists of duties say beside the duty."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Connection, Row, String, bindparam, select

from casework.domain.values import Day
from casework.projections.roster import child, roster_span

AT_ONCE = 500
_r = roster_span.c
_DAY: BindParameter[Day] = bindparam("day", type_=String)
_K: BindParameter[int] = bindparam("k", type_=BigInteger)
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
# Made once: every queue asks, several times.
_PLACES = select(*(_r.child_id, _r.county, _r.township, _r.village, _r.school, _r.grade, _r.klass)).where(
    _r.child_id.in_(_IDS),
    _r.valid_from <= _DAY,
    _r.valid_to > _DAY,
    _r.known_from <= _K,
    _r.known_to > _K,
)
_NAMES = select(child.c.child_id, child.c.name, child.c.sex).where(child.c.child_id.in_(_IDS))


def places_on(conn: Connection, k: int, children: Iterable[str], day: Day) -> dict[str, Row[Any]]:
    """Child → its place on a day, as known at act `k`."""
    wanted = sorted(set(children))
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(wanted), AT_ONCE):
        asked = {"ids": wanted[start : start + AT_ONCE], "day": day, "k": k}
        found.update({row[0]: row for row in conn.execute(_PLACES, asked).all()})
    return found


def names_of(conn: Connection, children: Iterable[str]) -> dict[str, Row[Any]]:
    """Child → its name and sex."""
    wanted = sorted(set(children))
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(wanted), AT_ONCE):
        asked = {"ids": wanted[start : start + AT_ONCE]}
        found.update({row[0]: row for row in conn.execute(_NAMES, asked).all()})
    return found
