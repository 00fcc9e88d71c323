"""The board (在册看板): open files in a viewer's reach, most urgent first, filtered and paged.

Urgency is the status, then how long it holds. A page is one walk along the index of the viewer's place;
several places are walked one after the other and merged. The present alone is read.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, islice
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    tuple_,
)

from casework.domain.permissions import Reach
from casework.domain.statuses import CLOSED, COMPULSORY, STATUS_NAMES
from casework.domain.values import OPEN, Day, day_after
from casework.projections.board_tally import board_tally
from casework.projections.case_board import CLOSED_RANK, RANKS, case_board
from casework.projections.postings import HeldPost
from casework.projections.responsible import CLASS_TEACHER, PRINCIPAL, TOWNSHIP_HEAD, VILLAGE_HEAD
from casework.projections.roster import child, roster_span
from casework.projections.spelling import named_like

OPEN_STATUSES = tuple(sorted((each for each in STATUS_NAMES if each != CLOSED), key=RANKS.__getitem__))
STATUS_OF_RANK = {rank: status for status, rank in RANKS.items()}
OTHER_STAGES = "other"
ELSEWHERE, RECEIVING = "elsewhere", "receiving"
"""Beside a township's own: its schools' children who live outside it. Beside a school's: those it is to
receive (转学办理中). The weekly report counts neither there, and nor does the board."""

Key = tuple[int, Day, str]
Columns = Any
"""The columns of a table that carries places."""
_b = case_board.c
_KEY = (_b.rank, _b.since, _b.case_id)
_OPEN = _b.rank < CLOSED_RANK


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """What is asked for; "" asks for everything, but without a stage only 小学 and 初中 are meant.

    `silent`: days without a visit, at least. `person` are the postings, `helper` the name, of the
    responsible person asked for. `part`: children beside the viewer's own, see `ELSEWHERE`, `RECEIVING`.
    `counties`: those of the viewer's reach, where a name is looked for.
    """

    status: str = ""
    township: str = ""
    village: str = ""
    school: str = ""
    stage: str = ""
    group: str = ""
    cause: str = ""
    silent: int = 0
    name: str = ""
    person: tuple[HeldPost, ...] = ()
    helper: str = ""
    part: str = ""
    counties: tuple[str, ...] = ()


class Scope(NamedTuple):
    """Where to look: the places whose index is walked, and what else must hold."""

    places: tuple["Place", ...]
    conditions: tuple[ColumnElement[bool], ...]

    def anywhere(self) -> ColumnElement[bool]:
        """At any of the places."""
        return or_(false(), *(place.column.in_(place.codes) for place in self.places))


class Place(NamedTuple):
    """A column of the table with the codes to look for in it."""

    column: Any
    codes: tuple[str, ...]


class BoardPage(NamedTuple):
    """One page; `after` is the place to go on from, None at the end."""

    rows: list[Row[Any]]
    after: Key | None


class Tally(NamedTuple):
    """How many files of one status and stage stand at one place ("" where no place is asked by)."""

    place: str
    status: str
    stage: str
    n: int


def board_page(
    conn: Connection, reach: Reach, asked: BoardFilter, today: Day, *, after: Key | None = None, size: int
) -> BoardPage:
    """One page of the board; `size` rows at most."""
    found = list(islice(_walk(conn, reach, asked, today, after, size + 1), size + 1))
    last = found[size - 1] if len(found) > size else None
    return BoardPage(found[:size], (last.rank, last.since, last.case_id) if last else None)


def _walk(
    conn: Connection, reach: Reach, asked: BoardFilter, today: Day, after: Key | None, size: int
) -> Iterable[Row[Any]]:
    queries = _kept_unless_named(_walk_queries, reach, asked, today)
    if after:
        beyond = tuple_(*_KEY) > tuple_(*after)
        queries = tuple(query.where(beyond) for query in queries)
    walks = [conn.execute(query, {"size": size}).all() for query in queries]
    merged = heapq.merge(*walks, key=lambda row: (row.rank, row.since, row.case_id))
    return (row for row, _ in groupby(merged))  # one child may stand at two of an area's places


# Composing a statement takes several times as long as its answer; the same few are asked all day.


def _kept_unless_named(made: Any, reach: Reach, asked: BoardFilter, *rest: str) -> Any:
    """What `made` makes, kept; a name that was typed is not."""
    return (made.__wrapped__ if asked.name else made)(reach, asked, *rest)


@lru_cache(256)
def _walk_queries(reach: Reach, asked: BoardFilter, today: Day) -> tuple[Select[Any], ...]:
    """One query for each place to walk."""
    scope = scope_of(reach, asked)
    query = select(case_board).where(*scope.conditions, *_conditions(asked, today))
    query = query.where(_b.rank == RANKS[asked.status] if asked.status else _OPEN, _stage(asked.stage))
    query = query.order_by(*_KEY).limit(bindparam("size"))
    return tuple(query.where(place.column == code) for place in scope.places for code in place.codes)


def tallies(conn: Connection, reach: Reach, asked: BoardFilter, today: Day, by: str = "") -> list[Tally]:
    """Open files by status and stage, whatever status and stage are asked for; `by`: township or school.

    By place alone they are kept counted; anything else asked for is counted among the files.
    """
    query = _kept_unless_named(_tally_query, reach, asked, today, by)
    rows = conn.execute(query).all()
    return [Tally(row[3] if by else "", STATUS_OF_RANK[row[2]], row[1], int(row[0])) for row in rows]


@lru_cache(256)
def _tally_query(reach: Reach, asked: BoardFilter, today: Day, by: str) -> Select[Any]:
    """(n, stage, rank, place) by place, stage and rank."""
    chosen = _conditions(asked, today)
    kept = not chosen and not asked.village and not reach.villages and asked.part != RECEIVING
    c = board_tally.c if kept else _b
    scope = scope_of(reach, asked, c)
    n = func.sum(c.n) if kept else func.count()
    keys = (c.stage, c.rank, *((c[by],) if by else ()))
    query = select(n, *keys).where(scope.anywhere(), c.rank < CLOSED_RANK, *scope.conditions, *chosen)
    return query.group_by(*((c.county,) if kept else ()), *keys)


def fine_tallies(
    conn: Connection, reach: Reach, asked: BoardFilter, today: Day
) -> list[tuple[str, str, str, str, str, int]]:
    """(village, school, grade, class, status, n) of 小学 and 初中: a township's or a school's few."""
    scope = scope_of(reach, asked)
    keys = (_b.village, _b.school, _b.grade, _b.klass, _b.status)
    query = (
        select(*keys, func.count())
        .where(scope.anywhere(), _OPEN, _stage(asked.stage))
        .where(*scope.conditions, *_conditions(asked, today))
        .group_by(*keys)
    )
    return [(row[0], row[1], row[2], row[3], row[4], row[5]) for row in conn.execute(query)]


def of_stage(tally: Tally, stage: str) -> bool:
    """Whether a tally is of the stage asked for."""
    if stage == OTHER_STAGES:
        return tally.stage not in COMPULSORY
    return tally.stage == stage if stage else tally.stage in COMPULSORY


def _stage(stage: str) -> ColumnElement[bool]:
    if stage == OTHER_STAGES:
        return _b.stage.not_in(COMPULSORY)
    return _b.stage == stage if stage else _b.stage.in_(COMPULSORY)


def scope_of(reach: Reach, asked: BoardFilter, c: Columns = _b) -> Scope:
    """The narrowest place asked for inside the reach. The reach itself is always asked as well."""
    own, conditions = _own_places(reach, asked.part, c)
    asked_places = (("school", asked.school), ("village", asked.village), ("township", asked.township))
    narrow = [Place(c[name], (code,)) for name, code in asked_places if code]
    if not narrow:
        return Scope(own, tuple(conditions))
    # coalesce: all of it must hold, but the narrowest place's index is the one to walk.
    conditions.append(or_(false(), *map(_unindexed, own)))
    return Scope((narrow[0],), (*conditions, *map(_unindexed, narrow[1:])))


def _unindexed(place: Place) -> ColumnElement[bool]:
    return func.coalesce(place.column, "").in_(place.codes)


def _own_places(reach: Reach, part: str, c: Columns) -> tuple[tuple[Place, ...], list[ColumnElement[bool]]]:
    """A township's children are those who live there, as in its report; an area is all it names."""
    counties, townships, schools = (
        Place(c[name], tuple(sorted(codes)))
        for name, codes in (
            ("county", reach.counties),
            ("township", reach.townships),
            ("school", reach.schools),
        )
    )
    if part == RECEIVING:
        return (Place(c.receiver, schools.codes),), []
    if part == ELSEWHERE:
        return (schools,), [func.coalesce(c.township, "").not_in(townships.codes)]
    if reach.counties:
        return (counties,), []
    if reach.past and reach.townships:
        return (townships,), []
    villages = (Place(c.village, tuple(sorted(reach.villages))),) if reach.villages else ()
    return (*villages, *(place for place in (townships, schools) if place.codes)), []


def _conditions(asked: BoardFilter, today: Day) -> list[ColumnElement[bool]]:
    """Everything asked for but place, status and stage."""
    chosen: list[ColumnElement[bool]] = []
    if asked.group:
        chosen.append(("、" + _b.groups + "、").contains(f"、{asked.group}、", autoescape=True))
    if asked.cause:
        chosen.append(_b.cause == asked.cause)
    if asked.silent:
        chosen.append(_b.visited_on <= day_after(today, -asked.silent))
    if asked.name:
        chosen.append(_named(asked))
    if asked.person or asked.helper:
        chosen.append(or_(false(), *map(_answered_by, asked.person), *_helped_by(asked.helper, today)))
    return chosen


def _named(asked: BoardFilter) -> ColumnElement[bool]:
    """By the names of the counties in reach; who is to be received is another's, and one of a few."""
    if asked.part == RECEIVING:
        return exists().where(child.c.child_id == _b.case_id, named_like(asked.name))
    here = child.c.county.in_(asked.counties)
    return _b.case_id.in_(select(child.c.child_id).where(named_like(asked.name, here)))


def _answered_by(post: HeldPost) -> ColumnElement[bool]:
    """The children a posting answers for."""
    if post.post == CLASS_TEACHER:
        room = or_(_b.grade + _b.klass == post.klass, _b.klass == post.klass)
        return and_(_b.school == post.unit, room, _b.klass != "")
    columns = {PRINCIPAL: _b.school, VILLAGE_HEAD: _b.village, TOWNSHIP_HEAD: _b.township}
    column = columns.get(post.post)
    return column == post.unit if column is not None else false()


def _helped_by(name: str, today: Day) -> Sequence[ColumnElement[bool]]:
    """The children whose roster names this 帮扶责任人 today."""
    if not name:
        return ()
    s = roster_span.c
    holds = (s.valid_from <= today, s.valid_to > today, s.known_to == OPEN)
    return (exists().where(s.child_id == _b.case_id, s.helper == name, *holds),)
