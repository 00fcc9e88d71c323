"""Fixed sessions, guessed passwords, codes used twice, devices that should be out."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from casework.accounts import account, recovery_code, session
from casework.service import Casework, make_store
from casework.store.database import make_engine
from casework.store.keys import KeyRing
from casework.web import create_app
from tests.security.conftest import opened
from tests.support.county import MASTER_KEY, County
from tests.web.conftest import SETTINGS, Wall
from tests.web.pages import Visitor
from tests.web.small_county import CHIEF, CLERK, HEAD_1, HEAD_2, MAYOR, NAMES, PASSWORD, TEACHER
from tests.web.test_accounts import enrol, send_code

SignedIn = Callable[[str], Visitor]


def another(app: Flask, address: str = "10.0.0.1") -> Visitor:
    """A further browser, at an address of its own."""
    visitor = Visitor(app.test_client())
    visitor.client.environ_base["REMOTE_ADDR"] = address
    return visitor


def test_a_session_planted_before_the_sign_in_is_worth_nothing_after_it(app: Flask, visitor: Visitor):
    for planted in ("planted-by-a-thief", "x" * 43, ""):
        visitor.client.set_cookie("casework", planted)
        assert visitor.sign_in(CLERK, PASSWORD).status_code == 302
        now = visitor.client.get_cookie("casework")
        assert now and now.value != planted and len(now.value) >= 43
        thief = another(app)
        thief.client.set_cookie("casework", planted)
        assert thief.client.get("/").status_code == 302


def test_a_thiefs_own_session_in_the_victims_browser_ends_when_the_victim_signs_in(app: Flask):
    thief, victim = another(app), another(app)
    thief.sign_in(TEACHER, PASSWORD)
    own = thief.client.get_cookie("casework")
    assert own
    victim.client.set_cookie("casework", own.value)
    victim.sign_in(CLERK, PASSWORD)
    assert thief.client.get("/").location == "/sign-in"


def test_the_form_token_of_before_the_sign_in_is_worth_nothing_after_it(visitor: Visitor):
    before = visitor.token()
    visitor.sign_in(CLERK, PASSWORD)
    answer = visitor.client.post("/account/devices/all", data={"csrf_token": before})
    assert answer.status_code == 400


def test_no_address_ever_holds_a_session(signed_in: SignedIn):
    visitor = signed_in(CLERK)
    token = visitor.client.get_cookie("casework")
    assert token
    other = Visitor(visitor.client.application.test_client())
    for address in (f"/?casework={token.value}", f"/account?session={token.value}&token={token.value}"):
        assert other.client.get(address).status_code == 302
    for page in ("/", "/account", "/board"):
        assert token.value not in visitor.client.get(page).text


def test_the_database_holds_no_token_and_no_password(county: County, signed_in: SignedIn):
    visitor = signed_in(CLERK)
    token = visitor.client.get_cookie("casework")
    assert token
    with county.casework.store.engine.connect() as conn:
        rows = [
            *conn.execute(select(session)),
            *conn.execute(select(account)),
            *conn.execute(select(recovery_code)),
        ]
    assert token.value not in str(rows) and PASSWORD not in str(rows)
    assert "$argon2id$" in str(rows)


@pytest.fixture
def own_county(sqlite_url: str) -> Iterator[tuple[County, str]]:
    """A county whose server is restarted."""
    made = opened(sqlite_url)
    yield made, sqlite_url
    made.close()


def test_a_restart_and_another_server_forgive_no_wrong_password(
    own_county: tuple[County, str], wall: Wall, tmp_path: Path
):
    county, url = own_county
    first = create_app(county.casework, SETTINGS, wall=wall)
    for n in range(5):
        another(first, f"10.0.0.{n}").sign_in(HEAD_2, "guess")
    engine = make_engine(url)
    restarted = create_app(
        Casework(make_store(engine, KeyRing(MASTER_KEY), lambda: county.now)), SETTINGS, wall=wall
    )
    assert "分钟后再试" in another(restarted, "10.9.9.9").sign_in(HEAD_2, PASSWORD).text
    wall.pass_(minutes=2)
    assert another(restarted, "10.9.9.9").sign_in(HEAD_2, PASSWORD).status_code == 302
    engine.dispose()


def test_one_password_tried_at_many_logins_from_one_place_ends_in_a_wait(app: Flask, wall: Wall):
    """Password spraying: each login once or twice, so that none waits by itself."""
    sprayer = another(app, "10.1.1.1")
    logins = [*NAMES, *(f"yl{n:04d}" for n in range(60))]
    said = [sprayer.sign_in(login, "Qingshan2026").text for login in logins]
    waits = [n for n, text in enumerate(said) if "分钟后再试" in text]
    assert waits and waits[0] == 50, waits[:3]
    assert "分钟后再试" in sprayer.sign_in(MAYOR, PASSWORD).text
    assert another(app, "10.1.1.2").sign_in(MAYOR, PASSWORD).status_code == 302


def test_a_forged_forwarding_header_makes_no_new_place(app: Flask):
    """Without a proxy before it the server believes no header about where somebody is."""
    guesser = another(app, "10.2.2.2")
    for n in range(6):
        guesser.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"192.0.2.{n}"
        answer = guesser.sign_in(f"nobody-{n}", "guess")
    with app.extensions["accounts"].engine.connect() as conn:
        from casework.accounts import sign_in_failure

        places = set(conn.scalars(select(sign_in_failure.c.key).where(sign_in_failure.c.kind == "address")))
    assert places == {"10.2.2.2"} and answer.status_code == 403


def test_no_more_than_a_hundred_guesses_an_hour_reach_one_account(county: County):
    rules, asked, waited = county.casework.account_rules().lock_out, 0, timedelta()
    while waited <= timedelta(hours=1):
        asked += 1
        waited += rules.wait_after("login", asked)
    assert asked < 20


def test_a_changed_password_signs_every_other_device_out_and_asks_for_the_old_one(
    app: Flask, county: County, wall: Wall
):
    county.casework.accounts.make("wechsel", "某某", PASSWORD, now=wall())
    here, there = another(app), another(app)
    here.sign_in("wechsel", PASSWORD)
    there.sign_in("wechsel", PASSWORD, stay="y")
    new = {"password": "drei-lampen-im-hof", "again": "drei-lampen-im-hof"}
    wrong = {"csrf_token": here.token("/account"), "old": "not-it", **new}
    assert here.client.post("/account/password", data=wrong).status_code == 403
    assert there.client.get("/account").status_code == 200
    right = {"csrf_token": here.token("/account"), "old": PASSWORD, **new}
    assert here.client.post("/account/password", data=right).status_code == 200
    assert here.client.get("/account").status_code == 200
    assert there.client.get("/account").status_code == 302
    assert "登录名或密码不对" in another(app).sign_in("wechsel", PASSWORD).text


def test_all_devices_are_signed_out_at_once_and_their_cookies_are_dead(
    app: Flask, county: County, wall: Wall
):
    county.casework.accounts.make("ueberall", "某某", PASSWORD, now=wall())
    devices = [another(app) for _ in range(3)]
    for each in devices:
        each.sign_in("ueberall", PASSWORD)
    kept = [each.client.get_cookie("casework") for each in devices]
    devices[0].client.post("/account/devices/all", data={"csrf_token": devices[0].token("/account")})
    for cookie in kept:
        thief = another(app)
        assert cookie
        thief.client.set_cookie("casework", cookie.value)
        assert thief.client.get("/account").status_code == 302


@pytest.mark.parametrize(
    ("stay", "every", "quiet", "longest"), [("", 10, 13, 7), ("y", 24 * 20, 24 * 31, 180)]
)
def test_a_device_is_signed_out_when_it_rests_and_in_the_end_even_in_daily_use(
    app: Flask, wall: Wall, stay: str, every: int, quiet: int, longest: int
):
    resting, used = another(app), another(app)
    resting.sign_in(CHIEF, PASSWORD, stay=stay)
    used.sign_in(CHIEF, PASSWORD, stay=stay)
    hours = 0
    while hours + every < longest * 24:
        wall.pass_(hours=every)
        hours += every
        assert used.client.get("/account").status_code == 200, hours
        if hours >= quiet:
            assert resting.client.get("/account").status_code == 302
    wall.pass_(hours=every)
    assert used.client.get("/account").status_code == 302


def test_half_a_sign_in_opens_nothing_and_ends_soon(app: Flask, county: County, visitor: Visitor, wall: Wall):
    county.casework.accounts.make("halb", "某某", PASSWORD, now=wall())
    visitor.sign_in("halb", PASSWORD)
    enrol(visitor, wall)
    half = another(app)
    half.sign_in("halb", PASSWORD)
    for address in ("/", "/account", "/board", "/search?q=x", "/people"):
        assert (half.client.get(address).location or "").startswith("/sign-in/second-step"), address
    wall.pass_(minutes=16)
    assert half.client.get("/sign-in/second-step").location.startswith("/sign-in")


def test_a_code_of_the_phone_is_taken_once_never_late_never_for_another(
    app: Flask, county: County, wall: Wall
):
    secrets: dict[str, str] = {}
    for login in ("zwei-1", "zwei-2"):
        county.casework.accounts.make(login, "某某", PASSWORD, now=wall())
        visitor = another(app)
        visitor.sign_in(login, PASSWORD)
        secrets[login], _ = enrol(visitor, wall)
    wall.pass_(minutes=1)
    code = pyotp.TOTP(secrets["zwei-1"]).at(wall())

    def half(login: str) -> Visitor:
        visitor = another(app)
        visitor.sign_in(login, PASSWORD)
        return visitor

    assert send_code(half("zwei-2"), code) == 403
    waiting = half("zwei-1")
    assert send_code(half("zwei-1"), code) == 302
    assert send_code(waiting, code) == 403
    old = pyotp.TOTP(secrets["zwei-1"]).at(wall())
    wall.pass_(minutes=2)
    assert send_code(waiting, old) == 403
    with county.casework.store.engine.connect() as conn:
        sealed = conn.scalar(select(account.c.totp_secret).where(account.c.login == "zwei-1"))
    assert secrets["zwei-1"].encode() not in (sealed or b"")


def test_a_wrong_login_takes_as_long_as_a_wrong_password_and_says_the_same(app: Flask):
    said = {
        another(app).sign_in(login, "guess").text.split("</h1>")[1][:400].replace(login, "")
        for login in (HEAD_1, "nobody-1")
    }
    assert len({text.split('name="csrf_token"')[0] for text in said}) == 1
