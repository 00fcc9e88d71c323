"""缺勤表和情况报告表: what is typed, and what it makes."""

from collections.abc import Mapping
from typing import Any

from wtforms import Field, RadioField, StringField, TextAreaField, ValidationError

from casework.commands.absences import Absence, AbsenceReport
from casework.domain.values import Day
from casework.web.cases.fact_forms import LONGEST, FactForm, past_day

USUAL = ("没有请假", "生病", "家里有事", "联系不上", "说不想上学")
"""Reasons that are often meant; another can be written."""


class AbsenceForm(FactForm):
    """One absence. `why`: a usual reason, `other`: another in words; `until`: the last day absent."""

    on = StringField("从哪天起没来")
    why = RadioField("什么原因", validate_choice=False)
    other = StringField("别的原因")
    until = StringField("没来的最后一天")

    ending = False

    def validate_until(self, field: Field) -> None:
        """Not before the first day; needed to end an absence."""
        if not field.data:
            if self.ending:
                raise ValidationError("请填没来的最后一天")
            return
        past_day(field.data, self.today)
        if field.data < (self.on.data or ""):
            raise ValidationError("早于开始没来的那天，请核对")


class ReportForm(FactForm):
    """辍学（疑似辍学）学生情况报告表."""

    on = StringField("报告日期")
    situation = TextAreaField("离校情况")
    measures = TextAreaField("已采取的措施")
    destination = StringField("去向")

    def validate_situation(self, field: Field) -> None:
        """The report says what happened."""
        if not (field.data or "").strip():
            raise ValidationError("请写明离校情况")
        self.validate_note(field)

    def validate_measures(self, field: Field) -> None:
        """Words, not a book."""
        if len(field.data or "") > LONGEST:
            raise ValidationError(f"太长了，请控制在 {LONGEST} 字以内")


def absence_of(form: AbsenceForm, said: Mapping[str, Any], recorder: str) -> Absence:
    """The absence that a valid form tells; `said`: what a corrected one said before."""
    why = (form.other.data or "").strip() or form.why.data or ""
    private = {"why": why, "recorder": said.get("recorder") or recorder, "note": said.get("note", "")}
    return Absence(on=form.on.data, until=form.until.data or "", private=private)


def ended(on: Day, until: Day, said: Mapping[str, Any]) -> Absence:
    """A recorded absence with its last day."""
    private = {name: str(said[name]) for name in ("why", "recorder", "note") if said.get(name)}
    return Absence(on=on, until=until, private=private)


def report_of(form: ReportForm, recorder: str) -> AbsenceReport:
    """The report that a valid form tells."""
    words = {name: (form[name].data or "").strip() for name in ("situation", "measures", "destination")}
    return AbsenceReport(on=form.on.data, private={**words, "recorder": recorder})


def typed_of(body: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """The form's fields as a recorded absence fills them."""
    why = said.get("why", "")
    return {
        "on": body["on"],
        "until": body.get("until", ""),
        "why": why if why in USUAL else "",
        "other": "" if why in USUAL else why,
    }
