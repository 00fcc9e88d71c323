"""The forms of signing in."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo


class SignInForm(FlaskForm):
    """登录名 and 密码 (or the one-time code); `next` is the page asked for before."""

    login = StringField("登录名", [DataRequired("请填写登录名")])
    password = PasswordField("密码", [DataRequired("请填写密码")])
    stay = BooleanField("在这台设备上保持登录")
    next = HiddenField()


class PasswordForm(FlaskForm):
    """A new password, twice."""

    password = PasswordField("新密码", [DataRequired("请填写新密码")])
    again = PasswordField(
        "再输一遍",
        [DataRequired("请把新密码再输一遍"), EqualTo("password", "两次输入不一样，请重新输入")],
    )
    next = HiddenField()


class CodeForm(FlaskForm):
    """A code of the phone, or a recovery code."""

    code = StringField("验证码", [DataRequired("请填写验证码")])
    next = HiddenField()
