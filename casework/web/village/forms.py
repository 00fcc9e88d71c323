"""线索表: what a village head knows of a child, on the roster or not."""

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, RadioField, StringField, TextAreaField, ValidationError

from casework.commands.village import NewChild
from casework.domain.values import Day
from casework.web.typed import born_about, day_fault


class LeadForm(FlaskForm):
    """A lead on a child of the roster: what is known, in the village head's own words."""

    form_id = HiddenField()
    words = TextAreaField("您知道的情况")

    def validate_words(self, field: Field) -> None:
        """Something is said."""
        if not (field.data or "").strip():
            raise ValidationError("写一两句就行：什么时候起没见到、听说去了哪里")


class NewChildForm(LeadForm):
    """A lead on a child of no roster. `age` stands in for a birthday that nobody knows."""

    name = StringField("孩子姓名")
    sex = RadioField("性别", validate_choice=False)
    birth = StringField("出生日期")
    age = StringField("或者大约几岁")
    guardian = StringField("监护人姓名")
    relation = StringField("和孩子的关系")
    place = StringField("在哪里见到的")

    def ask(self, today: Day) -> "NewChildForm":
        """Sets the day it is."""
        self.today = today
        return self

    def validate_name(self, field: Field) -> None:
        """Needed."""
        field.data = "".join((field.data or "").split())
        if not field.data:
            raise ValidationError("请填写姓名；不知道大名的写小名")

    def validate_sex(self, field: Field) -> None:
        """Needed."""
        if field.data not in ("男", "女"):
            raise ValidationError("请选择性别")

    def validate_birth(self, field: Field) -> None:
        """A day, or an age instead."""
        if not field.data and born_about(self.age.data or "", self.today):
            return
        if not field.data:
            raise ValidationError("请填出生日期，或在旁边填大约几岁")
        fault = day_fault(field.data)
        if fault or field.data > self.today:
            raise ValidationError(fault or "出生日期在将来，请核对")

    def born(self) -> Day:
        """The birthday, or the middle of the year the age points to."""
        return self.birth.data or born_about(self.age.data or "", self.today)


def child_of(form: NewChildForm) -> NewChild:
    """The child that a valid form tells of."""
    return NewChild(
        name=form.name.data,
        sex=form.sex.data,
        birth=form.born(),
        estimated=not form.birth.data,
        guardian=(form.guardian.data or "").strip(),
        relation=(form.relation.data or "").strip(),
        place=(form.place.data or "").strip(),
    )
