"""From signing in to one child, in a real browser: on a phone and at a desk, by keyboard, on paper."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from casework.web import create_app
from tests.browser import assert_accessible, assert_fits
from tests.support.county import County
from tests.web.conftest import SETTINGS
from tests.web.small_county import CLERK, HEAD_1, HILL, NAMES, PASSWORD, RAIN, TEACHER, fill


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the running pages."""
    county = County(f"sqlite:///{tmp_path_factory.mktemp('site') / 'casework.db'}")
    fill(county)
    for login, name in NAMES.items():
        county.casework.accounts.make(login, name, PASSWORD, now=datetime.now(UTC))
    server = make_server("127.0.0.1", 0, create_app(county.casework, SETTINGS), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    county.close()


def sign_in(page: Page, site: str, login: str) -> None:
    """By the form, as a person does."""
    page.goto(f"{site}/")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def looked_at(page: Page) -> None:
    """What every page must hold to."""
    assert_accessible(page)
    assert_fits(page)


def test_on_a_phone_from_the_figures_to_a_child(phone: Page, site: str):
    phone.goto(site)
    looked_at(phone)
    sign_in(phone, site, HEAD_1)
    expect(phone.get_by_role("heading", name="温若谷，您好")).to_be_visible()
    looked_at(phone)
    phone.goto(f"{site}/weekly?week=2026-W37")
    looked_at(phone)
    phone.get_by_role("link", name="疑似辍学，本期期末 2，看名单").click()
    looked_at(phone)
    phone.get_by_role("link", name=RAIN).click()
    expect(phone.get_by_text("登记为“疑似辍学”")).to_be_visible()
    looked_at(phone)


def test_at_a_desk_the_total_and_the_heads_stay_in_sight(desktop: Page, site: str):
    sign_in(desktop, site, CLERK)
    desktop.get_by_role("link", name="周报", exact=True).click()
    for _ in range(4):
        desktop.get_by_role("link", name="← 上一周").click()
    expect(desktop.get_by_text("2026年第38周")).to_be_visible()
    for name in ("在册与累计", "按乡镇", "走访文书责任", "初中", "特殊群体", "全部", "增减变化"):
        desktop.get_by_role("link", name=name, exact=True).click()
        looked_at(desktop)
    desktop.get_by_label("截至哪一刻所知").fill("2026-09-18T12:00")
    desktop.get_by_role("button", name="查看").click()
    expect(desktop.get_by_role("link", name="回到现在")).to_be_visible()
    looked_at(desktop)


def test_everything_can_be_reached_by_keyboard(desktop: Page, site: str):
    sign_in(desktop, site, CLERK)
    desktop.goto(f"{site}/board")
    desktop.keyboard.press("Tab")
    expect(desktop.get_by_role("link", name="跳到正文")).to_be_focused()
    desktop.keyboard.press("Enter")
    desktop.get_by_label("姓名").focus()
    desktop.keyboard.type(HILL[0])
    desktop.keyboard.press("Enter")
    desktop.get_by_role("link", name=HILL).focus()
    desktop.keyboard.press("Enter")
    expect(desktop.get_by_role("heading", name=HILL)).to_be_visible()
    looked_at(desktop)


@pytest.mark.parametrize("address", ["/nowhere", "/weekly", "/weekly?week=x"])
def test_a_refusal_is_a_page_with_a_way_on(phone: Page, site: str, address: str):
    sign_in(phone, site, TEACHER)
    phone.goto(site + address)
    expect(phone.get_by_role("link", name="回到首页")).to_be_visible()
    looked_at(phone)


def test_the_report_prints_on_paper_without_its_buttons(desktop: Page, site: str, tmp_path: Path):
    sign_in(desktop, site, CLERK)
    desktop.goto(f"{site}/weekly?week=2026-W37")
    desktop.emulate_media(media="print")
    expect(desktop.get_by_role("link", name="下载 Excel")).to_be_hidden()
    expect(desktop.get_by_text("校验码")).to_be_visible()
    assert desktop.pdf(path=tmp_path / "report.pdf", landscape=True, format="A4").startswith(b"%PDF")
