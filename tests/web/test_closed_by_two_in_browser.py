"""A file is closed by two, in real browsers: the school asks at a desk, the bureau decides on a phone."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from casework.web import create_app
from tests.browser import DESKTOP, PHONE, assert_accessible, assert_fits, open_page
from tests.support.field import county_at_work, ids_of
from tests.web.conftest import SETTINGS
from tests.web.small_county import CLERK, HEAD_1, NAMES, PASSWORD, RAIN


class Site:
    """The running pages over a county of their own."""

    def __init__(self, folder: Path) -> None:
        self.opened = county_at_work(f"sqlite:///{folder / 'casework.db'}")
        county = self.opened.__enter__()
        for login in (HEAD_1, CLERK):
            made = datetime(2026, 10, 1, tzinfo=UTC)
            county.casework.accounts.make(login, NAMES[login], PASSWORD, now=made)
        self.child = ids_of(county)[RAIN]
        self.server = make_server("127.0.0.1", 0, create_app(county.casework, SETTINGS), threaded=True)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The site, served while the test runs."""
    site = Site(tmp_path)
    thread = threading.Thread(target=site.server.serve_forever, daemon=True)
    thread.start()
    yield site
    site.server.shutdown()
    thread.join()
    site.server.server_close()
    site.opened.__exit__(None, None, None)


def sign_in(page: Page, site: Site, login: str) -> None:
    page.goto(f"{site.address}/sign-in")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("link", name="首页")).to_be_visible()


def looked_at(page: Page) -> None:
    """What every page must hold to."""
    assert_accessible(page)
    assert_fits(page)


def test_the_school_asks_and_the_bureau_closes(browser: Browser, site: Site):
    with open_page(browser, DESKTOP) as school, open_page(browser, PHONE) as bureau:
        sign_in(school, site, HEAD_1)
        school.goto(f"{site.address}/cases/{site.child}")
        school.get_by_role("link", name="申报销号").click()
        looked_at(school)
        school.get_by_label("说明").fill("五次检查都在校")
        school.get_by_role("button", name="提交申报").click()
        expect(school.get_by_role("link", name="请选择为什么销号")).to_be_visible()
        expect(school.get_by_label("说明")).to_have_value("五次检查都在校")
        looked_at(school)
        school.locator(".tile", has_text="复学稳定").first.click()
        school.get_by_label("材料编号").fill("巩查〔2026〕12号")
        school.get_by_role("button", name="提交申报").click()
        expect(school.get_by_text("已提交，等待审批。")).to_be_visible()
        looked_at(school)

        sign_in(bureau, site, CLERK)
        looked_at(bureau)
        bureau.get_by_role("link", name="1 项申报等您审批").click()
        looked_at(bureau)
        bureau.get_by_role("link", name=RAIN).click()
        expect(bureau.get_by_text("五次检查都在校").first).to_be_visible()
        looked_at(bureau)
        bureau.get_by_label("批注（可不填）").fill("同意")
        bureau.get_by_role("button", name="批准").click()
        expect(bureau.get_by_text("已批准。")).to_be_visible()
        looked_at(bureau)

        school.goto(f"{site.address}/cases/{site.child}")
        expect(school.locator(".case-now", has_text="销号")).to_be_visible()
        expect(school.get_by_role("link", name="申报销号")).to_have_count(0)
        school.goto(f"{site.address}/proposals")
        expect(school.get_by_text("已批准")).to_be_visible()
        looked_at(school)
