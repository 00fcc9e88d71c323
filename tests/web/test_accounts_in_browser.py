"""A morning with the administrator: accounts from the staff workbook, slips, a first sign-in on a phone."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from casework.accounts import AccountBook
from casework.domain.values import LOCAL_OPERATOR
from casework.web import create_app
from tests.browser import DESKTOP, PHONE, assert_accessible, assert_fits, open_page
from tests.support.county import County
from tests.web.conftest import SETTINGS
from tests.web.small_county import fill

OWN = "山路弯弯有一盏灯"
TEACHER = "zhou-ban"


class Site:
    """The running pages, and the clock their sessions live by."""

    def __init__(self, county: County) -> None:
        self.county = county
        self.ahead = timedelta()
        app = create_app(county.casework, SETTINGS, wall=self.now)
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def now(self) -> datetime:
        """The real clock, put forward by the test."""
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    """A county whose staff workbook has been imported, and nobody has an account."""
    county = County(sqlite_url)
    fill(county)
    row = {"登录名": TEACHER, "姓名": "周明灯", "岗位": "班主任", "单位代码": "S1", "班级": "四年级1班"}
    county.take("staff", [{**row, "任职日期": "2026-09-01"}])
    site = Site(county)
    thread = threading.Thread(target=site.server.serve_forever, daemon=True)
    thread.start()
    yield site
    site.server.shutdown()
    thread.join()
    site.server.server_close()
    county.close()


def sign_in(page: Page, site: Site, login: str, password: str) -> None:
    """By the form, as a person does."""
    page.goto(f"{site.address}/sign-in")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录", exact=True).click()


def set_own_password(page: Page) -> None:
    """The page after a one-time code."""
    page.get_by_label("新密码").fill(OWN)
    page.get_by_label("再输一遍").fill(OWN)
    page.get_by_role("button", name="保存并登录").click()


def looked_at(page: Page) -> None:
    """What every page must hold to."""
    assert_accessible(page)
    assert_fits(page)


def administrator(page: Page, site: Site) -> None:
    """The first administrator, as `casework init --admin` leaves it, signs in."""
    book = AccountBook(site.county.casework.accounts)
    slip = book.hand_out({"guanli": "系统管理员"}, by=LOCAL_OPERATOR, now=site.now(), administrator=True)[0]
    sign_in(page, site, "guanli", slip.code)
    looked_at(page)
    set_own_password(page)


def test_from_the_staff_workbook_to_a_teachers_first_sign_in_on_a_phone(browser: Browser, site: Site):
    with open_page(browser, DESKTOP) as desk, open_page(browser, PHONE) as phone:
        administrator(desk, site)
        desk.get_by_role("link", name="人员与账号").click()
        desk.get_by_label("单位").select_option(label="第一小学（3 人）")
        desk.get_by_role("button", name="查看").click()
        looked_at(desk)
        desk.get_by_role("button", name="给勾选的人发放一次性密码").click()
        looked_at(desk)
        slip = desk.locator(".slip", has_text="周明灯")
        login, code = slip.locator(".slip-code").all_inner_texts()
        sign_in(phone, site, login, code)
        expect(phone.get_by_role("heading", name="设置自己的密码")).to_be_visible()
        looked_at(phone)
        phone.get_by_label("新密码").fill("a123456789")
        phone.get_by_label("再输一遍").fill("a123456789")
        phone.get_by_role("button", name="保存并登录").click()
        expect(phone.get_by_text("这个密码太常见")).to_be_visible()
        looked_at(phone)
        set_own_password(phone)
        expect(phone.get_by_role("link", name="周明灯")).to_be_visible()
        desk.get_by_role("link", name="回到名单").click()
        expect(desk.locator("tr", has_text="周明灯")).to_contain_text("正常")


def test_a_lost_phone_is_signed_out_from_another_device(browser: Browser, site: Site):
    site.county.casework.accounts.make(TEACHER, "周明灯", OWN, now=site.now())
    with open_page(browser, PHONE) as lost, open_page(browser, PHONE) as other:
        lost.goto(f"{site.address}/sign-in")
        lost.get_by_label("在这台设备上保持登录").check()
        lost.get_by_label("登录名").fill(TEACHER)
        lost.get_by_label("密码", exact=True).fill(OWN)
        lost.get_by_role("button", name="登录", exact=True).click()
        sign_in(other, site, TEACHER, OWN)
        other.get_by_role("link", name="周明灯").click()
        looked_at(other)
        expect(other.get_by_text("保持登录", exact=True)).to_be_visible()
        other.get_by_role("button", name="全部设备退出登录").click()
        expect(other.get_by_role("heading", name="控辍保学个案系统")).to_be_visible()
        lost.goto(f"{site.address}/account")
        expect(lost.get_by_role("heading", name="控辍保学个案系统")).to_be_visible()


def test_after_many_wrong_tries_one_waits_and_is_told_how_long(phone: Page, site: Site):
    site.county.casework.accounts.make(TEACHER, "周明灯", OWN, now=site.now())
    for _ in range(6):
        sign_in(phone, site, TEACHER, "falsch-falsch")
    expect(phone.get_by_role("alert")).to_contain_text("分钟后再试")
    looked_at(phone)
    sign_in(phone, site, TEACHER, OWN)
    expect(phone.get_by_role("alert")).to_contain_text("分钟后再试")
    site.ahead = timedelta(minutes=2)
    sign_in(phone, site, TEACHER, OWN)
    expect(phone.get_by_role("link", name="周明灯")).to_be_visible()


def test_the_second_step_from_its_qr_code_to_the_next_sign_in(desktop: Page, site: Site):
    administrator(desktop, site)
    desktop.goto(f"{site.address}/account/second-step")
    looked_at(desktop)
    assert desktop.locator(".qr").evaluate("image => image.complete && image.naturalWidth > 100")
    secret = desktop.locator(".enrol-steps code").inner_text().replace(" ", "")
    desktop.get_by_label("手机上显示的 6 位数字").fill(pyotp.TOTP(secret).at(site.now()))
    desktop.get_by_label("现在的密码").fill(OWN)
    desktop.get_by_role("button", name="开通").click()
    expect(desktop.get_by_role("heading", name="请收好备用码")).to_be_visible()
    looked_at(desktop)
    recovery = desktop.locator(".codes code").first.inner_text()
    sign_in(desktop, site, "guanli", OWN)
    expect(desktop.get_by_role("heading", name="动态验证码")).to_be_visible()
    looked_at(desktop)
    desktop.get_by_label("验证码").fill(recovery)
    desktop.get_by_role("button", name="继续").click()
    expect(desktop.get_by_role("link", name="人员与账号")).to_be_visible()
