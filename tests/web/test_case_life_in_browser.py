"""One child's case from end to end in real browsers, by all who have a part in it.

The school says that 张小雨 is away again, issues and serves its letter; the township orders; the child
returns, relapses, returns; the school asks for the closure, the bureau grants it. The weeks balance.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from casework.projections.reconcile import reconcile
from casework.web import create_app
from tests.browser import DESKTOP, PHONE, assert_accessible, assert_fits, open_page
from tests.support.county import County
from tests.support.field import county_at_work, ids_of
from tests.web.conftest import SETTINGS
from tests.web.small_county import CLERK, HEAD_1, MAYOR, NAMES, PASSWORD, RAIN, at


class Life:
    """The pages over a county of their own, and the child."""

    def __init__(self, county: County, browser: Browser, address: str) -> None:
        self.county, self.browser, self.address = county, browser, address
        self.case = f"/cases/{ids_of(county)[RAIN]}"

    @contextmanager
    def day(self, when: str, login: str) -> Iterator[Page]:
        """Somebody at the child's page, at an instant: the township and the bureau on a phone."""
        self.county.now = at(when)
        size = DESKTOP if login == HEAD_1 else PHONE
        with open_page(self.browser, size, self.address) as page:
            page.goto("/sign-in")
            page.get_by_label("登录名").fill(login)
            page.get_by_label("密码", exact=True).fill(PASSWORD)
            page.get_by_role("button", name="登录").click()
            page.goto(self.case)
            yield page
            assert_accessible(page)
            assert_fits(page)


@pytest.fixture
def life(browser: Browser, tmp_path: Path) -> Iterator[Life]:
    """The running pages."""
    with county_at_work(f"sqlite:///{tmp_path / 'casework.db'}") as county:
        for login in (HEAD_1, CLERK):
            made = datetime(2026, 10, 1, tzinfo=UTC)
            county.casework.accounts.make(login, NAMES[login], PASSWORD, now=made)
        app = create_app(county.casework, SETTINGS, wall=lambda: datetime.now(UTC))
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Life(county, browser, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()
        server.server_close()


def act(page: Page, name: str) -> None:
    """Opens what the case page offers."""
    page.get_by_role("link", name=name, exact=True).click()


def tile(page: Page, text: str) -> None:
    page.locator(".tile", has_text=text).first.click()


def now(page: Page, status: str) -> None:
    """What the case page says of the status."""
    expect(page.locator(".case-now")).to_contain_text(status)


def away(page: Page, name: str, status: str) -> None:
    """The child left again."""
    act(page, name)
    tile(page, "上学远")
    tile(page, "中途辍学")
    page.get_by_role("button", name="保存", exact=True).click()
    now(page, status)


def back(page: Page) -> None:
    """The child sits in class again."""
    act(page, "登记复学")
    tile(page, "插班")
    page.get_by_role("button", name="保存", exact=True).click()
    now(page, "已复学")


def issued(page: Page, kind: str) -> None:
    act(page, "签发文书")
    page.get_by_role("link", name=kind).click()
    page.get_by_role("button", name="签发", exact=True).click()
    expect(page.get_by_text("已签发，编号")).to_be_visible()


def served(page: Page) -> None:
    act(page, "登记送达")
    tile(page, "直接")
    page.get_by_label("送达地点").fill("石桥村家里")
    page.get_by_label("与被送达人关系").fill("本人")
    page.get_by_role("button", name="保存送达").click()
    expect(page.get_by_text("剩 7 天")).to_be_visible()


def week(life: Life, name: str) -> dict[str, Any]:
    """The county's total of a week, which balances."""
    total: dict[str, Any] = life.county.casework.weekly_report("C1", name)["total"][-1]
    for stock, more, less in (("s", 0, total["confirmed"]), ("d", total["confirmed"], 0)):
        came = sum(total[f"{stock}_{how}"] for how in ("open", "adj", "new", "in")) + more
        left = sum(
            total[f"{stock}_{how}"] for how in ("returned", "taught", "deferred", "closed", "other", "out")
        )
        assert came - left - less == total[f"{stock}_close"]
    return total


def test_from_the_first_letter_to_the_closure_by_two(life: Life):
    with life.day("2026-10-12T09:00", HEAD_1) as page:
        away(page, "登记疑似辍学", "疑似辍学")
        issued(page, "劝返复学通知书")
        served(page)
    with life.day("2026-10-21T09:00", MAYOR) as page:
        issued(page, "限期复学通知书")
        served(page)
    with life.day("2026-10-23T09:00", HEAD_1) as page:
        back(page)
        act(page, "到校检查")
        tile(page, "在校上课")
        page.get_by_role("button", name="保存", exact=True).click()
        expect(page.get_by_text("到校检查：在校上课")).to_be_visible()
    with life.day("2026-11-02T09:00", HEAD_1) as page:
        away(page, "登记再辍", "辍学")
        expect(page.get_by_text("复学后再次离校").first).to_be_visible()
    with life.day("2026-11-04T09:00", HEAD_1) as page:
        back(page)
    with life.day("2026-12-04T09:00", HEAD_1) as page:
        act(page, "申报销号")
        tile(page, "复学稳定")
        page.get_by_label("材料编号").fill("巩查〔2026〕12号")
        page.get_by_role("button", name="提交申报").click()
        expect(page.get_by_text("已提交，等待审批。")).to_be_visible()
        expect(page.get_by_role("button", name="批准", exact=True)).to_have_count(0)
    with life.day("2026-12-05T09:00", CLERK) as page:
        page.goto("/approvals")
        page.get_by_role("link", name=RAIN).click()
        page.get_by_role("button", name="批准").click()
        expect(page.get_by_text("已批准。")).to_be_visible()
        page.goto(life.case)
        now(page, "销号")
    _told(life)


def _told(life: Life) -> None:
    """The report tells the same story, and the read models follow from the events."""
    found = week(life, "2026-W42")
    assert (found["s_new"], found["relapsed"], found["letters_issued"]) == (1, 1, 1)
    assert week(life, "2026-W43")["letters_served"] == 1
    assert week(life, "2026-W44")["s_returned"] == 1
    found = week(life, "2026-W45")
    assert (found["d_new"], found["relapsed"], found["d_returned"]) == (1, 1, 1)
    assert week(life, "2026-W50")["closed_by_reason"] == {"复学稳定": 1}
    with life.county.casework.reading() as reading:
        assert reconcile(reading.snapshot) == []
