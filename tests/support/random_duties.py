"""Forms about duties themselves: excused and demanded by the level above, a unit's own done and undone."""

from dataclasses import replace

from casework.commands.duties import demand_duty, excuse_duty
from casework.commands.unit_duties import (
    Completion,
    complete_unit_duty,
    correct_unit_duty,
    demand_unit_duty,
    excuse_unit_duty,
    void_unit_duty,
)
from casework.domain.duty import EXCUSED, OPEN, OVERDUE
from casework.domain.values import day_after
from casework.projections.duty_lines import Line, ScopeOfCases, ScopeOfUnits, Window
from casework.projections.duty_list import lines_of
from casework.projections.duty_units import unit_lines
from tests.support.busy_county import ACTORS, SCHOOLS
from tests.support.random_pen import Drawn, Form, Pen
from tests.support.rows import COUNTY

_ABOVE = {"校长": ("east", "west", "boss"), "镇长": ("boss",), "帮扶责任人": ("boss",)}


def duty_form(pen: Pen) -> Form | None:
    """A form about one of the duties that fall due these weeks; None when there is none."""
    return _unit_form(pen) if pen.rng.random() < 0.4 else _child_form(pen)


def _window(pen: Pen) -> Window:
    return Window(pen.seen.today, day_after(pen.seen.today, -25), day_after(pen.seen.today, 20))


def _child_form(pen: Pen) -> Form | None:
    scope = ScopeOfCases(frozenset({pen.rng.choice(list(pen.seen.files))}))
    with pen.seen.county.casework.reading() as reading:
        lines = lines_of(reading.snapshot, reading.reference, scope, _window(pen))
    waiting = [each for each in lines if each.state in (OPEN, OVERDUE, EXCUSED)]
    if not waiting:
        return None
    line = pen.rng.choice(sorted(waiting, key=lambda each: each.key))
    days = [(each.rule, each.begins, each.due_day) for each in lines]
    if days.count((line.rule, line.begins, line.due_day)) > 1:
        return None  # two of a kind: which one is meant is not to be told by its days
    said = {"child_id": line.case, "key": line.key, "reason": "另有安排"}
    command = demand_duty if line.state == EXCUSED else excuse_duty
    above = _ABOVE.get(line.role, (f"head{line.unit}", f"head{line.unit}", "boss"))
    actor = ACTORS.get(pen.rng.choice(above), ACTORS["boss"])
    return replace(pen.of(actor, command, said), about={"line": line})


def _unit_form(pen: Pen) -> Form | None:
    unit = pen.rng.choice((COUNTY, *SCHOOLS))
    with pen.seen.county.casework.reading() as reading:
        scope = ScopeOfUnits(frozenset({unit}), (), frozenset(), False)
        found = unit_lines(reading.snapshot, reading.reference, scope, _window(pen))
        lines = sorted(found, key=lambda line: (line.rule, line.due_day))
    return _of_unit(pen, pen.rng.choice(lines)) if lines else None


def _of_unit(pen: Pen, line: Line) -> Form:
    command, said = _done(pen, line)
    theirs = [each for each in ACTORS.values() if each.unit == line.unit]
    above = [ACTORS["boss"], ACTORS["clerk"], ACTORS["east"]]
    excusing = command in (excuse_unit_duty, demand_unit_duty)
    return pen.of(pen.rng.choice(above if excusing or not theirs else theirs), command, said)


def _done(pen: Pen, line: Line) -> Drawn:
    said = {"unit": line.unit, "rule": line.rule, "due_day": line.due_day}
    completion = Completion(on=pen.day(), figure=pen.rng.randint(0, 40), private={"evidence": "台账"})
    return pen.rng.choice(
        (
            (complete_unit_duty, {**said, "completion": completion}),
            (complete_unit_duty, {**said, "completion": completion}),
            (correct_unit_duty, {**said, "completion": completion, "reason": "数错"}),
            (void_unit_duty, {**said, "reason": "误登"}),
            (excuse_unit_duty, {**said, "reason": "已停办"}),
            (demand_unit_duty, {**said, "reason": "仍须办"}),
        )
    )
