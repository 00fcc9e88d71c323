"""Children who are deferred or taught at home, as lists read them (缓学休学名单, 送教上门名单).

From `case_board`, every stage of schooling; what was taught is summed from `activity`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, case, func, select, tuple_

from casework.domain.permissions import Reach
from casework.domain.statuses import DEFERRED, HOME_TEACHING
from casework.domain.values import OPEN, Day
from casework.projections.activity import SESSION, activity
from casework.projections.case_board import RANKS, case_board
from casework.projections.scope import within

_b, _a = case_board.c, activity.c
After = tuple[Day, str]
"""The place in a list to go on from."""


@dataclass(frozen=True, slots=True)
class Where:
    """The part of the reach that is asked for; "" asks for all of it."""

    township: str = ""
    school: str = ""


class Taught(NamedTuple):
    """Sessions and tenths of a 课时 this month and this term, and the day of the last session."""

    month: int = 0
    month_tenths: int = 0
    term: int = 0
    term_tenths: int = 0
    last_on: Day = ""


def deferred(
    conn: Connection, reach: Reach, where: Where, *, after: After | None = None, size: int
) -> tuple[list[Row[Any]], After | None]:
    """A page of the deferred, whose end comes first on top, and the place to go on from."""
    return _page(conn, _among(DEFERRED, reach, where), _b.until, after, size)


def taught_at_home(
    conn: Connection, reach: Reach, where: Where, *, after: After | None = None, size: int
) -> tuple[list[Row[Any]], After | None]:
    """A page of those in 送教上门, longest first, and the place to go on from."""
    return _page(conn, _among(HOME_TEACHING, reach, where), _b.since, after, size)


def ending(conn: Connection, reach: Reach, until: Day) -> tuple[int, Day]:
    """How many deferrals end by a day or have no end on file, and the first end of them."""
    query = select(func.count(), func.min(_b.until)).where(*_among(DEFERRED, reach, Where()))
    n, first = conn.execute(query.where(_b.until <= until)).one()
    return n, first or ""


def taught(conn: Connection, cases: Sequence[str], month: Day, term: Day) -> dict[str, Taught]:
    """What each child was taught since the first day of a month and of a term, as now believed."""
    this_month, this_term = _a.done_on >= month, _a.done_on >= term
    query = select(
        _a.case_id,
        _sum(this_month, 1),
        _sum(this_month, _a.tenths),
        _sum(this_term, 1),
        _sum(this_term, _a.tenths),
        func.max(_a.done_on),
    ).where(_a.case_id.in_(cases), _a.kind == SESSION, _a.known_to == OPEN)
    rows = conn.execute(query.group_by(_a.case_id))
    return {row[0]: Taught(int(row[1]), int(row[2]), int(row[3]), int(row[4]), row[5]) for row in rows}


def _sum(when: ColumnElement[bool], what: Any) -> ColumnElement[int]:
    return func.sum(case((when, what), else_=0))


def _among(status: str, reach: Reach, where: Where) -> list[ColumnElement[bool]]:
    chosen = [_b.rank == RANKS[status], within(case_board, reach)]
    chosen += [_b.township == where.township] if where.township else []
    return chosen + ([_b.school == where.school] if where.school else [])


def _page(
    conn: Connection, among: list[ColumnElement[bool]], by: Any, after: After | None, size: int
) -> tuple[list[Row[Any]], After | None]:
    query = select(case_board).where(*among).order_by(by, _b.case_id).limit(size + 1)
    if after:
        query = query.where(tuple_(by, _b.case_id) > tuple_(*after))
    found = list(conn.execute(query))
    page = found[:size]
    last = page[-1] if len(found) > size else None
    return page, (last._mapping[by], last.case_id) if last is not None else None
