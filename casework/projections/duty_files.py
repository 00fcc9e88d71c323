"""Open files by place on a day, and those for whom nothing was done for long (在册与久无动静的孩子)."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from casework.domain.statuses import OUT
from casework.domain.values import Day, day_after
from casework.projections.activity import activity
from casework.projections.bitemporal import believed_at, believed_parts
from casework.projections.case_span import COUNTED, case_span
from casework.projections.duty_lines import ScopeOfUnits
from casework.projections.duty_seats import Seat
from casework.store.snapshot import Snapshot

_s, _a = case_span.c, activity.c
_PLACE = (_s.county, _s.township, _s.village, _s.school, _s.grade, _s.klass)


class FilesAt(NamedTuple):
    """Open files at one place; `silent`: of children out of school for whom nothing was done lately."""

    county: str
    township: str
    village: str
    school: str
    grade: str
    klass: str
    n: int
    silent: int

    def seat(self, role: str, level: str) -> Seat:
        """Which place of a role of this level has these children."""
        if level == "class":
            return Seat(role, self.school, self.grade, self.klass)
        if level in ("county", "township", "village"):
            return Seat(role, str(getattr(self, level)))
        return Seat(role, self.school)


def files_at(snapshot: Snapshot, scope: ScopeOfUnits, day: Day, silent_days: int) -> list[FilesAt]:
    """Open files (not 销号) by place at the end of a day; a place may come twice."""
    silent = case((and_(_s.status.in_(OUT), _nothing_done(snapshot.k, day, silent_days)), 1), else_=0)
    query = select(*_PLACE, func.count(), func.sum(silent)).group_by(*_PLACE)
    among, bound = scope.spans()
    query = query.where(among.condition, _s.valid_from <= day, _s.valid_to > day, COUNTED)
    return [
        FilesAt(*row)
        for believed in believed_parts(case_span, snapshot.k)
        for row in snapshot.conn.execute(query.where(*believed), bound)
    ]


def silent_children(
    snapshot: Snapshot, scope: ScopeOfUnits, seat: Seat, level: str, day: Day, silent_days: int
) -> list[str]:
    """The silent children of one place, by case."""
    among, bound = scope.spans()
    query: Select[Any] = select(_s.case_id, *_PLACE).where(
        among.condition,
        _s.valid_from <= day,
        _s.valid_to > day,
        _s.status.in_(OUT),
        _nothing_done(snapshot.k, day, silent_days),
        *believed_at(case_span, snapshot.k),
    )
    wanted = seat if seat.klass else seat.whole
    found = []
    for row in snapshot.conn.execute(query, bound):
        place = (row.county, row.township, row.village, row.school, row.grade, row.klass)
        at = FilesAt(*place, 1, 1).seat(seat.role, level)
        if (at if seat.klass else at.whole) == wanted:
            found.append(str(row.case_id))
    return sorted(found)


def _nothing_done(k: int, day: Day, silent_days: int) -> ColumnElement[bool]:
    since = day_after(day, -silent_days)
    done = (
        select(_a.case_id)
        .where(_a.case_id == _s.case_id, _a.done_on > since, _a.done_on <= day)
        .where(*believed_at(activity, k))
    )
    return ~done.exists()
