"""记家访: a visit is recorded in under two minutes, seen, corrected or voided with a reason."""

from dataclasses import asdict
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.commands.home_visits import correct_visit, record_visit, void_visit
from casework.domain.case_file import VISITS
from casework.domain.permissions import CONFIRM_CHILD, READ_STUDENTS, RECORD_VISIT
from casework.domain.values import FOREVER, SHANGHAI
from casework.errors import BadInput, CaseworkError, ChangedMeanwhile, NotFound, RuleBroken
from casework.projections.case_history import Line, history_of
from casework.service import Reading
from casework.store.failures import CommandReused
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.cases.timeline import Moment, moments
from casework.web.errors import STATUS
from casework.web.kept import keeps_form, typed_before
from casework.web.visits.forms import TEXTS, VisitForm, typed_of, visit_of
from casework.web.visits.pupil import Pupil, first_entries, pupil_in

pages = Blueprint("visits", __name__, template_folder="templates")

_CHILD = "/children/<string(length=32):child_id>/visits"
_USED = "这份表已经保存过一次，这次的改动没有存。要改内容，请打开已保存的那条记录更正。"
Page = Response | str | tuple[str, int]


@pages.get(f"{_CHILD}/new")
@allow(RECORD_VISIT)
def new(child_id: str) -> str:
    """The form, filled in as far as can be known; or as it was typed before the sign-in expired."""
    with this_moment() as reading:
        pupil = pupil_in(reading, viewer(), child_id, today())
        now = reading.known_at.astimezone(SHANGHAI)
        words = reading.reference.dictionaries(today())
    again = typed_before(viewer().login)
    first = {"form_id": uuid4().hex, **first_entries(pupil, now)}
    form = VisitForm(again) if again else VisitForm(data=first)
    return _form(form.ask(words, today()), pupil, back=bool(again))


@pages.post(f"{_CHILD}/new")
@keeps_form
@allow(RECORD_VISIT)
def record(child_id: str) -> Page:
    """Saves the visit; with a fault, the form again with everything typed and the fault at its field.

    Whether the child is in reach the command asks, as it stands under the lock.
    """
    with this_moment() as reading:
        form = VisitForm().ask(reading.reference.dictionaries(today()), today())
    if not form.validate_on_submit():
        return _again(form, child_id), 400
    visit = visit_of(form, viewer().name)
    try:
        reply = casework().do(
            "record_visit",
            lambda act, ref: record_visit(act, ref, child_id=child_id, visit=visit),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"child": child_id, **asdict(visit)},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        return _again(form, child_id, _message(refused)), _status(refused)
    return redirect(url_for("visits.seen", child_id=child_id, no=reply["no"], saved="1"), 303)


@pages.get(f"{_CHILD}/<int:no>")
@allow(RECORD_VISIT)
def seen(child_id: str, no: int) -> str:
    """One visit as it now reads, and what it read before; who opened it is logged."""
    with this_moment() as reading:
        pupil = pupil_in(reading, viewer(), child_id, today())
        _, moment = _visit_in(reading, child_id, no)
    return render_template("visit.html", pupil=pupil, m=moment, no=no, saved=request.args.get("saved", ""))


@pages.get(f"{_CHILD}/<int:no>/correct")
@allow(RECORD_VISIT)
def correcting(child_id: str, no: int) -> str:
    """The form with the visit as it now reads."""
    with this_moment() as reading:
        pupil = pupil_in(reading, viewer(), child_id, today())
        line, moment = _visit_in(reading, child_id, no)
        words = reading.reference.dictionaries(today())
    if moment.voided:
        raise RuleBroken("这条家访已经作废，不能再更正；如确实去过，请另记一次家访", no=no)
    offered = [each.text for each in pupil.offered]
    again = typed_before(viewer().login)
    first = {"form_id": uuid4().hex, **typed_of(line.now.body, line.now.said or {}, offered)}
    form = VisitForm(again) if again else VisitForm(data=first)
    return _form(form.ask(words, today(), correcting=True), pupil, no=no, back=bool(again))


@pages.post(f"{_CHILD}/<int:no>/correct")
@keeps_form
@allow(RECORD_VISIT)
def correct(child_id: str, no: int) -> Page:
    """Corrects the visit with a reason; both versions stay."""
    with this_moment() as reading:
        pupil = pupil_in(reading, viewer(), child_id, today())
        line, _ = _visit_in(reading, child_id, no)
        form = VisitForm().ask(reading.reference.dictionaries(today()), today(), correcting=True)
    if not form.validate_on_submit():
        return _form(form, pupil, no=no), 400
    said = line.now.said or {}
    visit, reason = visit_of(form, said.get("recorder") or viewer().name), form.reason.data
    visit = visit.with_note(said.get("note", ""))
    try:
        casework().do(
            "correct_visit",
            lambda act, ref: correct_visit(act, ref, child_id=child_id, no=no, visit=visit, reason=reason),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"child": child_id, "no": no, "reason": reason, **asdict(visit)},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        return _form(form, pupil, no=no, message=_message(refused)), _status(refused)
    return redirect(url_for("visits.seen", child_id=child_id, no=no, saved="2"), 303)


@pages.post(f"{_CHILD}/<int:no>/void")
@allow(RECORD_VISIT)
def void(child_id: str, no: int) -> Response:
    """Voids the visit with a reason; it stays in the history, struck through."""
    reason = request.form.get("void_reason", "")
    casework().do(
        "void_visit",
        lambda act, ref: void_visit(act, ref, child_id=child_id, no=no, reason=reason),
        actor=viewer().actor,
        command_id=request.form.get("form_id", ""),
        content={"child": child_id, "no": no, "reason": reason},
    )
    return redirect(url_for("visits.seen", child_id=child_id, no=no, saved="3"), 303)


def _again(form: VisitForm, child_id: str, message: str = "") -> str:
    """The form of a child in reach, as it was sent."""
    with this_moment() as reading:
        pupil = pupil_in(reading, viewer(), child_id, today())
    return _form(form, pupil, message=message)


def _form(form: VisitForm, pupil: Pupil, *, no: int = 0, message: str = "", back: bool = False) -> str:
    return render_template(
        "visit_form.html",
        form=form,
        pupil=pupil,
        no=no,
        message=message,
        back=back,
        texts=TEXTS,
        void_id=uuid4().hex,
        typed=back or request.method == "POST",
        back_to=_way_back(pupil, no),
    )


def _way_back(pupil: Pupil, no: int) -> str:
    """Where somebody goes who does not save after all."""
    if no:
        return url_for("visits.seen", child_id=pupil.child_id, no=no)
    pages_of = {READ_STUDENTS: "students.my_students", CONFIRM_CHILD: "village.children"}
    own = next((url_for(page) for action, page in pages_of.items() if viewer().may(action)), "")
    return own or url_for("cases.case", child_id=pupil.child_id)


def _visit_in(reading: Reading, child_id: str, no: int) -> tuple[Line, Moment]:
    history = history_of(reading.snapshot, child_id, open_private=not viewer().masked)
    line = next((each for each in history.lines if (each.ledger, each.no) == (VISITS, no)), None)
    if line is None:
        raise NotFound("没有这条家访记录", child=child_id, no=no)
    shown = moments(history, reading.reference, FOREVER)
    return line, next(each for each in shown if (each.ledger, each.no) == (VISITS, no))


def _message(refused: CaseworkError) -> str:
    return _USED if isinstance(refused, CommandReused) else refused.message


def _status(refused: CaseworkError) -> int:
    return next(code for kind, (code, _) in STATUS.items() if isinstance(refused, kind))
