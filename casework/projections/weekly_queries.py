"""The reads behind the weekly report: each one range of one index, whatever the county's history.

All of them ask for the rows known at one act, of the counties the report's unit lies in or holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, func, or_, select

from casework.domain.statuses import CLOSED, OUT, RETURNED
from casework.domain.values import Day
from casework.projections.activity import activity
from casework.projections.bitemporal import believed_at
from casework.projections.case_span import case_span
from casework.projections.roster import pupil_ledger
from casework.projections.weekly_cells import Where

_s = case_span.c
_a = activity.c
_p = pupil_ledger.c
_WHERE = (_s.county, _s.township, _s.school, _s.stage)


class Held(NamedTuple):
    """Children in one status at the end of the week."""

    where: Where
    status: str
    groups: tuple[str, ...]
    cause: str
    lost_type: str
    n: int


class Edge(NamedTuple):
    """One movement of one child in the week."""

    case: str
    where: Where
    after: str
    moved_from: Where
    before: str
    groups: tuple[str, ...]
    relapse: bool
    reason: str


class Done(NamedTuple):
    """What was done of one kind for one child at one place in the week."""

    case: str
    kind: str
    where: Where
    n: int
    met: int
    tenths: int


@dataclass(frozen=True)
class Asked:
    """What is asked: rows known at act `k`, of these counties, about the days `first`–`last`."""

    conn: Connection
    k: int
    counties: tuple[str, ...]
    first: Day
    last: Day

    def opening(self) -> Iterator[tuple[Where, str, int]]:
        """The two stocks at the start of the week: (place, status, children)."""
        query = (
            select(*_WHERE, _s.status, func.count())
            .where(*self.holding(self.first, inclusive=False), _s.status.in_(OUT))
            .group_by(*_WHERE, _s.status)
        )
        for county, township, school, stage, status, n in self.conn.execute(query):
            yield Where(county, township, school, stage), status, n

    def closing(self) -> Iterator[Held]:
        """Every open status at the end of the week."""
        by = (*_WHERE, _s.status, _s.groups, _s.cause, _s.lost_type)
        query = select(*by, func.count()).where(*self.holding(self.last, inclusive=True)).group_by(*by)
        for county, township, school, stage, status, groups, cause, lost_type, n in self.conn.execute(query):
            yield Held(
                Where(county, township, school, stage), status, group_names(groups), cause, lost_type, n
            )

    def movements(self) -> Iterator[Edge]:
        """Every change of status in the week, and every change of place inside the stocks."""
        for row in self.conn.execute(self.edges(self.first, select(case_span))):
            yield edge_of(row)

    def term_movements(self, since: Day) -> Iterator[tuple[str, str, Where, int]]:
        """New in the stocks and returned from them since the term began: (before, after, place, n)."""
        by = (_s.prev_status, _s.status, *_WHERE)
        query = select(*by, func.count()).where(*self.in_term(since)).group_by(*by)
        for before, after, county, township, school, stage, n in self.conn.execute(query):
            yield before, after, Where(county, township, school, stage), n

    def work(self) -> Iterator[Done]:
        """Visits, letters and sessions dated in the week."""
        by = (_a.case_id, _a.kind, _a.county, _a.township, _a.school, _a.stage)
        query = (
            select(*by, func.count(), func.sum(_a.met), func.sum(_a.tenths))
            .where(
                _a.county.in_(self.counties),
                _a.done_on.between(self.first, self.last),
                *believed_at(activity, self.k),
            )
            .group_by(*by)
        )
        for case, kind, county, township, school, stage, n, met, tenths in self.conn.execute(query):
            yield Done(case, kind, Where(county, township, school, stage), n, int(met), int(tenths))

    def pupils(self) -> Iterator[tuple[Where, int, int, int]]:
        """The roster at the end of the week: (place, cohort, pupils, children)."""
        by = (_p.county, _p.township, _p.school, _p.stage, _p.cohort)
        query = (
            select(*by, func.sum(_p.pupils), func.sum(_p.children))
            .where(_p.county.in_(self.counties), _p.since <= self.last, _p.known_from <= self.k)
            .group_by(*by)
        )
        for county, township, school, stage, cohort, pupils, children in self.conn.execute(query):
            yield Where(county, township, school, stage), cohort, int(pupils), int(children)

    def in_term(self, since: Day) -> tuple[Any, ...]:
        """Edges since a day by which children came into the stocks or returned from them."""
        counted = or_(
            and_(_s.status.in_(OUT), _s.prev_status.not_in(OUT)),
            and_(_s.status == RETURNED, _s.prev_status.in_(OUT)),
        )
        return (
            _s.county.in_(self.counties),
            _s.valid_from.between(since, self.last),
            *believed_at(case_span, self.k),
            counted,
        )

    def holding(self, day: Day, *, inclusive: bool) -> tuple[Any, ...]:
        """Spans that hold at the end of `day` (or at its beginning): a span of no length never does."""
        if inclusive:
            covers = (_s.valid_from <= day, _s.valid_to > day)
        else:
            covers = (_s.valid_from < day, _s.valid_to >= day)
        return (
            _s.county.in_(self.counties),
            *covers,
            _s.status != CLOSED,
            *believed_at(case_span, self.k),
        )

    def edges(self, since: Day, query: Select[Any]) -> Select[Any]:
        """Edges entered from `since` to the week's end, into or out of these counties."""
        here = _s.county.in_(self.counties)
        left = and_(_s.prev_county.in_(self.counties), _s.prev_county != _s.county)
        moved = or_(
            _s.prev_county != _s.county,
            _s.prev_township != _s.township,
            _s.prev_school != _s.school,
            _s.prev_stage != _s.stage,
        )
        return query.where(
            or_(here, left),
            _s.valid_from.between(since, self.last),
            *believed_at(case_span, self.k),
            or_(_s.prev_status != _s.status, and_(_s.status.in_(OUT), moved)),
        )


def edge_of(row: Any) -> Edge:
    """The movement by which a row of `case_span` was entered."""
    return Edge(
        row.case_id,
        Where(row.county, row.township, row.school, row.stage),
        row.status,
        Where(row.prev_county, row.prev_township, row.prev_school, row.prev_stage),
        row.prev_status,
        group_names(row.groups),
        bool(row.relapse),
        row.reason,
    )


def group_names(groups: str) -> tuple[str, ...]:
    """The special groups of a row, as it holds them: names joined by 、."""
    return tuple(groups.split("、")) if groups else ()
