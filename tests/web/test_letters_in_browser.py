"""In a real browser: the school issues and serves its letter, its term passes, the township orders."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from casework.web import create_app
from tests.browser import DESKTOP, PHONE, assert_accessible, assert_fits, open_page
from tests.support.county import County
from tests.support.field import county_at_work
from tests.web.conftest import SETTINGS
from tests.web.small_county import HEAD_1, MAYOR, NAMES, PASSWORD, RAIN


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[County, str]]:
    """The pages over a county in which 张小雨 stays away again, and their address."""
    folder: Path = tmp_path_factory.mktemp("letters")
    with county_at_work(f"sqlite:///{folder / 'casework.db'}") as county:
        county.casework.accounts.make(HEAD_1, NAMES[HEAD_1], PASSWORD, now=datetime(2026, 10, 1, tzinfo=UTC))
        away = {
            "学籍号": "G20260001",
            "日期": "2026-10-08",
            "变化": "疑似辍学",
            "原因": "上学远",
            "登记人": "甲",
        }
        county.take("status", [away])
        app = create_app(county.casework, SETTINGS, wall=lambda: datetime.now(UTC))
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield county, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()


def open_case(page: Page, address: str, login: str) -> None:
    """Signs in and opens 张小雨 from the board."""
    page.goto(f"{address}/sign-in")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.goto(f"{address}/board")
    page.get_by_role("link", name=RAIN).first.click()


def looked_at(page: Page) -> None:
    """What every page must hold to."""
    assert_accessible(page)
    assert_fits(page)


def test_the_school_issues_and_serves_its_letter_and_the_township_orders(
    browser: Browser, site: tuple[County, str]
):
    county, address = site
    with open_page(browser, DESKTOP) as page:
        open_case(page, address, HEAD_1)
        page.get_by_role("link", name="签发文书").click()
        expect(page.get_by_text("第一小学无权签发").first).to_be_visible()
        looked_at(page)
        page.get_by_role("link", name="劝返复学通知书").click()
        expect(page.get_by_text("自2026年10月8日起没有到校上课")).to_be_visible()
        looked_at(page)
        page.get_by_role("button", name="签发", exact=True).click()
        expect(page.get_by_text("已签发，编号 义劝通字〔2026〕第001号")).to_be_visible()
        looked_at(page)
        page.get_by_role("link", name="打印文书").click()
        expect(page.get_by_role("button", name="打印")).to_be_visible()
        looked_at(page)
        page.get_by_role("link", name="回到文书页").click()
        page.get_by_role("link", name="登记送达").click()
        expect(page.get_by_label("拒收理由")).to_be_hidden()
        page.locator(".tile", has_text="留置").click()
        page.get_by_label("送达地点").fill("石桥村家里")
        page.get_by_label("拒收理由").fill("家长不愿签字")
        page.get_by_role("button", name="保存送达").click()
        expect(page.get_by_role("link", name="留置送达要有见证人")).to_be_visible()
        looked_at(page)
        page.get_by_label("见证人").fill("韦彩莲")
        page.get_by_role("button", name="保存送达").click()
        expect(page.get_by_text("剩 7 天")).to_be_visible()
        page.get_by_role("link", name="打印送达回证").click()
        expect(page.get_by_role("cell", name="韦彩莲")).to_be_visible()
        looked_at(page)
    county.now = datetime.fromisoformat("2026-10-19T09:00:00+08:00")
    with open_page(browser, DESKTOP) as page:
        open_case(page, address, HEAD_1)
        expect(page.get_by_text("《劝返复学通知书》10月9日签发，10月9日送达，已过期 3 天")).to_be_visible()
        page.goto(f"{address}/letters?state=over")
        expect(page.get_by_role("cell", name="已过期 3 天")).to_be_visible()
        looked_at(page)
    with open_page(browser, PHONE) as page:
        open_case(page, address, MAYOR)
        page.get_by_role("link", name="签发文书").click()
        looked_at(page)
        page.get_by_role("link", name="限期复学通知书").click()
        expect(
            page.get_by_text("《中华人民共和国义务教育法》第五条、第十一条、第十三条、第五十八条")
        ).to_be_visible()
        page.get_by_role("button", name="签发", exact=True).click()
        expect(page.get_by_text("乡镇长（街道办事处主任）：兰启程")).to_be_visible()
        expect(page.get_by_text("青山镇人民政府（盖章）")).to_be_visible()
        looked_at(page)
        page.goto(f"{address}/letters")
        looked_at(page)
