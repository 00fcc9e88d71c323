"""法律措施决定: recording one, correcting, voiding."""

from dataclasses import asdict

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.commands.decisions import correct_decision, record_decision, void_decision
from casework.domain.case_file import DECISIONS
from casework.domain.permissions import RECORD_DECISION
from casework.errors import BadInput, ChangedMeanwhile, RuleBroken
from casework.projections.case_history import Line
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.cases.at_hand import Pupil, pupil_at_hand, refusal
from casework.web.cases.fact_forms import fresh_id
from casework.web.decisions.forms import DecisionForm, decision_of

pages = Blueprint("decisions", __name__, template_folder="templates")

_CASE = "/cases/<string(length=32):child_id>/decisions"
_ONE = f"{_CASE}/<int:no>"
Page = Response | str | tuple[str, int]


@pages.get(f"{_CASE}/new")
@allow(RECORD_DECISION)
def new(child_id: str) -> str:
    """Today, and what may be decided."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
    return _form(DecisionForm(data={"form_id": fresh_id(), "on": today()}), pupil)


@pages.post(f"{_CASE}/new")
@allow(RECORD_DECISION)
def record(child_id: str) -> Page:
    """Records the decision."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
    form = DecisionForm().of(_steps(), today())
    if not form.validate_on_submit():
        return _form(form, pupil), 400
    decision = decision_of(form, viewer().name)
    try:
        casework().do(
            "record_decision",
            lambda act, ref: record_decision(act, ref, child_id=child_id, decision=decision),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"child": child_id, **asdict(decision)},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        message, code = refusal(refused)
        return _form(form, pupil, message=message), code
    return redirect(url_for("cases.case", child_id=child_id, saved="decision"), 303)


@pages.get(f"{_ONE}/correct")
@allow(RECORD_DECISION)
def correcting(child_id: str, no: int) -> str:
    """The decision as it now reads."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
    line = _live(pupil, no)
    data = {"form_id": fresh_id(), "on": line.on, "step": line.now.body["step"], "why": said_why(line)}
    form = DecisionForm(data=data)
    return _form(form, pupil, no=no)


@pages.post(f"{_ONE}/correct")
@allow(RECORD_DECISION)
def correct(child_id: str, no: int) -> Page:
    """Corrects the decision; both versions stay."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
    line, form = _live(pupil, no), DecisionForm().of(_steps(), today(), correcting=True)
    if not form.validate_on_submit():
        return _form(form, pupil, no=no), 400
    decision = decision_of(form, (line.now.said or {}).get("recorder") or viewer().name)
    reason = form.reason.data or ""
    try:
        casework().do(
            "correct_decision",
            lambda act, ref: correct_decision(
                act, ref, child_id=child_id, no=no, decision=decision, reason=reason
            ),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"child": child_id, "no": no, "reason": reason, **asdict(decision)},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        message, code = refusal(refused)
        return _form(form, pupil, no=no, message=message), code
    return redirect(url_for("cases.case", child_id=child_id, saved="decision-corrected"), 303)


@pages.post(f"{_ONE}/void")
@allow(RECORD_DECISION)
def void(child_id: str, no: int) -> Response:
    """Voids the decision with a reason; it stays in the history, struck through."""
    reason = request.form.get("void_reason", "")
    casework().do(
        "void_decision",
        lambda act, ref: void_decision(act, ref, child_id=child_id, no=no, reason=reason),
        actor=viewer().actor,
        command_id=request.form.get("form_id", ""),
        content={"child": child_id, "no": no, "reason": reason},
    )
    return redirect(url_for("cases.case", child_id=child_id, saved="decision-voided"), 303)


def _form(form: DecisionForm, pupil: Pupil, *, no: int = 0, message: str = "") -> str:
    return render_template(
        "decision_form.html",
        form=form.of(_steps(), today(), correcting=bool(no)),
        pupil=pupil,
        no=no,
        message=message,
        void_id=fresh_id(),
    )


def _steps() -> list[str]:
    """What may be decided, of the dictionary of today."""
    with this_moment() as reading:
        return reading.reference.dictionaries(today()).legal_steps


def said_why(line: Line) -> str:
    """The reasons given; "" once they were erased."""
    return str((line.now.said or {}).get("why", ""))


def _live(pupil: Pupil, no: int) -> Line:
    """The decision, if it holds. Raises NotFound, or RuleBroken when it was voided."""
    line = pupil.line(DECISIONS, no)
    if line.voided:
        raise RuleBroken("这条决定已经作废，不能再改；如确实作过决定，请另外登记", no=no)
    return line
