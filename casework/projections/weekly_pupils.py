"""The pupils behind 在籍学生数 and the children behind 适龄儿童少年数, page by page.

The report sums a ledger of differences; here the same stretches of the roster are listed, so a
county's two hundred thousand are never read at once.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select, true, tuple_

from casework.domain.roster import ENROLLED
from casework.domain.statuses import COMPULSORY
from casework.domain.units import CITY, COUNTY, DISTRICT, PROVINCE, SCHOOL, TOWNSHIPS
from casework.domain.values import Day
from casework.projections import weekly_report as report
from casework.projections.bitemporal import believed_at
from casework.projections.reference import Reference
from casework.projections.roster import child, roster_span
from casework.projections.weekly_cells import ALL
from casework.projections.weekly_children import Cell
from casework.store.snapshot import Snapshot

_s, _c = roster_span.c, child.c
_ORDER = (_s.school, _s.grade, _s.klass, _c.name, _s.child_id)


class Pupil(NamedTuple):
    """One child of the roster on the week's last day."""

    school: str
    grade: str
    klass: str
    name: str
    child_id: str
    sex: str
    cert_mask: str
    township: str
    stage: str
    enrolment: str
    groups: str


class PupilPage(NamedTuple):
    """One page in order of school, class and name. `after` is the place to go on from, None at the end."""

    total: int
    pupils: list[Pupil]
    after: tuple[str, ...] | None


def pupils_behind(
    snapshot: Snapshot,
    reference: Reference,
    *,
    unit: str,
    week: str,
    cell: Cell,
    after: Iterable[str] | None,
    size: int,
) -> PupilPage:
    """One page of the children behind the cell. Raises NotFound and BadInput as the report does."""
    cell.check()
    scope, period = report.scope_of(reference.units, unit), report.period_of(reference, week)
    chosen = [
        _s.county.in_(scope.counties),
        _in_scope(reference, scope.unit.code, scope.unit.kind),
        _in_row(cell),
        _s.stage.in_(COMPULSORY) if cell.stage == ALL else _s.stage == cell.stage,
        _s.valid_from <= period.last,
        _s.valid_to > period.last,
        *believed_at(roster_span, snapshot.k),
        *_counted(reference, cell.figure, period.last),
    ]
    total = snapshot.conn.scalar(_select(func.count()).where(*chosen)) or 0
    columns = (*_ORDER, _c.sex, _c.cert_mask, _s.township, _s.stage, _s.enrolment, _s.groups)
    query = _select(*columns).where(*chosen)
    if after:
        at = tuple(after)
        query = query.where(tuple_(*_ORDER) > tuple_(*at), _s.school >= at[0])
    rows = snapshot.conn.execute(query.order_by(*_ORDER).limit(size + 1))
    pupils = [Pupil(*row) for row in rows]
    more = len(pupils) > size
    return PupilPage(total, pupils[:size], tuple(pupils[size - 1][: len(_ORDER)]) if more else None)


def _select(*columns: Any) -> Select[Any]:
    return select(*columns).join_from(roster_span, child, _c.child_id == _s.child_id)


def _counted(reference: Reference, figure: str, last: Day) -> list[ColumnElement[bool]]:
    if figure == "pupils":
        return [_s.enrolment == ENROLLED, _s.school != ""]
    first_year, last_year = reference.weekly(last).entry_years(last)
    return [_s.cohort.between(first_year, last_year)]


def _in_row(cell: Cell) -> ColumnElement[bool]:
    if cell.table == "schools":
        return _s.school == cell.row
    if cell.table == "townships":
        direct = (_s.township == "") & (_s.county == cell.row)
        return or_(_s.township == cell.row, direct)
    return _s.county == cell.row if cell.table == "counties" else true()


def _in_scope(reference: Reference, code: str, kind: str) -> ColumnElement[bool]:
    """The unit's set of children, as `weekly_report.scope_of` tells it, for the database."""
    if kind in TOWNSHIPS:
        return _s.township == code
    if kind == DISTRICT:
        return _s.school.in_([each.code for each in reference.units.below(code, SCHOOL)])
    if kind == SCHOOL:
        return _s.school == code
    assert kind in (PROVINCE, CITY, COUNTY), kind
    return true()
