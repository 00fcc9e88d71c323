"""查找学生: the box in the header. A number is sent as a form, never in an address."""

from itertools import groupby

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.domain.permissions import SEARCH
from casework.projections.child_search import MOST, FoundChild, find_children, is_number
from casework.projections.weekly_report import NO_SCHOOL
from casework.web.access import allow, this_moment, today, viewer

pages = Blueprint("search", __name__, template_folder="templates")


@pages.get("/search")
@allow(SEARCH)
def search() -> str:
    """Children whose name begins so, by school."""
    return _found(request.args.get("q", "").strip()[:40])


@pages.post("/search")
@allow(SEARCH)
def ask() -> Response | str:
    """What was typed in the header: a name goes on as an address; a number's only child opens."""
    text = request.form.get("q", "").strip()[:40]
    if not is_number(text):
        return redirect(url_for("search.search", q=text))
    found, _ = _find(text)
    if len(found) == 1:
        return redirect(url_for("cases.case", child_id=found[0].child_id))
    return _found(text)


def _find(text: str) -> tuple[list[FoundChild], bool]:
    with this_moment() as reading:
        return find_children(reading.snapshot, reading.reference.units, viewer().reach, text, today())


def _found(text: str) -> str:
    with this_moment() as reading:
        units = reading.reference.units
        found, more = find_children(reading.snapshot, units, viewer().reach, text, today())
    found.sort(key=lambda each: (each.school == "", each.school))
    schools = [
        (units.name(code) or NO_SCHOOL, [(each, units.name(each.village)) for each in children])
        for code, children in groupby(found, key=lambda each: each.school)
    ]
    return render_template("search.html", text=text, schools=schools, n=len(found), more=more, most=MOST)
