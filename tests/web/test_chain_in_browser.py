"""At the township a visit made on a phone lets the number fall; a review prints to be signed."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from casework.web import create_app
from tests.browser import DESKTOP, PHONE, assert_accessible, assert_fits, open_page
from tests.support.field import TEACH_1, county_at_work
from tests.web.conftest import SETTINGS
from tests.web.small_county import CLERK, HILL, MAYOR, NAMES, PASSWORD, RAIN

AWAY = {"学籍号": "G20260001", "姓名": RAIN, "日期": "2026-09-30", "变化": "疑似辍学", "原因": "上学远"}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pages over a county in which 张小雨 stays away again."""
    url = f"sqlite:///{tmp_path_factory.mktemp('chain') / 'casework.db'}"
    with county_at_work(url) as county:
        assert not county.take("status", [AWAY]).refused
        county.casework.accounts.make(CLERK, NAMES[CLERK], PASSWORD, now=datetime.now(UTC))
        app = create_app(county.casework, SETTINGS)
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
    page.wait_for_url(f"{address}/")


def looked_at(page: Page) -> None:
    """What every page must hold to."""
    assert_accessible(page)
    assert_fits(page)


def open_duties(page: Page) -> int:
    """How many duties of the school's teachers are still open, as the page's summary says."""
    text = page.locator(".standing-line li", has_text="未到期").inner_text()
    return int(text.split()[-1])


def test_the_township_head_sees_the_number_fall_after_a_visit(browser: Browser, address: str) -> None:
    with open_page(browser, DESKTOP) as office:
        sign_in(office, address, MAYOR)
        office.goto(f"{address}/chain")
        looked_at(office)
        office.get_by_role("link", name="师长", exact=True).click()
        before = open_duties(office)
        assert before >= 1
        with open_page(browser, PHONE) as phone:
            sign_in(phone, address, TEACH_1)
            phone.goto(f"{address}/chain")
            looked_at(phone)
            phone.goto(f"{address}/students")
            phone.get_by_role("link", name=f"给{RAIN}记家访").click()
            for word in ("学生", "同意返校"):
                phone.locator(".tile", has_text=word).first.click()
            phone.get_by_label("谈了什么").fill("约好下周一返校")
            phone.get_by_role("button", name="保存家访").click()
            expect(phone.get_by_text("已保存，辛苦了。")).to_be_visible()
        office.reload()
        assert open_duties(office) == before - 1
        # From the unit to the person to the child.
        office.locator(".chain-sheet").get_by_role("link", name="四年级1班").click()
        office.get_by_role("link", name="何班青").click()
        looked_at(office)
        office.get_by_role("link", name=RAIN).first.click()
        expect(office.get_by_text("约好下周一返校")).to_be_visible()


def test_a_review_prints_with_lines_to_sign_on(browser: Browser, address: str, tmp_path: Path) -> None:
    with open_page(browser, DESKTOP) as office:
        sign_in(office, address, CLERK)
        office.goto(f"{address}/reviews?unit=S2&from=2026-09-01&to=2026-09-30")
        looked_at(office)
        expect(office.get_by_role("cell", name="逾期未办").first).to_be_visible()
        office.emulate_media(media="print")
        expect(office.locator(".top")).to_be_hidden()
        expect(office.locator(".moment-form")).to_be_hidden()
        expect(office.get_by_text("考核人签字").first).to_be_visible()
        paper = office.pdf(path=tmp_path / "review.pdf", format="A4")
        assert paper.startswith(b"%PDF") and HILL in office.locator("main").inner_text()
    with open_page(browser, PHONE) as phone:
        sign_in(phone, address, CLERK)
        for page in ("/reviews?unit=S2&from=2026-09-01&to=2026-09-30", "/chain?role=校长"):
            phone.goto(address + page)
            looked_at(phone)
