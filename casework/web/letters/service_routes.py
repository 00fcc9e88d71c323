"""送达文书: a proof of service, an attempt that failed, a correction with its reason."""

from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.commands.letter_service import WrongService, correct_service, record_attempt, record_service
from casework.domain.letter_service import LABELS
from casework.domain.permissions import SERVE_LETTER
from casework.domain.values import SHANGHAI
from casework.errors import BadInput, CaseworkError, ChangedMeanwhile, RuleBroken
from casework.store.failures import CommandReused
from casework.web.access import allow, casework, today, viewer
from casework.web.kept import keeps_form, typed_before
from casework.web.letters.forms import ServiceForm, service_of, typed_service
from casework.web.letters.routes import CHILD, Page, status_of
from casework.web.letters.shown import ShownLetter, shown_letter

pages = Blueprint("letter_service", __name__, template_folder="templates")

_USED = "这份送达已经登记过一次，这次的改动没有存。要改内容，请在文书页上更正。"
_SERVE, _ATTEMPT, _CORRECT = "serve", "attempt", "correct"
_SAVED = {_SERVE: "2", _ATTEMPT: "4", _CORRECT: "5"}


@pages.get(f"{CHILD}/<int:no>/serve")
@allow(SERVE_LETTER)
def serving(child_id: str, no: int) -> Page:
    """The proof of service, filled in as far as can be known."""
    return _empty(child_id, no, _SERVE)


@pages.get(f"{CHILD}/<int:no>/attempt")
@allow(SERVE_LETTER)
def trying(child_id: str, no: int) -> Page:
    """The form of an attempt that failed."""
    return _empty(child_id, no, _ATTEMPT)


@pages.get(f"{CHILD}/<int:no>/service")
@allow(SERVE_LETTER)
def correcting(child_id: str, no: int) -> Page:
    """The proof of service as it now reads, to be corrected."""
    return _empty(child_id, no, _CORRECT)


@pages.post(f"{CHILD}/<int:no>/serve")
@keeps_form
@allow(SERVE_LETTER)
def serve(child_id: str, no: int) -> Page:
    """Records the service: the term is counted from the next day."""
    letter, form = _sent(child_id, no)
    service = service_of(form, served=True)
    try:
        casework().do(
            "record_service",
            lambda act, ref: record_service(act, ref, child_id=child_id, no=no, service=service),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content=_content(letter, service),
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        return _again(refused, form, letter, _SERVE)
    return _done(letter, _SERVE)


@pages.post(f"{CHILD}/<int:no>/attempt")
@keeps_form
@allow(SERVE_LETTER)
def attempt(child_id: str, no: int) -> Page:
    """Records that the letter could not be served that day."""
    letter, form = _sent(child_id, no)
    tried = service_of(form, served=False)
    try:
        casework().do(
            "record_attempt",
            lambda act, ref: record_attempt(act, ref, child_id=child_id, no=no, attempt=tried),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content=_content(letter, tried),
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        return _again(refused, form, letter, _ATTEMPT)
    return _done(letter, _ATTEMPT)


@pages.post(f"{CHILD}/<int:no>/service")
@keeps_form
@allow(SERVE_LETTER)
def correct(child_id: str, no: int) -> Page:
    """Corrects the service with a reason; both versions stay."""
    letter, form = _sent(child_id, no)
    service, reason = service_of(form, served=True), form.reason.data or ""
    written = int(form.written.data) if (form.written.data or "").isdecimal() else None
    try:
        casework().do(
            "correct_service",
            lambda act, ref: correct_service(
                act, ref, child_id=child_id, no=no, service=service, reason=reason, written=written
            ),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={**_content(letter, service), "reason": reason, "written": written},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        return _again(refused, form, letter, _CORRECT)
    return _done(letter, _CORRECT)


def _sent(child_id: str, no: int) -> tuple[ShownLetter, ServiceForm]:
    with casework().reading() as reading:
        return shown_letter(reading, viewer(), child_id, no, today()), ServiceForm()


def _content(letter: ShownLetter, service: Any) -> dict[str, Any]:
    clear = {"on": service.on, "at": service.at, "mode": service.mode}
    return {"child": letter.child_id, "no": letter.no, **clear, **service.private}


def _done(letter: ShownLetter, what: str) -> Response:
    return redirect(url_for("letters.seen", child_id=letter.child_id, no=letter.no, saved=_SAVED[what]), 303)


def _empty(child_id: str, no: int, what: str) -> Page:
    again = typed_before(viewer().login)
    with casework().reading() as reading:
        letter = shown_letter(reading, viewer(), child_id, no, today())
        now = reading.known_at.astimezone(SHANGHAI)
    if not letter.may_serve or (what == _CORRECT) is (letter.served is None):
        return redirect(url_for("letters.seen", child_id=child_id, no=no))
    first: dict[str, Any] = {"on": today(), "at": f"{now:%H:%M}", "mode": "直接", "server": viewer().name}
    if what == _SERVE:
        first |= {"recipient": letter.addressee.split("（")[0]}
    if what == _CORRECT and letter.served:
        first = typed_service(letter.served.body, letter.served.said or {})
    first |= {"form_id": uuid4().hex, "written": str(letter.written)}
    form = ServiceForm(again) if again else ServiceForm(data=first)
    return _form(form, letter, what, back=bool(again))


def _again(refused: CaseworkError, form: ServiceForm, letter: ShownLetter, what: str) -> Page:
    """The form with everything typed, and the fault at its field."""
    form.validate()
    message = refused.message
    if isinstance(refused, WrongService):
        form.blame(refused.faults)
        message = ""
    if isinstance(refused, CommandReused):
        message = _USED
    elif isinstance(refused, ChangedMeanwhile):
        form.written.data = str(letter.written)
    return _form(form, letter, what, message=message), status_of(refused)


def _form(form: ServiceForm, letter: ShownLetter, what: str, *, message: str = "", back: bool = False) -> str:
    with casework().reading() as reading:
        words = reading.reference.dictionaries(today())
        notice = reading.reference.letters(today()).notice_days
    return render_template(
        "letter_service.html",
        form=form,
        letter=letter,
        what=what,
        words=words,
        notice=notice,
        labels=LABELS,
        message=message,
        back=back,
        today=today(),
        typed=back or request.method == "POST",
    )
