"""我的账号: the posts I hold, my devices, my password, my second step."""

import segno
from flask import Blueprint, redirect, render_template, request, session
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo

from casework.accounts.second_step import address_of, new_secret
from casework.errors import BadInput, NotAllowed
from casework.web.access import SIGNED_IN, accounts, allow, must_enrol, signed_in, token, viewer, wall_now
from casework.web.account.devices import device_name

pages = Blueprint("account", __name__, template_folder="templates")

_SECRET = "second_step_secret"


class ChangePasswordForm(FlaskForm):
    """The old password, and a new one twice."""

    old = PasswordField("现在的密码", [DataRequired("请填写现在的密码")])
    password = PasswordField("新密码", [DataRequired("请填写新密码")])
    again = PasswordField(
        "再输一遍",
        [DataRequired("请把新密码再输一遍"), EqualTo("password", "两次输入不一样，请重新输入")],
    )


class EnrolForm(FlaskForm):
    """The first code that the phone shows, and the password: a device left open enrols nobody."""

    password = PasswordField("现在的密码", [DataRequired("请填写现在的密码")])
    code = StringField("手机上显示的 6 位数字", [DataRequired("请填写验证码")])


@pages.get("/account")
@allow(SIGNED_IN)
def account() -> str:
    """Everything about one's own account."""
    return _account(ChangePasswordForm())


def _account(form: ChangePasswordForm, done: str = "") -> str:
    login = viewer().login
    devices = accounts().devices(login, token(), now=wall_now())
    return render_template(
        "account.html",
        form=form,
        done=done,
        login=login,
        devices=[(each, device_name(each.device)) for each in devices],
        rules=accounts().rules(),
        second_step=signed_in().second_step,
        codes_left=accounts().recovery_codes_left(login) if signed_in().second_step else 0,
    )


@pages.post("/account/password")
@allow(SIGNED_IN)
def password() -> str | tuple[str, int]:
    """Another password; every other device is signed out."""
    form = ChangePasswordForm()
    if not form.validate_on_submit():
        return _account(form), 400
    address = request.remote_addr or ""
    try:
        accounts().change_password(
            token(), form.old.data, form.password.data, address=address, now=wall_now()
        )
    except NotAllowed as refused:
        form.old.errors = [refused.message]
        return _account(form), 403
    except BadInput as refused:
        form.password.errors = [refused.message]
        return _account(form), 400
    return _account(ChangePasswordForm(formdata=None), "密码已修改，其他设备已全部退出。")


@pages.post("/account/devices")
@allow(SIGNED_IN)
def sign_out_device() -> Response:
    """Signs one other device out."""
    accounts().sign_out_device(viewer().login, request.form.get("device", ""), now=wall_now())
    return redirect("/account#devices")


@pages.post("/account/devices/all")
@allow(SIGNED_IN)
def sign_out_everywhere() -> Response:
    """Signs every device out, this one too."""
    accounts().sign_out_everywhere(viewer().login, now=wall_now())
    return redirect("/sign-in")


@pages.get("/account/second-step")
@allow(SIGNED_IN)
def second_step() -> str:
    """The QR code to scan. The secret waits in the signed cookie of this browser until a code proves it."""
    session[_SECRET] = new_secret()
    return _enrol(EnrolForm(), session[_SECRET])


@pages.post("/account/second-step")
@allow(SIGNED_IN)
def begin_second_step() -> Response | str | tuple[str, int]:
    """The phone's first code begins the second step; the recovery codes are shown once."""
    secret, form = session.get(_SECRET, ""), EnrolForm()
    if not secret:
        return redirect("/account/second-step")
    if form.validate_on_submit():
        try:
            given, address = (form.code.data, form.password.data), request.remote_addr or ""
            codes = accounts().enrol(token(), secret, *given, address=address, now=wall_now())
        except BadInput as refused:
            form.code.errors = [refused.message]
        except NotAllowed as refused:
            form.password.errors = [refused.message]
        else:
            session.pop(_SECRET)
            return render_template("recovery_codes.html", codes=codes, login=viewer().login)
    return _enrol(form, secret), 400


def _enrol(form: EnrolForm, secret: str) -> str:
    picture = segno.make(address_of(secret, viewer().login), error="m").svg_data_uri(scale=5, border=2)
    shown = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return render_template("enrol.html", form=form, picture=picture, secret=shown, must=must_enrol())
