"""辍学（疑似辍学）学生情况报告表: filled in from the file, sent upwards, printed."""

from functools import partial
from typing import Any

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response

from casework.commands.absences import report_absence, void_report
from casework.domain.attendance import open_absence, school_days
from casework.domain.case_file import ABSENCES, REPORTS, STATUSES, VISITS
from casework.domain.permissions import RECORD_ABSENCE
from casework.domain.values import FOREVER
from casework.projections.reference import Reference
from casework.web.absences.forms import ReportForm, report_of
from casework.web.access import allow, this_moment, today, viewer
from casework.web.cases.at_hand import Pupil, pupil_at_hand
from casework.web.cases.fact_forms import fresh_id
from casework.web.cases.facts import CASE, Page, at_hand, on_case, write
from casework.web.cases.facts import void as void_fact
from casework.web.cases.portrait import portrait_of
from casework.web.cases.timeline import moments
from casework.web.filters import day_text
from casework.web.kept import keeps_form, typed_before

pages = Blueprint("absence_reports", __name__, template_folder="templates")

_ONE = f"{CASE}/reports/<int:no>"


@pages.get(f"{CASE}/reports/new")
@allow(RECORD_ABSENCE)
def new(child_id: str) -> str:
    """The form, with what the file tells already."""
    with this_moment() as reading:
        pupil = pupil_at_hand(reading, child_id, today())
        first = _told(pupil, reading.reference)
    again = typed_before(viewer().login)
    return _form(ReportForm(again) if again else ReportForm(data=first), pupil)


@pages.post(f"{CASE}/reports/new")
@keeps_form
@allow(RECORD_ABSENCE)
def report(child_id: str) -> Page:
    """Records the report."""
    pupil, form = at_hand(child_id), ReportForm().ask(today())
    if not form.validate_on_submit():
        return _form(form, pupil), 400

    def sheet(reply: dict[str, Any]) -> str:
        return url_for("absence_reports.printed", child_id=child_id, no=reply["no"])

    said = {"report": report_of(form, viewer().name)}
    return write(report_absence, pupil, form, said, partial(_form, form, pupil), sheet)


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
    return void_fact(void_report, child_id, no, on_case(child_id, "report-voided"))


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
