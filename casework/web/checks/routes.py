"""到校检查: recording one, correcting, voiding."""

from dataclasses import asdict

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.commands.checks import correct_check, record_check, void_check
from casework.domain.case_file import CHECKS
from casework.domain.permissions import RECORD_CHECK
from casework.errors import BadInput, ChangedMeanwhile, RuleBroken
from casework.projections.case_history import Line
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.cases.at_hand import Pupil, pupil_at_hand, refusal
from casework.web.cases.fact_forms import fresh_id
from casework.web.checks.forms import AWAY, PRESENT, CheckForm, check_of

pages = Blueprint("checks", __name__, template_folder="templates")

_CASE = "/cases/<string(length=32):child_id>/checks"
_ONE = f"{_CASE}/<int:no>"
Page = Response | str | tuple[str, int]


@pages.get(f"{_CASE}/new")
@allow(RECORD_CHECK)
def new(child_id: str) -> str:
    """Today, and whether the child is there."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
    return _form(CheckForm(data={"form_id": fresh_id(), "on": today()}), pupil)


@pages.post(f"{_CASE}/new")
@allow(RECORD_CHECK)
def record(child_id: str) -> Page:
    """Records the check."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
    form = CheckForm()
    form.ask(today())
    if not form.validate_on_submit():
        return _form(form, pupil), 400
    check = check_of(form, viewer().name)
    try:
        casework().do(
            "record_check",
            lambda act, ref: record_check(act, ref, child_id=child_id, check=check),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"child": child_id, **asdict(check)},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        message, code = refusal(refused)
        return _form(form, pupil, message=message), code
    saved = "check" if check.present else "away"
    return redirect(url_for("cases.case", child_id=child_id, saved=saved), 303)


@pages.get(f"{_ONE}/correct")
@allow(RECORD_CHECK)
def correcting(child_id: str, no: int) -> str:
    """The check as it now reads."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
    line = _live(pupil, no)
    found = PRESENT if line.now.body["present"] else AWAY
    note = (line.now.said or {}).get("note", "")
    form = CheckForm(data={"form_id": fresh_id(), "on": line.on, "found": found, "note": note})
    return _form(form, pupil, no=no)


@pages.post(f"{_ONE}/correct")
@allow(RECORD_CHECK)
def correct(child_id: str, no: int) -> Page:
    """Corrects the check; both versions stay."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
    line, form = _live(pupil, no), CheckForm()
    form.ask(today(), correcting=True)
    if not form.validate_on_submit():
        return _form(form, pupil, no=no), 400
    check = check_of(form, (line.now.said or {}).get("recorder") or viewer().name)
    reason = form.reason.data or ""
    try:
        casework().do(
            "correct_check",
            lambda act, ref: correct_check(act, ref, child_id=child_id, no=no, check=check, reason=reason),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"child": child_id, "no": no, "reason": reason, **asdict(check)},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        message, code = refusal(refused)
        return _form(form, pupil, no=no, message=message), code
    return redirect(url_for("cases.case", child_id=child_id, saved="check-corrected"), 303)


@pages.post(f"{_ONE}/void")
@allow(RECORD_CHECK)
def void(child_id: str, no: int) -> Response:
    """Voids the check with a reason; it stays in the history, struck through."""
    reason = request.form.get("void_reason", "")
    casework().do(
        "void_check",
        lambda act, ref: void_check(act, ref, child_id=child_id, no=no, reason=reason),
        actor=viewer().actor,
        command_id=request.form.get("form_id", ""),
        content={"child": child_id, "no": no, "reason": reason},
    )
    return redirect(url_for("cases.case", child_id=child_id, saved="check-voided"), 303)


def _form(form: CheckForm, pupil: Pupil, *, no: int = 0, message: str = "") -> str:
    return render_template(
        "check_form.html",
        form=form.ask(today(), correcting=bool(no)),
        pupil=pupil,
        no=no,
        message=message,
        choices=(PRESENT, AWAY),
        void_id=fresh_id(),
    )


def _live(pupil: Pupil, no: int) -> Line:
    """The check, if it holds. Raises NotFound, or RuleBroken when it was voided."""
    line = pupil.line(CHECKS, no)
    if line.voided:
        raise RuleBroken("这条检查已经作废，不能再改；如确实看过，请另外登记", no=no)
    return line
