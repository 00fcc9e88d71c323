"""Signing in: one answer for every wrong try, waits that grow, sessions that end."""

from datetime import timedelta

import pytest
from flask import Flask

from casework.accounts import AccountBook
from casework.config import Settings
from casework.domain.account_policy import LOGIN, LockOut
from casework.domain.values import LOCAL_OPERATOR
from casework.web import create_app
from tests.support.county import County
from tests.web.conftest import SETTINGS, Wall
from tests.web.pages import Visitor
from tests.web.small_county import CHIEF, CLERK, HEAD_2, MAYOR, PASSWORD, TEACHER

FREE = 5
"""Wrong tries without a wait, by the shipped policy."""


def test_the_right_password_leads_to_the_first_page_in_ones_post(visitor: Visitor):
    answer = visitor.sign_in(CLERK, PASSWORD)
    assert (answer.status_code, answer.location) == (302, "/")
    assert "路知遥，您好 基教股 · 试验县" in visitor.get("/").text


def test_an_unknown_login_and_a_wrong_password_read_the_same(visitor: Visitor):
    wrong = visitor.read(visitor.sign_in(MAYOR, "not-the-password"), 403).text
    unknown = visitor.read(visitor.sign_in("nobody-here", "not-the-password"), 403).text
    assert wrong == unknown
    assert "登录名或密码不对" in wrong


def test_an_empty_form_says_what_is_missing(visitor: Visitor):
    page = visitor.read(visitor.sign_in("", ""), 400)
    assert "请填写登录名" in page.text and "请填写密码" in page.text


def test_signing_in_begins_a_new_session_and_ends_the_one_before(app: Flask, visitor: Visitor):
    visitor.sign_in(CLERK, PASSWORD)
    before = visitor.client.get_cookie("casework")
    assert before
    visitor.client.set_cookie("casework", before.value)
    visitor.sign_in(CLERK, PASSWORD)
    after = visitor.client.get_cookie("casework")
    assert after and after.value != before.value
    old = app.test_client()
    old.set_cookie("casework", before.value)
    assert old.get("/").location == "/sign-in"


def test_signing_out_ends_the_session_for_whoever_kept_its_cookie(app: Flask, visitor: Visitor):
    visitor.sign_in(CLERK, PASSWORD)
    kept = visitor.client.get_cookie("casework")
    assert kept
    visitor.client.post("/sign-out", data={"csrf_token": visitor.token("/")})
    thief = app.test_client()
    thief.set_cookie("casework", kept.value)
    assert thief.get("/weekly").status_code == 302


def test_a_session_lives_while_it_is_used_and_ends_after_a_quiet_night(visitor: Visitor, wall: Wall):
    visitor.sign_in(CLERK, PASSWORD)
    for _ in range(3):
        wall.pass_(hours=8)
        assert visitor.client.get("/").status_code == 200
    wall.pass_(hours=13)
    assert visitor.client.get("/").status_code == 302


def test_after_signing_in_one_is_where_one_wanted_to_go_but_never_elsewhere(visitor: Visitor):
    wanted = visitor.client.get("/weekly?week=2026-W37").location
    assert wanted == "/sign-in?next=%2Fweekly%3Fweek%3D2026-W37"
    assert visitor.sign_in(CLERK, PASSWORD, next="/weekly?week=2026-W37").location == "/weekly?week=2026-W37"
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example", "evil", "/\nx"):
        assert visitor.sign_in(CLERK, PASSWORD, next=elsewhere).location == "/", elsewhere


def test_a_form_without_its_token_is_refused(visitor: Visitor):
    answer = visitor.client.post("/sign-in", data={"login": CLERK, "password": PASSWORD})
    assert "页面已过期" in visitor.read(answer, 400).text


@pytest.mark.parametrize("login", [HEAD_2, "nobody-at-all"])
def test_many_wrong_tries_make_one_wait_whether_or_not_the_login_exists(
    visitor: Visitor, wall: Wall, login: str
):
    for _ in range(FREE):
        assert "登录名或密码不对" in visitor.sign_in(login, "guess").text
    assert "请 1 分钟后再试" in visitor.sign_in(login, PASSWORD).text
    wall.pass_(seconds=31)
    assert "登录名或密码不对" in visitor.sign_in(login, "guess").text
    wall.pass_(seconds=31)
    assert "请 1 分钟后再试" in visitor.sign_in(login, "guess").text


def test_a_wait_ends_by_itself_and_the_right_password_forgives(visitor: Visitor, wall: Wall):
    for _ in range(FREE):
        visitor.sign_in(CHIEF, "guess")
    wall.pass_(seconds=31)
    assert visitor.sign_in(CHIEF, PASSWORD).status_code == 302
    assert "登录名或密码不对" in visitor.sign_in(CHIEF, "guess").text


def test_a_clock_set_back_makes_nobody_wait_longer(visitor: Visitor, wall: Wall):
    wall.pass_(days=2)
    visitor.sign_in(CHIEF, "guess")
    wall.pass_(days=-2)
    assert visitor.sign_in(CHIEF, PASSWORD).status_code == 302


def test_waits_double_up_to_the_longest():
    rules = LockOut(
        free_failures_login=5,
        free_failures_address=50,
        first_wait_seconds=30,
        longest_wait_minutes=60,
        forgotten_after_hours=24,
    )
    assert rules.wait_after(LOGIN, 4) == timedelta()
    assert [rules.wait_after(LOGIN, 5 + n).total_seconds() for n in range(4)] == [30, 60, 120, 240]
    assert rules.wait_after(LOGIN, 10_000) == timedelta(hours=1)


def test_a_disabled_account_is_signed_out_everywhere_and_can_not_come_back(
    county: County, visitor: Visitor, wall: Wall
):
    accounts = county.casework.accounts
    accounts.make("leaver", "某某", PASSWORD, now=wall())
    visitor.sign_in("leaver", PASSWORD)
    AccountBook(accounts).disable("leaver", by=LOCAL_OPERATOR, now=wall())
    assert visitor.client.get("/").status_code == 302
    assert "登录名或密码不对" in visitor.sign_in("leaver", PASSWORD).text


def test_another_password_signs_every_device_out(county: County, visitor: Visitor, wall: Wall):
    accounts = county.casework.accounts
    accounts.make("changer", "某某", PASSWORD, now=wall())
    visitor.sign_in("changer", PASSWORD)
    accounts.set_password("changer", "another-password", now=wall())
    assert visitor.client.get("/").status_code == 302
    assert visitor.sign_in("changer", "another-password").status_code == 302


def test_who_holds_no_post_today_reaches_nothing(county: County, visitor: Visitor, wall: Wall):
    county.casework.accounts.make("postless", "某某", PASSWORD, now=wall())
    visitor.sign_in("postless", PASSWORD)
    for address in ("/", "/weekly", "/board"):
        assert "没有权限" in visitor.get(address, 403).text


def test_in_production_cookies_travel_only_over_a_secure_line(county: County):
    settings = Settings(
        mode="production",
        data_dir=SETTINGS.data_dir,
        database_url="",
        secret_key=SETTINGS.secret_key,
        master_key=SETTINGS.master_key,
    )
    visitor = Visitor(create_app(county.casework, settings).test_client())
    visitor.client.environ_base["wsgi.url_scheme"] = "https"
    visitor.client.environ_base["HTTP_HOST"] = "localhost"
    answer = visitor.sign_in(TEACHER, PASSWORD)
    cookies = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith("__Host-casework=")]
    assert len(cookies) == 1, answer.text
    for part in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/"):
        assert part in cookies[0]
    assert "Domain" not in cookies[0]
    assert answer.headers["Strict-Transport-Security"]
