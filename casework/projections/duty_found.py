"""One duty by its name: of a child's file, or of a unit itself."""

from datetime import date

from casework.domain.values import FOREVER, SINCE_EVER, Day
from casework.errors import NotFound
from casework.projections.duty_lines import (
    Line,
    ScopeOfCases,
    ScopeOfUnits,
    Window,
    single_lines,
    with_excuses,
)
from casework.projections.duty_periods import period_lines, period_of
from casework.projections.duty_units import unit_lines
from casework.projections.reference import Reference
from casework.store.snapshot import Snapshot


def duty_of_child(snapshot: Snapshot, reference: Reference, child_id: str, key: str, today: Day) -> Line:
    """The duty that a key names, as it stands today, excused or not. Raises NotFound."""
    scope = ScopeOfCases(frozenset({child_id}))
    name, _, first = key.partition("/")
    if _is_day(first):
        rule = reference.duties(first).rule(name)
        kind = rule.on if rule else ""
        last = period_of(kind, reference, first).last if rule else first
        window = Window(today, last, last)
        found = period_lines(snapshot, reference, scope, window, lambda each: each.name == name)
    else:
        window = Window(today, SINCE_EVER, FOREVER)
        found = single_lines(snapshot.conn, snapshot.k, reference, scope, window)
    for line in with_excuses(snapshot.conn, snapshot.k, found):
        if line.key == key and line.begins <= today:
            return line.on(today)
    raise NotFound("没有这一项责任事项，请刷新后再看", child=child_id)


def duty_of_unit(
    snapshot: Snapshot, reference: Reference, unit: str, rule: str, due_day: Day, today: Day
) -> Line:
    """A unit's own duty by rule and due day, as it stands today. Raises NotFound."""
    if _is_day(due_day):
        scope = ScopeOfUnits(frozenset({unit}), (), frozenset(), False)
        window = Window(today, due_day, due_day)
        for line in unit_lines(snapshot, reference, scope, window):
            if line.rule == rule:
                return line.on(today)
    raise NotFound("没有这一项单位事项，请刷新后再看", unit=unit)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
