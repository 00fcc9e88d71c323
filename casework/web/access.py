"""Who may enter which page: every route declares its action, and an undeclared one is refused to everyone.

The check runs before any view: session, posting of the day, right of the post. What a viewer sees inside
a page is decided by its reach; "not yours" and "not there" answer alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Flask, current_app, g, redirect, request
from werkzeug.wrappers import Response

from casework.accounts import Accounts, SignedIn
from casework.domain.permissions import ACTIONS, MASKED_POSTS, Reach, may
from casework.domain.units import Units
from casework.domain.values import Actor, Day, day_of
from casework.errors import NotAllowed
from casework.projections.postings import HeldPost, posts_of
from casework.projections.reach import reach_in
from casework.service import Casework
from casework.web.kept import address_with_form

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
_ACTION = "casework_action"
_POSTLESS = HeldPost("", "", "", "", "", "", "")


@dataclass(frozen=True)
class Viewer:
    """Who looks: the account, the post and unit of today, what is in reach, whether names are masked."""

    login: str
    name: str
    post: str
    unit: str
    unit_name: str
    reach: Reach
    masked: bool

    @property
    def actor(self) -> Actor:
        """As acts and the read log name them."""
        return Actor(account=self.login, name=self.name, post=self.post, unit=self.unit)

    def may(self, action: str) -> bool:
        """Whether the viewer's post carries an action: for what a page offers."""
        return may(self.post, action)


def allow(action: str) -> Callable[[View], View]:
    """Declares the action a route needs; `PUBLIC` for those open to everyone."""
    if action != PUBLIC and action not in ACTIONS:
        raise ValueError(f"no such action: {action}")

    def declare(view: View) -> View:
        setattr(view, _ACTION, action)
        return view

    return declare


def action_of(view: object) -> str | None:
    """The action a view declares, None when it declares none."""
    return getattr(view, _ACTION, None)


def casework() -> Casework:
    """The application behind the pages."""
    return current_app.extensions["casework"]


def accounts() -> Accounts:
    """The accounts behind the pages."""
    return current_app.extensions["accounts"]


def wall_now() -> datetime:
    """The real clock, which guards sessions and sign-ins."""
    return current_app.extensions["wall"]()


def cookie_name() -> str:
    """The session cookie: bound to this host where the connection is secure."""
    return "__Host-casework" if current_app.config["SESSION_COOKIE_SECURE"] else "casework"


def guard(app: Flask) -> None:
    """Puts the check before every request."""
    app.before_request(_check)


def _check() -> Response | None:
    if request.endpoint is None:
        return None  # no such address: answered as 404
    action = action_of(current_app.view_functions[request.endpoint])
    if action == PUBLIC:
        return None
    g.signed_in = _session()
    if g.signed_in is None:
        wanted = _wanted()
        return redirect(f"/sign-in?next={quote(wanted, safe='')}" if wanted != "/" else "/sign-in")
    g.viewer = _viewer(g.signed_in)
    if action is None or not g.viewer.may(action):
        raise NotAllowed("您的岗位没有查看这个页面的权限；如有需要，请联系上级管理员")
    return None


def _wanted() -> str:
    """The page to go to after signing in: the one asked for, or where a form sent too late comes back."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    return address_with_form(login_at_hand()) or "/"


def login_at_hand() -> str:
    """Whose cookie this browser carries, signed in still or no longer; "" when that is not known."""
    token = request.cookies.get(cookie_name(), "")
    return accounts().given_to(token) if token else ""


def _session() -> SignedIn | None:
    token = request.cookies.get(cookie_name(), "")
    return accounts().session(token, now=wall_now()) if token else None


def _viewer(signed_in: SignedIn) -> Viewer:
    with casework().reading() as reading:
        g.today = day_of(reading.known_at)
        posts = posts_of(reading.snapshot.conn, reading.snapshot.k, signed_in.login, g.today)
        held = _post(posts, signed_in)
        units, snapshot = reading.reference.units, reading.snapshot
        same = [each for each in posts if (each.post, each.unit) == (held.post, held.unit)]
        reach = reach_in(snapshot.conn, snapshot.k, units, same, g.today)
        return viewer_in(units, signed_in, held, reach)


def _post(held: list[HeldPost], signed_in: SignedIn) -> HeldPost:
    """The post chosen at sign-in while it lasts, else the first held."""
    chosen = [each for each in held if each.posting_id == signed_in.posting_id]
    return (chosen or held or [_POSTLESS])[0]


def viewer_in(units: Units, signed_in: SignedIn, held: HeldPost, reach: Reach) -> Viewer:
    """The viewer a signed-in person is in one post."""
    return Viewer(
        login=signed_in.login,
        name=held.name or signed_in.name,
        post=held.post,
        unit=held.unit,
        unit_name=units.name(held.unit),
        reach=reach,
        masked=held.post in MASKED_POSTS,
    )


def viewer() -> Viewer:
    """Who looks at this page."""
    return g.viewer


def today() -> Day:
    """The business day of this request, by the clock that stamps acts."""
    return g.today
