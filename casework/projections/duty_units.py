"""Duties of a unit itself, falling due on the same days each year (单位事项): counts, campaigns."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product

from casework.domain.duty_policy import DutyPolicy, UnitRule
from casework.domain.units import COUNTY, SCHOOL, TOWNSHIPS, VILLAGE, Unit, Units
from casework.domain.values import Day, day_after
from casework.projections.duty_lines import Line, Scope, Window
from casework.projections.reference import Reference
from casework.projections.unit_duties import NOTHING, kept_of
from casework.store.snapshot import Snapshot

_LEVELS: dict[str, Sequence[str]] = {
    "school": (SCHOOL,),
    "township": TOWNSHIPS,
    "village": (VILLAGE,),
    "county": (COUNTY,),
}
_NOT_COMPULSORY = ("普高", "中职")


def unit_lines(snapshot: Snapshot, reference: Reference, scope: Scope, window: Window) -> Iterator[Line]:
    """The units' own duties: those open on the day, or those that fall due in the window."""
    lines = list(_lines(reference, scope, window))
    if not lines:
        return
    days = [line.due_day for line in lines]
    units, rules = {line.unit for line in lines}, {line.rule for line in lines}
    kept = kept_of(snapshot.conn, snapshot.k, units, rules, min(days), max(days))
    for line in lines:
        done_on, no, _, excused_on = kept.get((line.unit, line.rule, line.due_day), NOTHING)
        yield line._replace(fulfilled_on=done_on, fulfilled_by=no, excused_on=excused_on)


def _lines(reference: Reference, scope: Scope, window: Window) -> Iterator[Line]:
    units = [unit for code in sorted(scope.own_units()) if (unit := reference.units.get(code))]
    for since, until, policy in reference.duty_policies():
        for rule, year in product(policy.unit_rules, _years(window)):
            for begins, due in _terms(rule, year):
                asked = (
                    since <= begins < until
                    and begins <= window.on
                    and (window.on <= due if window.pending_only else window.first <= due <= window.last)
                )
                if asked:
                    yield from _of(policy, rule, begins, due, units, reference.units)


def _of(
    policy: DutyPolicy, rule: UnitRule, begins: Day, due: Day, units: Sequence[Unit], tree: Units
) -> Iterator[Line]:
    kinds = _LEVELS.get(policy.role(rule.role).level, ())
    for unit in units:
        if unit.kind in kinds and unit.open_between(begins, due) and unit.category not in _NOT_COMPULSORY:
            yield Line(
                rule=rule.name,
                policy=policy.version,
                role=rule.role,
                unit=unit.code,
                case="",
                begins=begins,
                due_day=due,
                posts=rule.posts,
                county=tree.county_of(unit.code),
                township=unit.township,
                school=unit.code if unit.kind == SCHOOL else "",
            )


def _terms(rule: UnitRule, year: int) -> Iterator[tuple[Day, Day]]:
    for at, text in enumerate(rule.due):
        due = day_of_year(year, text)
        yield (day_of_year(year, rule.from_[at]) if rule.from_ else day_after(due, -rule.days_before)), due


def day_of_year(year: int, month_day: str) -> Day:
    """`MM-DD` of a year; `MM-end` is the month's last day."""
    month, _, day = month_day.partition("-")
    if day != "end":
        return f"{year:04d}-{month_day}"
    after = date(year + (month == "12"), int(month) % 12 + 1, 1)
    return day_after(after.isoformat(), -1)


def _years(window: Window) -> range:
    if window.pending_only:
        return range(int(window.on[:4]), int(window.on[:4]) + 1)
    return range(int(window.first[:4]), int(window.last[:4]) + 1)
