"""登记资助: a grant is entered on the case, corrected, or reversed (冲销) with a reason."""

from dataclasses import asdict
from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.commands.aid import correct_aid, record_aid, reverse_aid
from casework.domain.aid import year_fault
from casework.domain.case_file import AID
from casework.domain.permissions import RECORD_AID
from casework.domain.values import FOREVER
from casework.errors import BadInput, ChangedMeanwhile, RuleBroken
from casework.service import Reading
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.aid.forms import KINDS, AidForm, grant_of, typed_of
from casework.web.cases.at_hand import Pupil, pupil_at_hand, refusal
from casework.web.kept import keeps_form, typed_before

pages = Blueprint("aid", __name__, template_folder="templates")

_CHILD = "/cases/<string(length=32):child_id>/aid"
Page = Response | str | tuple[str, int]


@pages.get(f"{_CHILD}/new")
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


@pages.post(f"{_CHILD}/new")
@keeps_form
@allow(RECORD_AID)
def record(child_id: str) -> Page:
    """Saves the grant; with a fault, the form again with everything typed."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
        form = AidForm().ask(reading.reference.aid(FOREVER), today())
    if not form.validate_on_submit():
        return _form(form, pupil), 400
    grant, note = grant_of(form), form.note.data or ""
    try:
        casework().do(
            "record_aid",
            lambda act, ref: record_aid(act, ref, child_id=child_id, grant=grant, note=note),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"child": child_id, "note": note, **asdict(grant)},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        message, code = refusal(refused)
        return _form(form, pupil, message=message), code
    return redirect(url_for("cases.case", child_id=child_id, saved="aid"), 303)


@pages.get(f"{_CHILD}/<int:no>/correct")
@allow(RECORD_AID)
def correcting(child_id: str, no: int) -> str:
    """The form with the grant as it now reads."""
    with this_moment() as reading:
        pupil, first = _held(reading, child_id, no)
        again = typed_before(viewer().login)
        form = AidForm(again) if again else AidForm(formdata=None, data=first)
        page = _form(form.ask(reading.reference.aid(FOREVER), today(), correcting=True), pupil, no=no)
    return page


@pages.post(f"{_CHILD}/<int:no>/correct")
@keeps_form
@allow(RECORD_AID)
def correct(child_id: str, no: int) -> Page:
    """Corrects the grant with a reason; both versions stay."""
    with this_moment() as reading:
        pupil, _ = _held(reading, child_id, no)
        form = AidForm().ask(reading.reference.aid(FOREVER), today(), correcting=True)
    if not form.validate_on_submit():
        return _form(form, pupil, no=no), 400
    said: dict[str, Any] = {"grant": grant_of(form), "reason": form.reason.data, "note": form.note.data or ""}
    said["written"] = _number(form.written.data)
    try:
        casework().do(
            "correct_aid",
            lambda act, ref: correct_aid(act, ref, child_id=child_id, no=no, **said),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"child": child_id, "no": no, **said, "grant": asdict(said["grant"])},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        message, code = refusal(refused)
        return _form(form, pupil, no=no, message=message), code
    return redirect(url_for("cases.case", child_id=child_id, saved="aid-corrected"), 303)


@pages.post(f"{_CHILD}/<int:no>/reverse")
@allow(RECORD_AID)
def reverse(child_id: str, no: int) -> Page:
    """冲销: the grant no longer counts; it stays in the history, struck through."""
    reason, written = request.form.get("void_reason", "")[:200], _number(request.form.get("written"))
    casework().do(
        "reverse_aid",
        lambda act, ref: reverse_aid(act, ref, child_id=child_id, no=no, reason=reason, written=written),
        actor=viewer().actor,
        command_id=request.form.get("form_id", ""),
        content={"child": child_id, "no": no, "reason": reason, "written": written},
    )
    return redirect(url_for("cases.case", child_id=child_id, saved="aid-reversed"), 303)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 10 else None


def _held(reading: Reading, child_id: str, no: int) -> tuple[Pupil, dict[str, str]]:
    """The child, and the form's fields as grant `no` fills them."""
    pupil = pupil_at_hand(reading, child_id, today())
    line = pupil.line(AID, no)
    if line.voided:
        raise RuleBroken("这一笔已经冲销，不能再更正；确实发放过的，请重新登记", no=no)
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
