"""Small forms about one dated fact: the day, its words, and the reason of a correction or a void."""

from typing import Self
from uuid import uuid4

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, StringField, TextAreaField, ValidationError

from casework.domain.values import Day
from casework.web.typed import day_fault

LONGEST = 2000


class FactForm(FlaskForm):
    """What every such form has."""

    form_id = HiddenField()
    on = StringField("哪一天")
    note = TextAreaField("备注")
    reason = StringField("为什么要改")

    def ask(self, today: Day, *, correcting: bool = False) -> Self:
        """Sets the day it is; `correcting` asks for a reason."""
        self.today, self.correcting = today, correcting
        return self

    def validate_on(self, field: Field) -> None:
        """A day that has come."""
        past_day(field.data or "", self.today)

    def validate_note(self, field: Field) -> None:
        """Words, not a book."""
        if len(field.data or "") > LONGEST:
            raise ValidationError(f"太长了，请控制在 {LONGEST} 字以内")

    def validate_reason(self, field: Field) -> None:
        """A correction says why."""
        if self.correcting and not (field.data or "").strip():
            raise ValidationError("请写一句为什么要改，如：日期记错了")


def past_day(text: str, today: Day) -> None:
    """Refuses what is no day, or one that has not come."""
    fault = day_fault(text)
    if fault:
        raise ValidationError(fault)
    if text > today:
        raise ValidationError("这一天还没到，只能登记已经发生的事")


def fresh_id() -> str:
    """The command id of a new form."""
    return uuid4().hex
