"""记送教, 送教上门名单, 缓学休学名单: filled in as last time, asked when not placed, counted, ended soon."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from werkzeug.test import TestResponse

from tests.support.county import County
from tests.support.field import TEACH_1, TEACH_2, county_at_work, ids_of
from tests.web.pages import Visitor
from tests.web.small_county import CALM, CLERK, HEAD_1, HEAD_2, INSPECTOR, MOON, NAMES, PASSWORD, RAIN

SignIn = Callable[[str], Visitor]
_STATUS = {"登记人": "闵舒禾", "批准人": "路知遥", "证据编号": "证1"}


@pytest.fixture
def county(sqlite_url: str) -> Iterator[County]:
    """赵安 is taught at home since 10-08; 王秋月 is deferred to 10-15, 张小雨 to the new year."""
    with county_at_work(sqlite_url) as county:
        now = county.now
        rows = [
            {"学籍号": "G20260004", "姓名": CALM, "日期": "2026-10-08", "变化": "送教上门", **_STATUS},
            {"学籍号": "G20260003", "姓名": MOON, "日期": "2026-10-01", "变化": "休学", **_STATUS}
            | {"截止日期": "2026-10-15"},
            {"学籍号": "G20260001", "姓名": RAIN, "日期": "2026-10-01", "变化": "缓学", **_STATUS}
            | {"截止日期": "2027-01-15"},
        ]
        county.take("status", rows)
        county.now = now
        for login in (HEAD_1, HEAD_2, CLERK, INSPECTOR):
            county.casework.accounts.make(
                login, NAMES[login], PASSWORD, now=datetime(2026, 10, 1, tzinfo=UTC)
            )
        yield county


@pytest.fixture
def ids(county: County) -> dict[str, str]:
    """Name → child id."""
    return ids_of(county)


TYPED = {"start": "09:00", "end": "11:00", "hours": "3", "teacher": "卢远山", "second": "覃维岭"}


def hidden(visitor: Visitor, address: str) -> dict[str, str]:
    text = visitor.client.get(address).text
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text))


def record(visitor: Visitor, child: str, **more: str) -> TestResponse:
    address = f"/cases/{child}/sessions/new"
    form = {**hidden(visitor, address), "on": "2026-10-09", **TYPED, "signed": "已签字", **more}
    return visitor.client.post(address, data=form)


def test_a_session_is_recorded_and_counted(signed_in: SignIn, ids: dict[str, str]):
    teacher = signed_in(TEACH_2)
    assert "记送教" in teacher.get(f"/cases/{ids[CALM]}").text
    answer = record(teacher, ids[CALM], content="认识数字", response="愿意跟读", homework="数一遍")
    assert answer.status_code == 303, answer.text[:2000]
    shown = teacher.get(answer.location)
    for words in ("送教上门 3 课时，家长已签字", "卢远山；覃维岭", "认识数字", "愿意跟读"):
        assert words in shown.text
    for login in (TEACH_2, HEAD_2, CLERK):
        listed = signed_in(login).get("/home-teaching")
        assert "赵安" in listed.text and "本月1 次，3 课时" in listed.text
    assert "赵*" in signed_in(INSPECTOR).get("/home-teaching").text
    assert "赵安" not in signed_in(TEACH_1).get("/home-teaching").text


def test_the_next_form_knows_the_last_session(signed_in: SignIn, ids: dict[str, str]):
    teacher = signed_in(TEACH_2)
    first = teacher.client.get(f"/cases/{ids[CALM]}/sessions/new").text
    assert re.search(r'name="teacher" value="卢远山"', first)
    record(teacher, ids[CALM])
    page = teacher.client.get(f"/cases/{ids[CALM]}/sessions/new").text
    for name, value in {**TYPED, "on": "2026-10-09"}.items():
        assert re.search(rf'name="{name}" value="{value}"', page), name


def test_a_child_who_is_not_placed_is_asked_about_and_taken_when_confirmed(
    signed_in: SignIn, ids: dict[str, str]
):
    teacher = signed_in(TEACH_2)
    asked = teacher.read(record(teacher, ids[CALM], on="2026-09-30"), 422)
    assert "2026-09-30 这一天，这个学生的状态是“没有登记状态”，不是送教上门" in asked.text
    assert "确实送教了，照样登记" in asked.text
    assert record(teacher, ids[CALM], on="2026-09-30", confirmed="y").status_code == 303


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"hours": "0"}, "课时要大于 0"),
        ({"hours": "三"}, "不是课时数"),
        ({"hours": ""}, "请填写课时"),
        ({"hours": "30"}, "一次不超过 24 课时"),
        ({"start": ""}, "请填写开始时间"),
        ({"end": "08:00"}, "结束时间早于开始时间"),
        ({"teacher": "", "second": ""}, "请写上送教教师"),
        ({"on": "2026-10-10"}, "这一天还没到"),
    ],
)
def test_a_fault_stands_at_its_field_and_the_rest_stays(
    signed_in: SignIn, ids: dict[str, str], typed: dict[str, str], said: str
):
    teacher = signed_in(TEACH_2)
    page = teacher.read(record(teacher, ids[CALM], content="认识数字", **typed), 400)
    assert said in page.text and "认识数字" in page.text


def test_sent_twice_is_one_session_and_another_of_the_same_hour_is_none(
    signed_in: SignIn, ids: dict[str, str]
):
    teacher, address = signed_in(TEACH_2), f"/cases/{ids[CALM]}/sessions/new"
    form = {**hidden(teacher, address), "on": "2026-10-09", **TYPED}
    assert [teacher.client.post(address, data=form).status_code for _ in range(2)] == [303, 303]
    assert "1 次，3 课时" in teacher.get("/home-teaching").text
    again = teacher.read(record(teacher, ids[CALM], hours="2"), 422)
    assert "同一天同一时间已有一条送教记录" in again.text


def test_a_session_is_corrected_and_voided_with_a_reason(signed_in: SignIn, ids: dict[str, str]):
    teacher = signed_in(TEACH_2)
    page = record(teacher, ids[CALM]).location.split("?")[0]
    form = {**hidden(teacher, f"{page}/correct"), "on": "2026-10-09", **TYPED, "hours": "2"}
    assert "为什么要改" in teacher.read(teacher.client.post(f"{page}/correct", data=form), 400).text
    answer = teacher.client.post(f"{page}/correct", data={**form, "reason": "只上了两节"})
    assert answer.status_code == 303
    shown = teacher.get(page)
    assert "送教上门 2 课时" in shown.text and "原登记：送教上门 3 课时" in shown.text
    token = teacher.token(f"{page}/correct")
    void = {"csrf_token": token, "form_id": "a" * 32, "void_reason": "没有去成"}
    assert teacher.client.post(f"{page}/void", data=void).status_code == 303
    assert "还没有" in teacher.get("/home-teaching").text
    assert "已经作废" in teacher.get(f"{page}/correct", 422).text


def test_a_school_without_the_child_finds_nothing(signed_in: SignIn, ids: dict[str, str]):
    head = signed_in(HEAD_1)
    head.get(f"/cases/{ids[CALM]}/sessions/new", 404)


def test_the_deferred_stand_with_the_first_end_on_top(signed_in: SignIn, ids: dict[str, str]):
    bureau = signed_in(CLERK)
    page = bureau.get("/deferrals")
    assert [row[0].split()[0] for row in page.rows[1:]] == [MOON, RAIN]
    assert "还有 6 天" in page.text and "还有 98 天" in page.text
    assert f"/cases/{ids[MOON]}/status/new?change=returned" in page.links
    assert f"/cases/{ids[MOON]}/proposals/new?change=suspended" in page.links
    narrow = bureau.get("/deferrals?school=S2")
    assert MOON in narrow.text and RAIN not in narrow.text
    assert "1 个孩子缓学休学快到期" in bureau.get("/").text
    assert RAIN in signed_in(HEAD_1).get("/deferrals").text
    assert MOON not in signed_in(HEAD_1).get("/deferrals").text
    bureau.get("/deferrals?school=S9", 404)
    bureau.get("/deferrals?after=2026", 400)


@pytest.mark.parametrize(("address", "name"), [("/deferrals.xlsx", MOON), ("/home-teaching.xlsx", CALM)])
def test_a_list_leaves_as_a_workbook_and_who_took_it_is_written_down(
    signed_in: SignIn, address: str, name: str
):
    bureau = signed_in(CLERK)
    with zipfile.ZipFile(io.BytesIO(bureau.client.get(address).data)) as book:
        told = "".join(book.read(part).decode() for part in book.namelist())
    assert name in told and "路知遥" in told and "99012" not in told
    assert address in bureau.client.get("/read-log").text or "导出" in bureau.get("/read-log").text
    assert signed_in(INSPECTOR).client.get(address).status_code == 403
