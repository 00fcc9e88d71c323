"""Who holds which post on a day (岗位任职), read from the register."""

from dataclasses import dataclass

from sqlalchemy import BindParameter, Connection, bindparam, or_, select

from casework.domain.values import OPEN, Day
from casework.projections.registers import posting

_p = posting.c
_COLUMNS = (_p.posting_id, _p.login, _p.name, _p.post, _p.unit, _p.klass, _p.area)

_DAY: BindParameter[Day] = bindparam("day")
_K: BindParameter[int] = bindparam("k")
# In post on a day: first and last day included. Made once: every page asks who holds what.
_HELD = select(*_COLUMNS).where(
    _p.since <= _DAY,
    or_(_p.until == "", _p.until >= _DAY),
    _p.known_from <= _K,
    _p.known_to > _K,
)
_AT_UNIT = _HELD.where(_p.unit == bindparam("unit"), _p.post == bindparam("post")).order_by(
    _p.login, _p.posting_id
)
_OF_LOGIN = _HELD.where(_p.login == bindparam("login")).order_by(_p.since, _p.posting_id)


@dataclass(frozen=True, slots=True)
class HeldPost:
    """One posting in force. `area` is the area of responsibility as written (负责范围)."""

    posting_id: str
    login: str
    name: str
    post: str
    unit: str
    klass: str
    area: str


def holders_of(conn: Connection, k: int, post: str, unit: str, day: Day) -> list[HeldPost]:
    """Who holds a post at a unit on a day, as known at act `k`; by login."""
    rows = conn.execute(_AT_UNIT, {"unit": unit, "post": post, "day": day, "k": k})
    return [HeldPost(*row) for row in rows]


def posts_of(conn: Connection, k: int, login: str, day: Day) -> list[HeldPost]:
    """The posts a login holds on a day, as known at act `k`; the oldest first."""
    return [HeldPost(*row) for row in conn.execute(_OF_LOGIN, {"login": login, "day": day, "k": k})]


def posts_held_from(conn: Connection, unit: str, day: Day) -> list[HeldPost]:
    """The posts at a unit that last to a day or longer, as believed now."""
    query = (
        select(*_COLUMNS)
        .where(_p.unit == unit, or_(_p.until == "", _p.until >= day), _p.known_to == OPEN)
        .order_by(_p.since, _p.posting_id)
    )
    return [HeldPost(*row) for row in conn.execute(query)]
