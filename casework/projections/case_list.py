"""Open files in reach (在册重点学生): one row a child, filtered and paged in the database.

A file is open while its last status is held and is not 销号. `since` is the day the status began.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select, tuple_

from casework.domain.permissions import Reach
from casework.domain.statuses import CLOSED, OUT, STATUS_NAMES
from casework.domain.values import Day
from casework.projections.activity import VISIT, activity
from casework.projections.bitemporal import believed_at
from casework.projections.case_span import case_span
from casework.projections.roster import child
from casework.projections.scope import within

_s, _c, _a = case_span.c, child.c, activity.c
OPEN_STATUSES = tuple(status for status in STATUS_NAMES if status != CLOSED)
_ORDER = (_c.name, _s.case_id)


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What is asked for; "" asks for everything. `name` is the beginning of the name."""

    status: str = ""
    school: str = ""
    township: str = ""
    name: str = ""


class OpenCase(NamedTuple):
    """One open file on a day. `since`: when the status began; `visited`: day of the last visit ("" none)."""

    case: str
    name: str
    sex: str
    status: str
    since: Day
    school: str
    grade: str
    klass: str
    township: str
    village: str
    groups: str
    cause: str
    visited: Day


class CasePage(NamedTuple):
    """One page by name; `after` is the place to go on from, None at the end."""

    cases: list[OpenCase]
    after: tuple[str, str] | None


def counts_by_status(conn: Connection, k: int, reach: Reach, day: Day, asked: CaseFilter) -> dict[str, int]:
    """Status → open files in reach on a day, whatever status is asked for."""
    query = (
        select(_s.status, func.count())
        .join_from(case_span, child, _c.child_id == _s.case_id)
        .where(*_chosen(k, reach, day, CaseFilter("", asked.school, asked.township, asked.name)))
        .group_by(_s.status)
    )
    return dict(conn.execute(query).all())


def open_cases(
    conn: Connection,
    k: int,
    reach: Reach,
    day: Day,
    asked: CaseFilter,
    *,
    after: tuple[str, str] | None = None,
    size: int,
) -> CasePage:
    """One page of open files."""
    columns = (_c.name, _c.sex, _s.status, _s.school, _s.grade, _s.klass, _s.township, _s.village)
    query = (
        select(_s.case_id, *columns, _s.groups, _s.cause)
        .join_from(case_span, child, _c.child_id == _s.case_id)
        .where(*_chosen(k, reach, day, asked))
    )
    if after:
        query = query.where(tuple_(*_ORDER) > tuple_(*after))
    rows = list(conn.execute(query.order_by(*_ORDER).limit(size + 1)))
    return CasePage(
        _completed(conn, k, day, rows[:size]),
        (rows[size - 1].name, rows[size - 1].case_id) if len(rows) > size else None,
    )


def most_urgent(conn: Connection, k: int, reach: Reach, day: Day, size: int) -> list[OpenCase]:
    """Children out of school longest without a visit come first: who may have been forgotten."""
    query = (
        select(_s.case_id, _c.name, _c.sex, _s.status, _s.school, _s.grade, _s.klass)
        .add_columns(_s.township, _s.village, _s.groups, _s.cause)
        .join_from(case_span, child, _c.child_id == _s.case_id)
        .where(*_chosen(k, reach, day, CaseFilter()), _s.status.in_(OUT))
        .order_by(_s.valid_from, _s.case_id)
        .limit(size)
    )
    return _completed(conn, k, day, list(conn.execute(query)))


def _chosen(k: int, reach: Reach, day: Day, asked: CaseFilter) -> list[ColumnElement[bool]]:
    chosen = [
        within(case_span, reach),
        _s.valid_from <= day,
        _s.valid_to > day,
        _s.status == asked.status if asked.status else _s.status != CLOSED,
        *believed_at(case_span, k),
    ]
    if asked.school:
        chosen.append(_s.school == asked.school)
    if asked.township:
        chosen.append(_s.township == asked.township)
    if asked.name:
        chosen.append(_c.name.startswith(asked.name, autoescape=True))
    return chosen


def _completed(conn: Connection, k: int, day: Day, rows: list[Any]) -> list[OpenCase]:
    """Adds since when the status holds, and the last visit: two queries a page."""
    cases = [row.case_id for row in rows]
    since = _since(conn, k, day, cases)
    last = func.max(_a.done_on)
    query = (
        select(_a.case_id, last)
        .where(_a.case_id.in_(cases), _a.kind == VISIT, _a.done_on <= day, *believed_at(activity, k))
        .group_by(_a.case_id)
    )
    visited = dict(conn.execute(query).all())
    return [
        OpenCase(
            row.case_id,
            row.name,
            row.sex,
            row.status,
            since[row.case_id],
            row.school,
            row.grade,
            row.klass,
            row.township,
            row.village,
            row.groups,
            row.cause,
            visited.get(row.case_id, ""),
        )
        for row in rows
    ]


def _since(conn: Connection, k: int, day: Day, cases: list[str]) -> dict[str, Day]:
    """Case → the day its present status began: a move or a new class does not begin it anew."""
    query = (
        select(_s.case_id, func.max(_s.valid_from))
        .where(_s.case_id.in_(cases), _s.valid_from <= day, _s.prev_status != _s.status)
        .where(*believed_at(case_span, k))
        .group_by(_s.case_id)
    )
    return dict(conn.execute(query).all())
