"""单位事项办结: a unit records, with evidence, that a duty of its own is done; the level above excuses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from casework.commands.duties import check_above, check_pending, moment_of, why
from casework.commands.rights import needs
from casework.domain.permissions import COMPLETE_DUTY, EXCUSE_DUTY
from casework.domain.unit_duty import UnitDuties, unit_duties_id
from casework.domain.values import Day, day_of
from casework.errors import BadInput, NotFound, RuleBroken
from casework.projections.duty_found import duty_of_unit
from casework.projections.duty_lines import Line
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.store import Reply


@dataclass(frozen=True, kw_only=True)
class Completion:
    """A record as typed: the day it was done, the figure (-1: none). `private`: evidence, recorder."""

    on: Day
    figure: int = -1
    private: Mapping[str, str] = field(default_factory=dict)


@needs(COMPLETE_DUTY)
def complete_unit_duty(
    act: Act, reference: Reference, *, unit: str, rule: str, due_day: Day, completion: Completion
) -> Reply:
    """Records that the unit did one of its duties. Reply: unit, no."""
    line = _own(act, reference, unit, rule, due_day)
    _check(act, line, completion)
    file = _file(act, unit) or UnitDuties.open(unit)
    no = file.complete((rule, due_day), **_said(completion))
    act.save(file)
    return {"unit": unit, "no": no}


@needs(COMPLETE_DUTY)
def correct_unit_duty(
    act: Act,
    reference: Reference,
    *,
    unit: str,
    rule: str,
    due_day: Day,
    completion: Completion,
    reason: str,
) -> Reply:
    """Corrects the record; both versions stay. Reply: unit."""
    line = _own(act, reference, unit, rule, due_day)
    _check(act, line, completion)
    file = _recorded(act, unit)
    said = {**completion.private, "correction_reason": why(reason)["reason"]}
    file.correct((rule, due_day), on=completion.on, figure=completion.figure, private=said)
    act.save(file)
    return {"unit": unit}


@needs(COMPLETE_DUTY)
def void_unit_duty(
    act: Act, reference: Reference, *, unit: str, rule: str, due_day: Day, reason: str
) -> Reply:
    """Voids the record: the duty stands as if nothing had been recorded. Reply: unit."""
    _own(act, reference, unit, rule, due_day)
    file = _recorded(act, unit)
    file.void((rule, due_day), why(reason)["reason"])
    act.save(file)
    return {"unit": unit}


@needs(EXCUSE_DUTY)
def excuse_unit_duty(
    act: Act, reference: Reference, *, unit: str, rule: str, due_day: Day, reason: str
) -> Reply:
    """Excuses a unit below from one of its own duties. Reply: unit."""
    today, line = _below(act, reference, unit, rule, due_day)
    check_pending(line)
    file = _file(act, unit) or UnitDuties.open(unit)
    file.excuse((rule, due_day), on=today, private=why(reason))
    act.save(file)
    return {"unit": unit}


@needs(EXCUSE_DUTY)
def demand_unit_duty(
    act: Act, reference: Reference, *, unit: str, rule: str, due_day: Day, reason: str
) -> Reply:
    """Takes the excuse back. Reply: unit."""
    _below(act, reference, unit, rule, due_day)
    file = _recorded(act, unit)
    file.demand((rule, due_day), private=why(reason))
    act.save(file)
    return {"unit": unit}


def _own(act: Act, reference: Reference, unit: str, rule: str, due_day: Day) -> Line:
    """The duty of the actor's own unit. Another unit's is refused like one that is not there."""
    if act.actor.unit != unit:
        raise NotFound("没有这一项单位事项，请刷新后再看", unit=unit)
    today = day_of(act.recorded_at)
    return duty_of_unit(moment_of(act), reference, unit, rule, due_day, today)


def _below(act: Act, reference: Reference, unit: str, rule: str, due_day: Day) -> tuple[Day, Line]:
    today = day_of(act.recorded_at)
    line = duty_of_unit(moment_of(act), reference, unit, rule, due_day, today)
    check_above(act, reference, line, today)
    return today, line


def _check(act: Act, line: Line, completion: Completion) -> None:
    today = day_of(act.recorded_at)
    if completion.on > today:
        raise BadInput(f"办结日期 {completion.on} 还没到（今天是 {today}）")
    if completion.on < line.begins:
        raise BadInput(f"办结日期 {completion.on} 早于这一项开始的 {line.begins}，请核对")
    if not -1 <= completion.figure <= 99_999_999:
        raise BadInput("数字应是 0 或以上的整数")
    if not completion.private.get("evidence", "").strip():
        raise BadInput("请写明办结的依据，如：上报文号、台账名称、活动记录")


def _said(completion: Completion) -> dict[str, Any]:
    return {"on": completion.on, "figure": completion.figure, "private": dict(completion.private)}


def _file(act: Act, unit: str) -> UnitDuties | None:
    return act.find(UnitDuties, unit_duties_id(unit))


def _recorded(act: Act, unit: str) -> UnitDuties:
    file = _file(act, unit)
    if file is None:
        raise RuleBroken("这一项还没有登记，请刷新后再看", unit=unit)
    return file
