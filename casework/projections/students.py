"""我的学生: the open files, the classes and the children of a person's reach, as they stand now.

Open files come from `case_board`, one row each, the children who are out first; the others from the
roster, class by class, so that the page costs the same in a school of forty and a county of 200,000.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, select, tuple_

from casework.domain.permissions import Reach, Room
from casework.domain.statuses import CLOSED
from casework.domain.values import Day
from casework.projections.bitemporal import believed_at
from casework.projections.case_board import RANKS, case_board
from casework.projections.child_search import find_children
from casework.projections.roster import child, roster_span
from casework.projections.scope import within
from casework.store.snapshot import Snapshot

_b, _c, _s = case_board.c, child.c, roster_span.c
_ORDER = (_b.rank, _b.since, _b.case_id)
_FILE = (
    _b.status,
    _b.rank,
    _b.since,
    _b.out_since,
    _b.until,
    _b.visits,
    _b.visited_on,
    _b.outcome,
    _b.agreed_on,
)
_WHO = (_c.child_id, _c.name, _c.sex)
_WHERE = ("school", "grade", "klass", "township", "village")
_NO_FILE: dict[str, Any] = dict.fromkeys((column.name for column in _FILE), "") | {"rank": 0, "visits": 0}

After = tuple[int, Day, str]
"""The place in the list of open files to go on from."""


class Student(NamedTuple):
    """One child with how its file stands; `rank` is 0 and days are "" where there is no file."""

    child_id: str
    name: str
    sex: str
    school: str
    grade: str
    klass: str
    township: str
    village: str
    status: str
    rank: int
    since: Day
    out_since: Day
    until: Day
    visits: int
    visited_on: Day
    outcome: str
    agreed_on: Day


def open_files(
    conn: Connection, reach: Reach, *, after: After | None, size: int
) -> tuple[list[Student], After | None]:
    """One page of open files, out of school longest first, and the place to go on from (None at the end)."""
    where = (_b[name] for name in _WHERE)
    query: Select[Any] = (
        select(*_WHO, *where, *_FILE)
        .join_from(case_board, child, _c.child_id == _b.case_id)
        .where(within(case_board, reach), _b.rank < RANKS[CLOSED])
        .order_by(*_ORDER)
        .limit(size + 1)
    )
    if after:
        query = query.where(tuple_(*_ORDER) > tuple_(*after))
    found = [Student(*row) for row in conn.execute(query)]
    page = found[:size]
    more = (page[-1].rank, page[-1].since, page[-1].child_id) if len(found) > size else None
    return page, more


def rooms(conn: Connection, k: int, reach: Reach, day: Day, school: str) -> list[tuple[Room, int]]:
    """The classes of a school in reach, with how many children they have."""
    query = (
        select(_s.school, _s.grade, _s.klass, func.count())
        .where(_s.school == school, within(roster_span, reach), *_held(k, day))
        .group_by(_s.school, _s.grade, _s.klass)
    )
    return [((room[0], room[1], room[2]), room[3]) for room in conn.execute(query)]


def classmates(conn: Connection, k: int, reach: Reach, day: Day, room: Room, size: int) -> list[Student]:
    """The children of one class in reach, by name."""
    school, grade, klass = room
    query = _pupils(k, reach, day).where(_s.school == school, _s.grade == grade, _s.klass == klass)
    return _with_files(conn, query.order_by(_c.pinyin, _c.child_id).limit(size))


def named_children(conn: Connection, k: int, reach: Reach, day: Day, size: int) -> list[Student]:
    """The children a helper is named for, by name."""
    if not reach.children:
        return []
    query = _pupils(k, reach, day).where(_s.child_id.in_(sorted(reach.children)))
    return _with_files(conn, query.order_by(_c.pinyin, _c.child_id).limit(size))


def found(snapshot: Snapshot, reach: Reach, day: Day, text: str) -> tuple[list[Student], bool]:
    """Children in reach found by name, pinyin, initials or number, and whether there are more."""
    listed, more = find_children(snapshot, reach, text, day)
    files = _files(snapshot.conn, (each.child_id for each in listed))
    names = (*(column.name for column in _WHO), *_WHERE)
    return [
        Student(*(getattr(each, name) for name in names), **files.get(each.child_id, _NO_FILE))
        for each in listed
    ], more


def _pupils(k: int, reach: Reach, day: Day) -> Select[Any]:
    where = (_s[name] for name in _WHERE)
    return (
        select(*_WHO, *where)
        .join_from(roster_span, child, _c.child_id == _s.child_id)
        .where(within(roster_span, reach), *_held(k, day))
    )


def _held(k: int, day: Day) -> list[ColumnElement[bool]]:
    return [and_(_s.valid_from <= day, _s.valid_to > day), *believed_at(roster_span, k)]


def _with_files(conn: Connection, query: Select[Any]) -> list[Student]:
    """The children with how their files stand: one query more for the whole page."""
    children = list(conn.execute(query))
    files = _files(conn, (row.child_id for row in children))
    return [Student(*row, **files.get(row.child_id, _NO_FILE)) for row in children]


def _files(conn: Connection, children: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    wanted = list(children)
    rows: Iterable[Row[Any]] = (
        conn.execute(select(_b.case_id, *_FILE).where(_b.case_id.in_(wanted))) if wanted else ()
    )
    return {row.case_id: {column.name: row._mapping[column] for column in _FILE} for row in rows}
