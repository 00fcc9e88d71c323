"""The form for one person who is not in the staff workbook."""

from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Regexp

_LOGIN = r"^[A-Za-z0-9][A-Za-z0-9._-]{2,39}$"


class AppointForm(FlaskForm):
    """登录名, 姓名, 岗位, 班级, 负责范围, 任职日期."""

    name = StringField("姓名", [DataRequired("请填写姓名"), Length(max=40)])
    login = StringField(
        "登录名",
        [DataRequired("请填写登录名"), Regexp(_LOGIN, message="3–40 个字母、数字、点或横线，如 wxq-zhang")],
    )
    post = SelectField("岗位")
    klass = StringField("班级（班主任、任课教师）", [Length(max=40)])
    area = StringField("负责范围（包片岗位）", [Length(max=200)])
    since = DateField("任职日期", [DataRequired("请填写任职日期")])
