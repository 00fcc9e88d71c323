"""Who is away now: files with an absence that is not over, in a viewer's reach, longest first (当前缺勤)."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select, tuple_

from casework.domain.permissions import Reach
from casework.domain.values import Day
from casework.projections.case_board import case_board
from casework.projections.roster import child
from casework.projections.scope import within

_b = case_board.c
_KEY = (_b.absent_since, _b.case_id)

After = tuple[Day, str]


class AbsentPage(NamedTuple):
    """One page; `after` is where to go on, None at the end."""

    rows: list[Any]
    after: After | None


def absent_now(conn: Connection, reach: Reach, *, after: After | None, size: int) -> AbsentPage:
    """One page of those away, with their names ("" once erased)."""
    joined = case_board.outerjoin(child, child.c.child_id == _b.case_id)
    query = select(
        _b.case_id, _b.school, _b.grade, _b.klass, _b.status, _b.absent_since, child.c.name, child.c.sex
    ).select_from(joined)
    query = query.where(_b.absent_since != "", within(case_board, reach))
    if after:
        query = query.where(tuple_(*_KEY) > tuple_(*after))
    rows = list(conn.execute(query.order_by(*_KEY).limit(size + 1)))
    last = rows[size - 1] if len(rows) > size else None
    return AbsentPage(rows[:size], (last.absent_since, last.case_id) if last is not None else None)


def absent_count(conn: Connection, reach: Reach) -> int:
    """How many are away."""
    query = select(func.count()).where(_b.absent_since != "", within(case_board, reach))
    return conn.scalar(query) or 0
