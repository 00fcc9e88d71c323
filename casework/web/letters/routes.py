"""签发文书: choose a kind, read the text before it is issued, issue it; the letter's page; voiding it."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.commands.issue_letters import StillRunning, issue_letter, void_letter
from casework.commands.letter_drafts import Draft, draft_of, drafts
from casework.domain.permissions import ISSUE_LETTER, READ_CASE
from casework.errors import BadInput, CaseworkError, ChangedMeanwhile, RuleBroken
from casework.store.failures import CommandReused
from casework.web.access import allow, casework, today, viewer
from casework.web.cases.stale import Stale, stale_of
from casework.web.errors import STATUS
from casework.web.kept import keeps_form, typed_before
from casework.web.letters.asked import LetterChild, child_in
from casework.web.letters.forms import ANSWER, IssueForm, answers_of
from casework.web.letters.shown import shown_letter

pages = Blueprint("letters", __name__, template_folder="templates")

CHILD = "/cases/<string(length=32):child_id>/letters"
BLANK = "＿＿＿＿"
_USED = "这份文书已经签发过一次，没有再签发；请在个案页查看。"
Page = Response | str | tuple[str, int]


@pages.get(f"{CHILD}/new")
@allow(ISSUE_LETTER)
def new(child_id: str) -> str:
    """Which kinds may be issued, the others with the reason; with `kind` the text to be issued."""
    again = typed_before(viewer().login)
    with casework().reading() as reading:
        child, desk = child_in(reading, viewer(), child_id, today())
        conn, k = reading.snapshot.conn, reading.snapshot.k
        kind = desk.policy.kind(request.args.get("kind", "") or (again["kind"] if again else ""))
        if kind is None:
            offered = list(drafts(conn, k, desk))
            return render_template("letter_choose.html", child=child, drafts=offered)
        draft, judged = draft_of(conn, k, desk, kind), desk.file.judged
    if draft.refusal:
        raise RuleBroken(draft.refusal, child=child_id)
    signer = draft.signers[0].login
    first = {"form_id": uuid4().hex, "seen": str(judged), "signer": signer}
    form = IssueForm(again) if again else IssueForm(data=first)
    return _form(form, child, draft, again or {}, back=bool(again))


@pages.post(f"{CHILD}/new")
@keeps_form
@allow(ISSUE_LETTER)
def issue(child_id: str) -> Page:
    """Issues the letter; `step=look` only shows the whole text."""
    with casework().reading() as reading:
        child, desk = child_in(reading, viewer(), child_id, today())
        kind = desk.policy.kind(request.form.get("kind", ""))
        if kind is None:
            raise BadInput("没有这种文书，请从页面上选择")
        draft = draft_of(reading.snapshot.conn, reading.snapshot.k, desk, kind)
    form = IssueForm()
    if request.form.get("step") == "look" and not draft.refusal:
        return _form(form, child, draft, request.form)
    said: dict[str, Any] = {
        "kind": kind.name,
        "signer": form.signer.data or "",
        "answers": answers_of(draft, request.form),
        "again": bool(form.again.data),
        "seen": int(form.seen.data) if (form.seen.data or "").isdecimal() else None,
    }
    try:
        reply = casework().do(
            "issue_letter",
            lambda act, ref: issue_letter(act, ref, child_id=child_id, **said),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"child": child_id, **said},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        return _refused(refused, form, child, draft)
    return redirect(url_for("letters.seen", child_id=child_id, no=reply["no"], saved="1"), 303)


def _refused(refused: CaseworkError, form: IssueForm, child: LetterChild, draft: Draft) -> Page:
    """The form again with the reason; what became impossible has no form any more."""
    if draft.refusal:
        raise refused
    stale = None
    if isinstance(refused, ChangedMeanwhile) and not isinstance(refused, CommandReused):
        with casework().reading() as reading:
            stale = stale_of(refused, reading, child.child_id)
        form.seen.data = str(stale.version)
    message = _USED if isinstance(refused, CommandReused) else "" if stale else refused.message
    asks = isinstance(refused, StillRunning)
    return _form(form, child, draft, request.form, message=message, asks=asks, stale=stale), status_of(
        refused
    )


def _form(
    form: IssueForm,
    child: LetterChild,
    draft: Draft,
    fields: Mapping[str, str],
    *,
    message: str = "",
    asks: bool = False,
    back: bool = False,
    stale: Stale | None = None,
) -> str:
    answers = answers_of(draft, fields)
    shown = {name: text[:200_000] or BLANK for name, text in answers.items()}
    return render_template(
        "letter_new.html",
        form=form,
        child=child,
        draft=draft,
        answers=answers,
        answer=ANSWER,
        paragraphs=_paragraphs(draft, shown),
        message=message,
        asks=asks or bool(draft.running),
        back=back,
        stale=stale,
        today=today(),
    )


def _paragraphs(draft: Draft, answers: Mapping[str, str]) -> list[str]:
    try:
        return draft.text(answers).splitlines()
    except BadInput as lacking:
        return [lacking.message]


@pages.get(f"{CHILD}/<int:no>")
@allow(READ_CASE)
def seen(child_id: str, no: int) -> str:
    """One letter: its text, how its service stands, days left; who opened it is logged."""
    with casework().reading() as reading:
        letter = shown_letter(reading, viewer(), child_id, no, today())
    return _letter(letter, saved=request.args.get("saved", ""))


@pages.post(f"{CHILD}/<int:no>/void")
@allow(ISSUE_LETTER)
def void(child_id: str, no: int) -> Page:
    """Voids the letter with a reason; its number stays in the register."""
    with casework().reading() as reading:
        letter = shown_letter(reading, viewer(), child_id, no, today())
    reason, seen = request.form.get("void_reason", ""), request.form.get("seen", "")
    version = int(seen) if seen.isdecimal() else None
    try:
        casework().do(
            "void_letter",
            lambda act, ref: void_letter(act, ref, child_id=child_id, no=no, reason=reason, seen=version),
            actor=viewer().actor,
            command_id=request.form.get("form_id", ""),
            content={"child": child_id, "no": no, "reason": reason, "seen": version},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        stale = None
        if isinstance(refused, ChangedMeanwhile) and not isinstance(refused, CommandReused):
            with casework().reading() as reading:
                stale = stale_of(refused, reading, child_id)
                letter = shown_letter(reading, viewer(), child_id, no, today())
        return _letter(letter, message=refused.message, reason=reason, stale=stale), status_of(refused)
    return redirect(url_for("letters.seen", child_id=child_id, no=no, saved="3"), 303)


def _letter(letter: Any, **more: Any) -> str:
    return render_template("letter.html", letter=letter, form_id=uuid4().hex, **more)


def status_of(refused: CaseworkError) -> int:
    """The HTTP status of a refusal."""
    return next(code for kind, (code, _) in STATUS.items() if isinstance(refused, kind))
