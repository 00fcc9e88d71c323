"""Places of the chain that nobody holds today (空缺)."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, or_, select

from casework.domain.duty_policy import Role
from casework.domain.units import COUNTY, SCHOOL, TOWNSHIPS, VILLAGE, Units
from casework.domain.values import Day
from casework.projections.bitemporal import believed_at
from casework.projections.registers import posting

KINDS: dict[str, Sequence[str]] = {
    "school": (SCHOOL,),
    "township": TOWNSHIPS,
    "village": (VILLAGE,),
    "county": (COUNTY,),
}
"""Level of a role → the kinds of unit it is held at."""

_AT_ONCE = 500
_p = posting.c


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
    conn: Connection, k: int, codes: Collection[str], posts: Sequence[str], day: Day
) -> set[tuple[str, str]]:
    query = select(_p.unit, _p.post).where(
        *believed_at(posting, k), _p.post.in_(posts), _p.since <= day, or_(_p.until == "", _p.until >= day)
    )
    wanted, found = sorted(codes), set()
    for start in range(0, len(wanted), _AT_ONCE):
        rows = conn.execute(query.where(_p.unit.in_(wanted[start : start + _AT_ONCE])))
        found |= {(row.unit, row.post) for row in rows}
    return found
