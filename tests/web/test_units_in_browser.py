"""撤点并校 in a real browser: a school is merged and the county's weekly report still balances."""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from casework.web import create_app
from tests.browser import assert_accessible, assert_fits
from tests.support.county import County
from tests.support.field import fill_field
from tests.web.conftest import SETTINGS
from tests.web.small_county import CLERK, NAMES, PASSWORD, RAIN

WEEK, ON = "2026-W41", "2026-10-07"
STOCKS = ("s_open", "s_new", "s_in", "s_out", "s_close", "d_open", "d_close")


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """The small county; 张小雨 of 第一小学 stays away again."""
    opened = County(f"sqlite:///{tmp_path_factory.mktemp('units') / 'casework.db'}")
    fill_field(opened)
    again = {"学籍号": "G20260001", "姓名": RAIN, "日期": "2026-10-05", "变化": "疑似辍学", "原因": "上学远"}
    assert not opened.take("status", [again]).refused
    opened.casework.accounts.make(CLERK, NAMES[CLERK], PASSWORD, now=datetime(2026, 10, 1, tzinfo=UTC))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def site(county: County, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The running pages."""
    app = create_app(county.casework, SETTINGS, wall=lambda: datetime.now(UTC))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def figures(county: County, school: str = "") -> dict[str, int]:
    """The stocks and movements of the county's report, or of a school's row in it."""
    report = county.casework.weekly_report("C1", WEEK)
    rows = report["tables"]["schools"] if school else report["total"]
    row = next(each for each in rows if each["stage"] == "all" and school in ("", each["unit"]["code"]))
    return {key: row[key] for key in STOCKS}


def balanced(row: dict[str, int]) -> bool:
    """期末疑似 follows from what went in and out."""
    return row["s_open"] + row["s_new"] + row["s_in"] - row["s_out"] == row["s_close"]


def looked_at(page: Page) -> None:
    assert_accessible(page)
    assert_fits(page)


def test_a_school_is_merged_and_the_report_still_balances(desktop: Page, site: str, county: County):
    before = figures(county)
    assert before["s_close"] == 1 and figures(county, "S1")["s_close"] == 1

    desktop.goto(f"{site}/sign-in?next=/units")
    desktop.get_by_label("登录名").fill(CLERK)
    desktop.get_by_label("密码", exact=True).fill(PASSWORD)
    desktop.get_by_role("button", name="登录").click()
    looked_at(desktop)
    desktop.get_by_role("link", name="第一小学").click()
    looked_at(desktop)
    desktop.get_by_role("link", name="停用或合并").click()
    desktop.get_by_label("自哪天起停用").fill(ON)
    desktop.get_by_label("并入").select_option(label="第二初中")
    desktop.get_by_role("button", name="看看会迁走什么").click()
    expect(desktop.get_by_role("heading", name="第一小学 → 第二初中")).to_be_visible()
    expect(desktop.get_by_text(RAIN)).to_be_visible()
    looked_at(desktop)
    desktop.get_by_role("button", name="确认：第一小学并入第二初中").click()
    expect(desktop.get_by_role("status")).to_contain_text("已登记停用")
    looked_at(desktop)

    assert figures(county) == before, "the county as a whole moved nobody in or out"
    old, new = figures(county, "S1"), figures(county, "S2")
    assert (old["s_close"], old["s_out"], new["s_in"], new["s_close"]) == (0, 1, 1, 1)
    assert all(balanced(row) for row in (before, old, new))

    desktop.goto(f"{site}/board?school=S2")
    expect(desktop.get_by_role("link", name=RAIN)).to_be_visible()
    desktop.goto(f"{site}/units/S1")
    expect(desktop.get_by_text("现在没有人任职")).to_be_visible()


def test_the_vacant_post_is_given_on_a_phone(phone: Page, site: str, county: County):
    phone.goto(f"{site}/sign-in?next=/units?vacant=1")
    phone.get_by_label("登录名").fill(CLERK)
    phone.get_by_label("密码", exact=True).fill(PASSWORD)
    phone.get_by_role("button", name="登录").click()
    looked_at(phone)
    phone.get_by_role("link", name="河口乡").click()
    expect(phone.get_by_role("heading", name="空缺的岗位")).to_be_visible()
    looked_at(phone)
    phone.get_by_role("link", name=re.compile("代理.*镇长")).click()
    phone.get_by_label("代理谁").select_option(label="岗位空缺")
    phone.get_by_label("姓名").fill("代镇长")
    phone.get_by_label("登录名").fill("zhen2dai")
    looked_at(phone)
    phone.get_by_role("button", name="登记").click()
    expect(phone.get_by_role("status")).to_contain_text("任职已登记")
    expect(phone.get_by_text("岗位空缺，代管")).to_be_visible()
    looked_at(phone)
