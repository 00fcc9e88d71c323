"""申报: asking for a second person's approval, seeing it, taking it back; 我的申报."""

from dataclasses import asdict
from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.commands.proposals import propose_status, withdraw_status
from casework.domain import statuses as s
from casework.domain.permissions import RECORD_STATUS
from casework.domain.proposals import PROPOSED, entry_day
from casework.domain.units import Units
from casework.domain.values import Day, day_after
from casework.errors import BadInput, CaseworkError, ChangedMeanwhile, NotFound, RuleBroken
from casework.projections import status_proposals
from casework.projections.children import records_of
from casework.service import Reading
from casework.store.failures import CommandReused
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.cases.at_hand import refusal
from casework.web.cases.stale import Stale, stale_of
from casework.web.kept import keeps_form, typed_before
from casework.web.proposals.approvers import approves, decides
from casework.web.proposals.forms import TITLES, DecisionForm, DeclineForm, ProposalForm, proposal_of
from casework.web.proposals.shown import (
    ENDED,
    Shown,
    Subject,
    asked_no,
    proposal_in,
    subject_in,
    title_of,
    working_days,
)

pages = Blueprint("proposals", __name__, template_folder="templates")

CHILD = "/cases/<string(length=32):child_id>/proposals"
_ANSWERED_DAYS = 60
Page = Response | str | tuple[str, int]


@pages.get(f"{CHILD}/new")
@allow(RECORD_STATUS)
def new(child_id: str) -> str:
    """The form of one change; or as it was typed before the sign-in expired."""
    with this_moment() as reading:
        subject = subject_in(reading, child_id, today())
        again = typed_before(viewer().login)
        first = {"form_id": uuid4().hex, "seen": str(subject.judged), "on": today()}
        first["reason"] = request.args.get("reason", "")  # where a transfer ends outside the county
        form = _asked(ProposalForm(again) if again else ProposalForm(data=first), reading, subject)
        hints = _hints(reading, subject, form.change)
    return _form(form, subject, hints, back=bool(again))


@pages.post(f"{CHILD}/new")
@keeps_form
@allow(RECORD_STATUS)
def propose(child_id: str) -> Page:
    """Sends the proposal; with a fault, the form again with everything typed."""
    with this_moment() as reading:
        subject = subject_in(reading, child_id, today())
        form = _asked(ProposalForm(), reading, subject)
        hints = _hints(reading, subject, form.change)
    if not form.validate_on_submit():
        return _form(form, subject, hints), 400
    proposal, seen = proposal_of(form, viewer().name), seen_of(form.seen.data)
    try:
        reply = casework().do(
            "propose_status",
            lambda act, ref: propose_status(act, ref, child_id=child_id, proposal=proposal, seen=seen),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"child": child_id, "seen": seen, **asdict(proposal)},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        message, code = refusal(refused)
        stale = both_versions(refused, child_id)
        if stale:
            form.seen.data = str(stale.version)
        return _form(form, subject, hints, message="" if stale else message, stale=stale), code
    return redirect(url_for("proposals.seen", child_id=child_id, no=reply["no"], saved="1"), 303)


@pages.get(f"{CHILD}/<int:no>")
@allow(RECORD_STATUS)
def seen(child_id: str, no: int) -> str:
    """One proposal on one page: the child's story in short, the evidence, and what can be done with it."""
    with this_moment() as reading:
        subject = subject_in(reading, child_id, today())
        shown = proposal_in(reading, subject, asked_no(subject.history, no), today())
        page = one_page(reading, subject, shown, saved=request.args.get("saved", ""))
    return page


@pages.post(f"{CHILD}/<int:no>/withdraw")
@allow(RECORD_STATUS)
def withdraw(child_id: str, no: int) -> Response:
    """Takes the proposal back."""
    reason = request.form.get("reason", "")
    casework().do(
        "withdraw_status",
        lambda act, ref: withdraw_status(act, ref, child_id=child_id, no=no, reason=reason),
        actor=viewer().actor,
        command_id=request.form.get("form_id", ""),
        content={"child": child_id, "no": no, "reason": reason},
    )
    return redirect(url_for("proposals.seen", child_id=child_id, no=no, saved="4"), 303)


@pages.get("/proposals")
@allow(RECORD_STATUS)
def mine() -> str:
    """我的申报: what waits, and what was answered in the last two months."""
    with this_moment() as reading:
        since = day_after(today(), -_ANSWERED_DAYS)
        rows = status_proposals.made_by(reading.snapshot.conn, viewer().login, since, viewer().reach)
        lines = lines_of(reading, rows)
    waiting = [line for line in lines if not line["ended"]]
    answered = [line for line in lines if line["ended"]][::-1]
    return render_template("my_proposals.html", waiting=waiting, answered=answered)


def lines_of(reading: Reading, rows: list[Any]) -> list[dict[str, Any]]:
    """Rows of proposals as lists show them."""
    children = records_of(reading.snapshot.conn, [row.case_id for row in rows])
    calendar, units = reading.reference.calendar(today()), reading.reference.units
    return [
        {
            "href": f"/cases/{row.case_id}/proposals/{row.no}",
            "name": children[row.case_id].name if row.case_id in children else "已清除",
            "title": title_of(row.change, row.reason),
            "where": _where(row, units),
            "proposed_on": row.proposed_on,
            "waited": working_days(calendar, row.proposed_on, row.ended_on or today()),
            "until": row.until,
            "ended": ENDED.get(row.ended, ""),
            "ended_on": row.ended_on,
            "own": row.proposed_by == viewer().login,
        }
        for row in rows
    ]


def _where(row: Any, units: Units) -> str:
    return (
        f"{units.name(row.school) or units.name(row.village or row.township)} {row.grade}{row.klass}".strip()
    )


def one_page(
    reading: Reading,
    subject: Subject,
    shown: Shown,
    *,
    decision: DecisionForm | None = None,
    decline: DeclineForm | None = None,
    message: str = "",
    stale: Stale | None = None,
    saved: str = "",
) -> str:
    """The proposal with the forms that the viewer may send; `decision`, `decline` as typed, if any."""
    first: dict[str, Any] = {"form_id": uuid4().hex, "seen": str(subject.judged)}
    on = entry_day(shown.body["change"], shown.body["on"], today())
    deciding = not shown.ended and decides(reading.reference, viewer(), shown.body["change"], today())
    return render_template(
        "proposal.html",
        pupil=subject.pupil,
        subject=subject,
        p=shown,
        deciding=deciding,
        own=shown.by_login == viewer().login,
        may_withdraw=viewer().login == shown.by_login or viewer().unit == shown.by_unit,
        posts=approves(reading.reference, shown.body["change"], today()),
        decision=decision or DecisionForm(formdata=None, data={**first, "on": on}),
        decline=decline or DeclineForm(formdata=None, data={**first, "form_id": uuid4().hex}),
        withdraw_id=uuid4().hex,
        warning=_age_warning(reading, subject, shown.body["change"], shown.body["on"]),
        message=message,
        stale=stale,
        saved=saved,
        today=today(),
    )


def _asked(form: ProposalForm, reading: Reading, subject: Subject) -> ProposalForm:
    change = request.args.get("change", "")
    if change not in PROPOSED:
        raise NotFound("没有这种申报")
    reference = reading.reference
    term = reference.approvals(today()).deferral
    return form.ask(change, reference.dictionaries(today()), term, today(), subject.status)


def _hints(reading: Reading, subject: Subject, change: str) -> dict[str, Any]:
    """What the form says besides its fields: who approves, what to mind, why it may be refused."""
    waiting = next(iter(subject.history.file.open_proposals()), 0)
    direct = change == s.HOME_TEACHING and subject.status not in s.OUT
    return {
        "title": _title(subject.status, change),
        "posts": approves(reading.reference, change, today()),
        "waiting": waiting,
        "direct": direct,
        "warning": _age_warning(reading, subject, change, today()),
    }


def _title(status: str, change: str) -> str:
    renewed = status == s.DEFERRED and s.status_of(change) == s.DEFERRED
    return f"申报续办{s.CHANGE_NAMES[change]}" if renewed else TITLES[change]


def _age_warning(reading: Reading, subject: Subject, change: str, on: Day) -> str:
    """送教上门 is for children of compulsory age; others are named, not refused."""
    if change != s.HOME_TEACHING:
        return ""
    age = subject.age_on(on)
    limits = reading.reference.weekly(on).compulsory_age
    if limits.youngest <= age <= limits.oldest:
        return ""
    return f"这个学生 {age} 岁，送教上门一般为 {limits.youngest}–{limits.oldest} 岁，请核对"


def _form(
    form: ProposalForm,
    subject: Subject,
    hints: dict[str, Any],
    *,
    message: str = "",
    stale: Stale | None = None,
    back: bool = False,
) -> str:
    return render_template(
        "proposal_form.html",
        form=form,
        pupil=subject.pupil,
        subject=subject,
        message=message,
        stale=stale,
        back=back,
        typed=back or request.method == "POST",
        address=url_for("proposals.new", child_id=subject.pupil.child_id, change=form.change),
        **hints,
    )


def both_versions(refused: CaseworkError, child_id: str) -> Stale | None:
    """What the form showed and what holds now, when somebody else acted meanwhile."""
    if not isinstance(refused, ChangedMeanwhile) or isinstance(refused, CommandReused):
        return None
    with this_moment() as now:
        return stale_of(refused, now, child_id)


def seen_of(text: str | None) -> int | None:
    """The version a form showed; None when it carries none."""
    return int(text) if text and text.isascii() and text.isdigit() else None
