"""Accounts from paper slip to disabled: codes, passwords, the second step, devices, the hierarchy."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pyotp
import pytest
from flask import Flask

from casework.accounts import AccountBook
from casework.accounts.passwords import check_new, common
from casework.config import Settings
from casework.domain.hierarchy import may_appoint, may_manage
from casework.domain.units import Units
from casework.domain.values import LOCAL_OPERATOR
from casework.errors import BadInput
from casework.web import create_app
from casework.web.people import routes as people
from tests.support.copied import filled_county
from tests.support.county import County
from tests.web.conftest import SETTINGS, Wall
from tests.web.pages import StrictPage, Visitor
from tests.web.small_county import (
    CHIEF,
    CLERK,
    DISTRICT,
    HEAD_1,
    HEAD_2,
    MAYOR,
    PASSWORD,
    TEACHER,
    fill_with_accounts,
)

SignedIn = Callable[[str], Visitor]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def county(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A small county of its own: these tests end accounts that other tests sign in with."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('accounts') / 'casework.db'}"
        else:
            url = stack.enter_context(request.getfixturevalue("postgres_server").database())
        yield stack.enter_context(filled_county(url, fill_with_accounts))


OWN = "drei-lampen-im-hof"


def hand_out(county: County, wall: Wall, login: str, name: str = "某某") -> str:
    """A one-time code, as a manager hands it out."""
    book = AccountBook(county.casework.accounts)
    return book.hand_out({login: name}, by=LOCAL_OPERATOR, now=wall())[0].code


def set_own(visitor: Visitor, password: str = OWN, again: str = "") -> StrictPage | None:
    """Sends the form of the first password; None when it leads on."""
    form = {
        "csrf_token": visitor.token("/sign-in/password"),
        "password": password,
        "again": again or password,
    }
    answer = visitor.client.post("/sign-in/password", data=form)
    return None if answer.status_code == 302 else visitor.read(answer, 400)


def test_a_code_signs_in_once_and_only_to_set_a_password(county: County, visitor: Visitor, wall: Wall):
    code = hand_out(county, wall, "newcomer")
    assert visitor.sign_in("newcomer", code.upper().replace("-", " ")).location == "/sign-in/password"
    assert visitor.client.get("/account").location == "/sign-in/password?next=%2Faccount"
    assert set_own(visitor) is None
    assert visitor.client.get("/account").status_code == 200
    assert "登录名或密码不对" in visitor.sign_in("newcomer", code).text
    assert visitor.sign_in("newcomer", OWN).status_code == 302


def test_a_code_runs_out_by_policy(county: County, visitor: Visitor, wall: Wall):
    code = hand_out(county, wall, "slow")
    wall.pass_(days=county.casework.account_rules().code.valid_days, seconds=1)
    assert "登录名或密码不对" in visitor.sign_in("slow", code).text


def test_a_first_password_must_be_long_unknown_to_thieves_and_typed_twice(
    county: County, visitor: Visitor, wall: Wall
):
    visitor.sign_in("careless", hand_out(county, wall, "careless"))
    for password, said in (("short7x", "至少 8 个字符"), ("a123456789", "太常见"), ("careless", "太像")):
        page = set_own(visitor, password)
        assert page and said in page.text, password
    page = set_own(visitor, OWN, "something else")
    assert page and "两次输入不一样" in page.text


@pytest.mark.parametrize(
    "password",
    [
        "12345678",
        "woaini1314",
        "Password123",
        "88888888",
        "abcdefgh",
        "wanglei123",
        "zhangwei2024",
        "qq123456",
    ],
)
def test_passwords_that_thieves_try_first_are_refused(password: str):
    with pytest.raises(BadInput):
        check_new(password, shortest=8, login="yl0142")


@pytest.mark.parametrize(
    "password", ["山路弯弯有盏灯啊", "shanlu-deng-67", "correct horse battery", "9mkq2xwt"]
)
def test_other_passwords_need_no_signs_or_capitals(password: str):
    check_new(password, shortest=8, login="yl0142")


def test_the_list_of_leaked_passwords_is_worth_its_name():
    assert len(common()) > 5000


def test_a_second_step_is_asked_for_once_enrolled_and_a_code_is_taken_once(
    county: County, visitor: Visitor, wall: Wall
):
    county.casework.accounts.make("twofold", "某某", PASSWORD, now=wall())
    visitor.sign_in("twofold", PASSWORD)
    secret, codes = enrol(visitor, wall)
    again = Visitor(visitor.client.application.test_client())
    assert again.sign_in("twofold", PASSWORD).location == "/sign-in/second-step"
    assert again.client.get("/account").status_code == 302
    wall.pass_(seconds=60)
    assert send_code(again, "000000") == 403
    right = pyotp.TOTP(secret).at(wall())
    assert send_code(again, right) == 302
    assert again.client.get("/account").status_code == 200
    thief = Visitor(visitor.client.application.test_client())
    thief.sign_in("twofold", PASSWORD)
    assert send_code(thief, right) == 403
    assert send_code(thief, codes[0]) == 302
    third = Visitor(visitor.client.application.test_client())
    third.sign_in("twofold", PASSWORD)
    assert send_code(third, codes[0]) == 403


def enrol(visitor: Visitor, wall: Wall) -> tuple[str, list[str]]:
    page = visitor.client.get("/account/second-step").text
    shown = re.search(r"手工输入密钥：<code>([A-Z2-7 ]+)</code>", page)
    assert shown and "data:image/svg+xml" in page
    secret = shown[1].replace(" ", "")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.split("enrol-steps")[1])
    assert token
    form = {"csrf_token": token[1], "code": pyotp.TOTP(secret).at(wall()), "password": PASSWORD}
    answer = visitor.read(visitor.client.post("/account/second-step", data=form))
    return secret, re.findall(r"[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}", answer.text)


def send_code(visitor: Visitor, code: str) -> int:
    form = {"csrf_token": visitor.token("/sign-in/second-step"), "code": code}
    return visitor.client.post("/sign-in/second-step", data=form).status_code


def test_wrong_second_steps_lock_like_wrong_passwords(county: County, visitor: Visitor, wall: Wall):
    county.casework.accounts.make("guessed", "某某", PASSWORD, now=wall())
    visitor.sign_in("guessed", PASSWORD)
    enrol(visitor, wall)
    visitor.sign_in("guessed", PASSWORD)
    form = {"csrf_token": visitor.token("/sign-in/second-step"), "code": "000000"}
    said = [visitor.client.post("/sign-in/second-step", data=form).text for _ in range(6)]
    assert "验证码不对" in said[4] and "分钟后再试" in said[5]


def test_in_production_the_county_office_enrols_before_anything_opens(county: County, wall: Wall):
    settings = Settings(
        mode="production",
        data_dir=SETTINGS.data_dir,
        database_url="",
        secret_key=SETTINGS.secret_key,
        master_key=SETTINGS.master_key,
    )
    for login, location in ((CLERK, "/account/second-step"), (HEAD_1, None)):
        visitor = Visitor(create_app(county.casework, settings, wall=wall).test_client())
        visitor.client.environ_base |= {"wsgi.url_scheme": "https", "HTTP_HOST": "localhost"}
        visitor.sign_in(login, PASSWORD)
        assert visitor.client.get("/weekly", base_url="https://localhost").location == location


def test_devices_are_listed_and_signed_out_one_by_one_or_all(county: County, app: Flask, wall: Wall):
    county.casework.accounts.make("mobile", "某某", PASSWORD, now=wall())
    first, second = Visitor(app.test_client()), Visitor(app.test_client())
    first.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0"
    first.sign_in("mobile", PASSWORD, stay="y")
    second.sign_in("mobile", PASSWORD)
    page = second.client.get("/account").text
    assert "安卓手机 · 微信" in page and "保持登录" in page
    handle = re.search(r'name="device" value="([0-9a-f]+)"', page)
    assert handle
    second.client.post("/account/devices", data={"csrf_token": second.token("/account"), "device": handle[1]})
    assert first.client.get("/account").status_code == 302
    assert second.client.get("/account").status_code == 200
    second.client.post("/account/devices/all", data={"csrf_token": second.token("/account")})
    assert second.client.get("/account").status_code == 302


def test_nobody_signs_out_anothers_device(county: County, app: Flask, signed_in: SignedIn, wall: Wall):
    victim = signed_in(HEAD_2)
    devices = county.casework.accounts.devices(HEAD_2, "", now=wall())
    thief = signed_in(HEAD_1)
    for device in devices:
        form = {"csrf_token": thief.token("/account"), "device": device.handle}
        thief.client.post("/account/devices", data=form)
    assert victim.client.get("/account").status_code == 200


def test_a_phone_stays_signed_in_for_days_and_a_pc_does_not(county: County, app: Flask, wall: Wall):
    county.casework.accounts.make("stayer", "某某", PASSWORD, now=wall())
    phone, desk = Visitor(app.test_client()), Visitor(app.test_client())
    cookie = phone.sign_in("stayer", PASSWORD, stay="y").headers["Set-Cookie"]
    assert "Max-Age" in cookie
    desk.sign_in("stayer", PASSWORD)
    wall.pass_(days=20)
    assert phone.client.get("/account").status_code == 200
    assert desk.client.get("/account").status_code == 302
    wall.pass_(days=31)
    assert phone.client.get("/account").status_code == 302


def test_several_posts_are_chosen_at_sign_in_and_switched_later(county: County, app: Flask, wall: Wall):
    rows = [
        {"登录名": "many", "姓名": "兼职人", "岗位": post, "单位代码": unit, "任职日期": "2026-08-01"}
        for post, unit in (("校长", "S1"), ("村长", "V1"))
    ]
    county.take("staff", rows)
    county.casework.accounts.make("many", "兼职人", PASSWORD, now=wall())
    visitor = Visitor(app.test_client())
    answer = visitor.sign_in("many", PASSWORD, next="/account")
    assert answer.location == "/sign-in/post?next=%2Faccount"
    page = visitor.client.get(answer.location).text
    ids = re.findall(r'name="posting" value="(\w+)"', page)
    for chosen, post in zip(ids, ("校长", "村长"), strict=True):
        form = {"csrf_token": visitor.token("/sign-in/post"), "posting": chosen, "next": "/account"}
        assert visitor.client.post("/sign-in/post", data=form).location == "/account"
        assert f'<span class="who-post"> {post}' in visitor.client.get("/account").text
    form = {"csrf_token": visitor.token("/sign-in/post"), "posting": "f" * 32}
    assert visitor.client.post("/sign-in/post", data=form).status_code == 400


def test_a_school_hands_out_codes_to_its_staff_and_to_nobody_else(signed_in: SignedIn):
    head = signed_in(HEAD_1)
    page = head.get("/people")
    assert "覃维岭" in page.text and "闵舒禾" not in page.text
    head.get("/people?unit=S2", 404)
    for login, status in ((TEACHER, 200), (HEAD_1, 404), (HEAD_2, 404), (CLERK, 404), ("nobody", 404)):
        form = {"csrf_token": head.token("/people"), "unit": "S1", "only": login}
        assert head.client.post("/people/codes", data=form).status_code == status, login


def test_people_are_found_by_a_word_by_their_account_and_page_by_page(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
):
    head = signed_in(HEAD_1)

    def listed(address: str) -> tuple[list[str], list[str]]:
        page = head.get(address)
        return [row[0].split()[0] for row in page.rows[1:]], page.links

    assert set(listed("/people")[0]) >= {"温若谷", "覃维岭"}
    assert listed("/people?q=温若")[0] == ["温若谷"]
    heads = listed("/people?q=校长")[0]
    assert "温若谷" in heads and "覃维岭" not in heads
    assert listed(f"/people?q={HEAD_1}&which=active")[0] == ["温若谷"]
    assert listed(f"/people?q={HEAD_1}&which=disabled")[0] == []
    monkeypatch.setattr(people, "SIZE", 1)
    first, links = listed("/people")
    second, _ = listed(next(link for link in links if "start=1" in link))
    assert len(first) == len(second) == 1 and second != first


def test_resets_go_up_the_hierarchy_never_sideways(county: County):
    with county.casework.reading() as reading:
        units: Units = reading.reference.units
    clerk, head, district = ("基教股", "C1"), ("校长", "S2"), ("学区", "D1")
    assert may_manage(units, clerk, [("校长", "S1")]) and may_manage(units, clerk, [("资助中心", "C1")])
    assert may_manage(units, district, [head]) and not may_manage(units, district, [("校长", "S1")])
    assert may_manage(units, head, [("班主任", "S2")]) and may_manage(units, head, [("学籍管理员", "S2")])
    assert may_manage(units, ("局长", "C1"), [clerk])
    for manager, person in (
        (clerk, ("局长", "C1")),
        (clerk, clerk),
        (clerk, ("系统管理员", "C1")),
        (head, head),
        (head, ("班主任", "S1")),
        (("学籍管理员", "S2"), head),
        (("班主任", "S2"), ("任课教师", "S2")),
        (("镇长", "T2"), ("村长", "V1")),
    ):
        assert not may_manage(units, manager, [person]), (manager, person)
    assert not may_manage(units, head, [("班主任", "S2"), ("基教股", "C1")])
    assert not may_manage(units, head, [])
    assert may_appoint(units, head, "班主任", "S2") and not may_appoint(units, head, "校长", "S2")
    assert not may_appoint(units, clerk, "村长", "S1")


def test_slips_are_shown_once_and_a_reload_makes_no_others(signed_in: SignedIn):
    head = signed_in(HEAD_1)
    once = re.search(r'name="once" value="(\w+)"', head.client.get("/people").text)
    assert once
    form = {"csrf_token": head.token("/people"), "unit": "S1", "login": TEACHER, "once": once[1]}
    assert re.search(r"[2-9a-z]{4}(-[2-9a-z]{4}){2}", head.client.post("/people/codes", data=form).text)
    again = head.client.post("/people/codes", data=form)
    assert again.status_code == 400 and "已经发放并显示过" in again.text


def test_disabled_is_not_deleted_and_a_new_code_opens_again(county: County, signed_in: SignedIn, wall: Wall):
    county.casework.accounts.make(CHIEF, "韦彩莲", PASSWORD, now=wall())
    clerk, chief = signed_in(CLERK), signed_in(CHIEF)
    form = {"csrf_token": clerk.token("/people"), "unit": "V1", "only": CHIEF}
    assert "已停用" in clerk.client.post("/people/disable", data=form).text
    assert chief.client.get("/").status_code == 302
    assert "登录名或密码不对" in chief.sign_in(CHIEF, PASSWORD).text
    slips = clerk.client.post("/people/codes", data=form).text
    code = re.search(r"[2-9a-z]{4}(-[2-9a-z]{4}){2}", slips)
    assert code and chief.sign_in(CHIEF, code[0]).location == "/sign-in/password"
    county.casework.accounts.make(CHIEF, "韦彩莲", PASSWORD, now=wall())


def test_the_first_administrator_sets_up_units_and_people_but_opens_no_child(
    county: County, app: Flask, wall: Wall
):
    book = AccountBook(county.casework.accounts)
    slip = book.hand_out({"root-1": "系统管理员"}, by=LOCAL_OPERATOR, now=wall(), administrator=True)[0]
    visitor = Visitor(app.test_client())
    visitor.sign_in("root-1", slip.code)
    assert set_own(visitor) is None
    assert "试验县" in visitor.get("/people?unit=C1").text
    for address in ("/board", "/students", "/weekly", "/search"):
        visitor.get(address, 403)
    visitor.get("/import")


def test_one_person_is_added_by_hand(county: County, signed_in: SignedIn):
    head = signed_in(HEAD_1)
    form = {
        "csrf_token": head.token("/people"),
        "unit": "S1",
        "name": "新教师",
        "login": "xin-1",
        "post": "班主任",
        "klass": "四年级1班",
        "since": "2026-10-09",
    }
    assert "已登记新教师" in head.client.post("/people/new", data=form).text
    assert "新教师" in head.get("/people").text
    taken = head.client.post("/people/new", data={**form, "login": CLERK})
    assert taken.status_code == 400 and "已有人使用" in taken.text


def test_a_district_and_a_township_reach_the_people_page_only_if_they_manage_accounts(signed_in: SignedIn):
    assert "闵舒禾" in signed_in(DISTRICT).get("/people?unit=S2").text
    signed_in(MAYOR).get("/people", 403)


def test_a_changed_password_needs_the_old_one_and_signs_other_devices_out(
    county: County, app: Flask, wall: Wall
):
    county.casework.accounts.make("switcher", "某某", PASSWORD, now=wall())
    here, there = Visitor(app.test_client()), Visitor(app.test_client())
    here.sign_in("switcher", PASSWORD)
    there.sign_in("switcher", PASSWORD)
    form = {"csrf_token": here.token("/account"), "old": "wrong", "password": OWN, "again": OWN}
    assert "现在的密码不对" in here.client.post("/account/password", data=form).text
    page = here.client.post("/account/password", data={**form, "old": PASSWORD})
    assert "密码已修改" in page.text
    assert here.client.get("/account").status_code == 200
    assert there.client.get("/account").status_code == 302


def test_half_a_sign_in_does_not_wait_for_ever(county: County, visitor: Visitor, wall: Wall):
    visitor.sign_in("sleeper", hand_out(county, wall, "sleeper"))
    wall.pass_(minutes=16)
    assert visitor.client.get("/sign-in/password").location.startswith("/sign-in?")
    assert timedelta(minutes=16) < county.casework.account_rules().session.lasts(stay=False)
