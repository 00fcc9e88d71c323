"""转学的几张小表: asking for a child, releasing, accepting, refusing; what is wrong with what was typed."""

from typing import Any
from uuid import uuid4

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, StringField, TextAreaField, ValidationError

from casework.commands.transfer_asking import Wanted
from casework.domain.values import Day
from casework.web.typed import day_fault

RELEASE, ACCEPT, REFUSE, WITHDRAW, DECLINE, AGREE = (
    "release", "accept", "refuse", "withdraw", "decline", "agree",
)  # fmt: skip
_WORDS = 500


class TransferForm(FlaskForm):
    """One act of a transfer; each act's form asks only some of these. `seen`: the version it showed."""

    form_id = HiddenField()
    seen = HiddenField()
    on = StringField("从哪天起")
    school = StringField("接收学校")
    destination = StringField("县外的，转到哪里")
    grade = StringField("年级")
    klass = StringField("班级")
    why = TextAreaField("说明")

    def ask(self, act: str, today: Day) -> "TransferForm":
        """Sets which act it is and the day it is."""
        self.act, self.today = act, today
        self.why.label.text = {REFUSE: "为什么不能接收", DECLINE: "为什么不同意"}.get(act, "说明")
        return self

    def validate_on(self, field: Field) -> None:
        """A day that has come; declining has none."""
        fault = "" if self.act == DECLINE else day_fault(field.data or "")
        if fault:
            raise ValidationError(fault)
        if self.act != DECLINE and field.data > self.today:
            raise ValidationError("这一天还没到，到了那天再登记")

    def validate_school(self, field: Field) -> None:
        """A release leads to a school of the county or names a place outside."""
        if self.act == RELEASE and not field.data and not (self.destination.data or "").strip():
            raise ValidationError("请选择接收学校；转往县外的，写明转到哪里")
        if self.act == RELEASE and field.data and (self.destination.data or "").strip():
            raise ValidationError("选了本县的学校，就不要再填县外的去向")

    def validate_why(self, field: Field) -> None:
        """The other school reads why not."""
        if self.act in (REFUSE, DECLINE) and not (field.data or "").strip():
            raise ValidationError("请写一句原因，对方学校会看到")
        if len(field.data or "") > _WORDS:
            raise ValidationError(f"说明太长，请写在 {_WORDS} 个字以内")


def empty_form(act: str, today: Day, judged: int, **first: Any) -> TransferForm:
    """A form not yet typed into."""
    data = {"form_id": uuid4().hex, "seen": str(judged), "on": today, **first}
    return TransferForm(formdata=None, prefix=f"{act}-", data=data).ask(act, today)


class AskForm(FlaskForm):
    """申请转入: the child as the school knows it."""

    form_id = HiddenField()
    school = StringField("哪所学校接收")
    student_no = StringField("学籍号")
    cert_type = StringField("证件类型")
    cert_no = StringField("证件号")
    name = StringField("姓名")
    birth = StringField("出生日期")
    why = TextAreaField("为什么转来")

    def validate_student_no(self, field: Field) -> None:
        """One of the three ways of naming a child."""
        if not (self._text("student_no") or self._text("cert_no")) and not (
            self._text("name") and self._text("birth")
        ):
            raise ValidationError("请填学籍号或证件号；都没有的，填姓名和出生日期")

    def validate_birth(self, field: Field) -> None:
        """A day, where one is given."""
        fault = day_fault(field.data) if field.data else ""
        if fault:
            raise ValidationError(fault)

    def validate_why(self, field: Field) -> None:
        """Short enough to read."""
        if len(field.data or "") > _WORDS:
            raise ValidationError(f"说明太长，请写在 {_WORDS} 个字以内")

    def _text(self, name: str) -> str:
        return "".join((self[name].data or "").split())

    def wanted(self) -> Wanted:
        """The child that a valid form names."""
        return Wanted(
            student_no=self._text("student_no")[:40].upper(),
            cert_type=self.cert_type.data if self._text("cert_no") else "",
            cert_no=self._text("cert_no")[:40].upper(),
            name=(self.name.data or "").strip()[:40],
            birth=self.birth.data or "",
        )
