"""记送教: a session is recorded on a phone, corrected or voided with a reason."""

from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.commands.sessions import (
    NotTaughtAtHome,
    correct_session,
    record_session,
    status_on,
    void_session,
)
from casework.domain.case_file import SESSIONS
from casework.domain.permissions import RECORD_SESSION
from casework.domain.statuses import HOME_TEACHING
from casework.domain.values import FOREVER
from casework.projections.case_history import Line
from casework.web.access import allow, this_moment, today, viewer
from casework.web.cases.at_hand import Pupil, pupil_at_hand, refusal
from casework.web.cases.fact_forms import fresh_id
from casework.web.cases.facts import CASE, REFUSALS, Page, at_hand, live, recorder_of, tell, write
from casework.web.cases.facts import void as void_fact
from casework.web.cases.timeline import Moment, moments
from casework.web.kept import keeps_form, typed_before
from casework.web.sessions.forms import (
    SIGNED,
    UNSIGNED,
    SessionForm,
    first_entries,
    session_of,
    typed_of,
)

pages = Blueprint("sessions", __name__, template_folder="templates")

_ONE = f"{CASE}/sessions/<int:no>"
_SHOWN = 5


@pages.get(f"{CASE}/sessions/new")
@allow(RECORD_SESSION)
def new(child_id: str) -> str:
    """The form as the last session was; or as it was typed before the sign-in expired."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
        lately = _lately(pupil, reading.reference)
    again = typed_before(viewer().login)
    last = _last(pupil)
    said = (last.now.said or {}) if last else {}
    first = first_entries(last.now.body if last else None, said, viewer().name, today())
    form = SessionForm(again) if again else SessionForm(data={"form_id": fresh_id(), **first})
    form.ask(today())
    placed = status_on(pupil.file, today()) == HOME_TEACHING
    return _form(form, pupil, back=bool(again), lately=lately, asks=not placed)


@pages.post(f"{CASE}/sessions/new")
@keeps_form
@allow(RECORD_SESSION)
def record(child_id: str) -> Page:
    """Saves the session; asks once more when the child was not in 送教上门 that day."""
    pupil, form = at_hand(child_id), SessionForm().ask(today())
    if not form.validate_on_submit():
        return _form(form, pupil, asks=form.confirmed.data), 400
    session, sure = session_of(form, viewer().name), bool(form.confirmed.data)
    try:
        said = {"session": session, "confirmed": sure}
        reply = tell(record_session, child_id, form.form_id.data or "", said)
    except REFUSALS as refused:
        message, code = refusal(refused)
        asks = isinstance(refused, NotTaughtAtHome) or sure
        return _form(form, pupil, message=message, asks=asks), code
    return redirect(url_for("sessions.seen", child_id=child_id, no=reply["no"], saved="1"), 303)


@pages.get(_ONE)
@allow(RECORD_SESSION)
def seen(child_id: str, no: int) -> str:
    """One session as it now reads, and what it read before; who opened it is logged."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
        pupil.line(SESSIONS, no)
        moment = pupil.moment(SESSIONS, no, reading.reference)
    saved = request.args.get("saved", "")
    return render_template("session.html", pupil=pupil, m=moment, no=no, saved=saved)


@pages.get(f"{_ONE}/correct")
@allow(RECORD_SESSION)
def correcting(child_id: str, no: int) -> str:
    """The form with the session as it now reads."""
    pupil = at_hand(child_id)
    line = _live(pupil, no)
    again = typed_before(viewer().login)
    first = {"form_id": fresh_id(), **typed_of(line.now.body, line.now.said or {})}
    form = SessionForm(again) if again else SessionForm(data=first)
    form.ask(today(), correcting=True)
    return _form(form, pupil, no=no, back=bool(again))


@pages.post(f"{_ONE}/correct")
@keeps_form
@allow(RECORD_SESSION)
def correct(child_id: str, no: int) -> Page:
    """Corrects the session with a reason; both versions stay."""
    pupil, form = at_hand(child_id), SessionForm().ask(today(), correcting=True)
    line = _live(pupil, no)
    if not form.validate_on_submit():
        return _form(form, pupil, no=no), 400

    def corrected(_reply: Any) -> str:
        return url_for("sessions.seen", child_id=child_id, no=no, saved="2")

    session = session_of(form, recorder_of(line), (line.now.said or {}).get("note", ""))
    said = {"no": no, "session": session, "reason": form.reason.data or ""}
    return write(correct_session, pupil, form, said, partial(_form, form, pupil, no=no), corrected)


@pages.post(f"{_ONE}/void")
@allow(RECORD_SESSION)
def void(child_id: str, no: int) -> Response:
    """Voids the session with a reason."""
    return void_fact(
        void_session, child_id, no, url_for("sessions.seen", child_id=child_id, no=no, saved="3")
    )


def _live(pupil: Pupil, no: int) -> Line:
    return live(pupil, SESSIONS, no, "这条送教已经作废，不能再更正；如确实送教了，请另记一次")


def _last(pupil: Pupil) -> Line | None:
    """The last session that holds, by day and hour."""
    lines = [line for line in pupil.history.lines if line.ledger == SESSIONS and not line.voided]
    return max(lines, key=lambda line: (line.on, line.now.body.get("start", "")), default=None)


def _lately(pupil: Pupil, reference: Any) -> list[Moment]:
    shown = moments(pupil.history, reference, FOREVER)
    return [each for each in shown if each.ledger == SESSIONS and not each.voided][:_SHOWN]


def _form(
    form: SessionForm,
    pupil: Pupil,
    *,
    no: int = 0,
    message: str = "",
    back: bool = False,
    asks: bool = False,
    lately: list[Moment] | None = None,
) -> str:
    """`asks`: whether the form asks to confirm that the child was not in 送教上门."""
    return render_template(
        "session_form.html",
        title="更正送教" if no else "记送教",
        form=form,
        pupil=pupil,
        no=no,
        message=message,
        back=back,
        asks=asks,
        lately=lately or [],
        signs=(SIGNED, UNSIGNED),
        typed=back or request.method == "POST",
        void_id=fresh_id(),
    )
