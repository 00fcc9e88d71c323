"""单位事项: the page of one of a unit's own duties: recorded as done with evidence, corrected, excused."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from casework.commands.unit_duties import (
    Completion,
    complete_unit_duty,
    correct_unit_duty,
    demand_unit_duty,
    excuse_unit_duty,
    void_unit_duty,
)
from casework.domain.duty import EXCUSED
from casework.domain.permissions import COMPLETE_DUTY, EXCUSE_DUTY, HOME
from casework.domain.unit_duty import UnitDuties, unit_duties_id
from casework.domain.values import Day
from casework.errors import BadInput, CaseworkError, NotFound, RuleBroken
from casework.projections.duty_above import Rising
from casework.projections.duty_found import duty_of_unit
from casework.service import Reading
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.cases.at_hand import refusal
from casework.web.cases.fact_forms import fresh_id
from casework.web.duties.addresses import own_duty
from casework.web.duties.words import rule_of, when_words
from casework.web.typed import day_fault

pages = Blueprint("unit_duties", __name__, template_folder="templates")

Page = Response | str | tuple[str, int]


@pages.get("/duties/own")
@allow(HOME)
def one() -> str:
    """One duty of the viewer's unit, or of one below that the viewer stands above."""
    with this_moment() as reading:
        return _page(reading)


@pages.post("/duties/own")
@allow(COMPLETE_DUTY)
def complete() -> Page:
    """Records that it is done."""
    try:
        unit, rule, due = _name()
        said = _said()
        casework().do(
            "complete_unit_duty",
            lambda act, ref: complete_unit_duty(act, ref, unit=unit, rule=rule, due_day=due, completion=said),
            actor=viewer().actor,
            command_id=request.form.get("form_id", ""),
            content=_content(),
        )
    except (BadInput, RuleBroken) as refused:
        return _again(refused)
    return redirect(own_duty(unit, rule, due) + "&saved=done", 303)


@pages.post("/duties/own/correct")
@allow(COMPLETE_DUTY)
def correct() -> Page:
    """Corrects the record; both versions stay."""
    try:
        unit, rule, due = _name()
        said, reason = _said(), request.form.get("reason", "")
        casework().do(
            "correct_unit_duty",
            lambda act, ref: correct_unit_duty(
                act, ref, unit=unit, rule=rule, due_day=due, completion=said, reason=reason
            ),
            actor=viewer().actor,
            command_id=request.form.get("form_id", ""),
            content=_content(),
        )
    except (BadInput, RuleBroken) as refused:
        return _again(refused)
    return redirect(own_duty(unit, rule, due) + "&saved=corrected", 303)


@pages.post("/duties/own/void")
@allow(COMPLETE_DUTY)
def void() -> Page:
    """Voids the record: the duty is to be done again."""
    try:
        unit, rule, due = _name()
        reason = request.form.get("void_reason", "")
        casework().do(
            "void_unit_duty",
            lambda act, ref: void_unit_duty(act, ref, unit=unit, rule=rule, due_day=due, reason=reason),
            actor=viewer().actor,
            command_id=request.form.get("form_id", ""),
            content=_content(),
        )
    except (BadInput, RuleBroken) as refused:
        return _again(refused)
    return redirect(own_duty(unit, rule, due) + "&saved=voided", 303)


@pages.post("/duties/own/excuse")
@allow(EXCUSE_DUTY)
def excuse() -> Page:
    """The level above excuses it."""
    try:
        unit, rule, due = _name()
        reason = request.form.get("reason", "")
        casework().do(
            "excuse_unit_duty",
            lambda act, ref: excuse_unit_duty(act, ref, unit=unit, rule=rule, due_day=due, reason=reason),
            actor=viewer().actor,
            command_id=request.form.get("form_id", ""),
            content=_content(),
        )
    except (BadInput, RuleBroken) as refused:
        return _again(refused)
    return redirect(own_duty(unit, rule, due) + "&saved=excused", 303)


@pages.post("/duties/own/demand")
@allow(EXCUSE_DUTY)
def demand() -> Page:
    """The level above takes its excuse back."""
    try:
        unit, rule, due = _name()
        reason = request.form.get("reason", "")
        casework().do(
            "demand_unit_duty",
            lambda act, ref: demand_unit_duty(act, ref, unit=unit, rule=rule, due_day=due, reason=reason),
            actor=viewer().actor,
            command_id=request.form.get("form_id", ""),
            content=_content(),
        )
    except (BadInput, RuleBroken) as refused:
        return _again(refused)
    return redirect(own_duty(unit, rule, due) + "&saved=demanded", 303)


_SAVED = {
    "done": "办结已登记。",
    "corrected": "更正已保存，改前改后的内容都留着。",
    "voided": "记录已作废，这一项又要办了。",
    "excused": "已免办。",
    "demanded": "免办已撤销，这一项仍要办。",
}


def _name() -> tuple[str, str, Day]:
    given = request.values
    return given.get("unit", "")[:40], given.get("rule", "")[:60], given.get("due", "")[:10]


def _said() -> Completion:
    form = request.form
    on, figure = form.get("on", ""), form.get("figure", "").strip()
    if day_fault(on):
        raise BadInput(day_fault(on))
    if figure and not (figure.isascii() and figure.isdigit() and len(figure) <= 8):
        raise BadInput("数字请填 0 或以上的整数，没有可以不填")
    private = {"evidence": form.get("evidence", "").strip()[:2000], "recorder": viewer().name}
    return Completion(on=on, figure=int(figure) if figure else -1, private=private)


def _content() -> Mapping[str, Any]:
    left_out = ("csrf_token", "form_id")
    return {
        "path": request.path,
        **{name: text for name, text in request.form.items() if name not in left_out},
    }


def _again(refused: CaseworkError) -> Page:
    message, code = refusal(refused)
    with casework().reading() as reading:
        return _page(reading, message), code


def _page(reading: Reading, message: str = "") -> str:
    (unit, name, due), snapshot, reference = _name(), reading.snapshot, reading.reference
    line = duty_of_unit(snapshot, reference, unit, name, due, today())
    rising = Rising(snapshot.conn, snapshot.k, reference, [line], today())
    who, own = viewer(), unit == viewer().unit
    above = rising.sits_above(line, who.login, who.post, who.unit)
    if not (own or above):
        raise NotFound("没有这一项单位事项，请刷新后再看", unit=unit)
    rule, file = rule_of(line, reference), snapshot.find(UnitDuties, unit_duties_id(unit).hex)
    done = file.done.get((name, due)) if file else None
    excuse = file.excused.get((name, due)) if file else None
    typed = request.form if message else {}
    return render_template(
        "unit_duty.html",
        unit=unit,
        unit_name=reference.units.name(unit),
        line=line,
        must=rule.must if rule else name,
        why=rule.why if rule else name,
        when=when_words(line, rule, reference, today()),
        answers="、".join(each.name for each in rising.holders.of(line)) or "空缺",
        done=done,
        evidence=typed.get("evidence") or _opened(done, "evidence"),
        recorder=_opened(done, "recorder"),
        figure=typed.get("figure") or (str(done.figure) if done and done.figure >= 0 else ""),
        on=typed.get("on") or (done.on if done else today()),
        excused=line.state == EXCUSED,
        excuse_reason=_opened(excuse, "reason"),
        completes=own and who.may(COMPLETE_DUTY),
        excuses=above and who.may(EXCUSE_DUTY),
        message=message,
        saved=_SAVED.get(request.args.get("saved", ""), ""),
        today=today(),
        form_id=fresh_id(),
        other_id=fresh_id(),
    )


def _opened(held: Any, name: str) -> str:
    """A word that was said, sealed when it was loaded; "" for none."""
    said = held.said if held else None
    opened = said if said is None or isinstance(said, Mapping) else said.open()
    return str((opened or {}).get(name, ""))
