"""辍学（疑似辍学）学生情况报告表: filled in from the file, sent upwards, printed."""

from dataclasses import asdict

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from casework.commands.absences import report_absence, void_report
from casework.domain.attendance import open_absence, school_days
from casework.domain.case_file import ABSENCES, REPORTS, STATUSES, VISITS
from casework.domain.permissions import RECORD_ABSENCE
from casework.domain.values import FOREVER
from casework.errors import BadInput, ChangedMeanwhile, RuleBroken
from casework.projections.reference import Reference
from casework.web.absences.forms import ReportForm, report_of
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.cases.at_hand import Pupil, pupil_at_hand, refusal
from casework.web.cases.fact_forms import fresh_id
from casework.web.cases.portrait import portrait_of
from casework.web.cases.timeline import moments
from casework.web.filters import day_text
from casework.web.kept import keeps_form, typed_before

pages = Blueprint("absence_reports", __name__, template_folder="templates")

_CASE = "/cases/<string(length=32):child_id>/reports"
_ONE = f"{_CASE}/<int:no>"
Page = Response | str | tuple[str, int]


@pages.get(f"{_CASE}/new")
@allow(RECORD_ABSENCE)
def new(child_id: str) -> str:
    """The form, with what the file tells already."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
        first = _told(pupil, reading.reference)
    again = typed_before(viewer().login)
    return _form(ReportForm(again) if again else ReportForm(data=first), pupil)


@pages.post(f"{_CASE}/new")
@keeps_form
@allow(RECORD_ABSENCE)
def report(child_id: str) -> Page:
    """Records the report."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
    form = ReportForm()
    form.ask(today())
    if not form.validate_on_submit():
        return _form(form, pupil), 400
    told = report_of(form, viewer().name)
    try:
        reply = casework().do(
            "report_absence",
            lambda act, ref: report_absence(act, ref, child_id=child_id, report=told),
            actor=viewer().actor,
            command_id=form.form_id.data or "",
            content={"child": child_id, **asdict(told)},
        )
    except (BadInput, RuleBroken, ChangedMeanwhile) as refused:
        message, code = refusal(refused)
        return _form(form, pupil, message), code
    return redirect(url_for("absence_reports.printed", child_id=child_id, no=reply["no"]), 303)


@pages.get(_ONE)
@allow(RECORD_ABSENCE)
def printed(child_id: str, no: int) -> str:
    """The report as a table to print."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
        line = pupil.line(REPORTS, no)
        history = moments(pupil.history, reading.reference, FOREVER)[::-1]
        shown = [each for each in history if each.ledger in _TOLD and each.on <= line.on and not each.voided]
        portrait = portrait_of(pupil.who, reading.reference, viewer(), today())
        school = reading.reference.units.name(pupil.place.school)
    return render_template(
        "absence_report.html",
        pupil=pupil,
        line=line,
        said=line.now.said or {},
        erased=line.now.erased,
        history=shown,
        portrait=portrait,
        school=school,
        void_id=fresh_id(),
    )


@pages.post(f"{_ONE}/void")
@allow(RECORD_ABSENCE)
def void(child_id: str, no: int) -> Response:
    """Voids the report with a reason."""
    reason = request.form.get("void_reason", "")
    casework().do(
        "void_report",
        lambda act, ref: void_report(act, ref, child_id=child_id, no=no, reason=reason),
        actor=viewer().actor,
        command_id=request.form.get("form_id", ""),
        content={"child": child_id, "no": no, "reason": reason},
    )
    return redirect(url_for("cases.case", child_id=child_id, saved="report-voided"), 303)


_TOLD = frozenset({STATUSES, ABSENCES, VISITS})
"""Ledgers whose lines a report lists."""


def _form(form: ReportForm, pupil: Pupil, message: str = "") -> str:
    return render_template("report_form.html", form=form.ask(today()), pupil=pupil, message=message)


def _told(pupil: Pupil, reference: Reference) -> dict[str, str]:
    """What the file tells of the absence and of what was done."""
    away, parts = open_absence(pupil.file), []
    if away:
        no, since = away
        days = school_days(reference.calendar(today()), since, today())
        why = (pupil.line(ABSENCES, no).now.said or {}).get("why", "")
        parts.append(f"自{day_text(since)}起没有到校，到今天是第 {days} 个教学日。")
        parts += [f"原因：{why}。"] if why else []
    visits = [line for line in pupil.history.lines if line.ledger == VISITS and not line.voided]
    done = [
        f"{day_text(line.on)}{line.now.body['mode']}联系，结果：{line.now.body['outcome']}"
        for line in visits[-5:]
    ]
    return {
        "form_id": fresh_id(),
        "on": today(),
        "situation": "".join(parts),
        "measures": "；".join(done),
        "destination": "",
    }
