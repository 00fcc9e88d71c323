"""校历: see a year, try another, adopt it."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.commands.calendar import adopt_calendar, check_days
from casework.domain.calendar import Calendar
from casework.domain.calendar_text import with_year
from casework.domain.permissions import MANAGE_CALENDAR
from casework.domain.policy_documents import parse
from casework.domain.values import Day
from casework.errors import BadInput, CaseworkError
from casework.projections.calendar_change import Moved, moved_by
from casework.service import Reading
from casework.web.access import Viewer, allow, casework, this_moment, today, viewer
from casework.web.calendar.forms import TERMS, YearForm, adopted_form, form_of, holiday_names, suggested_form
from casework.web.home.waiting import Waiting

pages = Blueprint("calendar", __name__, template_folder="templates")

_FIRST, _LAST = 2015, 2060
WARNED_FROM = "12-01"
"""A month before the new year its calendar is asked for."""


@pages.get("/calendar")
@allow(MANAGE_CALENDAR)
def calendar() -> str:
    """One year: as adopted, or filled in with what is known of it."""
    year = _year(request.args.get("year") or today()[:4])
    with this_moment() as reading:
        held = reading.reference.calendar(today())
    form = adopted_form(held, year)
    return _page(held, form or suggested_form(held, year), adopted=form is not None)


def _page(
    held: Calendar, form: YearForm, *, adopted: bool, moved: Moved | None = None, fault: str = ""
) -> str:
    at = int(form.year)
    return render_template(
        "calendar.html",
        form=form,
        rows=[form.terms[number] if number < len(form.terms) else ("", "") for number in range(TERMS)],
        adopted=adopted,
        years=[str(each) for each in range(at - 1, at + 2)],
        adopted_years=sorted(held.years),
        names=holiday_names(form.year),
        school_days=_school_days(held, form) if not fault else None,
        moved=moved,
        fault=fault,
        form_id=uuid4().hex,
        done=request.args.get("done", ""),
        version=held.version,
    )


def _school_days(held: Calendar, form: YearForm) -> int:
    tried = _tried(held, form)
    first = date(int(form.year), 1, 1).toordinal()
    return sum(tried.is_school_day(date.fromordinal(first + day).isoformat()) for day in range(365))


def _tried(held: Calendar, form: YearForm) -> Calendar:
    document = parse("calendar", with_year(held, form.year, form.days(), form.statutory))
    assert isinstance(document, Calendar)
    return document


@pages.post("/calendar")
@allow(MANAGE_CALENDAR)
def adopt() -> Response | tuple[str, int] | str:
    """Looks what would change; adopts it when told so."""
    year = _year(request.form.get("year", ""))
    with this_moment() as reading:
        held = reading.reference.calendar(today())
        try:
            form = form_of(year, request.form)
            check_days(year, form.days(), form.statutory)
        except BadInput as refused:
            kept = adopted_form(held, year) or suggested_form(held, year)
            return _page(held, _typed(kept), adopted=year in held.years, fault=refused.message), 400
        if "adopt" not in request.form:
            moved = moved_by(reading.snapshot, reading.reference, _tried(held, form), today())
            return _page(held, form, adopted=year in held.years, moved=moved)
    return _adopted(held, form)


def _adopted(held: Calendar, form: YearForm) -> Response | tuple[str, int]:
    days, statutory = form.days(), form.statutory
    try:
        casework().do(
            "calendar.adopt",
            lambda act, ref: adopt_calendar(act, ref, year=form.year, days=days, statutory=statutory),
            actor=viewer().actor,
            command_id=request.form.get("form_id", ""),
            content=asdict(form),
        )
    except CaseworkError as refused:
        return _page(held, form, adopted=form.year in held.years, fault=refused.message), 400
    return redirect(url_for("calendar.calendar", year=form.year, done=1), 303)


def _typed(kept: YearForm) -> YearForm:
    """What was typed, as it was, so that one day can be put right."""
    given = request.form
    terms = [(given.get(f"first{number}", ""), given.get(f"last{number}", "")) for number in range(TERMS)]
    lists = {name: given.get(name, "").split() for name in ("closed", "make_up", "statutory")}
    return YearForm(kept.year, [each for each in terms if any(each)], **lists)


def _year(text: str) -> str:
    if not (text.isdecimal() and len(text) == 4 and _FIRST <= int(text) <= _LAST):
        raise BadInput(f"年份应在 {_FIRST} 到 {_LAST} 之间")
    return text


def waiting(reading: Reading, viewer: Viewer, today: Day) -> Iterator[Waiting]:
    """校历: this year's, and from a month before it begins next year's, as long as it is not adopted."""
    year = int(today[:4])
    asked = [year, year + 1] if today[5:] >= WARNED_FROM else [year]
    adopted = reading.reference.calendar(today).years
    for each in map(str, asked if viewer.may(MANAGE_CALENDAR) else ()):
        if each not in adopted:
            yield Waiting(f"份校历（{each} 年）还没有采用", f"/calendar?year={each}", 1, urgent=True)
