"""转学 pages: the two lists, asking for a child, and one child's transfer with what each side does."""

from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.commands.transfer_asking import ask_transfer, withdraw_asking
from casework.domain.permissions import TRANSFER
from casework.errors import BadInput, ChangedMeanwhile, RuleBroken
from casework.projections.child_search import CERTIFICATE_TYPES
from casework.store.read_log import TRANSFER_ASKED, note_reading
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.cases.at_hand import refusal
from casework.web.kept import keeps_form, typed_before
from casework.web.transfers.forms import AskForm
from casework.web.transfers.lists import lists_of
from casework.web.transfers.reach import open_schools

pages = Blueprint("transfers", __name__, template_folder="templates")

Page = Response | str | tuple[str, int]


@pages.get("/transfers")
@allow(TRANSFER)
def lists() -> str:
    """Who comes, or who leaves."""
    view = request.args.get("view", "in")
    with this_moment() as reading:
        found = lists_of(reading, viewer(), today())
    coming = len(found.coming) + sum(not each.ended for each in found.asked)
    leaving = len(found.wanted) + len(found.leaving)
    return render_template(
        "transfers.html",
        lists=found,
        view="out" if view == "out" else "in",
        views={"in": f"转入 {coming}", "out": f"转出 {leaving}"},
        address=lambda view: url_for("transfers.lists", view=view),
        done=request.args.get("done", ""),
        once=uuid4().hex,
    )


@pages.get("/transfers/ask")
@allow(TRANSFER)
def asking() -> str:
    """The form; or as it was typed before the sign-in expired."""
    again = typed_before(viewer().login)
    form = AskForm(again) if again else AskForm(formdata=None, data={"form_id": uuid4().hex})
    return _ask_page(form, back=bool(again))


@pages.post("/transfers/ask")
@keeps_form
@allow(TRANSFER)
def ask() -> Page:
    """Sends the asking. What comes back is the same for whatever was typed; the read log keeps who asked."""
    form = AskForm()
    schools = _schools()
    if not form.validate_on_submit():
        return _ask_page(form), 400
    school = form.school.data or (schools[0][0] if len(schools) == 1 else "")
    wanted, why, request_id = form.wanted(), (form.why.data or "").strip(), form.form_id.data or ""
    _note(school)
    try:
        casework().do(
            "ask_transfer",
            lambda act, ref: ask_transfer(
                act, ref, request_id=uuid4().hex, school=school, wanted=wanted, why=why
            ),
            actor=viewer().actor,
            command_id=request_id,
            content={"school": school, "wanted": wanted.text, "why": why},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        message, code = refusal(refused)
        return _ask_page(form, message=message), code
    return redirect(url_for("transfers.lists", done="asked"), 303)


@pages.post("/transfers/<string(length=32):request_id>/withdraw")
@allow(TRANSFER)
def take_back(request_id: str) -> Response:
    """The school takes its asking back."""
    casework().do(
        "withdraw_asking",
        lambda act, ref: withdraw_asking(act, ref, request_id=request_id),
        actor=viewer().actor,
        command_id=request.form.get("form_id", ""),
        content={"request": request_id},
    )
    return redirect(url_for("transfers.lists", done="withdrawn"), 303)


def _schools() -> list[tuple[str, str]]:
    with this_moment() as reading:
        found = open_schools(reading.reference.units, viewer().reach, today())
    return [(unit.code, unit.name) for unit in found]


def _ask_page(form: AskForm, *, message: str = "", back: bool = False) -> str:
    return render_template(
        "transfer_ask.html",
        form=form,
        schools=_schools(),
        certificates=[(each, each) for each in CERTIFICATE_TYPES],
        message=message,
        back=back,
    )


def _note(school: str) -> None:
    """Who asked, for which school; never what was typed."""
    engine, now = casework().store.engine, casework().store.now()
    note_reading(engine, viewer().actor, at=now, what=TRANSFER_ASKED, detail=school)
