"""Signing in and out (登录与退出). Failed sign-ins all read the same."""

from flask import Blueprint, current_app, make_response, redirect, render_template, request, session
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired

from casework.errors import NotAllowed
from casework.web.access import PUBLIC, accounts, allow, cookie_name, wall_now

pages = Blueprint("sign_in", __name__, template_folder="templates")


class SignInForm(FlaskForm):
    """登录名 and 密码; `next` is the page asked for before."""

    login = StringField("登录名", [DataRequired("请填写登录名")])
    password = PasswordField("密码", [DataRequired("请填写密码")])
    next = HiddenField()


@pages.get("/sign-in")
@allow(PUBLIC)
def form() -> str:
    """The form."""
    return _form(SignInForm(next=request.args.get("next", "")))


@pages.post("/sign-in")
@allow(PUBLIC)
def sign_in() -> Response | tuple[str, int]:
    """A new session for the right password; the form again for a wrong one."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _form(form), 400
    try:
        token = accounts().sign_in(
            form.login.data,
            form.password.data,
            address=request.remote_addr or "",
            device=request.user_agent.string,
            now=wall_now(),
        )
    except NotAllowed as refused:
        return _form(form, refused.message), 403
    _end_session()
    response = make_response(redirect(_own_page(form.next.data or "")))
    response.set_cookie(
        cookie_name(),
        token,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response


@pages.post("/sign-out")
@allow(PUBLIC)
def sign_out() -> Response:
    """Ends this device's session."""
    _end_session()
    response = make_response(redirect("/sign-in"))
    response.delete_cookie(cookie_name(), secure=current_app.config["SESSION_COOKIE_SECURE"])
    return response


def _end_session() -> None:
    """The session before is revoked, and the form's cookie begins anew: nothing known before signs in."""
    token = request.cookies.get(cookie_name(), "")
    if token:
        accounts().sign_out(token, now=wall_now())
    session.clear()


def _own_page(asked: str) -> str:
    """Only a page of this site."""
    plain = asked.startswith("/") and not asked.startswith(("//", "/\\")) and "\n" not in asked
    return asked if plain else "/"


def _form(form: SignInForm, message: str = "") -> str:
    return render_template("sign_in.html", form=form, message=message)
