"""更正状态 in a real browser: from the case page to the history before and after, back, and saved."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from werkzeug.serving import make_server

from casework.web import create_app
from tests.browser import DESKTOP, PHONE, assert_accessible, assert_fits, open_page
from tests.support.county import County
from tests.support.field import county_at_work, ids_of
from tests.web.conftest import SETTINGS
from tests.web.small_county import HEAD_1, NAMES, PASSWORD, RAIN


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def office(
    request: pytest.FixtureRequest, browser: Browser, sqlite_url: str
) -> Iterator[tuple[Page, County]]:
    """The principal of the first school, signed in, on either size."""
    size: ViewportSize = request.param
    with county_at_work(sqlite_url) as county:
        made = datetime(2026, 10, 1, tzinfo=UTC)
        county.casework.accounts.make(HEAD_1, NAMES[HEAD_1], PASSWORD, now=made)
        app = create_app(county.casework, SETTINGS, wall=lambda: datetime.now(UTC))
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        with open_page(browser, size, f"http://127.0.0.1:{server.server_port}") as page:
            page.goto("/sign-in")
            page.get_by_label("登录名").fill(HEAD_1)
            page.get_by_label("密码", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="登录").click()
            yield page, county
        server.shutdown()
        thread.join()
        server.server_close()


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_fits(page)


def test_a_wrong_day_is_put_right_after_a_look_at_what_it_changes(office: tuple[Page, County]):
    page, county = office
    page.goto(f"/cases/{ids_of(county)[RAIN]}")
    expect(page.get_by_role("heading", name="办理")).to_be_visible()
    page.get_by_text("现在不能办的").click()
    expect(page.get_by_text("不能直接变为“待核查”")).to_be_visible()
    looked_at(page)

    page.locator('.moment-back a:text("更正或作废")').click()
    page.get_by_label("从哪天起").fill("2026-09-10")
    page.get_by_label("为什么要改").fill("老师记错了日子")
    looked_at(page)
    page.get_by_role("button", name="看看会改动什么").click()
    expect(page.get_by_text("还没有保存")).to_be_visible()
    expect(page.locator(".changed")).to_have_count(4)
    expect(page.locator(".changed").last).to_contain_text("2026年9月10日起 已复学(巩固期)")
    looked_at(page)

    page.get_by_role("button", name="返回修改").click()
    expect(page.get_by_label("为什么要改")).to_have_value("老师记错了日子")
    page.get_by_label("从哪天起").fill("2026-09-11")
    page.get_by_role("button", name="看看会改动什么").press("Enter")
    page.get_by_role("button", name="确认保存").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("更正已保存")
    expect(page.get_by_text("更正原因")).to_be_visible()
    expect(page.locator(".case-now")).to_contain_text("2026年9月11日起")
