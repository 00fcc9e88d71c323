"""学年: how the schools stand, 学年升级 with its preview, and the leavers whom no junior school names."""

from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.commands.leavers import verify_leaver
from casework.commands.school_at_hand import schools_in_reach
from casework.commands.school_year import begin_promotion, declare_promoted, promote_pupils
from casework.domain.permissions import SCHOOL_YEAR
from casework.domain.places import Place
from casework.domain.promotion import DECLARED
from casework.domain.school_year import STEP_NAMES, stays_unless_said, year_name
from casework.domain.units import Unit
from casework.errors import BadInput, CaseworkError, ChangedMeanwhile, RuleBroken
from casework.projections.leavers import leavers
from casework.projections.promotion_plan import plan_of
from casework.service import Reading
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.errors import STATUS
from casework.web.school_year.asked import one_school, ours, school_asked, term_asked, year_asked
from casework.web.school_year.overview import standings, told

pages = Blueprint("school_year", __name__, template_folder="templates")

Page = Response | str | tuple[str, int]
_SHOWN = 300


@pages.get("/school-year")
@allow(SCHOOL_YEAR)
def overview() -> str:
    """What each school has done of its school year; for a school office, its own three tasks."""
    with this_moment() as reading:
        school, term = school_asked(reading), term_asked(reading)
        units, reach = reading.reference.units, viewer().reach
        schools = [school] if school else schools_in_reach(units, reach, today())
        lines = standings(reading, schools, term.first_day, today())
        year, first_day = year_asked(reading)
    return render_template(
        "school_year.html", school=school, lines=lines, term=term, year=year_name(year),
        first_day=first_day, begun=first_day <= today(),
        done={
            "step": sum(line.step is not None for line in lines),
            "sheet": sum(line.filed for line in lines),
            "unnamed": sum(line.unnamed for line in lines),
            "unplaced": sum(line.unplaced for line in lines),
        },
    )  # fmt: skip


@pages.get("/school-year/promotion")
@allow(SCHOOL_YEAR)
def promotion() -> str:
    """The preview of one school's promotion, class by class."""
    with this_moment() as reading:
        return _promotion_page(reading, one_school(reading), done=request.args.get("done", ""))


@pages.post("/school-year/promotion")
@allow(SCHOOL_YEAR)
def promote() -> Page:
    """Applies the preview in acts of at most 200 pupils; sent again, it takes up where it was."""
    with this_moment() as reading:
        school, year = one_school(reading).code, year_asked(reading)[0]
    seen, asked = request.form.get("seen", ""), request.form.getlist("asked")
    staying = [each for each in asked if request.form.get(f"stay-{each}") == "yes"]
    try:
        begun = casework().do(
            "begin_promotion",
            lambda act, ref: begin_promotion(act, ref, school=school, year=year, seen=seen, staying=staying),
            actor=viewer().actor,
            command_id=request.form.get("form_id", ""),
            content={"school": school, "year": year, "seen": seen, "staying": staying},
        )
        left = begun["left"]
        while left:
            left = casework().do(
                "promote_pupils",
                lambda act, ref: promote_pupils(act, ref, school=school, year=year),
                actor=viewer().actor,
            )["left"]
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        return _refused(refused)
    return redirect(url_for("school_year.promotion", school=school, done=begun["verb"]), 303)


@pages.post("/school-year/promotion/declared")
@allow(SCHOOL_YEAR)
def declare() -> Page:
    """名册已是新学年的: nothing is to be done."""
    with this_moment() as reading:
        school, year = one_school(reading).code, year_asked(reading)[0]
    try:
        casework().do(
            "declare_promoted",
            lambda act, ref: declare_promoted(act, ref, school=school, year=year),
            actor=viewer().actor,
            command_id=request.form.get("form_id", ""),
            content={"school": school, "year": year},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        return _refused(refused)
    return redirect(url_for("school_year.promotion", school=school), 303)


@pages.get("/school-year/leavers")
@allow(SCHOOL_YEAR)
def unplaced() -> str:
    """小升初未衔接: who left 小学 and sits in no junior school."""
    with this_moment() as reading:
        school = school_asked(reading)
        units, snapshot = reading.reference.units, reading.snapshot

        def wanted(code: str) -> bool:
            return units.standing(code, today()) == school.code if school else ours(reading, code)

        found = leavers(snapshot.conn, snapshot.k, today(), wanted)
        waiting = [each for each in found if not each.followed]
        lines = [
            {
                "child": each,
                "left": _room(units.name(each.school), each.grade, each.klass),
                "home": units.name(each.village or each.township),
                "open": viewer().reach.holds(each.child_id, _place(each)),
                "form_id": uuid4().hex,
            }
            for each in (waiting + [each for each in found if each.followed])[:_SHOWN]
        ]
    return render_template(
        "leavers.html", school=school, lines=lines, waiting=len(waiting), total=len(found),
        done=request.args.get("done", ""),
    )  # fmt: skip


@pages.post("/school-year/leavers")
@allow(SCHOOL_YEAR)
def verify() -> Response:
    """One child becomes 待核查 (小升初未衔接)."""
    child_id, words = request.form.get("child_id", ""), request.form.get("words", "")
    casework().do(
        "verify_leaver",
        lambda act, ref: verify_leaver(act, ref, child_id=child_id, words=words),
        actor=viewer().actor,
        command_id=request.form.get("form_id", ""),
        content={"child": child_id, "words": words},
    )
    kept: dict[str, Any] = {"school": request.form["school"]} if request.form.get("school") else {}
    return redirect(url_for("school_year.unplaced", done="1", **kept), 303)


def _place(each: Any) -> Place:
    """Where a child without a school is."""
    with this_moment() as reading:
        county = reading.reference.units.county_of(each.township)
    return Place(on=each.left_on, county=county, township=each.township, village=each.village)


def _promotion_page(reading: Reading, school: Unit, *, message: str = "", done: str = "") -> str:
    year, first_day = year_asked(reading)
    snapshot, reference = reading.snapshot, reading.reference
    policy = reference.school_year(first_day)
    plan = plan_of(snapshot.conn, snapshot.k, reference.units, policy, school, first_day, today())
    (line,) = standings(reading, [school], term_asked(reading).first_day, today())
    waits = bool(plan.moving or plan.asked) and (line.step is None or line.step.state != DECLARED)
    return render_template(
        "promotion.html", school=school, plan=plan, line=line, year=year_name(year), first_day=first_day,
        names=STEP_NAMES, stays=stays_unless_said, begun=first_day <= today(), waits=waits,
        told=told(line.step) if line.step else "", message=message, done=done, form_id=uuid4().hex,
    )  # fmt: skip


def _refused(refused: CaseworkError) -> tuple[str, int]:
    """The preview as it is now, with why nothing was done."""
    with casework().reading() as reading:
        page = _promotion_page(reading, one_school(reading), message=refused.message)
    return page, next(code for kind, (code, _) in STATUS.items() if isinstance(refused, kind))


def _room(school: str, grade: str, klass: str) -> str:
    """近小 六年级1班; a class named with its grade says it once."""
    return f"{school} {grade}{klass.removeprefix(grade)}".strip()
