"""任职、代理、离任、交接、作废: one posting of a unit, from its page."""

from collections.abc import Callable
from dataclasses import asdict
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from wtforms.fields.choices import SelectChoice

from casework.commands.appointments import appoint, end_posting, hand_over, void_posting
from casework.domain.hierarchy import POSTS_AT, Manager
from casework.domain.permissions import MANAGE_POSTINGS
from casework.domain.posting import PostingRow
from casework.domain.units import Unit
from casework.errors import CaseworkError, NotFound
from casework.projections.unit_posts import posting_known, postings_at
from casework.web.access import allow, casework, today, viewer
from casework.web.kept import keeps_form, typed_before
from casework.web.units.forms import PROPER, STAND_IN, VACANT, EndForm, HandOverForm, PostForm, VoidForm
from casework.web.units.one import unit_of
from casework.web.units.refusals import REFUSED, Page, said_of, status_of

pages = Blueprint("posts", __name__, template_folder="templates")

_POSTING = "/units/<code>/posts/<posting>"


@pages.get("/units/<code>/posts/new")
@allow(MANAGE_POSTINGS)
def appointing(code: str) -> str:
    """The form for a posting more."""
    again, given = typed_before(viewer().login), request.args
    first = {"form_id": uuid4().hex, "since": today(), "post": given.get("post", "")}
    first |= {"klass": given.get("klass", ""), "manner": PROPER}
    if "acting" in given:  # asked for from a vacancy
        first |= {"manner": STAND_IN, "acting_for": VACANT}
    return _new(code, PostForm(again) if again else PostForm(data=first))


@pages.post("/units/<code>/posts/new")
@keeps_form
@allow(MANAGE_POSTINGS)
def appointed(code: str) -> Page:
    """Registers the posting."""
    form = PostForm()
    _offer(code, form)
    if not form.validate_on_submit():
        return _new(code, form), 400
    row = form.row(code)
    try:
        casework().do(
            "postings.appoint",
            lambda act, ref: appoint(act, ref, row=row),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content=asdict(row),
        )
    except REFUSED as refused:
        return _new(code, form, said_of(refused)), status_of(refused)
    return redirect(url_for("units.unit", code=code, done="appointed"), 303)


def _new(code: str, form: PostForm, message: str = "") -> str:
    unit, people = _offer(code, form)
    return render_template("post_new.html", form=form, unit=unit, people=people, message=message)


def _offer(code: str, form: PostForm) -> tuple[Unit, dict[str, str]]:
    """Sets what may be chosen; the unit, and those registered there (login → name)."""
    with casework().reading() as reading:
        unit = unit_of(reading, viewer(), code)
        manager = Manager(reading.reference.units, (viewer().post, viewer().unit))
        rows = postings_at(reading.snapshot.conn, reading.snapshot.k, code)
    form.post.choices = [post for post in POSTS_AT.get(unit.kind, ()) if manager.appoints(post, code)]
    present = [row for row in rows if not row.acting and (not row.until or row.until >= today())]
    form.acting_for.choices = [
        SelectChoice("", "请选择"),
        SelectChoice(VACANT, "岗位空缺"),
        *(SelectChoice(row.login, f"{row.name}（{row.post}{row.klass}）") for row in present),
    ]
    return unit, {row.login: row.name for row in rows}


@pages.get(_POSTING)
@allow(MANAGE_POSTINGS)
def post(code: str, posting: str) -> str:
    """One posting, and what may be done with it."""
    return _page(code, posting)


@pages.post(f"{_POSTING}/end")
@allow(MANAGE_POSTINGS)
def ended(code: str, posting: str) -> Page:
    """离任."""
    form = EndForm()
    until, seen = (form.until.data or "").strip(), form.seen.data or ""
    return _do(
        code,
        posting,
        form,
        "ended",
        lambda: casework().do(
            "postings.end",
            lambda act, ref: end_posting(act, ref, posting=posting, until=until, seen=seen),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"posting": posting, "until": until, "seen": seen},
        ),
    )


@pages.post(f"{_POSTING}/hand-over")
@allow(MANAGE_POSTINGS)
def handed(code: str, posting: str) -> Page:
    """交接."""
    form = HandOverForm()
    last, seen = form.last_day.data or "", form.seen.data or ""
    login, name = (form.login.data or "").strip(), (form.name.data or "").strip()
    return _do(
        code,
        posting,
        form,
        "handed",
        lambda: casework().do(
            "postings.hand_over",
            lambda act, ref: hand_over(
                act, ref, posting=posting, last_day=last, seen=seen, login=login, name=name
            ),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"posting": posting, "last_day": last, "seen": seen, "login": login, "name": name},
        ),
    )


@pages.post(f"{_POSTING}/void")
@allow(MANAGE_POSTINGS)
def voided(code: str, posting: str) -> Page:
    """作废."""
    form = VoidForm()
    reason, seen = form.reason.data or "", form.seen.data or ""
    return _do(
        code,
        posting,
        form,
        "voided",
        lambda: casework().do(
            "postings.void",
            lambda act, ref: void_posting(act, ref, posting=posting, reason=reason, seen=seen),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"posting": posting, "reason": reason, "seen": seen},
        ),
    )


def _do(code: str, posting: str, form: FlaskForm, done: str, run: Callable[[], object]) -> Page:
    """Runs what the form asks for; refused, the page again with the reason and what was typed."""
    if not form.validate_on_submit():
        return _page(code, posting, form), 400
    try:
        run()
    except REFUSED as refused:
        if isinstance(refused, NotFound):
            raise
        return _page(code, posting, form, refused), status_of(refused)
    return redirect(url_for("units.unit", code=code, done=done), 303)


def _page(
    code: str, posting: str, form: FlaskForm | None = None, refused: CaseworkError | None = None
) -> str:
    with casework().reading() as reading:
        unit = unit_of(reading, viewer(), code)
        row = posting_known(reading.snapshot.conn, reading.snapshot.k, posting)
        if row is None or row.unit != code:
            raise NotFound("没有这条任职", posting=posting)
        mine = _may_end(Manager(reading.reference.units, (viewer().post, viewer().unit)), row)
    return render_template(
        "post.html",
        unit=unit,
        row=row,
        mine=mine,
        message=said_of(refused) if refused else "",
        today=today(),
        **_forms(row, form),
    )


def _may_end(manager: Manager, row: PostingRow) -> bool:
    return row.login != viewer().login and manager.appoints(row.post, row.unit)


def _forms(row: PostingRow, typed: FlaskForm | None) -> dict[str, FlaskForm]:
    """The three forms, one of them as it was typed; each says which state of the posting it was made for."""
    made: dict[str, FlaskForm] = {}
    for name, cls, first in (
        ("ending", EndForm, {"until": row.until or today()}),
        ("handing", HandOverForm, {"last_day": row.until or today()}),
        ("voiding", VoidForm, {}),
    ):
        if isinstance(typed, cls):
            typed.seen.data, typed.form_id.data = row.until, uuid4().hex
            made[name] = typed
        else:
            made[name] = cls(formdata=None, data={"form_id": uuid4().hex, "seen": row.until, **first})
    return made
