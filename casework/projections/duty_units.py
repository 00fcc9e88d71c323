"""Duties of a unit itself, falling due on the same days each year (单位事项): counts, campaigns."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

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


class Term(NamedTuple):
    """One falling due of a rule of units."""

    policy: DutyPolicy
    rule: UnitRule
    begins: Day
    due_day: Day


def unit_lines(snapshot: Snapshot, reference: Reference, scope: Scope, window: Window) -> Iterator[Line]:
    """The units' own duties: those open on the day, or those that fall due in the window."""
    return _lines(snapshot, reference, scope, list(_asked(reference, window)))


def undone_lines(snapshot: Snapshot, reference: Reference, scope: Scope, today: Day) -> Iterator[Line]:
    """The units' own duties as a queue shows them, done or not: those open, and each whose day is past
    until its like comes round again.

    The like of a duty that a new policy no longer has would have come round within a year.
    """
    terms = [term for term in _terms_around(reference, int(today[:4])) if term.begins <= today]
    newest: dict[tuple[str, str], Day] = {}
    for term in terms:
        like = (term.rule.name, term.rule.role)
        newest[like] = max(newest.get(like, ""), term.begins)
    year_ago = f"{int(today[:4]) - 1:04d}{today[4:]}"
    still = [
        term
        for term in terms
        if term.due_day >= today
        or (term.due_day > year_ago and newest[term.rule.name, term.rule.role] <= term.due_day)
    ]
    return _lines(snapshot, reference, scope, still)


def _lines(snapshot: Snapshot, reference: Reference, scope: Scope, terms: Sequence[Term]) -> Iterator[Line]:
    units = [unit for code in sorted(scope.own_units()) if (unit := reference.units.get(code))]
    lines = [line for term in terms for line in _of(*term, units, reference.units)]
    if not lines:
        return
    days = [line.due_day for line in lines]
    codes, rules = {line.unit for line in lines}, {line.rule for line in lines}
    kept = kept_of(snapshot.conn, snapshot.k, codes, rules, min(days), max(days))
    for line in lines:
        done_on, no, _, excused_on = kept.get((line.unit, line.rule, line.due_day), NOTHING)
        yield line._replace(fulfilled_on=done_on, fulfilled_by=no, excused_on=excused_on)


def _asked(reference: Reference, window: Window) -> Iterator[Term]:
    for year in _years(window):
        for term in _terms(reference, year):
            due = term.due_day
            if term.begins <= window.on and (
                window.on <= due if window.pending_only else window.first <= due <= window.last
            ):
                yield term


def _terms_around(reference: Reference, year: int) -> Iterator[Term]:
    """Those that fall due in a year, the one before and the one after: what may be pending in it."""
    return (term for each in (year - 1, year, year + 1) for term in _terms(reference, each))


def _terms(reference: Reference, year: int) -> Iterator[Term]:
    """All that fall due in a year, each by the policy of the day it begins."""
    for since, until, policy in reference.duty_policies():
        for rule in policy.unit_rules:
            for begins, due in _days(rule, year):
                if since <= begins < until:
                    yield Term(policy, rule, begins, due)


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


def _days(rule: UnitRule, year: int) -> Iterator[tuple[Day, Day]]:
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
    """The years in which what is asked for may fall due; what is open may have begun the year before."""
    if window.pending_only:
        return range(int(window.on[:4]), int(window.on[:4]) + 2)
    return range(int(window.first[:4]), int(window.last[:4]) + 1)
