"""缺勤: 今天没来, 登记返校, corrections, and the list of those away now."""

from functools import partial

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from casework.commands.absences import correct_absence, end_absence, record_absence, void_absence
from casework.domain.case_file import ABSENCES
from casework.domain.permissions import RECORD_ABSENCE
from casework.domain.values import day_after
from casework.projections.case_history import Line
from casework.web.absences.forms import USUAL, AbsenceForm, absence_of, ended, typed_of
from casework.web.access import allow, today, viewer
from casework.web.cases.at_hand import Pupil, refusal
from casework.web.cases.fact_forms import fresh_id
from casework.web.cases.facts import CASE, REFUSALS, Page, at_hand, live, on_case, tell, write
from casework.web.cases.facts import void as void_fact

pages = Blueprint("absences", __name__, template_folder="templates")

_ONE = f"{CASE}/absences/<int:no>"


@pages.get(f"{CASE}/absences/new")
@allow(RECORD_ABSENCE)
def new(child_id: str) -> str:
    """Today, and a reason."""
    return _form(AbsenceForm(data={"form_id": fresh_id(), "on": today()}), at_hand(child_id))


@pages.post(f"{CASE}/absences/new")
@allow(RECORD_ABSENCE)
def record(child_id: str) -> Page:
    """Records the absence."""
    pupil, form = at_hand(child_id), AbsenceForm().ask(today())
    if not form.validate_on_submit():
        return _form(form, pupil), 400
    said = {"absence": absence_of(form, {}, viewer().name)}
    return write(record_absence, pupil, form, said, partial(_form, form, pupil), "absence")


@pages.get(f"{_ONE}/end")
@allow(RECORD_ABSENCE)
def ending(child_id: str, no: int) -> str:
    """Asks for the last day absent: yesterday, if the child came back today."""
    pupil = at_hand(child_id)
    line = _live(pupil, no)
    return _end_form(pupil, line, form_id=fresh_id(), until=max(line.on, day_after(today(), -1)))


@pages.post(f"{_ONE}/end")
@allow(RECORD_ABSENCE)
def end(child_id: str, no: int) -> Page:
    """Ends the absence."""
    pupil = at_hand(child_id)
    line, until, form_id = _live(pupil, no), request.form.get("until", ""), request.form.get("form_id", "")
    said = {"no": no, "absence": ended(line.on, until, line.now.said or {})}
    try:
        tell(end_absence, child_id, form_id, said)
    except REFUSALS as refused:
        message, code = refusal(refused)
        return _end_form(pupil, line, form_id=form_id, until=until, message=message), code
    return redirect(on_case(child_id, "absence-ended"), 303)


@pages.get(f"{_ONE}/correct")
@allow(RECORD_ABSENCE)
def correcting(child_id: str, no: int) -> str:
    """The absence as it now reads."""
    pupil = at_hand(child_id)
    line = _live(pupil, no)
    typed = typed_of(line.now.body, line.now.said or {})
    return _form(AbsenceForm(data={"form_id": fresh_id(), **typed}), pupil, no=no)


@pages.post(f"{_ONE}/correct")
@allow(RECORD_ABSENCE)
def correct(child_id: str, no: int) -> Page:
    """Corrects the absence; both versions stay."""
    pupil, form = at_hand(child_id), AbsenceForm().ask(today(), correcting=True)
    line = _live(pupil, no)
    if not form.validate_on_submit():
        return _form(form, pupil, no=no), 400
    absence = absence_of(form, line.now.said or {}, viewer().name)
    said = {"no": no, "absence": absence, "reason": form.reason.data or ""}
    again = partial(_form, form, pupil, no=no)
    return write(correct_absence, pupil, form, said, again, "absence-corrected")


@pages.post(f"{_ONE}/void")
@allow(RECORD_ABSENCE)
def void(child_id: str, no: int) -> Response:
    """Voids the absence with a reason."""
    return void_fact(void_absence, child_id, no, on_case(child_id, "absence-voided"))


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
    return live(pupil, ABSENCES, no, "这条缺勤已经作废，不能再改；如确实没来，请另外登记")
