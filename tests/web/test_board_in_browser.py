"""At the office: a visit written on a phone stands on the township's board; the county's list agrees."""

import io
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from python_calamine import CalamineWorkbook
from werkzeug.serving import make_server

from casework.web import create_app
from tests.browser import DESKTOP, PHONE, assert_accessible, assert_fits, open_page
from tests.support.field import TEACH_1, county_at_work
from tests.web.conftest import SETTINGS
from tests.web.small_county import CLERK, MAYOR, NAMES, PASSWORD, RAIN


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pages over a county with people in the field."""
    url = f"sqlite:///{tmp_path_factory.mktemp('office') / 'casework.db'}"
    with county_at_work(url) as county:
        app = create_app(county.casework, SETTINGS)
        app.extensions["accounts"].make(CLERK, NAMES[CLERK], PASSWORD, now=datetime.now(UTC))
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


def line_of(page: Page, name: str) -> str:
    """A child's line of the board as one text."""
    return " ".join(page.get_by_role("row").filter(has_text=name).last.inner_text().split())


def test_the_township_sees_the_new_visit_and_the_countys_list_agrees(browser: Browser, address: str):
    with open_page(browser, DESKTOP) as office:
        sign_in(office, address, MAYOR)
        office.get_by_role("link", name="看板", exact=True).click()
        assert "31 天前，犹豫 共 1 次" in line_of(office, RAIN)
        looked_at(office)
        with open_page(browser, PHONE) as phone:
            sign_in(phone, address, TEACH_1)
            phone.goto(f"{address}/students")
            phone.get_by_role("link", name=f"给{RAIN}记家访").click()
            for word in ("学生", "同意返校"):
                phone.locator(".tile", has_text=word).first.click()
            phone.get_by_label("谈了什么").fill("孩子已经跟上功课")
            phone.get_by_role("button", name="保存家访").click()
            expect(phone.get_by_text("已保存，辛苦了。")).to_be_visible()
        office.reload()
        assert "今天，同意返校 共 2 次" in line_of(office, RAIN)
        office.get_by_role("link", name=RAIN).click()
        expect(office.get_by_text("孩子已经跟上功课")).to_be_visible()
        looked_at(office)


def test_the_county_exports_what_the_report_counts(browser: Browser, address: str, tmp_path: Path):
    with open_page(browser, DESKTOP) as office:
        sign_in(office, address, CLERK)
        office.goto(f"{address}/board")
        chips = office.get_by_role("navigation", name="按状态筛选")
        expect(chips.get_by_role("link", name="辍学 1", exact=True)).to_be_visible()
        with office.expect_download() as download:
            office.get_by_role("link", name="下载 Excel").click()
        download.value.save_as(tmp_path / "list.xlsx")
        sheet = CalamineWorkbook.from_filelike(io.BytesIO((tmp_path / "list.xlsx").read_bytes()))
        rows = [row for row in sheet.get_sheet_by_index(0).to_python() if str(row[0]).strip("0.").isdigit()]
        expect(chips.get_by_role("link", name=f"全部 {len(rows)}", exact=True)).to_be_visible()
        office.goto(f"{address}/weekly")
        expect(office.get_by_role("link", name="辍学，本期期末 1，看名单")).to_be_visible()
        office.goto(f"{address}/read-log")
        expect(office.get_by_role("row").nth(1)).to_contain_text("在册学生名单")
        looked_at(office)


@pytest.mark.parametrize(
    "path", ["/board", "/board?by=schools", "/board?township=T1&by=people", "/search?q=z"]
)
def test_office_pages_hold_on_both_screens(browser: Browser, address: str, path: str):
    for size in (DESKTOP, PHONE):
        with open_page(browser, size) as page:
            sign_in(page, address, CLERK)
            page.goto(f"{address}{path}")
            looked_at(page)


def test_a_masked_value_is_shown_by_a_click(browser: Browser, address: str):
    with open_page(browser, PHONE) as page:
        sign_in(page, address, CLERK)
        page.get_by_label("找学生").fill("G20260001")
        page.get_by_role("button", name="查找").click()
        page.get_by_role("button", name="显示联系电话").click()
        expect(page.get_by_text("13900001234")).to_be_visible()
        looked_at(page)
