"""申报表与审批表: what is typed, and what is wrong with it, field by field."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, RadioField, StringField, TextAreaField, ValidationError

from casework.commands.proposals import Proposal
from casework.domain import statuses as s
from casework.domain.policy import DeferralTerm, Dictionaries
from casework.domain.proposals import entry_day_fault, outcome_fault, term_fault
from casework.domain.values import Day
from casework.web.typed import day_fault

TITLES = {
    s.CLOSED: "申报销号",
    s.SUSPENDED: "申报休学",
    s.DEFERRED: "申报缓学",
    s.HOME_TEACHING: "申报转送教上门",
}
"""Change → the form's title."""

_LINES = {
    s.CLOSED: ("reason", "evidence", "papers", "why"),
    s.SUSPENDED: ("on", "until", "evidence", "why"),
    s.DEFERRED: ("on", "until", "evidence", "why"),
    s.HOME_TEACHING: ("on", "application", "opinion", "evidence", "why"),
}
_PRIVATE = ("papers", "application", "opinion", "why")
_NUMBERS = {s.HOME_TEACHING: "县级批准文号", s.CLOSED: "材料编号"}


class ProposalForm(FlaskForm):
    """One proposal. `seen`: the version of the file that the form showed."""

    form_id = HiddenField()
    seen = HiddenField()
    reason = RadioField("为什么销号", validate_choice=False)
    outcome = RadioField("核查结果", validate_choice=False)
    on = StringField("从哪天起")
    until = StringField("批准到哪天止")
    application = StringField("监护人申请编号")
    opinion = StringField("专家委员会意见编号")
    evidence = StringField("批准文件编号")
    papers = StringField("没有编号的，写明是什么材料")
    why = TextAreaField("说明")

    def ask(
        self, change: str, words: Dictionaries, term: DeferralTerm, today: Day, status: str
    ) -> "ProposalForm":
        """Sets the change that is asked for, the rules and the day it is judged by, and the status now."""
        self.change, self.words, self.term, self.today, self.status = change, words, term, today, status
        self.evidence.label.text = _NUMBERS.get(change, self.evidence.label.text)
        return self

    def asks(self, name: str) -> bool:
        """Whether this change has a line for it."""
        return self.status == s.VERIFYING if name == "outcome" else name in _LINES[self.change]

    def validate_reason(self, field: Field) -> None:
        """One of the county's reasons."""
        if self.asks("reason") and field.data not in self.words.closing_reasons:
            raise ValidationError("请选择为什么销号")

    def validate_outcome(self, field: Field) -> None:
        """A lead ends with what its verification found."""
        if self.asks("outcome") and (fault := outcome_fault(field.data or "", self.status, self.words)):
            raise ValidationError(fault)

    def validate_on(self, field: Field) -> None:
        """A day that has come; a closure is asked for today."""
        if not self.asks("on"):
            field.data = self.today
            return
        fault = day_fault(field.data or "")
        if fault:
            raise ValidationError(fault)
        if field.data > self.today:
            raise ValidationError("这一天还没到，到了那天再申报")

    def validate_until(self, field: Field) -> None:
        """A deferral has an end, not too far."""
        if not self.asks("until"):
            field.data = ""
            return
        fault = day_fault(field.data or "") or term_fault(self.on.data or "", field.data, "编号", self.term)
        if fault:
            raise ValidationError(fault)

    def validate_application(self, field: Field) -> None:
        """Home teaching out of 疑似辍学 and 辍学 needs it."""
        self._needed(field)

    def validate_opinion(self, field: Field) -> None:
        """Home teaching out of 疑似辍学 and 辍学 needs it."""
        self._needed(field)

    def validate_evidence(self, field: Field) -> None:
        """A number, or for a closure a description; as the reason asks."""
        if self.change != s.CLOSED:
            self._needed(field)
            return
        needed = self.words.closing_reasons.get(self.reason.data or "", "")
        if needed and not (_tidy(field) or _tidy(self.papers)):
            raise ValidationError(f"需要{needed}：填编号，没有编号的在下面写明是什么材料")

    def _needed(self, field: Field) -> None:
        if self.asks(field.name) and not _tidy(field):
            raise ValidationError(f"请填写{field.label.text}")


def proposal_of(form: ProposalForm, recorder: str) -> Proposal:
    """The proposal that a valid form tells."""
    private = {
        name: _tidy(form[name]) if form.asks(name) else ""
        for name in ("papers", "application", "opinion", "why")
    }
    return Proposal(
        change=form.change,
        on=form.on.data,
        until=form.until.data or "",
        reason=form.reason.data if form.asks("reason") else "",
        evidence=_tidy(form.evidence),
        outcome=form.outcome.data or "" if form.asks("outcome") else "",
        private={**private, "recorder": recorder},
    )


class DecisionForm(FlaskForm):
    """批准: the day from which it holds, and a remark."""

    form_id = HiddenField()
    seen = HiddenField()
    on = StringField("从哪天起生效")
    note = StringField("批注（可不填）")

    def ask(self, body: Any, today: Day) -> "DecisionForm":
        """Sets the proposal it is about and the day it is."""
        self.body, self.today = body, today
        return self

    def validate_on(self, field: Field) -> None:
        """Between the stated day and today."""
        fault = day_fault(field.data or "")
        body = self.body
        fault = fault or entry_day_fault(body["on"], body.get("until", ""), field.data, self.today)
        if fault:
            raise ValidationError(fault)


class DeclineForm(FlaskForm):
    """退回: why."""

    form_id = HiddenField()
    seen = HiddenField()
    reason = TextAreaField("为什么退回，还缺什么")

    def validate_reason(self, field: Field) -> None:
        """The proposer must know what to mend."""
        if not _tidy(field):
            raise ValidationError("请写明退回的理由，申报人要据此补正")


def _tidy(field: Field) -> str:
    return (field.data or "").strip()
