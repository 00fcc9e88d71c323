"""Places of the chain that nobody holds today (空缺)."""

from collections.abc import Collection, Sequence

from sqlalchemy import BindParameter, Connection, String, bindparam, or_, select

from casework.domain.duty_policy import Role
from casework.domain.units import COUNTY, SCHOOL, TOWNSHIPS, VILLAGE, Units
from casework.domain.values import Day
from casework.projections.bitemporal import believed
from casework.projections.registers import posting
from casework.store.lookup import Lookup

KINDS: dict[str, Sequence[str]] = {
    "school": (SCHOOL,),
    "township": TOWNSHIPS,
    "village": (VILLAGE,),
    "county": (COUNTY,),
}
"""Level of a role → the kinds of unit it is held at."""

_p = posting.c
_DAY: BindParameter[Day] = bindparam("day", type_=String)
# Made once: every look at what others owe asks.
_HELD = Lookup(
    select(_p.unit, _p.post).where(
        *believed(posting),
        _p.post.in_(bindparam("posts", expanding=True)),
        _p.since <= _DAY,
        or_(_p.until == "", _p.until >= _DAY),
    ),
    _p.unit,
)


def vacant_units(
    conn: Connection, k: int, units: Units, codes: Collection[str], roles: Sequence[Role], day: Day
) -> set[str]:
    """Those of some units, open on the day, at which one of the roles has no holder."""
    posts = sorted({post for role in roles for post in role.posts})
    held = _held(conn, k, codes, posts, day) if posts else set()
    found = set()
    for code in codes:
        unit = units.get(code)
        if unit is None or not unit.opened_on <= day < unit.closed_on:
            continue
        ours = [role for role in roles if unit.kind in KINDS.get(role.level, ())]
        if any(not any((code, post) in held for post in role.posts) for role in ours):
            found.add(code)
    return found


def _held(
    conn: Connection, k: int, codes: Collection[str], posts: list[str], day: Day
) -> set[tuple[str, str]]:
    return {(unit, post) for unit, post in _HELD.rows(conn, sorted(codes), k=k, posts=posts, day=day)}
