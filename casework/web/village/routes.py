"""本村孩子: each child of school age to confirm with one tap; leads on those nobody has seen."""

from dataclasses import asdict
from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.commands.village import confirm_child, give_lead, lead_on_new_child
from casework.domain.permissions import CONFIRM_CHILD, GIVE_LEAD
from casework.domain.units import VILLAGE
from casework.domain.village import CONFIRMATIONS, WORTH_A_LEAD
from casework.errors import BadInput, ChangedMeanwhile, NotFound, RuleBroken
from casework.projections import village as table
from casework.projections.village import Asked, Villager
from casework.service import Reading
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.errors import STATUS
from casework.web.kept import keeps_form, typed_before
from casework.web.village.forms import LeadForm, NewChildForm, child_of
from casework.web.village.shown import shown

pages = Blueprint("village", __name__, template_folder="templates")

_ROWS = 40
_WHICH = {table.WAITING: "未确认", table.CONFIRMED: "已确认", table.ALL: "全部"}
Page = Response | str | tuple[str, int]


@pages.get("/village")
@allow(CONFIRM_CHILD)
def children() -> str:
    """The village's children; those not yet confirmed this term first of all."""
    q = request.args.get("q", "").strip()[:40]
    which = request.args.get("which", table.ALL if q else table.WAITING)
    which = which if which in _WHICH else table.WAITING
    with this_moment() as reading:
        conn, units, asked = reading.snapshot.conn, reading.reference.units, _asked(reading)
        done, everyone = table.progress(conn, units, asked)
        found, after = table.villagers(conn, units, asked, which=which, named=q, after=_after(), size=_ROWS)
        rows = shown(reading, found, asked.since)
        just = table.one_of(conn, units, asked, request.args.get("did", ""))
        lately = shown(reading, [just], asked.since)[0] if just else None
    counts = {table.WAITING: everyone - done, table.CONFIRMED: done, table.ALL: everyone}
    return render_template(
        "village.html",
        done=done,
        everyone=everyone,
        since=asked.since,
        filters=[(code, name, counts[code]) for code, name in _WHICH.items()],
        which="" if q else which,
        q=q,
        place=[("which", which), ("q", q), *(("after", each) for each in request.args.getlist("after"))],
        rows=rows,
        lately=lately,
        words=CONFIRMATIONS,
        worth=WORTH_A_LEAD,
        after=request.args.getlist("after"),
        more=url_for("village.children", which=which, q=q or None, after=list(after)) if after else "",
    )


@pages.post("/village/confirm")
@allow(CONFIRM_CHILD)
def confirm() -> Response:
    """One tap: writes the word and shows the list again, at the child's place."""
    said = {name: request.form.get(name, "") for name in ("child_id", "found", "place", "note")}
    casework().do("confirm_child", lambda act, ref: confirm_child(act, ref, **said), actor=viewer().actor)
    kept = {name: request.form.getlist(name) for name in ("which", "q", "after")}
    # A child just confirmed is gone from the list of those waiting: the next one is at the top.
    anchor = "progress" if kept["which"] == [table.WAITING] else f"c-{said['child_id']}"
    filled: dict[str, Any] = {name: values for name, values in kept.items() if any(values)}
    return redirect(url_for("village.children", did=said["child_id"], _anchor=anchor, **filled), 303)


@pages.get("/village/lead/<string(length=32):child_id>")
@allow(GIVE_LEAD)
def lead_on(child_id: str) -> str:
    """The form for a lead on a child of the village."""
    again = typed_before(viewer().login)
    form = LeadForm(again) if again else LeadForm(data={"form_id": uuid4().hex})
    return _lead_page(form, _child(child_id), back=bool(again))


@pages.post("/village/lead/<string(length=32):child_id>")
@keeps_form
@allow(GIVE_LEAD)
def give(child_id: str) -> Page:
    """The child becomes 待核查."""
    child, form = _child(child_id), LeadForm()
    if not form.validate_on_submit():
        return _lead_page(form, child), 400
    words = form.words.data
    try:
        casework().do(
            "give_lead",
            lambda act, ref: give_lead(act, ref, child_id=child_id, words=words),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"child": child_id, "words": words},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        return _lead_page(form, child, message=refused.message), _status(refused)
    return redirect(url_for("village.given", child=child_id), 303)


@pages.get("/village/lead")
@allow(GIVE_LEAD)
def new_lead() -> str:
    """The form for a lead on a child of no roster."""
    again = typed_before(viewer().login)
    form = NewChildForm(again) if again else NewChildForm(data={"form_id": uuid4().hex})
    return _new_page(form.ask(today()), back=bool(again))


@pages.post("/village/lead")
@keeps_form
@allow(GIVE_LEAD)
def give_new() -> Page:
    """Shows children of the same name first; then the child is on the roster, and 待核查."""
    form = NewChildForm().ask(today())
    if not form.validate_on_submit():
        return _new_page(form), 400
    alike = [] if request.form.get("sure") else _alike(form)
    if alike:
        return _new_page(form, alike=alike)
    village, child, words = viewer().unit, child_of(form), form.words.data
    try:
        casework().do(
            "lead_on_new_child",
            lambda act, ref: lead_on_new_child(act, ref, village=village, child=child, words=words),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"village": village, "words": words, **asdict(child)},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        return _new_page(form, message=refused.message), _status(refused)
    return redirect(url_for("village.given"), 303)


@pages.get("/village/lead/given")
@allow(GIVE_LEAD)
def given() -> str:
    """Thanks, and what happens now."""
    return render_template("lead_given.html", child=request.args.get("child", ""))


def _asked(reading: Reading) -> Asked:
    unit = reading.reference.units.get(viewer().unit)
    if unit is None or unit.kind != VILLAGE:
        raise NotFound("您的岗位不在村里，没有本村名单")
    weekly = reading.reference.weekly(today())
    first, last = weekly.entry_years(today())
    # A child that turns six by 31 August of year Y was born from September Y-7 to August Y-6.
    born = (f"{first - 7:04d}-09-01", f"{last - 6:04d}-08-31")
    return Asked(unit.code, born, today(), reading.snapshot.k, weekly.term_start(today()))


def _child(child_id: str) -> Villager:
    with this_moment() as reading:
        asked = _asked(reading)
        found = table.one_of(reading.snapshot.conn, reading.reference.units, asked, child_id)
    if found is None:
        raise NotFound("没有这名学生", child=child_id)
    return found


def _alike(form: NewChildForm) -> list[Any]:
    with this_moment() as reading:
        asked, units = _asked(reading), reading.reference.units
        found = table.same_name(reading.snapshot.conn, units, asked, form.name.data, form.born()[:4])
        return shown(reading, found, asked.since)


def _lead_page(form: LeadForm, child: Villager, *, message: str = "", back: bool = False) -> str:
    return render_template("lead.html", form=form, child=child, message=message, back=back, alike=[])


def _new_page(
    form: NewChildForm, *, message: str = "", back: bool = False, alike: list[Any] | None = None
) -> str:
    return render_template("lead.html", form=form, child=None, message=message, back=back, alike=alike or [])


def _status(refused: Exception) -> int:
    return next(code for kind, (code, _) in STATUS.items() if isinstance(refused, kind))


def _after() -> tuple[str, str] | None:
    after = request.args.getlist("after")
    if not after:
        return None
    if len(after) != 2:
        raise BadInput("翻页的地址不完整，请回到第一页")
    return after[0], after[1]
