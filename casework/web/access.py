"""Who may enter which page: every route declares its action, and an undeclared one is refused to everyone.

The check runs before any view: session, posting of the day, right of the post. What a viewer sees inside
a page is decided by its reach; "not yours" and "not there" answer alike.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from flask import Flask, current_app, g, redirect, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response

from casework.accounts import PASSWORD, SECOND_STEP, Accounts, SignedIn
from casework.domain.permissions import ACTIONS, ADMINISTRATOR, MASKED_POSTS, Reach, may
from casework.domain.units import Units
from casework.domain.values import Actor, Day, day_of
from casework.errors import NotAllowed
from casework.projections.postings import HeldPost, posts_of
from casework.projections.reach import reach_in
from casework.service import Casework, Reading
from casework.web.kept import address_with_form

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC, SIGNED_IN, FINISHING = "public", "signed in", "finishing the sign-in"
"""Open to everyone; to whoever is signed in, also without a post; to whoever still owes a step."""

PROBE = "probe"
"""Asked by machines, without a session: tells yes or no, and more on this machine or by token only."""

_ANYBODY = frozenset({PUBLIC, SIGNED_IN, FINISHING, PROBE})
_STAGES = {PASSWORD: "/sign-in/password", SECOND_STEP: "/sign-in/second-step"}
_ENROL = "/account/second-step"
_ACTION = "casework_action"
_LARGEST = "casework_largest_body"
_POSTLESS = HeldPost("", "", "", "", "", "", "")


@dataclass(frozen=True, slots=True)
class PostChoice:
    """One of the posts that a person may act in today."""

    posting_id: str
    post: str
    unit: str
    unit_name: str


@dataclass(frozen=True)
class Viewer:
    """Who looks: the account, the post and unit of today, what is in reach, whether names are masked.

    `posts`: all that are held today, one for each post at a unit.
    """

    login: str
    name: str
    post: str
    unit: str
    unit_name: str
    reach: Reach
    masked: bool
    posts: tuple[PostChoice, ...] = ()

    @property
    def actor(self) -> Actor:
        """As acts and the read log name them."""
        return Actor(account=self.login, name=self.name, post=self.post, unit=self.unit)

    def may(self, action: str) -> bool:
        """Whether the viewer's post carries an action: for what a page offers."""
        return may(self.post, action)


def allow(action: str) -> Callable[[View], View]:
    """Declares the action a route needs: a post's, or one of the stages above."""
    if action not in _ANYBODY and action not in ACTIONS:
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
    app.teardown_request(_let_go)


def _check() -> Response | None:
    if request.endpoint is None:
        return None  # no such address: answered as 404
    action = action_of(current_app.view_functions[request.endpoint])
    if action in (PUBLIC, PROBE):
        return None
    reading = _hold_on()
    g.signed_in = _session(reading.snapshot.conn)
    if g.signed_in is None:
        return redirect(with_next("/sign-in", _wanted()))
    if g.signed_in.stage or action == FINISHING:
        _let_go()
        return _finish(g.signed_in.stage, action)
    g.viewer = _viewer(g.signed_in, reading)
    if action == SIGNED_IN:
        return None
    if must_enrol():
        return redirect(_ENROL)
    if action is None or not g.viewer.may(action):
        raise NotAllowed("您的岗位没有查看这个页面的权限；如有需要，请联系上级管理员")
    return None


def _finish(stage: str, action: str | None) -> Response | None:
    """Half a sign-in opens only the page of its missing step; a whole one has nothing to finish."""
    if stage and action == FINISHING and request.path == _STAGES[stage]:
        return None
    return redirect(with_next(_STAGES[stage], _wanted()) if stage else "/")


def with_next(page: str, wanted: str) -> str:
    """A page of the sign-in, remembering the page that was asked for."""
    return page if wanted == "/" else f"{page}?next={quote(wanted, safe='')}"


def must_enrol() -> bool:
    """Whether this post needs the second step before it opens anything (policy; not in demo and test)."""
    if g.signed_in.second_step or not current_app.config["SECOND_STEP_ENFORCED"]:
        return False
    return any(each.post in accounts().rules().second_step.posts for each in g.viewer.posts)


def _wanted() -> str:
    """The page to go to after signing in: the one asked for, or where a form sent too late comes back."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    return address_with_form(login_at_hand()) or "/"


def login_at_hand() -> str:
    """Whose cookie this browser carries, signed in still or no longer; "" when that is not known."""
    token = request.cookies.get(cookie_name(), "")
    return accounts().given_to(token) if token else ""


def _session(conn: Connection) -> SignedIn | None:
    return accounts().session_in(conn, token(), now=wall_now()) if token() else None


@contextmanager
def this_moment() -> Iterator[Reading]:
    """The moment in which the viewer was let in: what the check saw is what the page shows.

    Looked up once for a page. Whoever writes reads it once, before writing; after that it is a new one.
    """
    held: _Moment | None = g.get("moment")
    if held is None:
        with casework().reading() as fresh:
            yield fresh
        return
    try:
        yield held.reading
    finally:
        if request.method not in ("GET", "HEAD"):
            _let_go()


class _Moment(NamedTuple):
    """A reading with what ends it."""

    reading: Reading
    end: ExitStack


def _hold_on() -> Reading:
    _let_go()
    end = ExitStack()
    g.moment = _Moment(end.enter_context(casework().reading()), end)
    return g.moment.reading


def _let_go(_fault: BaseException | None = None) -> None:
    held: _Moment | None = g.pop("moment", None)
    if held is not None:
        held.end.close()


def _viewer(signed_in: SignedIn, reading: Reading) -> Viewer:
    g.today = day_of(reading.known_at)
    posts = posts_of(reading.snapshot.conn, reading.snapshot.k, signed_in.login, g.today)
    if signed_in.administrator:
        posts.append(HeldPost("administrator", signed_in.login, signed_in.name, ADMINISTRATOR, "", "", ""))
    held = _post(posts, signed_in)
    units, snapshot = reading.reference.units, reading.snapshot
    same = [each for each in posts if (each.post, each.unit) == (held.post, held.unit)]
    reach = reach_in(snapshot.conn, snapshot.k, units, same, g.today)
    return viewer_in(units, signed_in, held, reach, posts)


def has_several_posts(login: str) -> bool:
    """Whether a login must choose in which post to act."""
    with casework().reading() as reading:
        day = day_of(reading.known_at)
        held = posts_of(reading.snapshot.conn, reading.snapshot.k, login, day)
    return len({(each.post, each.unit) for each in held}) > 1


def _post(held: list[HeldPost], signed_in: SignedIn) -> HeldPost:
    """The post chosen at sign-in while it lasts, else the first held."""
    chosen = [each for each in held if each.posting_id == signed_in.posting_id]
    return (chosen or held or [_POSTLESS])[0]


def viewer_in(
    units: Units, signed_in: SignedIn, held: HeldPost, reach: Reach, posts: Sequence[HeldPost] = ()
) -> Viewer:
    """The viewer a signed-in person is in one post."""
    choices = {
        (each.post, each.unit): PostChoice(each.posting_id, each.post, each.unit, units.name(each.unit))
        for each in reversed(posts)
    }
    return Viewer(
        login=signed_in.login,
        name=held.name or signed_in.name,
        post=held.post,
        unit=held.unit,
        unit_name=units.name(held.unit),
        reach=reach,
        masked=held.post in MASKED_POSTS,
        posts=tuple(choices.values())[::-1],
    )


def viewer() -> Viewer:
    """Who looks at this page."""
    return g.viewer


def signed_in() -> SignedIn:
    """The session of this request."""
    return g.signed_in


def token() -> str:
    """The token of this browser's session."""
    return request.cookies.get(cookie_name(), "")


def today() -> Day:
    """The business day of this request, by the clock that stamps acts."""
    return g.today


def roomy(largest: int, back: str) -> Callable[[View], View]:
    """Declares that a view takes a body of up to `largest` bytes; `back`: the page of its form."""

    def declare(view: View) -> View:
        setattr(view, _LARGEST, (largest, back))
        return view

    return declare


def make_room(app: Flask) -> None:
    """Lets large bodies in where they belong, and only from who may enter: asked before any is read."""
    app.before_request(_make_room)


def _make_room() -> Response | None:
    view = current_app.view_functions.get(request.endpoint or "")
    largest, back = getattr(view, _LARGEST, (0, ""))
    if not largest or request.method != "POST":
        return None
    if accounts().session(token(), now=wall_now()) is None:
        return redirect(with_next("/sign-in", back))
    answer = _check()
    if answer is None:
        request.max_content_length = largest
    return answer
