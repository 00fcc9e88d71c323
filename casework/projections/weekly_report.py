"""The weekly monitoring report (周监测报告): `(unit, week, known_at)` → figures that add up.

Only what was recorded up to the act and happened inside the week is counted; the same arguments give
the same figures for ever. Two stocks, 疑似辍学 and 辍学; every movement is an edge of `case_span`.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from casework.domain.statuses import CLOSED, DROPPED_OUT, OUT
from casework.domain.timeline import NEVER_ENROLLED
from casework.domain.units import (
    CITY,
    COUNTY,
    DISTRICT,
    NO_UNIT,
    PROVINCE,
    SCHOOL,
    TOWNSHIPS,
    UPPER_SECONDARY,
    Unit,
    Units,
)
from casework.domain.values import SHANGHAI, Day, day_of
from casework.errors import BadInput, NotFound
from casework.projections import weekly_queries as queries
from casework.projections.reference import Reference
from casework.projections.weekly_cells import (
    STAGES,
    STOCKS,
    Figures,
    Grid,
    Where,
    flow_of,
    state_key,
)
from casework.projections.weekly_duties import duties_due, duty_keys, place_of_line
from casework.store.snapshot import Snapshot

RULES = "weekly-1"
"""Version of the counting code: same arguments and rules, same digest."""

NO_SCHOOL = "无就读学校"
NO_TOWNSHIP = "县直/未定"


@dataclass(frozen=True)
class Period:
    """A reporting week, `first`–`last` both included, and the first day of its term."""

    week: str
    first: Day
    last: Day
    term: Day

    def is_over(self, instant: datetime) -> bool:
        """Whether the week had ended at an instant (24:00 of its last day, Asia/Shanghai)."""
        end = datetime.fromisoformat(self.last).replace(tzinfo=SHANGHAI) + timedelta(days=1)
        return instant >= end


@dataclass(frozen=True)
class Scope:
    """The set of children of the report's unit: the counties to read, and which places belong."""

    unit: Unit
    counties: tuple[str, ...]
    holds: Callable[[Where], bool]


def weekly_report(
    snapshot: Snapshot,
    reference: Reference,
    *,
    unit: str,
    week: str,
    known_at: datetime,
    detail: bool = False,
) -> dict[str, Any]:
    """The report as JSON values. NotFound for an unknown unit, BadInput for a week or unit without one."""
    units = reference.units
    scope = scope_of(units, unit)
    period = period_of(reference, week)
    grids = grids_of(units, scope, detail)
    until = min(period.last, day_of(known_at))
    _count(snapshot, reference, scope, period, until, list(grids.values()))
    tables = {
        name: _table(units, scope, period, name, grid) for name, grid in grids.items() if name != "total"
    }
    total = _rows(scope.unit, grids["total"], scope.unit.code, by_pupils=False)
    return {
        "report": "weekly",
        "unit": _unit_json(scope.unit),
        "week": week,
        "from": period.first,
        "to": period.last,
        "known_at": known_at.astimezone(SHANGHAI).isoformat(),
        "act": snapshot.k,
        "complete": period.is_over(known_at),
        "policy": reference.weekly(period.last).version,
        "rules": RULES,
        "filed": None,
        "tables": tables,
        "total": total,
        "digest": digest_of(tables, total),
    }


def period_of(reference: Reference, week: str) -> Period:
    """The days of a week under the policy in force on them."""
    first, last = reference.weekly("9999-12-31").days_of(week)
    policy = reference.weekly(last)
    first, last = policy.days_of(week)
    return Period(week, first, last, policy.term_start(last))


def digest_of(tables: dict[str, Any], total: list[Any]) -> str:
    """`sha256:` over the canonical JSON of the figures: sorted keys, no white space, no ASCII escaping."""
    text = json.dumps(
        {"tables": tables, "total": total}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def scope_of(units: Units, code: str) -> Scope:
    """The set of children a unit's report is about."""
    unit = units.get(code)
    if unit is None:
        raise NotFound(f"没有单位代码为“{code}”的单位，请核对单位表", unit=code)
    if unit.kind in (PROVINCE, CITY):
        counties = frozenset(each.code for each in units.below(code, COUNTY))
        return Scope(unit, tuple(sorted(counties)), lambda where: where.county in counties)
    county = (units.county_of(code),)
    if unit.kind == COUNTY:
        return Scope(unit, county, lambda where: where.county == code)
    if unit.kind in TOWNSHIPS:
        return Scope(unit, county, lambda where: where.township == code and where.county == county[0])
    if unit.kind == DISTRICT:
        schools = frozenset(each.code for each in units.below(code, SCHOOL))
        return Scope(unit, county, lambda where: where.school in schools)
    if unit.kind == SCHOOL:
        return Scope(unit, county, lambda where: where.school == code)
    raise BadInput(
        f"{unit.name}是村，周监测报告按学校、学区、乡镇、县及以上单位出具，请改用其乡镇代码", unit=code
    )


def grids_of(units: Units, scope: Scope, detail: bool) -> dict[str, Grid]:
    """The report's empty tables by name, `total` among them."""

    def grid(code_of: Callable[[Where], str]) -> Grid:
        return Grid(lambda where: code_of(where) if scope.holds(where) else None)

    total = grid(lambda where: scope.unit.code)
    schools = grid(lambda where: where.school)
    townships = grid(lambda where: where.township or where.county)
    if scope.unit.kind in (PROVINCE, CITY):
        counties = grid(lambda where: where.county)
        small = {"schools": schools, "townships": townships} if detail else {}
        return {"counties": counties, **small, "total": total}
    return {"schools": schools, "townships": townships, "total": total}


def _count(
    snapshot: Snapshot, reference: Reference, scope: Scope, period: Period, until: Day, grids: list[Grid]
) -> None:
    """Everything there is to count; duties as they stand at the end of `until`, the week so far."""
    asked = queries.Asked(snapshot.conn, snapshot.k, scope.counties, period.first, period.last)
    _count_stocks(asked, grids)
    _count_movements(asked, grids)
    for before, after, where, n in asked.term_movements(period.term):
        _add(grids, where, term_key(before, after), n)
    _count_work(asked, grids)
    for line in duties_due(snapshot, reference, scope.counties, period.first, until):
        for key in duty_keys(line):
            _add(grids, place_of_line(line), key, 1)
    of_age = reference.weekly(period.last).entry_years(period.last)
    for where, pupils, due_children in asked.pupils(of_age):
        _add(grids, where, "pupils", pupils)
        _add(grids, where, "due_children", due_children)


def term_key(before: str, after: str) -> str:
    """The cumulative figure that a change of status since the term began counts in."""
    return {"s_new": "term_s_new", "d_new": "term_d_new"}.get(flow_of(before, after), "term_returned")


def _add(grids: Iterable[Grid], where: Where, key: str, n: int) -> None:
    for grid in grids:
        for figures in grid.at(where):
            figures.n[key] += n


def _count_stocks(asked: queries.Asked, grids: list[Grid]) -> None:
    for where, status, n in asked.opening():
        _add(grids, where, f"{STOCKS[status]}_open", n)
    for held in asked.closing():
        for grid in grids:
            for figures in grid.at(held.where):
                count_held(figures, held)


def count_held(figures: Figures, held: "queries.Held") -> None:
    """Counts children held in one status at the end of the week in one row."""
    if held.status not in OUT:
        key = state_key(held.status)
        if key:
            figures.n[key] += held.n
        return
    stock = f"{STOCKS[held.status]}_close"
    figures.n[stock] += held.n
    for group in held.groups:
        figures.groups[group][stock] += held.n
    if held.status == DROPPED_OUT:
        figures.causes[held.cause] += held.n
        figures.n["d_never"] += held.n if held.lost_type == NEVER_ENROLLED else 0


def _count_movements(asked: queries.Asked, grids: list[Grid]) -> None:
    for edge in asked.movements():
        for grid in grids:
            count_edge(grid, edge)


def count_edge(grid: Grid, edge: "queries.Edge") -> None:
    """Counts one movement in one table: a change of status, or a move while in a stock."""
    if edge.before != edge.after:
        for figures in grid.at(edge.where):
            count_change(figures, edge)
    elif edge.after in OUT:
        grid.move(STOCKS[edge.after], edge.moved_from, edge.where)


def count_change(figures: Figures, edge: "queries.Edge") -> None:
    """Counts one change of status in one row."""
    flow = flow_of(edge.before, edge.after)
    if flow:
        figures.n[flow] += 1
        for group in edge.groups:
            if flow in ("s_new", "d_new", "s_returned", "d_returned"):
                figures.groups[group][flow] += 1
    if edge.relapse:
        figures.n["relapsed"] += 1
    if edge.after == CLOSED:
        figures.reasons[edge.reason] += 1


WORK_KEYS = {
    "visit": "visits",
    "letter_issued": "letters_issued",
    "letter_served": "letters_served",
    "session": "sessions",
}


def _count_work(asked: queries.Asked, grids: list[Grid]) -> None:
    for done in asked.work():
        for grid in grids:
            for figures in grid.at(done.where):
                count_done(figures, done)


def count_done(figures: Figures, done: "queries.Done") -> None:
    """Counts what was done for one child in one row."""
    figures.n[WORK_KEYS[done.kind]] += done.n
    figures.n["visits_met"] += done.met
    figures.tenths += done.tenths
    if done.kind == "visit":
        figures.visited.add(done.case)


def _table(units: Units, scope: Scope, period: Period, name: str, grid: Grid) -> list[dict[str, Any]]:
    codes = {unit.code for unit in _listed(units, scope.unit, name) if _is_shown(unit, period)} | grid.codes()
    rows: list[dict[str, Any]] = []
    for code in sorted(codes, key=lambda code: (code == "", code)):
        rows += _rows(_row_unit(units, name, code), grid, code, by_pupils=name == "schools")
    return rows


def _listed(units: Units, unit: Unit, table: str) -> list[Unit]:
    """The units that have a row whether or not anything is counted there."""
    kinds = {"schools": (SCHOOL,), "townships": TOWNSHIPS, "counties": (COUNTY,)}[table]
    if table == "schools" and unit.kind in TOWNSHIPS:
        county = units.county_of(unit.code)
        return [school for school in units.below(county, SCHOOL) if school.township == unit.code]
    return units.below(unit.code, *kinds)


def _is_shown(unit: Unit, period: Period) -> bool:
    return unit.open_between(period.first, period.last) and unit.category not in UPPER_SECONDARY


def _row_unit(units: Units, table: str, code: str) -> Unit:
    if code == "":
        return Unit(code="", name=NO_SCHOOL, kind=SCHOOL)
    unit = units.get(code) or NO_UNIT
    if table == "townships" and unit.kind == COUNTY:
        return Unit(code=code, name=NO_TOWNSHIP, kind=COUNTY)
    return unit


def _rows(unit: Unit, grid: Grid, code: str, *, by_pupils: bool) -> list[dict[str, Any]]:
    return [
        {
            "unit": _unit_json(unit),
            "stage": stage,
            **grid.rows[code, stage].as_json(by_pupils=by_pupils),
        }
        for stage in STAGES
    ]


def _unit_json(unit: Unit) -> dict[str, str]:
    return {"code": unit.code, "name": unit.name, "kind": unit.reported_kind}
