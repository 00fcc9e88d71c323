"""到校检查: recording one, correcting, voiding."""

from functools import partial

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from casework.commands.checks import correct_check, record_check, void_check
from casework.domain.case_file import CHECKS
from casework.domain.permissions import RECORD_CHECK
from casework.projections.case_history import Line
from casework.web.access import allow, today, viewer
from casework.web.cases.at_hand import Pupil
from casework.web.cases.fact_forms import fresh_id
from casework.web.cases.facts import CASE, Page, at_hand, live, on_case, recorder_of, write
from casework.web.cases.facts import void as void_fact
from casework.web.checks.forms import AWAY, PRESENT, CheckForm, check_of

pages = Blueprint("checks", __name__, template_folder="templates")

_ONE = f"{CASE}/checks/<int:no>"


@pages.get(f"{CASE}/checks/new")
@allow(RECORD_CHECK)
def new(child_id: str) -> str:
    """Today, and whether the child is there."""
    return _form(CheckForm(data={"form_id": fresh_id(), "on": today()}), at_hand(child_id))


@pages.post(f"{CASE}/checks/new")
@allow(RECORD_CHECK)
def record(child_id: str) -> Page:
    """Records the check."""
    pupil, form = at_hand(child_id), CheckForm().ask(today())
    if not form.validate_on_submit():
        return _form(form, pupil), 400
    check = check_of(form, viewer().name)
    again = partial(_form, form, pupil)
    return write(record_check, pupil, form, {"check": check}, again, "check" if check.present else "away")


@pages.get(f"{_ONE}/correct")
@allow(RECORD_CHECK)
def correcting(child_id: str, no: int) -> str:
    """The check as it now reads."""
    pupil = at_hand(child_id)
    line = _live(pupil, no)
    found = PRESENT if line.now.body["present"] else AWAY
    note = (line.now.said or {}).get("note", "")
    form = CheckForm(data={"form_id": fresh_id(), "on": line.on, "found": found, "note": note})
    return _form(form, pupil, no=no)


@pages.post(f"{_ONE}/correct")
@allow(RECORD_CHECK)
def correct(child_id: str, no: int) -> Page:
    """Corrects the check; both versions stay."""
    pupil, form = at_hand(child_id), CheckForm().ask(today(), correcting=True)
    line = _live(pupil, no)
    if not form.validate_on_submit():
        return _form(form, pupil, no=no), 400
    said = {"no": no, "check": check_of(form, recorder_of(line)), "reason": form.reason.data or ""}
    return write(correct_check, pupil, form, said, partial(_form, form, pupil, no=no), "check-corrected")


@pages.post(f"{_ONE}/void")
@allow(RECORD_CHECK)
def void(child_id: str, no: int) -> Response:
    """Voids the check with a reason."""
    return void_fact(void_check, child_id, no, on_case(child_id, "check-voided"))


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
    return live(pupil, CHECKS, no, "这条检查已经作废，不能再改；如确实看过，请另外登记")
