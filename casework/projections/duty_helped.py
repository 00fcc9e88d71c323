"""Whom a person answers for by name: children helped (帮扶责任人), classes led (班主任)."""

from sqlalchemy import Connection, select

from casework.domain.permissions import Reach
from casework.domain.values import Day
from casework.projections.bitemporal import believed_at
from casework.projections.registers import posting
from casework.projections.roster import roster_span

_s = roster_span.c


def helped_by(conn: Connection, k: int, name: str, reach: Reach, day: Day) -> frozenset[str]:
    """Those in reach whose 帮扶责任人 carries this name on a day; nobody for an empty name."""
    if not name:
        return frozenset()
    query = select(roster_span).where(
        _s.helper == name, _s.valid_from <= day, _s.valid_to > day, *believed_at(roster_span, k)
    )
    return frozenset(row.child_id for row in conn.execute(query) if reach.holds(row.child_id, row))


def classes_of(conn: Connection, k: int, login: str, unit: str, post: str) -> list[str]:
    """The classes written in a person's postings at a unit, those that ended too; "" for one without."""
    p = posting.c
    query = select(p.klass).where(*believed_at(posting, k), p.login == login, p.unit == unit, p.post == post)
    return sorted({word.strip() for text in conn.scalars(query) for word in text.split("、")})
