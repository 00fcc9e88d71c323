"""Who is away now: files with an absence that is not over, in a viewer's reach, longest first (当前缺勤)."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, tuple_

from casework.domain.permissions import Reach
from casework.projections.case_board import case_board
from casework.projections.placements import After, Where
from casework.projections.scope import within

_b = case_board.c
_KEY = (_b.absent_since, _b.case_id)


def absent_now(
    conn: Connection, reach: Reach, where: Where, *, after: After | None = None, size: int
) -> tuple[list[Row[Any]], After | None]:
    """A page of those away, as rows of the board, and the place to go on from."""
    query = select(case_board).where(*_among(reach, where)).order_by(*_KEY).limit(size + 1)
    if after:
        query = query.where(tuple_(*_KEY) > tuple_(*after))
    rows = list(conn.execute(query))
    last = rows[size - 1] if len(rows) > size else None
    return rows[:size], (last.absent_since, last.case_id) if last is not None else None


def absent_count(conn: Connection, reach: Reach) -> int:
    """How many are away."""
    return conn.scalar(select(func.count()).where(*_among(reach, Where()))) or 0


def _among(reach: Reach, where: Where) -> list[ColumnElement[bool]]:
    chosen = [_b.absent_since != "", within(case_board, reach)]
    chosen += [_b.township == where.township] if where.township else []
    return chosen + ([_b.school == where.school] if where.school else [])
