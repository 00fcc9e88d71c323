"""The reads behind the weekly report: each one range of one index, whatever the county's history.

All of them ask for the rows known at one act, of the counties the report's unit lies in or holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import CompoundSelect, Connection, Select, and_, func, or_, select, union_all

from casework.domain.statuses import OUT, RETURNED
from casework.domain.values import Day
from casework.projections.activity import LETTER_ISSUED, LETTER_SERVED, SESSION, VISIT, activity
from casework.projections.bitemporal import believed_at, believed_parts
from casework.projections.case_span import COUNTED, LEFT_COUNTY, case_span
from casework.projections.pupil_ledger import pupils_on
from casework.projections.weekly_cells import Where

_s = case_span.c
REPORTED = (VISIT, LETTER_ISSUED, LETTER_SERVED, SESSION)
"""What the report counts of what was done: checks and payments have lists of their own."""
_a = activity.c
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
        """The two stocks at the start of the week: (place, status, children); a place may come twice."""
        by = (*_WHERE, _s.status)
        for believed in believed_parts(case_span, self.k):
            query = select(*by, func.count()).where(*self._covering(self.first, inclusive=False), *believed)
            for *where, status, n in self.conn.execute(query.where(_s.status.in_(OUT)).group_by(*by)):
                yield Where(*where), status, n

    def closing(self) -> Iterator[Held]:
        """All children in an open status at the end of the week; a place may come twice."""
        by = (*_WHERE, _s.status, _s.groups, _s.cause, _s.lost_type)
        for believed in believed_parts(case_span, self.k):
            query = select(*by, func.count()).where(*self._covering(self.last, inclusive=True), *believed)
            for *where, status, groups, cause, lost_type, n in self.conn.execute(query.group_by(*by)):
                yield Held(Where(*where), status, group_names(groups), cause, lost_type, n)

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
                _a.kind.in_(REPORTED),
                *believed_at(activity, self.k),
            )
            .group_by(*by)
        )
        for case, kind, county, township, school, stage, n, met, tenths in self.conn.execute(query):
            yield Done(case, kind, Where(county, township, school, stage), n, int(met), int(tenths))

    def visits(self) -> Iterator[tuple[Where, int]]:
        """Visits dated in the week, by place: the figure alone, without the children."""
        by = (_a.county, _a.township, _a.school, _a.stage)
        query = select(*by, func.count()).where(
            _a.county.in_(self.counties),
            _a.done_on.between(self.first, self.last),
            _a.kind == VISIT,
            *believed_at(activity, self.k),
        )
        for county, township, school, stage, n in self.conn.execute(query.group_by(*by)):
            yield Where(county, township, school, stage), n

    def pupils(self, of_age: tuple[int, int]) -> Iterator[tuple[Where, int, int]]:
        """The roster at the end of the week: (place, pupils, children of the cohorts of school age)."""
        for place, pupils, due_children in pupils_on(self.conn, self.k, self.counties, self.last, of_age):
            yield Where(*place), pupils, due_children

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
        return (*self._covering(day, inclusive=inclusive), *believed_at(case_span, self.k))

    def _covering(self, day: Day, *, inclusive: bool) -> tuple[Any, ...]:
        if inclusive:
            covers = (_s.valid_from <= day, _s.valid_to > day)
        else:
            covers = (_s.valid_from < day, _s.valid_to >= day)
        return (_s.county.in_(self.counties), *covers, COUNTED)

    def edges(self, since: Day, query: Select[Any]) -> CompoundSelect[Any]:
        """Edges entered from `since` to the week's end, into these counties, and out of them.

        Two selects, each one range of its own index: an OR over both would read every edge of the
        county's history (PostgreSQL) or look up every edge of the range (SQLite).
        """
        moved = or_(
            LEFT_COUNTY,
            _s.prev_township != _s.township,
            _s.prev_school != _s.school,
            _s.prev_stage != _s.stage,
        )
        entered = query.where(
            _s.valid_from.between(since, self.last),
            *believed_at(case_span, self.k),
            or_(_s.prev_status != _s.status, and_(_s.status.in_(OUT), moved)),
        )
        here = entered.where(_s.county.in_(self.counties))
        left = entered.where(_s.prev_county.in_(self.counties), LEFT_COUNTY, _s.county.not_in(self.counties))
        return union_all(here, left)


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
