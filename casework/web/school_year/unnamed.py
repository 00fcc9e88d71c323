"""全员花名册比对: children on the roll whom a full roster did not name, each to be explained by a person."""

from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from casework.commands.school_at_hand import schools_in_reach
from casework.commands.unnamed import explain_unnamed
from casework.domain.permissions import SCHOOL_YEAR
from casework.domain.units import Unit
from casework.errors import BadInput, CaseworkError, ChangedMeanwhile, RuleBroken
from casework.projections.promotion_plan import merged_into
from casework.projections.unnamed import unnamed_of
from casework.service import Reading
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.errors import STATUS
from casework.web.kept import keeps_form, typed_before
from casework.web.school_year.asked import one_school, school_asked, term_asked
from casework.web.school_year.overview import standings

pages = Blueprint("unnamed", __name__, template_folder="templates")

Page = Response | str | tuple[str, int]


@pages.get("/school-year/unnamed")
@allow(SCHOOL_YEAR)
def children() -> str:
    """A school's children not named, the unexplained first; without a school, how many each has."""
    typed = typed_before(viewer().login)
    with this_moment() as reading:
        school = school_asked(reading)
        if school is None:
            return _all_schools(reading)
        return _page(reading, school, typed=typed, done=request.args.get("done", ""))


@pages.post("/school-year/unnamed")
@keeps_form
@allow(SCHOOL_YEAR)
def explain() -> Page:
    """Says where those ticked went."""
    form = request.form
    with this_moment() as reading:
        school = one_school(reading)
    children, seen = (
        form.getlist("child"),
        {each: form.get(f"seen-{each}", "") for each in form.getlist("child")},
    )
    said = {name: form.get(name, "") for name in ("explained", "destination", "note")}
    try:
        reply = casework().do(
            "explain_unnamed",
            lambda act, ref: explain_unnamed(
                act, ref, school=school.code, children=children, seen=seen, **said
            ),
            actor=viewer().actor,
            command_id=form.get("form_id", ""),
            content={"school": school.code, "children": children, "seen": seen, **said},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        with casework().reading() as fresh:
            return _page(fresh, school, typed=form, message=refused.message), _status(refused)
    return redirect(url_for("unnamed.children", school=school.code, done=reply["children"]), 303)


def _all_schools(reading: Reading) -> str:
    schools = schools_in_reach(reading.reference.units, viewer().reach, today())
    lines = standings(reading, schools, term_asked(reading).first_day, today())
    waiting = [line for line in lines if line.unnamed]
    return render_template("unnamed_schools.html", lines=waiting, total=sum(line.unnamed for line in waiting))


def _page(
    reading: Reading,
    school: Unit,
    *,
    typed: MultiDict[str, str] | None = None,
    message: str = "",
    done: str = "",
) -> str:
    snapshot, units = reading.snapshot, reading.reference.units
    codes = merged_into(units, school.code, today())
    found = unnamed_of(snapshot.conn, snapshot.keys, snapshot.k, today(), codes)
    policy = reading.reference.school_year(today())
    said: dict[str, Any] = dict(typed or {})
    values = {name: said.get(name, "") for name in ("destination", "note")}
    return render_template(
        "unnamed.html", school=school, waiting=[each for each in found if not each.explained],
        explained=[each for each in found if each.explained], choices=policy.explanations,
        needing=policy.with_destination, chosen=typed.getlist("child") if typed else [],
        explained_as=said.get("explained", ""), **values,
        message=message, done=done, form_id=uuid4().hex,
    )  # fmt: skip


def _status(refused: CaseworkError) -> int:
    return next(code for kind, (code, _) in STATUS.items() if isinstance(refused, kind))
