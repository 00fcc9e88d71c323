"""登记资助: a grant is entered on the case, corrected, or reversed (冲销) with a reason."""

from functools import partial
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request

from casework.commands.aid import correct_aid, record_aid, reverse_aid
from casework.domain.aid import year_fault
from casework.domain.case_file import AID
from casework.domain.permissions import RECORD_AID
from casework.domain.values import FOREVER
from casework.service import Reading
from casework.web.access import allow, this_moment, today, viewer
from casework.web.aid.forms import KINDS, AidForm, grant_of, typed_of
from casework.web.cases.at_hand import Pupil, pupil_at_hand
from casework.web.cases.facts import CASE, Page, live, on_case, tell, write
from casework.web.kept import keeps_form, typed_before

pages = Blueprint("aid", __name__, template_folder="templates")

_AID = f"{CASE}/aid"


@pages.get(f"{_AID}/new")
@allow(RECORD_AID)
def new(child_id: str) -> str:
    """The form for this term; or as it was typed before the sign-in expired."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
        policy = reading.reference.aid(FOREVER)
        year, term = policy.term_of(today())
        again = typed_before(viewer().login)
        first = {"form_id": uuid4().hex, "year": year, "term": term, "kind": "given", "on": today()}
        form = AidForm(again) if again else AidForm(formdata=None, data=first)
        return _form(form.ask(policy, today()), pupil, back=bool(again))


@pages.post(f"{_AID}/new")
@keeps_form
@allow(RECORD_AID)
def record(child_id: str) -> Page:
    """Saves the grant; with a fault, the form again with everything typed."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
        form = AidForm().ask(reading.reference.aid(FOREVER), today())
    if not form.validate_on_submit():
        return _form(form, pupil), 400
    said = {"grant": grant_of(form), "note": form.note.data or ""}
    return write(record_aid, pupil, form, said, partial(_form, form, pupil), "aid")


@pages.get(f"{_AID}/<int:no>/correct")
@allow(RECORD_AID)
def correcting(child_id: str, no: int) -> str:
    """The form with the grant as it now reads."""
    with this_moment() as reading:
        pupil, first = _held(reading, child_id, no)
        again = typed_before(viewer().login)
        form = AidForm(again) if again else AidForm(formdata=None, data=first)
        page = _form(form.ask(reading.reference.aid(FOREVER), today(), correcting=True), pupil, no=no)
    return page


@pages.post(f"{_AID}/<int:no>/correct")
@keeps_form
@allow(RECORD_AID)
def correct(child_id: str, no: int) -> Page:
    """Corrects the grant with a reason; both versions stay."""
    with this_moment() as reading:
        pupil, _ = _held(reading, child_id, no)
        form = AidForm().ask(reading.reference.aid(FOREVER), today(), correcting=True)
    if not form.validate_on_submit():
        return _form(form, pupil, no=no), 400
    said = {"no": no, "grant": grant_of(form), "reason": form.reason.data, "note": form.note.data or ""}
    said["written"] = _number(form.written.data)
    return write(correct_aid, pupil, form, said, partial(_form, form, pupil, no=no), "aid-corrected")


@pages.post(f"{_AID}/<int:no>/reverse")
@allow(RECORD_AID)
def reverse(child_id: str, no: int) -> Page:
    """冲销: the grant no longer counts; it stays in the history, struck through."""
    reason, written = request.form.get("void_reason", "")[:200], _number(request.form.get("written"))
    said = {"no": no, "reason": reason, "written": written}
    tell(reverse_aid, child_id, request.form.get("form_id", ""), said)
    return redirect(on_case(child_id, "aid-reversed"), 303)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def _held(reading: Reading, child_id: str, no: int) -> tuple[Pupil, dict[str, str]]:
    """The child, and the form's fields as grant `no` fills them."""
    pupil = pupil_at_hand(reading, child_id, today())
    line = live(pupil, AID, no, "这一笔已经冲销，不能再更正；确实发放过的，请重新登记")
    written = str(pupil.file.written.get(no, ""))
    typed = typed_of(line.now.body, line.now.said or {})
    return pupil, {"form_id": uuid4().hex, "written": written, **typed}


def _form(form: AidForm, pupil: Pupil, *, no: int = 0, message: str = "", back: bool = False) -> str:
    year, policy = form.year.data or "", form.policy
    start = today() if year_fault(year) else policy.term_start(year, form.term.data or "")
    return render_template(
        "aid_form.html",
        form=form,
        pupil=pupil,
        no=no,
        kinds=KINDS,
        programmes=[(each.code, f"{each.name}（{each.delivery}）") for each in policy.running(start)],
        message=message,
        back=back,
        void_id=uuid4().hex,
        today=today(),
    )
