"""A school clerk imports a roster in a real browser: upload, look, filter, refused rows, write, look back."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from casework.config import Settings
from casework.importers.columns import COLUMNS
from casework.importers.tables import open_table
from casework.web import create_app
from tests.browser import DESKTOP, PHONE, assert_accessible, assert_fits, open_page
from tests.support.county import MASTER_KEY, County
from tests.support.uploads import Desk, workbook
from tests.web.small_county import HEAD_1, NAMES, PASSWORD, fill
from tests.web.test_import_pages import BAD, GOOD, MOVED


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """The running pages, and a worker that does what waits."""
    county = County(f"sqlite:///{tmp_path / 'casework.db'}")
    fill(county)
    for login, name in NAMES.items():
        county.casework.accounts.make(login, name, PASSWORD, now=datetime.now(UTC))
    settings = Settings(
        mode="test", data_dir=tmp_path, database_url="", secret_key="k" * 40, master_key=MASTER_KEY
    )
    server = make_server("127.0.0.1", 0, create_app(county.casework, settings), threaded=True)
    ended = threading.Event()
    desk = Desk(county, tmp_path)

    def work() -> None:
        while not ended.wait(0.2):
            desk.work()

    threads = [threading.Thread(target=each) for each in (server.serve_forever, work)]
    for thread in threads:
        thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    ended.set()
    server.shutdown()
    for thread in threads:
        thread.join()
    server.server_close()
    county.close()


def looked_at(page: Page) -> None:
    """What every page must hold to."""
    assert_accessible(page)
    assert_fits(page)


def sign_in(page: Page, site: str) -> None:
    """By the form, as a person does."""
    page.goto(f"{site}/import")
    page.get_by_label("登录名").fill(HEAD_1)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def upload(page: Page, file: Path) -> None:
    """Chooses kind and file, and sends them."""
    page.get_by_label("学生花名册").check()
    page.get_by_label("文件", exact=True).set_input_files(file)
    looked_at(page)
    page.get_by_role("button", name="上传并预览").click()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_roster_from_upload_to_history(browser: Browser, site: str, tmp_path: Path, size) -> None:
    file = tmp_path / "四年级花名册.xlsx"
    file.write_bytes(workbook([GOOD, BAD, MOVED]))
    with open_page(browser, size) as page:
        sign_in(page, site)
        upload(page, file)
        expect(page.get_by_text("可以写入 2 行，另有 1 行被退回")).to_be_visible()
        expect(page.get_by_text("不在可选范围内")).to_be_visible()
        looked_at(page)
        with page.expect_download() as taken:
            page.get_by_role("link", name="下载退回的 1 行").click()
        (row,) = open_table(Path(taken.value.path()), "退回.xlsx", COLUMNS["roster"])
        assert row.cells["姓名"] == "石不对"
        page.get_by_role("link", name="变更 1").click()
        expect(page.get_by_text("2班")).to_be_visible()
        looked_at(page)
        page.get_by_role("button", name="写入 2 行").click()
        expect(page.get_by_text("已写入 2 行，退回 1 行")).to_be_visible()
        looked_at(page)
        page.get_by_role("link", name="导入记录").click()
        expect(page.get_by_text("四年级花名册.xlsx")).to_be_visible()
        looked_at(page)


def test_without_javascript_the_page_that_waits_renews_itself(
    browser: Browser, site: str, tmp_path: Path
) -> None:
    file = tmp_path / "花名册.xlsx"
    file.write_bytes(workbook([GOOD]))
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    sign_in(page, site)
    page.get_by_label("学生花名册").check()
    page.get_by_label("文件", exact=True).set_input_files(file)
    page.get_by_role("button", name="上传并预览").click()
    expect(page.get_by_text("可以写入 1 行")).to_be_visible(timeout=10_000)
    context.close()
