"""免办: the page where the level above excuses a duty about a child, or takes the excuse back."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.commands.duties import demand_duty, excuse_duty
from casework.domain.duty import EXCUSED
from casework.domain.permissions import EXCUSE_DUTY
from casework.errors import BadInput, NotAllowed, RuleBroken
from casework.projections.duty_above import Rising
from casework.projections.duty_found import duty_of_child
from casework.service import Reading
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.cases.at_hand import pupil_at_hand, refusal
from casework.web.cases.fact_forms import fresh_id
from casework.web.duties.words import rule_of, when_words

pages = Blueprint("excuses", __name__, template_folder="templates")

_ONE = "/cases/<string(length=32):child_id>/duties"
Page = Response | str | tuple[str, int]


@pages.get(f"{_ONE}/excuse")
@allow(EXCUSE_DUTY)
def asking(child_id: str) -> str:
    """The duty, who must do it, and the reason why it need not be done."""
    with this_moment() as reading:
        return _page(reading, child_id)


@pages.post(f"{_ONE}/excuse")
@allow(EXCUSE_DUTY)
def excuse(child_id: str) -> Page:
    """Excuses it."""
    key, reason = request.form.get("key", "")[:80], request.form.get("reason", "")
    try:
        casework().do(
            "excuse_duty",
            lambda act, ref: excuse_duty(act, ref, child_id=child_id, key=key, reason=reason),
            actor=viewer().actor,
            command_id=request.form.get("form_id", ""),
            content={"child": child_id, "key": key, "reason": reason},
        )
    except (BadInput, RuleBroken) as refused:
        return _again(child_id, refused)
    return redirect(url_for("cases.case", child_id=child_id, saved="excused"), 303)


@pages.post(f"{_ONE}/demand")
@allow(EXCUSE_DUTY)
def demand(child_id: str) -> Page:
    """Takes the excuse back."""
    key, reason = request.form.get("key", "")[:80], request.form.get("reason", "")
    try:
        casework().do(
            "demand_duty",
            lambda act, ref: demand_duty(act, ref, child_id=child_id, key=key, reason=reason),
            actor=viewer().actor,
            command_id=request.form.get("form_id", ""),
            content={"child": child_id, "key": key, "reason": reason},
        )
    except (BadInput, RuleBroken) as refused:
        return _again(child_id, refused)
    return redirect(url_for("cases.case", child_id=child_id, saved="demanded"), 303)


def _again(child_id: str, refused: BadInput | RuleBroken) -> Page:
    message, code = refusal(refused)
    with casework().reading() as reading:
        return _page(reading, child_id, message), code


def _page(reading: Reading, child_id: str, message: str = "") -> str:
    pupil = pupil_at_hand(reading, child_id, today())
    snapshot, reference = reading.snapshot, reading.reference
    line = duty_of_child(snapshot, reference, child_id, request.values.get("key", "")[:80], today())
    rising = Rising(snapshot.conn, snapshot.k, reference, [line], today())
    if not rising.sits_above(line, viewer().login, viewer().post, viewer().unit):
        raise NotAllowed("免办由这一事项的上一级决定；请联系上一级责任人")
    rule = rule_of(line, reference)
    return render_template(
        "excuse.html",
        pupil=pupil,
        key=line.key,
        excused=line.state == EXCUSED,
        must=rule.must if rule else line.rule,
        why=rule.why if rule else line.rule,
        when=when_words(line, rule, reference, today()),
        answers="、".join(each.name for each in rising.holders.of(line)) or "空缺",
        role=line.role,
        reason=request.form.get("reason", ""),
        message=message,
        form_id=fresh_id(),
    )
