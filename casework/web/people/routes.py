"""人员与账号: who works in the units below, whose account stands how, and the paper slips."""

from uuid import uuid4

from flask import Blueprint, render_template, request, session
from werkzeug.wrappers import Response

from casework.accounts import AccountBook
from casework.commands.appointments import appoint
from casework.commands.postings import PostingRow
from casework.domain.hierarchy import POSTS_AT, may_appoint
from casework.domain.permissions import MANAGE_ACCOUNTS
from casework.errors import BadInput, CaseworkError
from casework.web.access import accounts, allow, casework, today, viewer, wall_now
from casework.web.people.asked import SIZE, WHICH, Asked
from casework.web.people.forms import AppointForm
from casework.web.people.shown import Desk, desk_of, told

pages = Blueprint("people", __name__, template_folder="templates")

_LAST_HANDED_OUT = "handed_out"
_CHANGES = 200


def _book() -> AccountBook:
    return AccountBook(accounts())


@pages.get("/people")
@allow(MANAGE_ACCOUNTS)
def people() -> str:
    """The people of one unit."""
    return _people(request.args.get("unit", ""), asked=Asked.of(request.args))


def _people(unit: str, *, form: AppointForm | None = None, done: str = "", asked: Asked | None = None) -> str:
    with casework().reading() as reading:
        desk = desk_of(reading, viewer(), unit, today())
        units = reading.reference.units
        manager = (viewer().post, viewer().unit)
        choices = [
            post for post in POSTS_AT.get(desk.kind, ()) if may_appoint(units, manager, post, desk.unit)
        ]
    form = form or AppointForm(formdata=None)
    form.post.choices = choices
    lines = desk.lines(_book(), today(), now=wall_now())
    names = {line.login: line.name for line in lines}
    changes = told(_book().changes(names, _CHANGES), names)
    asked = asked or Asked()
    found, start = asked.found(lines), asked.start
    return render_template(
        "people.html",
        desk=desk,
        everyone=len(lines),
        found=len(found),
        lines=found[start : start + SIZE],
        asked=asked,
        which=WHICH,
        first=asked.address(desk.unit, 0) if start else "",
        more=asked.address(desk.unit, start + SIZE) if len(found) > start + SIZE else "",
        changes=changes,
        form=form,
        done=done,
        once=uuid4().hex,
        today=today(),
    )


@pages.post("/people/codes")
@allow(MANAGE_ACCOUNTS)
def hand_out() -> str | Response:
    """One-time codes for those chosen, on slips to print; shown this once."""
    once, desk = request.form.get("once", ""), _desk()
    if once and session.get(_LAST_HANDED_OUT) == once:
        raise BadInput("这一批一次性密码已经发放并显示过。如果没有打印，请返回名单重新发放，前一批随即作废。")
    chosen = desk.chosen(_logins())
    if not chosen:
        raise BadInput("请先在名单里勾选要发放一次性密码的人")
    slips = _book().hand_out(chosen, by=viewer().actor, now=wall_now())
    session[_LAST_HANDED_OUT] = once
    site = request.host_url.rstrip("/")
    return render_template("slips.html", slips=slips, desk=desk, site=site)


@pages.post("/people/disable")
@allow(MANAGE_ACCOUNTS)
def disable() -> str:
    """Ends accounts; a new one-time code opens them again."""
    desk = _desk()
    chosen = desk.chosen(_logins())
    for login in chosen:
        _book().disable(login, by=viewer().actor, now=wall_now())
    return _people(desk.unit, done=f"已停用：{'、'.join(chosen.values())}。发放新的一次性密码即可恢复。")


@pages.post("/people/new")
@allow(MANAGE_ACCOUNTS)
def add() -> str | tuple[str, int]:
    """One person more, by hand."""
    desk, form = _desk(), AppointForm()
    with casework().reading() as reading:
        units, manager = reading.reference.units, (viewer().post, viewer().unit)
        form.post.choices = [
            post for post in POSTS_AT.get(desk.kind, ()) if may_appoint(units, manager, post, desk.unit)
        ]
    if not form.validate_on_submit():
        return _people(desk.unit, form=form), 400
    row = PostingRow(
        login=form.login.data,
        name=form.name.data,
        post=form.post.data,
        unit=desk.unit,
        since=form.since.data.isoformat(),
        klass=form.klass.data or "",
        area=form.area.data or "",
    )
    try:
        casework().do(
            "people.appoint", lambda act, reference: appoint(act, reference, row=row), actor=viewer().actor
        )
    except CaseworkError as refused:
        form.login.errors = [refused.message]
        return _people(desk.unit, form=form), 400
    return _people(desk.unit, done=f"已登记{row.name}（{row.post}）。请勾选后发放一次性密码。")


def _desk() -> Desk:
    with casework().reading() as reading:
        return desk_of(reading, viewer(), request.form.get("unit", ""), today())


def _logins() -> list[str]:
    """The one whose button was pressed, else all that are ticked."""
    only = request.form.get("only", "")
    return [only] if only else request.form.getlist("login")
