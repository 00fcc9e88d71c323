"""Whom a person answers for by name: children helped (帮扶责任人), classes led (班主任)."""

from sqlalchemy import BigInteger, BindParameter, Connection, String, bindparam, select

from casework.domain.permissions import Reach
from casework.domain.values import Day
from casework.projections.registers import posting
from casework.projections.roster import HELPED, roster_span

_s, _p = roster_span.c, posting.c
_DAY: BindParameter[Day] = bindparam("day", type_=String)
_K: BindParameter[int] = bindparam("k", type_=BigInteger)
# Made once: every queue asks.
_HELPED_BY = select(
    *(_s.child_id, _s.county, _s.township, _s.village, _s.school, _s.grade, _s.klass),
).where(
    HELPED,
    _s.helper == bindparam("name"),
    *(_s.valid_from <= _DAY, _s.valid_to > _DAY, _s.known_from <= _K, _s.known_to > _K),
)
_CLASSES = select(_p.klass).where(
    *(_p.login == bindparam("login"), _p.unit == bindparam("unit"), _p.post == bindparam("post")),
    *(_p.known_from <= _K, _p.known_to > _K),
)


def helped_by(conn: Connection, k: int, name: str, reach: Reach, day: Day) -> frozenset[str]:
    """Those in reach whose 帮扶责任人 carries this name on a day; nobody for an empty name."""
    if not name:
        return frozenset()
    rows = conn.execute(_HELPED_BY, {"name": name, "day": day, "k": k})
    return frozenset(row.child_id for row in rows if reach.holds(row.child_id, row))


def classes_of(conn: Connection, k: int, login: str, unit: str, post: str) -> list[str]:
    """The classes written in a person's postings at a unit, those that ended too; "" for one without."""
    asked = {"login": login, "unit": unit, "post": post, "k": k}
    return sorted({word.strip() for text in conn.scalars(_CLASSES, asked) for word in text.split("、")})
