"""登记状态: a plain entry of today in one step, a late one after a look at what it changes."""

from dataclasses import asdict

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from casework.commands.status_acts import record_status
from casework.domain import statuses as s
from casework.domain.permissions import RECORD_STATUS
from casework.errors import BadInput, ChangedMeanwhile, RuleBroken
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.cases.at_hand import pupil_at_hand
from casework.web.filters import day_text
from casework.web.kept import keeps_form, typed_before
from casework.web.status import shown
from casework.web.status.forms import FIELDS, StatusForm, status_of_form
from casework.web.status.trial import NEXT, Trial, with_entry

pages = Blueprint("status", __name__, template_folder="templates")

_NEW = "/cases/<string(length=32):child_id>/status/new"
Page = Response | str | tuple[str, int]


@pages.get(_NEW)
@allow(RECORD_STATUS)
def new(child_id: str) -> Page:
    """The form of one change; without a change named, the changes to choose from."""
    change = request.args.get("change", "")
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
        if s.needs_approval(change, pupil.file.status):
            return redirect(f"/cases/{child_id}/proposals/new?change={change}")
        again = typed_before(viewer().login)
        change = again.get("change", "") if again else change
        if change not in FIELDS:
            return shown.choice_page(pupil)
        first = shown.first_entries(pupil, change)
        if "school" in request.args:  # the school that asks for a child who is out of school
            first["school"] = request.args["school"]
        form = StatusForm(again) if again else StatusForm(data=first)
        return shown.form_page(shown.asked(form, pupil, reading.reference, change), pupil)


@pages.post(_NEW)
@keeps_form
@allow(RECORD_STATUS)
def record(child_id: str) -> Page:
    """Records the change; a late one after its preview."""
    with this_moment() as reading:
        pupil, reference = pupil_at_hand(reading, child_id, today()), reading.reference
        form = shown.asked(StatusForm(), pupil, reference, request.form.get("change", ""))
    if shown.going_back():
        return shown.form_page(form, pupil)
    if not form.validate_on_submit():
        return shown.form_page(form, pupil), 400
    status, seen = status_of_form(form, viewer().name), shown.seen()
    if status.on < today() and not shown.confirmed():
        trial = Trial(
            "record_status",
            lambda act, ref: record_status(act, ref, child_id=child_id, status=status, seen=seen),
            with_entry(pupil, NEXT, status.body),
        )
        heading = f"补登{day_text(status.on)}的“{s.CHANGE_NAMES[status.change]}”"
        return shown.previewed(trial, pupil, reference, heading, form)
    try:
        casework().do(
            "record_status",
            lambda act, ref: record_status(act, ref, child_id=child_id, status=status, seen=seen),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"child": child_id, **asdict(status)},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        return shown.again(refused, pupil, form)
    return redirect(url_for("cases.case", child_id=child_id, saved="status"), 303)
