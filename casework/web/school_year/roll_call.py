"""开学核查 pages: the sheet of a school, one class of it, and how all schools stand with their totals."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from casework.commands.roll_call import ChildMark, enter_class, file_roll_call, reopen_roll_call
from casework.commands.school_at_hand import schools_in_reach
from casework.documents.roll_call_xlsx import write_roll_calls
from casework.domain.permissions import SCHOOL_YEAR
from casework.domain.roll_call import ABSENT, FIGURE_NAMES, FIGURES, MARKS, RollCall, roll_call_id
from casework.domain.units import Unit
from casework.errors import BadInput, CaseworkError, ChangedMeanwhile, NotFound, RuleBroken
from casework.projections.roll_call_sheet import ClassSheet, SchoolSheet, sheet_of
from casework.projections.roll_calls import not_arrived, sheets_of
from casework.service import Reading
from casework.store.failures import CommandReused
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.errors import STATUS
from casework.web.filters import file_name, instant_text
from casework.web.kept import keeps_form, typed_before
from casework.web.noted import note_export
from casework.web.school_year.asked import Term, one_school, school_asked, term_asked, terms, year_asked
from casework.web.school_year.overview import standings, told

pages = Blueprint("roll_call", __name__, template_folder="templates")

Page = Response | str | tuple[str, int]
_REFUSALS = (BadInput, RuleBroken, ChangedMeanwhile, CommandReused)


@dataclass(frozen=True, slots=True)
class Row:
    """One child of a class page as it is shown: what stands, or what was typed and not saved."""

    child_id: str
    name: str
    sex: str
    status: str
    mark: str
    outcome: str
    note: str
    suggested: bool


@pages.get("/school-year/roll-call")
@allow(SCHOOL_YEAR)
def sheet() -> str:
    """One school's sheet; without a school, how all of them stand."""
    with this_moment() as reading:
        school = school_asked(reading)
        if school is None:
            return _all_schools(reading)
        return _sheet_page(reading, school, done=request.args.get("done", ""))


@pages.get("/school-year/roll-call/class")
@allow(SCHOOL_YEAR)
def one_class() -> str:
    """One class: every child by name, and the head count."""
    typed = typed_before(viewer().login)
    with this_moment() as reading:
        return _class_page(reading, one_school(reading), typed=typed)


@pages.post("/school-year/roll-call/class")
@keeps_form
@allow(SCHOOL_YEAR)
def enter() -> Page:
    """Saves the class; with a fault, the form again with everything typed."""
    form = request.form
    with this_moment() as reading:
        school, term = one_school(reading), term_asked(reading)
    said = {name: form.get(name, "") for name in ("grade", "klass", "seen")}
    marks = [
        ChildMark(
            child_id,
            mark,
            form.get(f"outcome-{child_id}", "") if mark == ABSENT else "",
            form.get(f"note-{child_id}", "").strip(),
        )
        for child_id in form.getlist("child")
        if (mark := form.get(f"mark-{child_id}", ""))
    ]
    try:
        present = _number(form.get("present", ""))
        casework().do(
            "enter_class",
            lambda act, ref: enter_class(
                act, ref, school=school.code, term=term.first_day, present=present, marks=marks, **said
            ),
            actor=viewer().actor,
            command_id=form.get("form_id", ""),
            content={"school": school.code, "present": present, **said, "marks": repr(marks)},
        )
    except _REFUSALS as refused:
        # What changed meanwhile must be seen as it is; a mistyped number keeps what was typed.
        typed = form if isinstance(refused, BadInput) else None
        with casework().reading() as fresh:
            return _class_page(fresh, school, typed=typed, message=refused.message), _status(refused)
    return redirect(_to("roll_call.sheet", school, term, done="class"), 303)


@pages.post("/school-year/roll-call/file")
@allow(SCHOOL_YEAR)
def file() -> Page:
    """上报 the sheet as it was shown."""
    with this_moment() as reading:
        school, term = one_school(reading), term_asked(reading)
    seen = request.form.get("seen", "")
    try:
        casework().do(
            "file_roll_call",
            lambda act, ref: file_roll_call(act, ref, school=school.code, term=term.first_day, seen=seen),
            actor=viewer().actor,
            command_id=request.form.get("form_id", ""),
            content={"school": school.code, "term": term.first_day, "seen": seen},
        )
    except _REFUSALS as refused:
        with casework().reading() as fresh:
            return _sheet_page(fresh, school, message=refused.message), _status(refused)
    return redirect(_to("roll_call.sheet", school, term, done="filed"), 303)


@pages.post("/school-year/roll-call/reopen")
@allow(SCHOOL_YEAR)
def reopen() -> Page:
    """Opens a filed sheet for correction, with a reason."""
    with this_moment() as reading:
        school, term = one_school(reading), term_asked(reading)
    reason = request.form.get("reason", "")
    try:
        casework().do(
            "reopen_roll_call",
            lambda act, ref: reopen_roll_call(
                act, ref, school=school.code, term=term.first_day, reason=reason
            ),
            actor=viewer().actor,
            command_id=request.form.get("form_id", ""),
            content={"school": school.code, "term": term.first_day, "reason": reason},
        )
    except _REFUSALS as refused:
        with casework().reading() as fresh:
            return _sheet_page(fresh, school, message=refused.message), _status(refused)
    return redirect(_to("roll_call.sheet", school, term, done="reopened"), 303)


@pages.get("/school-year/roll-call.xlsx")
@allow(SCHOOL_YEAR)
def workbook() -> Response:
    """Every school's figures and the 未报到 by name; who took it is logged before it leaves."""
    target, actor, now = io.BytesIO(), viewer().actor, casework().store.now()
    with this_moment() as reading:
        school, term = school_asked(reading), term_asked(reading)
        units, snapshot = reading.reference.units, reading.snapshot
        schools = [school] if school else schools_in_reach(units, viewer().reach, today())
        codes = [each.code for each in schools]
        rows = write_roll_calls(
            target,
            schools,
            sheets_of(snapshot.conn, snapshot.k, term.first_day, codes),
            not_arrived(snapshot.conn, snapshot.k, term.first_day, codes),
            title=f"{viewer().unit_name}{term.name}开学核查",
            notes=(f"截至 {instant_text(reading.known_at)}；{actor.name}（{actor.post}）导出，请勿外传。",),
            at=now,
        )
    whose = {"school": school.code} if school else {"unit": viewer().unit}
    note_export(url_for("roll_call.workbook", **whose, term=term.first_day), rows)  # type: ignore[arg-type]
    target.seek(0)
    name = f"开学核查_{viewer().unit_name}_{term.name}.xlsx"
    return send_file(target, as_attachment=True, download_name=file_name(name))


def _all_schools(reading: Reading) -> str:
    term = term_asked(reading)
    schools = schools_in_reach(reading.reference.units, viewer().reach, today())
    lines = standings(reading, schools, term.first_day, today())
    filed = [line for line in lines if line.filed]
    totals = {name: sum(line.sheet.figures[name] for line in filed if line.sheet) for name in FIGURES}
    parts = {"": lines, "open": [line for line in lines if not line.filed], "filed": filed}
    which = request.args.get("which", "")
    return render_template(
        "roll_calls.html", lines=parts.get(which, lines), which=which if which in parts else "",
        counts={part: len(found) for part, found in parts.items()}, totals=totals, term=term,
        terms=terms(reading), names=FIGURE_NAMES, told=told,
    )  # fmt: skip


def _sheet(reading: Reading, school: Unit, term: Term) -> tuple[RollCall | None, SchoolSheet]:
    snapshot, reference = reading.snapshot, reading.reference
    held = snapshot.find(RollCall, roll_call_id(school.code, term.first_day).hex)
    policy = reference.school_year(term.first_day)
    sheet = sheet_of(
        snapshot.conn, snapshot.k, reference.units, policy, school.code, term.first_day, today(), held
    )
    return held, sheet


def _sheet_page(reading: Reading, school: Unit, *, message: str = "", done: str = "") -> str:
    term = term_asked(reading)
    held, found = _sheet(reading, school, term)
    (line,) = standings(reading, [school], term.first_day, today())
    _, first_day = year_asked(reading)
    unpromoted = line.step is None and term.first_day == first_day
    absent = [(each, seat) for each in found.classes for seat in each.seats if seat.mark == ABSENT]
    return render_template(
        "roll_call.html", school=school, term=term, terms=terms(reading), line=line, sheet=found, held=held,
        frozen=line.sheet.classes if line.sheet and line.filed else None, absent=absent, names=FIGURE_NAMES,
        marks=MARKS, told=told(line.sheet) if line.sheet else "", message=message, done=done,
        unpromoted=unpromoted, form_id=uuid4().hex,
    )  # fmt: skip


def _class_page(
    reading: Reading, school: Unit, *, typed: Mapping[str, Any] | None = None, message: str = ""
) -> str:
    term, asked = term_asked(reading), request.values
    held, found = _sheet(reading, school, term)
    room = found.of(asked.get("grade", ""), asked.get("klass", ""))
    if room is None:
        raise NotFound("核查表里没有这个班", school=school.code)
    return render_template(
        "roll_call_class.html", school=school, term=term, room=room, rows=_rows(room, typed), marks=MARKS,
        outcomes=reading.reference.dictionaries(today()).verification_outcomes,
        present=typed["present"] if typed and "present" in typed else room.present,
        frozen=bool(held and held.state == "filed"), message=message, form_id=uuid4().hex,
    )  # fmt: skip


def _rows(room: ClassSheet, typed: Mapping[str, Any] | None) -> list[Row]:
    rows = []
    for seat in room.seats:
        said = {"mark": seat.mark, "outcome": seat.outcome, "note": _note(seat.said)}
        if typed:
            said = {name: typed.get(f"{name}-{seat.child_id}", "") for name in said}
        suggested = seat.suggested and not typed
        rows.append(
            Row(seat.child_id, seat.name or "已清除", seat.sex, seat.status, **said, suggested=suggested)
        )
    return rows


def _note(said: Any) -> str:
    """The words said of a child, sealed when they were loaded; "" for none and once erased."""
    opened = said if said is None or isinstance(said, Mapping) else said.open()
    return str((opened or {}).get("note", ""))


def _number(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit()):
        raise BadInput("请填写实到人数（点名数到的人数），如 42")
    return int(text.strip()[:6])


def _to(endpoint: str, school: Unit, term: Term, **more: str) -> str:
    return url_for(endpoint, school=school.code, term=term.first_day, **more)  # type: ignore[arg-type]


def _status(refused: CaseworkError) -> int:
    return next((code for kind, (code, _) in STATUS.items() if isinstance(refused, kind)), 409)
