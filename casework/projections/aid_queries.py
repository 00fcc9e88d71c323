"""资助台账 of a term in a viewer's reach: what was paid, who got none and why, who has no word at all.

Totals are sums over an index; a page is a walk along one, whatever stands before it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, exists, func, select, tuple_

from casework.domain.permissions import Reach
from casework.domain.values import Day
from casework.projections.aid_grants import aid_grant
from casework.projections.bitemporal import believed_at
from casework.projections.roster import child, roster_span
from casework.projections.scope import within

PAID, UNPAID, MISSING = "paid", "unpaid", "missing"
_g, _s, _c = aid_grant.c, roster_span.c, child.c
_KEY = (_g.paid_on, _g.case_id, _g.no)


@dataclass(frozen=True, slots=True)
class AidFilter:
    """One term; "" of school and programme asks for all."""

    year: str
    term: str
    school: str = ""
    programme: str = ""


class AidTotal(NamedTuple):
    """What one programme paid in the term: payments and their sum."""

    programme: str
    n: int
    fen: int


class AidPage(NamedTuple):
    """One page; `after` is the place to go on from, () at the end."""

    rows: list[Row[Any]]
    after: tuple[Any, ...]


def totals(conn: Connection, reach: Reach, asked: AidFilter) -> list[AidTotal]:
    """By programme, the largest sum first."""
    query = select(_g.programme, func.count(), func.sum(_g.fen)).where(
        *_conditions(reach, asked), _g.unpaid == ""
    )
    rows = conn.execute(query.group_by(_g.programme))
    found = [AidTotal(programme, n, int(fen)) for programme, n, fen in rows]
    return sorted(found, key=lambda each: (-each.fen, each.programme))


def grants(
    conn: Connection,
    reach: Reach,
    asked: AidFilter,
    kind: str,
    *,
    after: tuple[Any, ...] = (),
    size: int,
) -> AidPage:
    """A page of payments, or of reasons for none that no payment has overtaken; the newest first."""
    query = select(aid_grant).where(*_conditions(reach, asked))
    query = query.where(_g.unpaid == "") if kind == PAID else query.where(_g.unpaid != "", ~_paid_since())
    if after:
        query = query.where(tuple_(*_KEY) < tuple_(*after))
    rows = conn.execute(query.order_by(*(column.desc() for column in _KEY)).limit(size + 1)).all()
    last = rows[size - 1] if len(rows) > size else None
    return AidPage(list(rows[:size]), (last.paid_on, last.case_id, last.no) if last else ())


def without_word(
    conn: Connection, k: int, reach: Reach, asked: AidFilter, day: Day, *, after: str = "", size: int
) -> AidPage:
    """Children with a 困难认定等级 today of whom the term tells neither a payment nor a reason."""
    told = exists().where(_g.case_id == _s.child_id, _g.year == asked.year, _g.term == asked.term)
    query = (
        select(_s.child_id, _s.school, _s.grade, _s.klass, _s.groups, _s.hardship, _c.name, _c.sex)
        .join_from(roster_span, child, _c.child_id == _s.child_id)
        .where(within(roster_span, reach), _s.hardship != "", _s.valid_from <= day, _s.valid_to > day)
        .where(*believed_at(roster_span, k), ~told, _s.child_id > after)
    )
    query = query.where(_s.school == asked.school) if asked.school else query
    rows: list[Row[Any]] = list(conn.execute(query.order_by(_s.child_id).limit(size + 1)))
    return AidPage(rows[:size], (rows[size - 1].child_id,) if len(rows) > size else ())


def all_grants(
    conn: Connection, reach: Reach, asked: AidFilter, kind: str, size: int
) -> Iterator[list[Row[Any]]]:
    """Everything asked for, page by page."""
    after: tuple[Any, ...] = ()
    while True:
        page = grants(conn, reach, asked, kind, after=after, size=size)
        yield page.rows
        after = page.after
        if not after:
            return


def _conditions(reach: Reach, asked: AidFilter) -> Iterator[ColumnElement[bool]]:
    yield within(aid_grant, reach)
    yield _g.year == asked.year
    yield _g.term == asked.term
    if asked.school:
        yield _g.school == asked.school
    if asked.programme:
        yield _g.programme == asked.programme


def _paid_since() -> Any:
    paid = aid_grant.alias("paid")
    return exists().where(
        paid.c.case_id == _g.case_id,
        paid.c.year == _g.year,
        paid.c.term == _g.term,
        paid.c.programme == _g.programme,
        paid.c.unpaid == "",
    )
