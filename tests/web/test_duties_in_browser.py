"""A class teacher on a phone clears a due visit from 待办; the principal sees the number of others fall."""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from casework.web import create_app
from tests.browser import DESKTOP, PHONE, assert_accessible, assert_fits, open_page
from tests.support.field import TEACH_1, TEACH_2, county_at_work
from tests.web.conftest import SETTINGS
from tests.web.small_county import HEAD_1, HILL, NAMES, PASSWORD, RAIN


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The pages over a county with people in the field and their principal."""
    with county_at_work(f"sqlite:///{tmp_path / 'casework.db'}") as county:
        county.casework.accounts.make(HEAD_1, NAMES[HEAD_1], PASSWORD, now=datetime(2026, 10, 1, tzinfo=UTC))
        app = create_app(county.casework, SETTINGS, wall=lambda: datetime.now(UTC))
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()


def sign_in(page: Page, address: str, login: str) -> None:
    """By the form, as a person does."""
    page.goto(f"{address}/sign-in")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def looked_at(page: Page) -> None:
    """Fits and can be used by everybody."""
    assert_fits(page)
    assert_accessible(page)


def tick(page: Page, *words: str) -> None:
    """Taps tiles, as a thumb does."""
    for word in words:
        page.locator(".tile", has_text=re.compile(f"^{word}")).first.click()


def test_a_teacher_clears_a_due_visit_on_a_phone(browser: Browser, address: str):
    with open_page(browser, PHONE) as page:
        sign_in(page, address, TEACH_2)
        page.get_by_role("link", name="待办", exact=True).click()
        looked_at(page)
        line = page.get_by_role("listitem").filter(has_text=HILL)
        expect(line).to_contain_text("疑似辍学、辍学期间每周至少走访或联系一次")
        button = line.get_by_role("link", name="记家访")
        box = button.bounding_box()
        assert box and box["height"] >= 44, "a thumb finds it"
        button.click()
        tick(page, "家长", "犹豫")
        page.get_by_label("谈了什么").fill("说好下周一起去学校看看")
        page.get_by_role("button", name="保存家访").click()
        expect(page.get_by_text("已保存，辛苦了。")).to_be_visible()
        page.get_by_role("link", name="待办", exact=True).click()
        expect(page.get_by_text("都办好了")).to_be_visible()


def test_a_principal_excuses_in_the_office_and_the_number_falls(browser: Browser, address: str):
    with open_page(browser, DESKTOP) as page:
        sign_in(page, address, HEAD_1)
        page.goto(f"{address}/duties?view=others")
        looked_at(page)
        expect(page.get_by_role("link", name="逾期 4")).to_be_visible()
        page.get_by_role("link", name=f"{RAIN}：免办").first.click()
        looked_at(page)
        page.get_by_label("为什么不必办").fill("当天全校停课")
        page.get_by_role("button", name="免办").click()
        expect(page.get_by_text("当天全校停课")).to_be_visible()
        page.get_by_role("link", name="谁在何时负责、办了什么").click()
        expect(page.get_by_text("已免办")).to_be_visible()
        looked_at(page)
        page.goto(f"{address}/duties?view=others")
        expect(page.get_by_role("link", name="逾期 3")).to_be_visible()
    with open_page(browser, PHONE) as page:
        sign_in(page, address, TEACH_1)
        page.goto(f"{address}/duties")
        expect(page.get_by_role("link", name="逾期 3")).to_be_visible()
