"""A transfer in a real browser: asked by one school, released by another, accepted; the report balances."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from casework.web import create_app
from tests.browser import DESKTOP, PHONE, assert_accessible, assert_fits, open_page
from tests.support.county import County
from tests.support.field import field_county
from tests.web.conftest import SETTINGS
from tests.web.small_county import HEAD_1, HEAD_2, NAMES, PASSWORD, RAIN


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[County, str]]:
    """A county of one's own behind a running server."""
    with field_county(f"sqlite:///{tmp_path / 'casework.db'}") as county:
        for login in (HEAD_1, HEAD_2):
            county.casework.accounts.make(
                login, NAMES[login], PASSWORD, now=datetime(2026, 10, 1, tzinfo=UTC)
            )
        server = make_server("127.0.0.1", 0, create_app(county.casework, SETTINGS), threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield county, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()


def sign_in(page: Page, address: str, login: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def looked_at(page: Page) -> None:
    assert_fits(page)
    assert_accessible(page)


def pupils(county: County) -> dict[str, Any]:
    report = county.casework.weekly_report("C1", "2026-W42")
    rows = (row for row in report["tables"]["schools"] if row["stage"] == "all")
    return {row["unit"]["code"]: (row["pupils"], row["s_close"] + row["d_close"]) for row in rows}


def test_asked_released_accepted(browser: Browser, served: tuple[County, str]):
    county, address = served
    before = pupils(county)
    with open_page(browser, DESKTOP) as sender, open_page(browser, PHONE) as receiver:
        sign_in(sender, address, HEAD_1)
        sign_in(receiver, address, HEAD_2)
        receiver.goto(f"{address}/transfers/ask")
        receiver.get_by_label("学籍号", exact=True).fill("G20260001")
        receiver.get_by_label("为什么转来").fill("家已搬来本乡")
        looked_at(receiver)
        receiver.get_by_role("button", name="送出申请").click()
        expect(receiver.get_by_text("等原学校答复")).to_be_visible()
        looked_at(receiver)

        sender.goto(address)
        sender.get_by_role("link", name="项转入申请等您答复").click()
        sender.get_by_role("link", name=RAIN).click()
        expect(sender.get_by_text("家已搬来本乡")).to_be_visible()
        looked_at(sender)
        sender.get_by_role("button", name="同意", exact=True).click()
        expect(sender.get_by_text("已同意。")).to_be_visible()
        assert pupils(county) == before

        receiver.goto(address)
        receiver.get_by_role("link", name="名学生转来，等您接收").click()
        receiver.get_by_role("link", name=RAIN).click()
        looked_at(receiver)
        receiver.get_by_label("班级").fill("2班")
        receiver.get_by_role("button", name="接收这名学生").click()
        expect(receiver.get_by_text("已接收，学生和个案都转到接收学校了")).to_be_visible()

    after = pupils(county)
    assert after["S1"][0] == before["S1"][0] - 1 and after["S2"][0] == before["S2"][0] + 1
    assert sum(out for _, out in after.values()) == sum(out for _, out in before.values())
