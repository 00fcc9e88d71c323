"""Signing in and out (登录与退出), step by step. Failed sign-ins all read the same."""

from flask import Blueprint, current_app, redirect, render_template, request, session
from werkzeug.wrappers import Response

from casework.accounts import PASSWORD, SECOND_STEP
from casework.errors import BadInput, NotAllowed
from casework.web.access import (
    FINISHING,
    PUBLIC,
    SIGNED_IN,
    accounts,
    allow,
    cookie_name,
    has_several_posts,
    token,
    viewer,
    wall_now,
    with_next,
)
from casework.web.sign_in.forms import CodeForm, PasswordForm, SignInForm

pages = Blueprint("sign_in", __name__, template_folder="templates")

_CHOOSE = "/sign-in/post"
_STEPS = {PASSWORD: "/sign-in/password", SECOND_STEP: "/sign-in/second-step"}


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
        begun = accounts().sign_in(
            form.login.data,
            form.password.data,
            address=request.remote_addr or "",
            device=request.user_agent.string,
            now=wall_now(),
            stay=form.stay.data,
        )
    except NotAllowed as refused:
        return _form(form, refused.message), 403
    _end_session()
    return _with_cookie(_onward(begun, form.next.data or ""), begun, stay=form.stay.data)


def _with_cookie(response: Response, begun: str, *, stay: bool) -> Response:
    """The session's cookie; on one's own phone it outlives the browser."""
    lasts = accounts().rules().session.lasts(stay=True)
    response.set_cookie(
        cookie_name(),
        begun,
        max_age=int(lasts.total_seconds()) if stay else None,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response


def _onward(begun: str, wanted: str) -> Response:
    """To the step that is missing, to the choice between several posts, or to the page asked for."""
    held, wanted = accounts().session(begun, now=wall_now()), own_page(wanted)
    if held and held.stage:
        return redirect(with_next(_STEPS[held.stage], wanted))
    return redirect(with_next(_CHOOSE, wanted) if held and has_several_posts(held.login) else wanted)


@pages.route("/sign-in/password", methods=["GET", "POST"])
@allow(FINISHING)
def first_password() -> Response | str | tuple[str, int]:
    """After a one-time code: a password of one's own."""
    form = PasswordForm(next=request.args.get("next", ""))
    if request.method == "POST" and form.validate_on_submit():
        try:
            accounts().first_password(token(), form.password.data, now=wall_now())
        except BadInput as refused:
            form.password.errors = [refused.message]
        else:
            return _onward(token(), form.next.data or "")
    shortest = accounts().rules().password.shortest
    page = render_template("first_password.html", form=form, shortest=shortest)
    return (page, 400) if request.method == "POST" else page


@pages.route("/sign-in/second-step", methods=["GET", "POST"])
@allow(FINISHING)
def second_step() -> Response | str | tuple[str, int]:
    """The code of the phone, or a recovery code."""
    form = CodeForm(next=request.args.get("next", ""))
    if request.method == "POST" and form.validate_on_submit():
        try:
            address = request.remote_addr or ""
            accounts().pass_second_step(token(), form.code.data, address=address, now=wall_now())
        except NotAllowed as refused:
            form.code.errors = [refused.message]
        else:
            return _onward(token(), form.next.data or "")
    page = render_template("second_step.html", form=form)
    return (page, 403) if request.method == "POST" else page


@pages.get("/sign-in/post")
@allow(SIGNED_IN)
def choose_post() -> Response | str:
    """Which of several posts to act in; with one post there is nothing to choose."""
    wanted = own_page(request.args.get("next", ""))
    if len(viewer().posts) < 2:
        return redirect(wanted)
    return render_template("choose_post.html", wanted=wanted)


@pages.post("/sign-in/post")
@allow(SIGNED_IN)
def take_post() -> Response:
    """Acts in the chosen post from now on, on this device."""
    chosen = request.form.get("posting", "")
    if chosen not in {each.posting_id for each in viewer().posts}:
        raise BadInput("请在列出的岗位中选一个")
    accounts().choose_post(token(), chosen)
    return redirect(own_page(request.form.get("next", "")))


@pages.post("/sign-out")
@allow(PUBLIC)
def sign_out() -> Response:
    """Ends this device's session."""
    _end_session()
    response = redirect("/sign-in")
    response.delete_cookie(cookie_name(), secure=current_app.config["SESSION_COOKIE_SECURE"])
    return response


def _end_session() -> None:
    """The session before is revoked, and the form's cookie begins anew: nothing known before signs in."""
    if token():
        accounts().sign_out(token(), now=wall_now())
    session.clear()


def own_page(asked: str) -> str:
    """Only a page of this site."""
    # Browsers drop tabs and line ends from addresses and take \\ for /: what holds one is not ours.
    plain = asked.startswith("/") and not asked.startswith("//") and "\\" not in asked
    return asked if plain and asked.isprintable() else "/"


def _form(form: SignInForm, message: str = "") -> str:
    return render_template("sign_in.html", form=form, message=message)
