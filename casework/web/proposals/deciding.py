"""审批: the queue of what waits for whom, and the decision on one page."""

from uuid import uuid4

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from casework.commands.proposals import approve_status, decline_status
from casework.domain.permissions import APPROVE_STATUS
from casework.errors import BadInput, CaseworkError, ChangedMeanwhile, RuleBroken
from casework.projections import status_proposals
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.cases.at_hand import refusal
from casework.web.kept import keeps_form
from casework.web.proposals.approvers import decided_by
from casework.web.proposals.forms import DecisionForm, DeclineForm
from casework.web.proposals.routes import CHILD, Page, both_versions, lines_of, one_page, seen_of
from casework.web.proposals.shown import proposal_in, subject_in

pages = Blueprint("approvals", __name__, template_folder="templates")

_ROWS = 100


@pages.get("/approvals")
@allow(APPROVE_STATUS)
def queue() -> str:
    """What waits for this post, longest first; one's own waits for somebody else."""
    with this_moment() as reading:
        changes = decided_by(reading.reference, viewer(), today())
        conn = reading.snapshot.conn
        rows = status_proposals.waiting(conn, viewer().reach, changes, _ROWS + 1)
        lines = lines_of(reading, rows[:_ROWS])
    return render_template(
        "approvals.html",
        lines=[line for line in lines if not line["own"]],
        own=[line for line in lines if line["own"]],
        more=len(rows) > _ROWS,
    )


@pages.post(f"{CHILD}/<int:no>/approve")
@keeps_form
@allow(APPROVE_STATUS)
def approve(child_id: str, no: int) -> Page:
    """Approves; with a fault or a refusal, the page again with what was typed."""
    form = DecisionForm()
    with this_moment() as reading:
        subject = subject_in(reading, child_id, today())
        form.ask(proposal_in(reading, subject, no, today()).body, today())
    if not form.validate_on_submit():
        return _again(child_id, no, decision=form), 400
    on, note, seen = form.on.data, form.note.data or "", seen_of(form.seen.data)
    try:
        casework().do(
            "approve_status",
            lambda act, ref: approve_status(act, ref, child_id=child_id, no=no, on=on, note=note, seen=seen),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"child": child_id, "no": no, "on": on, "note": note, "seen": seen},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        return _again(child_id, no, decision=form, refused=refused), refusal(refused)[1]
    return _done(child_id, no, "2")


@pages.post(f"{CHILD}/<int:no>/decline")
@keeps_form
@allow(APPROVE_STATUS)
def decline(child_id: str, no: int) -> Page:
    """Declines with a reason; with a fault or a refusal, the page again with what was typed."""
    form = DeclineForm()
    with this_moment() as reading:
        proposal_in(reading, subject_in(reading, child_id, today()), no, today())
    if not form.validate_on_submit():
        return _again(child_id, no, decline=form), 400
    reason, seen = form.reason.data, seen_of(form.seen.data)
    try:
        casework().do(
            "decline_status",
            lambda act, ref: decline_status(act, ref, child_id=child_id, no=no, reason=reason, seen=seen),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"child": child_id, "no": no, "reason": reason, "seen": seen},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        return _again(child_id, no, decline=form, refused=refused), refusal(refused)[1]
    return _done(child_id, no, "3")


def _done(child_id: str, no: int, saved: str) -> Response:
    return redirect(url_for("proposals.seen", child_id=child_id, no=no, saved=saved), 303)


def _again(
    child_id: str,
    no: int,
    *,
    decision: DecisionForm | None = None,
    decline: DeclineForm | None = None,
    refused: CaseworkError | None = None,
) -> str:
    """The page as it now stands, with what was typed; the forms carry the version they now show."""
    stale = both_versions(refused, child_id) if refused else None
    message = refusal(refused)[0] if refused and not stale else ""
    with this_moment() as reading:
        subject = subject_in(reading, child_id, today())
        shown = proposal_in(reading, subject, no, today())
        for form in (decision, decline):
            if form is not None and stale:
                form.seen.data, form.form_id.data = str(subject.judged), uuid4().hex
        return one_page(
            reading, subject, shown, decision=decision, decline=decline, message=message, stale=stale
        )
