"""更正和作废状态: always after a look at the history before and after."""

from dataclasses import asdict

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from casework.commands.status_acts import correct_status, void_status
from casework.domain import statuses as s
from casework.domain.case_file import STATUSES
from casework.domain.permissions import RECORD_STATUS
from casework.errors import BadInput, ChangedMeanwhile, RuleBroken
from casework.projections.case_history import Line
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.cases.at_hand import Pupil, pupil_at_hand
from casework.web.filters import day_text
from casework.web.kept import keeps_form, typed_before
from casework.web.status import shown
from casework.web.status.forms import FIELDS, StatusForm, status_of_form, typed_of
from casework.web.status.trial import Trial, with_entry, without_entry

pages = Blueprint("status_corrections", __name__, template_folder="templates")

_ONE = "/cases/<string(length=32):child_id>/status/<int:no>"
Page = Response | str | tuple[str, int]


@pages.get(f"{_ONE}/correct")
@allow(RECORD_STATUS)
def correcting(child_id: str, no: int) -> Page:
    """The entry as it now reads, to be corrected; `change` when it was another one."""
    with this_moment() as reading:
        pupil, reference = pupil_at_hand(reading, child_id, today()), reading.reference
        line = _live(pupil, no)
    again = typed_before(viewer().login)
    change = (again or request.args).get("change") or line.now.body["change"]
    if line.now.body.get("approved") or line.now.body["change"] not in FIELDS:
        return shown.void_page(pupil, no)
    first = {**shown.first_entries(pupil, change), **typed_of(line.now.body, line.now.said or {})}
    form = StatusForm(again) if again else StatusForm(data=first)
    return shown.form_page(shown.asked(form, pupil, reference, change, correcting=True), pupil, no=no)


@pages.post(f"{_ONE}/correct")
@keeps_form
@allow(RECORD_STATUS)
def correct(child_id: str, no: int) -> Page:
    """Corrects the entry once its preview was seen."""
    with this_moment() as reading:
        pupil, reference = pupil_at_hand(reading, child_id, today()), reading.reference
        said = _live(pupil, no).now.said or {}
        change = request.form.get("change", "")
        form = shown.asked(StatusForm(), pupil, reference, change, correcting=True)
    if shown.going_back():
        return shown.form_page(form, pupil, no=no)
    if not form.validate_on_submit():
        return shown.form_page(form, pupil, no=no), 400
    status = status_of_form(form, said.get("recorder") or viewer().name).with_note(said.get("note", ""))
    reason, seen = form.reason.data or "", shown.seen()
    if not shown.confirmed():
        trial = Trial(
            "correct_status",
            lambda act, ref: correct_status(
                act, ref, child_id=child_id, no=no, status=status, reason=reason, seen=seen
            ),
            with_entry(pupil, no, status.body),
        )
        heading = f"更正为{day_text(status.on)}的“{s.CHANGE_NAMES[status.change]}”"
        return shown.previewed(trial, pupil, reference, heading, form, no)
    try:
        casework().do(
            "correct_status",
            lambda act, ref: correct_status(
                act, ref, child_id=child_id, no=no, status=status, reason=reason, seen=seen
            ),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"child": child_id, "no": no, "reason": reason, **asdict(status)},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        return shown.again(refused, pupil, form, no=no)
    return redirect(url_for("cases.case", child_id=child_id, saved="status-corrected"), 303)


@pages.get(f"{_ONE}/void")
@allow(RECORD_STATUS)
def voiding(child_id: str, no: int) -> Page:
    """Asks for the reason."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
    _live(pupil, no)
    return shown.void_page(pupil, no)


@pages.post(f"{_ONE}/void")
@allow(RECORD_STATUS)
def void(child_id: str, no: int) -> Page:
    """Voids the entry once its preview was seen."""
    reason, seen = request.form.get("reason", "").strip(), shown.seen()
    with this_moment() as reading:
        pupil, reference = pupil_at_hand(reading, child_id, today()), reading.reference
    line = _live(pupil, no)
    if shown.going_back():
        return shown.void_page(pupil, no)
    if not reason:
        return shown.void_page(pupil, no, message="请写一句为什么作废"), 400
    if not shown.confirmed():
        trial = Trial(
            "void_status",
            lambda act, ref: void_status(act, ref, child_id=child_id, no=no, reason=reason, seen=seen),
            without_entry(pupil, no),
        )
        heading = f"作废{day_text(line.on)}的“{s.CHANGE_NAMES[line.now.body['change']]}”"
        return shown.previewed(trial, pupil, reference, heading, None, no)
    try:
        casework().do(
            "void_status",
            lambda act, ref: void_status(act, ref, child_id=child_id, no=no, reason=reason, seen=seen),
            actor=viewer().actor,
            command_id=request.form.get("form_id", ""),
            content={"child": child_id, "no": no, "reason": reason},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        return shown.again(refused, pupil, None, no=no)
    return redirect(url_for("cases.case", child_id=child_id, saved="status-voided"), 303)


def _live(pupil: Pupil, no: int) -> Line:
    """The entry, if it holds. Raises NotFound, or RuleBroken when it was voided."""
    line = pupil.line(STATUSES, no)
    if line.voided:
        raise RuleBroken("这条登记已经作废，不能再改；如确有其事，请另外登记", no=no)
    return line
