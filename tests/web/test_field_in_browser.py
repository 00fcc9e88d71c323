"""In the village, on a phone: a visit found, written, kept through a lost connection, saved and seen."""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect
from werkzeug.serving import make_server

from casework.web import create_app
from tests.browser import DESKTOP, PHONE, assert_accessible, assert_fits, open_page
from tests.support.county import County
from tests.support.field import TEACH_1, TEACH_2, county_at_work
from tests.web.conftest import SETTINGS
from tests.web.small_county import CALM, CHIEF, HILL, PASSWORD, RAIN

TALK = "和奶奶谈了半小时，孩子在家带弟弟"


class Site:
    """The running pages, and the clock their sessions live by."""

    def __init__(self, county: County, folder: Path) -> None:
        self.county = county
        self.ahead = timedelta()
        app = create_app(county.casework, SETTINGS, wall=lambda: datetime.now(UTC) + self.ahead)
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The pages over a county with people in the field."""
    folder = tmp_path_factory.mktemp("field")
    with county_at_work(f"sqlite:///{folder / 'casework.db'}") as county:
        site = Site(county, folder)
        thread = threading.Thread(target=site.server.serve_forever, daemon=True)
        thread.start()
        yield site
        site.server.shutdown()
        thread.join()
        site.server.server_close()


def sign_in(page: Page, site: Site, login: str) -> None:
    """By the form, as a person does."""
    page.goto(f"{site.address}/sign-in")
    fill_sign_in(page, login)


def fill_sign_in(page: Page, login: str) -> None:
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def looked_at(page: Page) -> None:
    """What every page must hold to."""
    assert_accessible(page)
    assert_fits(page)


def tick(page: Page, *words: str) -> None:
    """Taps tiles, as a thumb does."""
    for word in words:
        page.locator(".tile", has_text=re.compile(f"^{word}")).first.click()


def test_a_teacher_finds_a_child_by_pinyin_and_records_a_visit(phone: Page, site: Site):
    sign_in(phone, site, TEACH_2)
    looked_at(phone)
    phone.get_by_role("link", name="我的学生").last.click()
    expect(phone.get_by_text("离校 31 天，还没有约好回校日期")).to_be_visible()
    looked_at(phone)
    phone.get_by_label("找学生").fill("lidash")
    phone.get_by_role("button", name="找", exact=True).click()
    looked_at(phone)
    phone.get_by_role("link", name=f"给{HILL}记家访").click()
    looked_at(phone)
    expect(phone.get_by_label("约好哪天回校")).to_be_hidden()
    tick(phone, "家长", "约定日期")
    phone.get_by_label("谈了什么").fill(TALK)
    phone.get_by_role("button", name="保存家访").click()
    expect(phone.get_by_role("link", name="约好哪天回校？请填日期")).to_be_visible()
    looked_at(phone)
    phone.get_by_label("约好哪天回校").fill("2026-10-12")
    phone.get_by_role("button", name="保存家访").click()
    expect(phone.get_by_text("已保存，辛苦了。")).to_be_visible()
    expect(phone.get_by_text(TALK)).to_be_visible()
    looked_at(phone)
    phone.get_by_role("link", name="回到我的学生").click()
    expect(phone.get_by_text("约好10月12日回校，还有 3 天")).to_be_visible()


def test_what_is_half_written_survives_a_lost_connection_and_a_reload(browser: Browser, site: Site):
    with open_page(browser, PHONE) as page:
        sign_in(page, site, TEACH_1)
        page.goto(f"{site.address}/students")
        page.get_by_role("link", name=f"给{RAIN}记家访").click()
        tick(page, "学生", "犹豫")
        page.context.set_offline(True)
        page.get_by_label("谈了什么").fill(TALK)
        page.get_by_role("button", name="保存家访").click()
        expect(page.get_by_text("现在没有网络，还没有保存到系统")).to_be_visible()
        with pytest.raises(Error):
            page.reload()
        page.context.set_offline(False)
        page.goto(f"{site.address}/students")
        page.get_by_role("link", name=f"给{RAIN}记家访").click()
        expect(page.get_by_text("没有保存完的内容")).to_be_visible()
        looked_at(page)
        expect(page.get_by_label("谈了什么")).to_have_value(TALK)
        expect(page.locator("input[name=met][value=学生]")).to_be_checked()
        page.get_by_role("button", name="保存家访").click()
        expect(page.get_by_text("已保存，辛苦了。")).to_be_visible()
        page.goto(page.url.split("/visits/")[0] + "/visits/new")
        expect(page.get_by_label("谈了什么")).to_have_value("")


def test_a_draft_is_nobody_elses_and_can_be_thrown_away(browser: Browser, site: Site):
    with open_page(browser, PHONE) as page:
        sign_in(page, site, TEACH_1)
        page.goto(f"{site.address}/students")
        page.get_by_role("link", name=f"给{RAIN}记家访").click()
        form = page.url
        page.get_by_label("下一步打算").fill("周五再来")
        page.wait_for_timeout(400)
        page.reload()
        expect(page.get_by_label("下一步打算")).to_have_value("周五再来")
        page.get_by_role("button", name="不要了，重新填").click()
        expect(page.get_by_label("下一步打算")).to_have_value("")
        page.get_by_label("下一步打算").fill("下周再来")
        page.wait_for_timeout(400)
        page.get_by_role("button", name="退出").click()
        assert page.evaluate("Object.keys(localStorage).length") == 0
        fill_sign_in(page, CHIEF)
        page.goto(form)
        expect(page.get_by_label("下一步打算")).to_have_value("")


@pytest.mark.parametrize("scripted", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_sign_in_that_expires_in_the_middle_loses_nothing(browser: Browser, site: Site, scripted: bool):
    context = browser.new_context(viewport=PHONE, locale="zh-CN", java_script_enabled=scripted)
    page = context.new_page()
    try:
        sign_in(page, site, TEACH_1)
        page.goto(f"{site.address}/students")
        page.get_by_role("link", name=f"给{RAIN}记家访").click()
        tick(page, "家长", "拒绝")
        page.get_by_label("几点开始").fill("09:30" if scripted else "10:30")
        page.get_by_label("家长怎么说").fill("想让孩子先打工")
        site.ahead += timedelta(days=60)
        page.get_by_role("button", name="保存家访").click()
        fill_sign_in(page, TEACH_1)
        expect(page.get_by_text("您填的内容都在下面")).to_be_visible()
        expect(page.get_by_label("家长怎么说")).to_have_value("想让孩子先打工")
        expect(page.locator("input[name=outcome][value=拒绝]")).to_be_checked()
        page.get_by_role("button", name="保存家访").click()
        expect(page.get_by_text("已保存，辛苦了。")).to_be_visible()
    finally:
        context.close()


def test_a_village_head_confirms_and_gives_a_lead(phone: Page, site: Site):
    sign_in(phone, site, CHIEF)
    looked_at(phone)
    phone.get_by_role("link", name="本村孩子，逐个确认").click()
    looked_at(phone)
    phone.get_by_role("button", name=f"{RAIN}：在校").click()
    expect(phone.get_by_text("1/2 确认")).to_be_visible()
    phone.locator("summary", has_text="外出").click()
    looked_at(phone)
    phone.get_by_label(f"{CALM}去了哪里").fill("广东东莞")
    phone.get_by_role("button", name="确认外出").click()
    expect(phone.get_by_text("都确认完了")).to_be_visible()
    looked_at(phone)
    phone.get_by_role("link", name=re.compile("^全部")).click()
    phone.get_by_role("button", name=f"{CALM}：未见").click()
    phone.get_by_role("link", name=f"报告线索：{CALM}").click()
    looked_at(phone)
    phone.get_by_label("您知道的情况").fill("开学后没见到")
    phone.get_by_role("button", name="报告线索").click()
    expect(phone.get_by_role("heading", name="线索已报告，谢谢您")).to_be_visible()
    looked_at(phone)
    phone.goto(f"{site.address}/village/lead")
    looked_at(phone)


def test_the_same_pages_at_a_desk(browser: Browser, site: Site):
    with open_page(browser, DESKTOP) as page:
        sign_in(page, site, TEACH_1)
        page.goto(f"{site.address}/students")
        looked_at(page)
        page.get_by_role("link", name=f"给{RAIN}记家访").click()
        looked_at(page)
    with open_page(browser, DESKTOP) as page:
        sign_in(page, site, CHIEF)
        page.goto(f"{site.address}/village?which=all")
        looked_at(page)
