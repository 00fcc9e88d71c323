"""我的学生: the open files, the classes and the children of a person's reach, as they stand now.

Open files come from `case_board`, one row each, the children who are out first; the others from the
roster, class by class, so that the page costs the same in a school of forty and a county of 200,000.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, Row, Select, bindparam, func, select, tuple_

from casework.domain.permissions import Reach, Room
from casework.domain.statuses import CLOSED
from casework.domain.units import Units
from casework.domain.values import Day
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
    _b.letter,
    _b.letter_on,
    _b.served_on,
    _b.letter_days,
)
_WHO = (_c.child_id, _c.name, _c.sex)
_WHERE = ("school", "grade", "klass", "township", "village")
_DAY: BindParameter[Day] = bindparam("day")
_K: BindParameter[int] = bindparam("k")
_HELD = (_s.valid_from <= _DAY, _s.valid_to > _DAY, _s.known_from <= _K, _s.known_to > _K)
_NO_FILE: dict[str, Any] = dict.fromkeys((column.name for column in _FILE), "") | {
    "rank": 0,
    "visits": 0,
    "letter_days": 0,
}

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
    letter: str = ""
    letter_on: Day = ""
    served_on: Day = ""
    letter_days: int = 0


def open_files(
    conn: Connection, reach: Reach, *, after: After | None, size: int
) -> tuple[list[Student], After | None]:
    """One page of open files, out of school longest first, and the place to go on from (None at the end)."""
    query, values = _open_files(reach), {"size": size + 1}
    if after:
        query = query.where(tuple_(*_ORDER) > tuple_(*after))
    found = _students(conn, query, values)
    page = found[:size]
    more = (page[-1].rank, page[-1].since, page[-1].child_id) if len(found) > size else None
    return page, more


def rooms(conn: Connection, k: int, reach: Reach, day: Day, school: str) -> list[tuple[Room, int]]:
    """The classes of a school in reach, with how many children they have."""
    rows = conn.execute(_rooms(reach), {"school": school, "day": day, "k": k})
    return [((row[0], row[1], row[2]), row[3]) for row in rows]


def classmates(conn: Connection, k: int, reach: Reach, day: Day, room: Room, size: int) -> list[Student]:
    """The children of one class in reach, by name."""
    place = dict(zip(("school", "grade", "klass"), room, strict=True))
    return _students(conn, _classmates(reach), {**place, "day": day, "k": k, "size": size})


def named_children(conn: Connection, k: int, reach: Reach, day: Day, size: int) -> list[Student]:
    """The children a helper is named for, by name."""
    if not reach.children:
        return []
    values = {"children": sorted(reach.children), "day": day, "k": k, "size": size}
    return _students(conn, _named(reach), values)


# Statements are made once for a reach: composing one takes several times as long as answering it.


@lru_cache(256)
def _open_files(reach: Reach) -> Select[Any]:
    where = (_b[name] for name in _WHERE)
    return (
        select(*_WHO, *where, *_FILE)
        .join_from(case_board, child, _c.child_id == _b.case_id)
        .where(within(case_board, reach), _b.rank < RANKS[CLOSED])
        .order_by(*_ORDER)
        .limit(bindparam("size"))
    )


@lru_cache(256)
def _rooms(reach: Reach) -> Select[Any]:
    return (
        select(_s.school, _s.grade, _s.klass, func.count())
        .where(_s.school == bindparam("school"), within(roster_span, reach), *_HELD)
        .group_by(_s.school, _s.grade, _s.klass)
    )


@lru_cache(256)
def _classmates(reach: Reach) -> Select[Any]:
    return _pupils(reach).where(
        *(column == bindparam(column.name) for column in (_s.school, _s.grade, _s.klass))
    )


@lru_cache(256)
def _named(reach: Reach) -> Select[Any]:
    return _pupils(reach).where(_s.child_id.in_(bindparam("children", expanding=True)))


def _pupils(reach: Reach) -> Select[Any]:
    """Children of the roster by name, with how their files stand."""
    where = (_s[name] for name in _WHERE)
    files = (func.coalesce(column, _NO_FILE[column.name]).label(column.name) for column in _FILE)
    return (
        select(*_WHO, *where, *files)
        .join_from(roster_span, child, _c.child_id == _s.child_id)
        .outerjoin(case_board, _b.case_id == _s.child_id)
        .where(within(roster_span, reach), *_HELD)
        .order_by(_c.pinyin, _c.child_id)
        .limit(bindparam("size"))
    )


def _students(conn: Connection, query: Select[Any], values: dict[str, Any]) -> list[Student]:
    return [Student._make(row) for row in conn.execute(query, values).all()]


def found(snapshot: Snapshot, units: Units, reach: Reach, day: Day, text: str) -> tuple[list[Student], bool]:
    """Children in reach found by name, pinyin, initials or number, and whether there are more."""
    listed, more = find_children(snapshot, units, reach, text, day)
    files = _files(snapshot.conn, (each.child_id for each in listed))
    names = (*(column.name for column in _WHO), *_WHERE)
    return [
        Student(*(getattr(each, name) for name in names), **files.get(each.child_id, _NO_FILE))
        for each in listed
    ], more


def _files(conn: Connection, children: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    wanted = list(children)
    rows: Iterable[Row[Any]] = (
        conn.execute(select(_b.case_id, *_FILE).where(_b.case_id.in_(wanted))) if wanted else ()
    )
    return {row.case_id: {column.name: row._mapping[column] for column in _FILE} for row in rows}
