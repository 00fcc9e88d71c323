"""状态登记表: what is asked for each change, what is wrong with it, and the act it makes."""

from collections.abc import Mapping
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    Field,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)

from casework.commands.status_acts import StatusAct
from casework.domain import statuses as s
from casework.domain.policy import Dictionaries
from casework.domain.values import Day
from casework.web.typed import day_fault

_LEAVING = frozenset({"causes", "others", "lost_type", "destination"})
FIELDS: dict[str, frozenset[str]] = {
    s.SUSPECTED: _LEAVING,
    s.DROPPED_OUT: _LEAVING,
    s.RELAPSED: _LEAVING,
    s.RETURNED: frozenset({"placement", "school"}),
    s.HOME_TEACHING: frozenset({"evidence"}),
    s.WATCH: frozenset(),
    s.VERIFYING: frozenset(),
    s.REOPENED: frozenset(),
}
"""Change → what is asked besides day and words. Only these are recorded here."""

TITLES = {change: f"登记{s.CHANGE_NAMES[change]}" for change in FIELDS}
_LONGEST = 2000


class StatusForm(FlaskForm):
    """One change of status. `causes`: the primary one, `others`: further ones."""

    form_id = HiddenField()
    seen = HiddenField()
    change = HiddenField()
    on = StringField("从哪天起")
    causes = RadioField("主要原因", validate_choice=False)
    others = SelectMultipleField("其他原因", validate_choice=False)
    lost_type = RadioField("失学类型", validate_choice=False)
    destination = StringField("去向")
    placement = RadioField("安置方式", validate_choice=False)
    school = SelectField("在哪里就读", validate_choice=False)
    evidence = StringField("证据编号")
    outcome = RadioField("核查结果", validate_choice=False)
    why = TextAreaField("说明")
    reason = StringField("为什么要改")

    def ask(
        self, words: Dictionaries, today: Day, change: str, *, verified: bool, correcting: bool = False
    ) -> "StatusForm":
        """Sets the words, the day, and what is asked; `verified`: the file was ever 待核查."""
        self.words, self.today, self.correcting = words, today, correcting
        asked = set(FIELDS[change]) | ({"outcome"} if verified and change != s.VERIFYING else set())
        self.asked = asked
        self.needed = {"causes", "lost_type"} if s.status_of(change) == s.DROPPED_OUT else {"placement"}
        self.change.data = change
        return self

    def validate_on(self, field: Field) -> None:
        """A day that has come."""
        fault = day_fault(field.data or "")
        if fault:
            raise ValidationError(fault)
        if field.data > self.today:
            raise ValidationError("这一天还没到，只能登记已经发生的事")

    def validate_causes(self, field: Field) -> None:
        """Known before a child counts as dropped out."""
        self._choose(field, "请选择主要原因")

    def validate_lost_type(self, field: Field) -> None:
        """As the causes."""
        self._choose(field, "请选择失学类型")

    def validate_placement(self, field: Field) -> None:
        """Where a child who returns is taught."""
        self._choose(field, "请选择怎么安置的")

    def validate_why(self, field: Field) -> None:
        """Words, not a book."""
        if len(field.data or "") > _LONGEST:
            raise ValidationError(f"说明太长，请控制在 {_LONGEST} 字以内")

    validate_destination = validate_evidence = validate_why

    def validate_reason(self, field: Field) -> None:
        """A correction says why."""
        if self.correcting and not (field.data or "").strip():
            raise ValidationError("请写一句为什么要改，如：日期记错了")

    def _choose(self, field: Field, message: str) -> None:
        if field.name in self.asked & self.needed and not field.data:
            raise ValidationError(message)


def status_of_form(form: StatusForm, recorder: str) -> StatusAct:
    """The act that a valid form tells; fields that were not asked stay empty."""

    def said(name: str) -> str:
        return (form[name].data or "").strip() if name in form.asked else ""

    main = said("causes")
    others = form.others.data or [] if main else []
    return StatusAct(
        on=form.on.data,
        change=form.change.data,
        causes=tuple(dict.fromkeys([main, *others])) if main else (),
        lost_type=said("lost_type"),
        placement=said("placement"),
        school=said("school"),
        evidence=said("evidence"),
        outcome=said("outcome"),
        private={
            "destination": said("destination"),
            "why": (form.why.data or "").strip(),
            "recorder": recorder,
        },
    )


def typed_of(body: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """The form's fields as a recorded act fills them."""
    causes = list(body.get("causes", ()))
    plain = ("on", "lost_type", "placement", "school", "evidence", "outcome")
    return {
        **{name: body.get(name, "") for name in plain},
        "causes": causes[0] if causes else "",
        "others": causes[1:],
        "destination": said.get("destination", ""),
        "why": said.get("why", ""),
    }
