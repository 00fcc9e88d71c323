"""缺勤: 今天没来, 登记返校, corrections, and the list of those away now."""

from dataclasses import asdict

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.commands.absences import correct_absence, end_absence, record_absence, void_absence
from casework.domain.case_file import ABSENCES
from casework.domain.permissions import RECORD_ABSENCE
from casework.domain.values import day_after
from casework.errors import BadInput, ChangedMeanwhile, RuleBroken
from casework.projections.case_history import Line
from casework.web.absences.forms import USUAL, AbsenceForm, absence_of, ended, typed_of
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.cases.at_hand import Pupil, pupil_at_hand, refusal
from casework.web.cases.fact_forms import fresh_id

pages = Blueprint("absences", __name__, template_folder="templates")

_CASE = "/cases/<string(length=32):child_id>/absences"
_ONE = f"{_CASE}/<int:no>"
Page = Response | str | tuple[str, int]


@pages.get(f"{_CASE}/new")
@allow(RECORD_ABSENCE)
def new(child_id: str) -> str:
    """Today, and a reason."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
    return _form(AbsenceForm(data={"form_id": fresh_id(), "on": today()}), pupil)


@pages.post(f"{_CASE}/new")
@allow(RECORD_ABSENCE)
def record(child_id: str) -> Page:
    """Records the absence."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
    form = AbsenceForm()
    form.ask(today())
    if not form.validate_on_submit():
        return _form(form, pupil), 400
    absence = absence_of(form, {}, viewer().name)
    try:
        casework().do(
            "record_absence",
            lambda act, ref: record_absence(act, ref, child_id=child_id, absence=absence),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"child": child_id, **asdict(absence)},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        message, code = refusal(refused)
        return _form(form, pupil, message=message), code
    return redirect(url_for("cases.case", child_id=child_id, saved="absence"), 303)


@pages.get(f"{_ONE}/end")
@allow(RECORD_ABSENCE)
def ending(child_id: str, no: int) -> str:
    """Asks for the last day absent: yesterday, if the child came back today."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
    line = _live(pupil, no)
    last = max(line.on, day_after(today(), -1))
    return _end_form(pupil, line, form_id=fresh_id(), until=last)


@pages.post(f"{_ONE}/end")
@allow(RECORD_ABSENCE)
def end(child_id: str, no: int) -> Page:
    """Ends the absence."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
    line, until = _live(pupil, no), request.form.get("until", "")
    absence = ended(line.on, until, line.now.said or {})
    try:
        casework().do(
            "end_absence",
            lambda act, ref: end_absence(act, ref, child_id=child_id, no=no, absence=absence),
            actor=viewer().actor,
            command_id=request.form.get("form_id", ""),
            content={"child": child_id, "no": no, "until": until},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        message, code = refusal(refused)
        form_id = request.form.get("form_id", "")
        return _end_form(pupil, line, form_id=form_id, until=until, message=message), code
    return redirect(url_for("cases.case", child_id=child_id, saved="absence-ended"), 303)


@pages.get(f"{_ONE}/correct")
@allow(RECORD_ABSENCE)
def correcting(child_id: str, no: int) -> str:
    """The absence as it now reads."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
    line = _live(pupil, no)
    typed = typed_of(line.now.body, line.now.said or {})
    return _form(AbsenceForm(data={"form_id": fresh_id(), **typed}), pupil, no=no)


@pages.post(f"{_ONE}/correct")
@allow(RECORD_ABSENCE)
def correct(child_id: str, no: int) -> Page:
    """Corrects the absence; both versions stay."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
    line, form = _live(pupil, no), AbsenceForm()
    form.ask(today(), correcting=True)
    if not form.validate_on_submit():
        return _form(form, pupil, no=no), 400
    absence, reason = absence_of(form, line.now.said or {}, viewer().name), form.reason.data or ""
    try:
        casework().do(
            "correct_absence",
            lambda act, ref: correct_absence(
                act, ref, child_id=child_id, no=no, absence=absence, reason=reason
            ),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"child": child_id, "no": no, "reason": reason, **asdict(absence)},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        message, code = refusal(refused)
        return _form(form, pupil, no=no, message=message), code
    return redirect(url_for("cases.case", child_id=child_id, saved="absence-corrected"), 303)


@pages.post(f"{_ONE}/void")
@allow(RECORD_ABSENCE)
def void(child_id: str, no: int) -> Response:
    """Voids the absence with a reason; it stays in the history, struck through."""
    reason = request.form.get("void_reason", "")
    casework().do(
        "void_absence",
        lambda act, ref: void_absence(act, ref, child_id=child_id, no=no, reason=reason),
        actor=viewer().actor,
        command_id=request.form.get("form_id", ""),
        content={"child": child_id, "no": no, "reason": reason},
    )
    return redirect(url_for("cases.case", child_id=child_id, saved="absence-voided"), 303)


def _form(form: AbsenceForm, pupil: Pupil, *, no: int = 0, message: str = "") -> str:
    return render_template(
        "absence_form.html",
        form=form.ask(today(), correcting=bool(no)),
        pupil=pupil,
        no=no,
        message=message,
        usual=USUAL,
        void_id=fresh_id(),
    )


def _end_form(pupil: Pupil, line: Line, *, form_id: str, until: str, message: str = "") -> str:
    return render_template(
        "absence_end.html",
        pupil=pupil,
        no=line.no,
        on=line.on,
        form_id=form_id,
        until=until,
        message=message,
        today=today(),
    )


def _live(pupil: Pupil, no: int) -> Line:
    """The absence, if it holds. Raises NotFound, or RuleBroken when it was voided."""
    line = pupil.line(ABSENCES, no)
    if line.voided:
        raise RuleBroken("这条缺勤已经作废，不能再改；如确实没来，请另外登记", no=no)
    return line
