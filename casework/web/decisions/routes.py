"""法律措施决定: recording one, correcting, voiding."""

from functools import partial

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from casework.commands.decisions import correct_decision, record_decision, void_decision
from casework.domain.case_file import DECISIONS
from casework.domain.permissions import RECORD_DECISION
from casework.projections.case_history import Line
from casework.web.access import allow, this_moment, today, viewer
from casework.web.cases.at_hand import Pupil
from casework.web.cases.fact_forms import fresh_id
from casework.web.cases.facts import CASE, Page, at_hand, live, on_case, recorder_of, write
from casework.web.cases.facts import void as void_fact
from casework.web.decisions.forms import DecisionForm, decision_of

pages = Blueprint("decisions", __name__, template_folder="templates")

_ONE = f"{CASE}/decisions/<int:no>"


@pages.get(f"{CASE}/decisions/new")
@allow(RECORD_DECISION)
def new(child_id: str) -> str:
    """Today, and what may be decided."""
    return _form(DecisionForm(data={"form_id": fresh_id(), "on": today()}), at_hand(child_id))


@pages.post(f"{CASE}/decisions/new")
@allow(RECORD_DECISION)
def record(child_id: str) -> Page:
    """Records the decision."""
    pupil, form = at_hand(child_id), DecisionForm().of(_steps(), today())
    if not form.validate_on_submit():
        return _form(form, pupil), 400
    said = {"decision": decision_of(form, viewer().name)}
    return write(record_decision, pupil, form, said, partial(_form, form, pupil), "decision")


@pages.get(f"{_ONE}/correct")
@allow(RECORD_DECISION)
def correcting(child_id: str, no: int) -> str:
    """The decision as it now reads."""
    pupil = at_hand(child_id)
    line = _live(pupil, no)
    why = (line.now.said or {}).get("why", "")
    data = {"form_id": fresh_id(), "on": line.on, "step": line.now.body["step"], "why": why}
    return _form(DecisionForm(data=data), pupil, no=no)


@pages.post(f"{_ONE}/correct")
@allow(RECORD_DECISION)
def correct(child_id: str, no: int) -> Page:
    """Corrects the decision; both versions stay."""
    pupil, form = at_hand(child_id), DecisionForm().of(_steps(), today(), correcting=True)
    line = _live(pupil, no)
    if not form.validate_on_submit():
        return _form(form, pupil, no=no), 400
    said = {"no": no, "decision": decision_of(form, recorder_of(line)), "reason": form.reason.data or ""}
    again = partial(_form, form, pupil, no=no)
    return write(correct_decision, pupil, form, said, again, "decision-corrected")


@pages.post(f"{_ONE}/void")
@allow(RECORD_DECISION)
def void(child_id: str, no: int) -> Response:
    """Voids the decision with a reason."""
    return void_fact(void_decision, child_id, no, on_case(child_id, "decision-voided"))


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


def _live(pupil: Pupil, no: int) -> Line:
    return live(pupil, DECISIONS, no, "这条决定已经作废，不能再改；如确实作过决定，请另外登记")
