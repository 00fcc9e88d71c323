"""单位与任职: the county's units as a tree, one unit's page, and its setting up, ending and merging."""

from time import monotonic
from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from casework.commands.unit_acts import add_unit, close_unit, follow_unit, reopen_unit
from casework.domain.hierarchy import POSTS_AT, Manager
from casework.domain.permissions import MANAGE_POSTINGS, MANAGE_UNITS
from casework.domain.units import COUNTY, DISTRICT, KINDS, PARENT_KINDS, TOWNSHIPS, Unit
from casework.domain.values import FOREVER
from casework.errors import BadInput
from casework.importers.units import CATEGORIES
from casework.service import Reading
from casework.store.store import Reply
from casework.web.access import allow, casework, today, viewer
from casework.web.kept import keeps_form, typed_before
from casework.web.typed import day_fault
from casework.web.units.closing import preview, successors
from casework.web.units.forms import UnitForm
from casework.web.units.lines import SHOWN_AT_ONCE, Asked, grouped, lines_of, managed_by
from casework.web.units.one import shown, unit_of
from casework.web.units.refusals import REFUSED, Page, said_of, status_of

pages = Blueprint("units", __name__, template_folder="templates")

_PATIENCE_S = 20
"""A page goes on moving children for so long; the rest is one more click."""
_OPEN_TREE = 24
"""Up to so many units the tree stands open."""


@pages.get("/units")
@allow(MANAGE_POSTINGS)
def units() -> Page:
    """The units below the viewer: a tree, or a flat list of what was asked for."""
    given = request.args
    with casework().reading() as reading:
        tree = reading.reference.units
        managed = managed_by(tree, viewer())
        if len(managed) == 1:
            return redirect(url_for("units.unit", code=managed[0].code))
        counties = [each for each in managed if each.kind == COUNTY]
        county = given.get("county", "") or (counties[0].code if counties else "")
        asked = Asked(
            given.get("q", "").strip(), given.get("kind", ""), "vacant" in given, "closed" in given, county
        )
        here = [each for each in managed if not counties or tree.county_of(each.code) == county]
        lines = [line for line in lines_of(reading, here, today()) if asked.fits(line)]
        schools, places = ([], []) if asked.narrowed else grouped(lines, tree)
    return render_template(
        "units.html",
        asked=asked,
        counties=counties,
        own=[line for line in lines if line.unit.kind == COUNTY],
        lines=lines[:SHOWN_AT_ONCE],
        total=len(lines),
        vacancies=sum(len(line.vacancies) for line in lines),
        schools=schools,
        places=places,
        unfolded=len(lines) <= _OPEN_TREE,
        kinds=list(KINDS),
    )


@pages.get("/units/<code>")
@allow(MANAGE_POSTINGS)
def unit(code: str) -> str:
    """One unit."""
    with casework().reading() as reading:
        found = unit_of(reading, viewer(), code)
        page = shown(reading, found, today())
        manager = Manager(reading.reference.units, (viewer().post, viewer().unit))
    return render_template(
        "unit.html",
        page=page,
        unit=found,
        tree=reading.reference.units,
        appoints={post for post in POSTS_AT.get(found.kind, ()) if manager.appoints(post, code)},
        closes=viewer().may(MANAGE_UNITS) and code != viewer().unit and found.closed_on == FOREVER,
        reopens=viewer().may(MANAGE_UNITS) and found.closed_on != FOREVER,
        form_id=uuid4().hex,
        done=_DONE.get(request.args.get("done", ""), ""),
        today=today(),
    )


_DONE = {
    "added": "单位已设立。请接着登记任职。",
    "closed": "已登记停用。学生和未销号个案随之转入新单位。",
    "reopened": "已撤销停用，学生和任职恢复原状。",
    "followed": "其余学生已随迁完。",
    "appointed": "任职已登记。",
    "ended": "已登记。",
    "handed": "交接已登记：现任离任，接任人次日到任。",
    "voided": "这条任职已作废。",
}


@pages.get("/units/new")
@allow(MANAGE_UNITS)
def new() -> str:
    """The form for a unit more."""
    again = typed_before(viewer().login)
    first = {"form_id": uuid4().hex, "opened_on": today(), "parent": request.args.get("parent", "")}
    return _new(UnitForm(again) if again else UnitForm(data=first))


@pages.post("/units/new")
@keeps_form
@allow(MANAGE_UNITS)
def add() -> Page:
    """Sets the unit up; children who waited for its code are placed."""
    form = _with_choices(UnitForm())
    if not form.validate_on_submit():
        return _new(form), 400
    made = form.unit()
    try:
        casework().do(
            "units.add",
            lambda act, ref: add_unit(act, ref, unit=made),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={name: getattr(made, name) for name in Unit.__dataclass_fields__},
        )
    except REFUSED as refused:
        return _new(form, said_of(refused)), status_of(refused)
    _follow(made.code)
    return redirect(url_for("units.unit", code=made.code, done="added"), 303)


def _new(form: UnitForm, message: str = "") -> str:
    return render_template("unit_new.html", form=_with_choices(form), message=message)


def _with_choices(form: UnitForm) -> UnitForm:
    with casework().reading() as reading:
        managed = [
            each for each in managed_by(reading.reference.units, viewer()) if each.closed_on == FOREVER
        ]
    above = {kind for kinds in PARENT_KINDS.values() for kind in kinds}
    order = (COUNTY, DISTRICT, *TOWNSHIPS)
    parents = sorted(
        (each for each in managed if each.kind in above & set(order)), key=lambda each: order.index(each.kind)
    )
    form.parent.choices = [SelectChoice(each.code, each.name) for each in parents]
    form.township.choices = [("", "（不填）")] + [
        (each.code, each.name) for each in managed if each.kind in TOWNSHIPS
    ]
    form.category.choices = list(CATEGORIES)
    return form


@pages.get("/units/<code>/close")
@allow(MANAGE_UNITS)
def closing(code: str) -> Page:
    """First the day and the successor; with both in the address, what would move."""
    on, successor = request.args.get("on", ""), request.args.get("successor", "")
    return _closing(code, on, successor)


@pages.post("/units/<code>/close")
@allow(MANAGE_UNITS)
def close(code: str) -> Page:
    """Closes the unit as the preview showed it, then moves the children."""
    given = request.form
    on, successor, seen = given.get("on", ""), given.get("successor", ""), given.get("seen", "")
    moving = sorted(given.getlist("moving"))
    try:
        fault = day_fault(on)
        if fault:
            raise BadInput(fault)
        casework().do(
            "units.close",
            lambda act, ref: close_unit(
                act, ref, code=code, on=on, successor=successor, seen=seen, moving=moving
            ),
            actor=viewer().actor,
            command_id=given.get("form_id", ""),
            content={"unit": code, "on": on, "successor": successor, "seen": seen, "moving": moving},
        )
    except REFUSED as refused:
        page = _closing(code, on, successor, said_of(refused), moving)
        return page if isinstance(page, tuple) else (page, status_of(refused))
    left = _follow(code) if successor else 0
    return redirect(url_for("units.unit", code=code, done="" if left else "closed"), 303)


def _closing(code: str, on: str, successor: str, message: str = "", moving: list[str] | None = None) -> Any:
    with casework().reading() as reading:
        found = unit_of(reading, viewer(), code)
        if found.closed_on != FOREVER or code == viewer().unit:
            why = message or f"{found.name}已登记自 {found.closed_on} 起停用，不需要再办"
            return _refused(reading, found, why if code != viewer().unit else "不能停用自己所在的单位")
        near, far = successors(reading.reference.units, viewer(), found)
        ahead = None
        if on or successor:
            try:
                fault = day_fault(on)
                if fault:
                    raise BadInput(fault)
                ahead = preview(reading, viewer(), found, on, successor, today())
            except REFUSED as refused:
                message = message or refused.message
    return render_template(
        "unit_close.html",
        unit=found,
        on=on or today(),
        successor=successor,
        near=near,
        far=far,
        ahead=ahead,
        message=message,
        moving=moving,
        late=bool(on) and on < today(),
        form_id=uuid4().hex,
    )


def _refused(reading: Reading, found: Unit, why: str) -> tuple[str, int]:
    page = render_template("unit_refused.html", unit=found, why=why)
    return page, 409


@pages.post("/units/<code>/reopen")
@allow(MANAGE_UNITS)
def reopen(code: str) -> Response:
    """Takes a wrong closing back."""
    reason, seen = request.form.get("reason", ""), request.form.get("seen", "")
    casework().do(
        "units.reopen",
        lambda act, ref: reopen_unit(act, ref, code=code, reason=reason, seen=seen),
        actor=viewer().actor,
        command_id=request.form.get("form_id", ""),
        content={"unit": code, "reason": reason, "seen": seen},
    )
    _follow(code)
    return redirect(url_for("units.unit", code=code, done="reopened"), 303)


@pages.post("/units/<code>/follow")
@allow(MANAGE_UNITS)
def follow(code: str) -> Response:
    """Goes on with a move of children that was interrupted."""
    left = _follow(code)
    return redirect(url_for("units.unit", code=code, done="" if left else "followed"), 303)


def _follow(code: str) -> int:
    """Moves children act by act until all have followed or patience ends; how many are left."""
    reply: Reply = {"last": "", "left": 1}
    until = monotonic() + _PATIENCE_S
    while reply["left"] and monotonic() < until:
        reply = _followed(code, reply["last"])
    return int(reply["left"])


def _followed(code: str, after: str) -> Reply:
    return casework().do(
        "units.follow",
        lambda act, ref: follow_unit(act, ref, code=code, after=after),
        actor=viewer().actor,
    )
