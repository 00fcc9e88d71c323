"""Forms about units and postings: what is typed, and what is wrong with it."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Regexp

from casework.domain.posting import PostingRow
from casework.domain.units import KINDS, SCHOOL, Unit
from casework.domain.values import SINCE_EVER
from casework.web.typed import day_fault

LOGIN = r"^[A-Za-z0-9][A-Za-z0-9._-]{2,39}$"
_LOGIN_SAID = "3–40 个字母、数字、点或横线，如 wxq-zhang"
PROPER, STAND_IN = "proper", "acting"
VACANT = "*"
"""Stood in for: nobody, the post is vacant."""
_MANNERS = [SelectChoice(PROPER, "正式任职"), SelectChoice(STAND_IN, "代理")]


def _day(form: FlaskForm, field: Field) -> None:
    fault = day_fault((field.data or "").strip())
    if fault:
        raise ValidationError(fault)


def _day_or_none(form: FlaskForm, field: Field) -> None:
    if (field.data or "").strip():
        _day(form, field)


class UnitForm(FlaskForm):
    """设立单位."""

    form_id = HiddenField()
    kind = SelectField("类型", choices=["学校", "学区", "村", "乡镇", "街道"])
    code = StringField(
        "单位代码",
        [
            DataRequired("请填写单位代码"),
            Regexp(r"^[0-9A-Za-z_-]{1,40}$", message="单位代码只用数字、字母和横线"),
        ],
    )
    name = StringField("单位名称", [DataRequired("请填写单位名称"), Length(max=60, message="名称太长")])
    parent = SelectField("上级单位", validate_choice=False)
    category = SelectField("学校类别")
    township = SelectField("所在乡镇", validate_choice=False)
    opened_on = StringField("启用日期", [_day])

    def unit(self) -> Unit:
        """The unit it tells."""
        kind = KINDS[self.kind.data]
        school = kind == SCHOOL
        return Unit(
            code=self.code.data.strip(),
            name=self.name.data.strip(),
            kind=kind,
            parent=self.parent.data or "",
            category=self.category.data if school else "",
            township=self.township.data or "" if school else "",
            opened_on=self.opened_on.data or SINCE_EVER,
        )


class PostForm(FlaskForm):
    """任职, or 代理."""

    form_id = HiddenField()
    post = SelectField("岗位")
    manner = RadioField("怎样任职", choices=_MANNERS, default=PROPER)
    acting_for = SelectField("代理谁", validate_choice=False)
    name = StringField("姓名", [DataRequired("请填写姓名"), Length(max=40)])
    login = StringField("登录名", [DataRequired("请填写登录名"), Regexp(LOGIN, message=_LOGIN_SAID)])
    klass = StringField("班级", [Length(max=40)])
    area = StringField("负责范围", [Length(max=200)])
    since = StringField("任职日期", [_day])
    until = StringField("离任日期", [_day_or_none])

    def validate_acting_for(self, field: Field) -> None:
        """A stand-in says for whom."""
        if self.manner.data == STAND_IN and not field.data:
            raise ValidationError("请选择代理谁")

    def row(self, unit: str) -> PostingRow:
        """The posting it tells."""
        acting = self.manner.data == STAND_IN
        return PostingRow(
            login=self.login.data.strip(),
            name=self.name.data.strip(),
            post=self.post.data,
            unit=unit,
            since=self.since.data,
            until=self.until.data or "",
            klass=(self.klass.data or "").strip(),
            area=(self.area.data or "").strip(),
            acting=acting,
            acting_for=self.acting_for.data if acting and self.acting_for.data != VACANT else "",
        )


class EndForm(FlaskForm):
    """离任."""

    form_id = HiddenField()
    seen = HiddenField()
    until = StringField("离任日期", [_day_or_none])


class HandOverForm(FlaskForm):
    """交接."""

    form_id = HiddenField()
    seen = HiddenField()
    last_day = StringField("现任最后一天", [_day])
    name = StringField("接任人姓名", [DataRequired("请填写接任人姓名"), Length(max=40)])
    login = StringField(
        "接任人登录名", [DataRequired("请填写接任人登录名"), Regexp(LOGIN, message=_LOGIN_SAID)]
    )


class VoidForm(FlaskForm):
    """作废."""

    form_id = HiddenField()
    seen = HiddenField()
    reason = StringField("为什么作废", [DataRequired("请写一句为什么，如：登记错了人"), Length(max=200)])
    sure = BooleanField(
        "这个人从来没有担任过这个岗位", [DataRequired("请确认后再作废；只是离任，请登记离任日期")]
    )
