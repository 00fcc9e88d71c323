"""申报与审批 on pages: a closure by two, what is refused in words, what waits on the first page."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from werkzeug.test import TestResponse

from tests.support.county import County
from tests.support.field import county_at_work, ids_of
from tests.web.pages import StrictPage, Visitor
from tests.web.small_county import CLERK, HEAD_1, HEAD_2, HILL, MAYOR, NAMES, PASSWORD, RAIN

SignIn = Callable[[str], Visitor]


@pytest.fixture
def county(sqlite_url: str) -> Iterator[County]:
    """A county of one's own; the heads and the bureau have accounts, and there is a 局长."""
    with county_at_work(sqlite_url) as county:
        chief = {"登录名": "juzhang", "姓名": "展云帆", "岗位": "局长", "单位代码": "C1"}
        now = county.now
        county.take("staff", [{**chief, "任职日期": "2026-08-01"}])
        county.now = now
        made = datetime(2026, 10, 1, tzinfo=UTC)
        for login in (HEAD_1, HEAD_2, CLERK):
            county.casework.accounts.make(login, NAMES[login], PASSWORD, now=made)
        county.casework.accounts.make("juzhang", "展云帆", PASSWORD, now=made)
        yield county


@pytest.fixture
def ids(county: County) -> dict[str, str]:
    """Name → child id."""
    return ids_of(county)


def form_of(visitor: Visitor, address: str, action: str = "") -> dict[str, str]:
    """The hidden fields of the page's form that sends to an address."""
    text = visitor.client.get(address).text
    at = text.index(f'action="{(action or address).replace("&", "&amp;")}"')
    form = text[at : text.index("</form>", at)]
    found = re.findall(r'<input[^>]* name="(\w+)"[^>]*>', form)
    values = {
        name: (re.search(rf'name="{name}"[^>]* value="([^"]*)"', form) or ["", ""])[1] for name in found
    }
    return {name: value for name, value in values.items() if name != "reason"}


def propose(visitor: Visitor, child: str, change: str = "closed", **more: str) -> TestResponse:
    address = f"/cases/{child}/proposals/new?change={change}"
    closing = {"reason": "复学稳定", "evidence": "查1"} if change == "closed" else {}
    return visitor.client.post(address, data={**form_of(visitor, address), **closing, **more})


def proposed(visitor: Visitor, child: str, change: str = "closed", **more: str) -> str:
    answer = propose(visitor, child, change, **more)
    assert answer.status_code == 303, answer.text[:3000]
    return answer.location.split("?")[0]


def decide(visitor: Visitor, page: str, how: str, **more: str) -> TestResponse:
    return visitor.client.post(f"{page}/{how}", data={**form_of(visitor, page, f"{page}/{how}"), **more})


def test_a_case_is_closed_by_two(signed_in: SignIn, ids: dict[str, str]):
    head, bureau = signed_in(HEAD_1), signed_in(CLERK)
    assert "申报销号" in head.get(f"/cases/{ids[RAIN]}").text
    page = proposed(head, ids[RAIN], why="五次检查都在校")
    assert "等待审批" in head.get(f"{page}?saved=1").text
    home = bureau.get("/")
    assert "1 项申报等您审批" in home.text
    queue = bureau.get("/approvals")
    assert [cell.strip() for cell in queue.rows[1][:2]] == ["张小雨", "销号（复学稳定）"]
    assert page in queue.links
    shown = bureau.get(page)
    for words in ("巩固期到校核查记录", "查1", "五次检查都在校", "温若谷（校长，第一小学）申报", "今天申报"):
        assert words in shown.text, words
    answer = decide(bureau, page, "approve", note="同意")
    assert (answer.status_code, answer.location) == (303, f"{page}?saved=2")
    assert "已批准 2026年10月9日 · 路知遥（基教股，试验县）：同意" in bureau.get(answer.location).text
    case = head.get(f"/cases/{ids[RAIN]}")
    assert "销号" in case.text and "重开" in case.text
    assert "项您的申报有了答复" in head.get("/").text
    assert "已批准" in head.get("/proposals").text
    assert "没有等您审批" in bureau.get("/approvals").text


def test_who_asked_sees_that_another_decides(signed_in: SignIn, ids: dict[str, str]):
    bureau = signed_in(CLERK)
    page = proposed(bureau, ids[RAIN])
    shown = bureau.get(page)
    assert "须由另一人（局长、副局长、基教股）审批" in shown.text
    assert f"{page}/approve" not in bureau.client.get(page).text
    assert "项申报等您审批" not in bureau.get("/").text
    assert "您自己申报的" in bureau.get("/approvals").text
    form = {"csrf_token": bureau.token(page), "form_id": "f" * 32, "on": "2026-10-09"}
    answer = bureau.client.post(f"{page}/approve", data=form)
    assert answer.status_code == 422 and "申报人不能审批自己的申报" in answer.text


def test_a_decision_on_what_was_withdrawn_is_refused_in_words(signed_in: SignIn, ids: dict[str, str]):
    head, bureau = signed_in(HEAD_1), signed_in(CLERK)
    page = proposed(head, ids[RAIN])
    form = form_of(bureau, page, f"{page}/approve")
    assert decide(head, page, "withdraw").location == f"{page}?saved=4"
    answer = bureau.client.post(f"{page}/approve", data=form)
    read = bureau.read(answer, 422)
    assert "这项申报已被撤回" in read.text and "已撤回 2026年10月9日" in read.text


def test_declined_with_a_reason_that_the_proposer_reads(signed_in: SignIn, ids: dict[str, str]):
    head, bureau = signed_in(HEAD_1), signed_in(CLERK)
    page = proposed(head, ids[RAIN])
    assert "请写明退回的理由" in bureau.read(decide(bureau, page, "decline"), 400).text
    assert decide(bureau, page, "decline", reason="检查只有两次").status_code == 303
    assert "检查只有两次" in head.get(page).text
    assert "已退回" in head.get("/proposals").text


def test_what_came_in_between_is_shown_and_nothing_is_lost(
    county: County, signed_in: SignIn, ids: dict[str, str]
):
    head, bureau = signed_in(HEAD_1), signed_in(CLERK)
    page = proposed(head, ids[RAIN])
    form = form_of(bureau, page, f"{page}/approve")
    row = {"学籍号": "G20260001", "姓名": RAIN, "日期": "2026-10-08", "变化": "再辍", "登记人": "温若谷"}
    county.take("status", [{**row, "原因": "外出务工"}])
    answer = bureau.read(bureau.client.post(f"{page}/approve", data={**form, "note": "同意，请归档"}), 409)
    assert "此个案已被他人更新" in answer.text and "再次离校" in answer.text
    again = bureau.read(decide(bureau, page, "approve"), 422)
    assert "状态登记又有变动" in again.text


@pytest.mark.parametrize(
    ("change", "typed", "said"),
    [
        ("closed", {"reason": ""}, "请选择为什么销号"),
        ("closed", {"evidence": ""}, "需要巩固期到校核查记录"),
        ("suspended", {"on": "2026-10-10", "until": "2026-12-01"}, "这一天还没到"),
        ("suspended", {"evidence": "证", "until": "2028-01-01"}, "一次最长批准 366 天"),
        ("suspended", {"until": "2026-12-01", "evidence": ""}, "请填写批准文件编号"),
    ],
)
def test_a_fault_stands_at_its_field_and_the_rest_stays(
    signed_in: SignIn, ids: dict[str, str], change: str, typed: dict[str, str], said: str
):
    answer = propose(signed_in(HEAD_1), ids[RAIN], change, why="家长写了申请", **typed)
    page = StrictPage(answer.text)
    assert (answer.status_code, page.faults) == (400, [])
    assert said in page.text and "家长写了申请" in page.text


def test_home_teaching_of_who_is_out_is_asked_with_three_papers(signed_in: SignIn, ids: dict[str, str]):
    head, bureau, mayor = signed_in(HEAD_2), signed_in(CLERK), signed_in(MAYOR)
    answer = propose(head, ids[HILL], "home_teaching", application="申1", evidence="县特2")
    assert "请填写专家委员会意见编号" in answer.text
    page = proposed(head, ids[HILL], "home_teaching", application="申1", opinion="专意3", evidence="县特2")
    assert "专意3" in bureau.get(page).text
    assert "专意3" not in head.get(f"/cases/{ids[HILL]}").text  # the opinion stays between the two
    assert mayor.client.get(page).status_code == 404
    assert decide(bureau, page, "approve").status_code == 303
    assert "李大山" in head.get("/home-teaching").text


def test_who_is_not_out_is_led_to_the_plain_form(signed_in: SignIn, ids: dict[str, str]):
    page = signed_in(HEAD_1).get(f"/cases/{ids[RAIN]}/proposals/new?change=home_teaching")
    assert "送教上门不需要审批" in page.text
    assert f"/cases/{ids[RAIN]}/status/new?change=home_teaching" in page.links


def test_twenty_megabytes_are_refused_clearly(signed_in: SignIn, ids: dict[str, str]):
    answer = propose(signed_in(HEAD_1), ids[RAIN], why="很" * 7_000_000)
    assert (answer.status_code, "提交的内容太大" in answer.text) == (413, True)
    long = proposed(signed_in(HEAD_1), ids[RAIN], why="很" * 20_000)
    assert "很" * 20_000 in signed_in(CLERK).get(long).text


def test_sent_twice_is_asked_once(signed_in: SignIn, ids: dict[str, str]):
    head, address = signed_in(HEAD_1), f"/cases/{ids[RAIN]}/proposals/new?change=closed"
    form = {**form_of(head, address), "reason": "毕业", "evidence": "毕1"}
    answers = [head.client.post(address, data=form) for _ in range(2)]
    assert [each.status_code for each in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    other = head.client.post(address, data={**form, "evidence": "毕2"})
    assert other.status_code == 409 and "已经保存过一次" in other.text


def test_a_strange_change_is_no_page(signed_in: SignIn, ids: dict[str, str]):
    for change in ("", "watch", "x"):
        signed_in(HEAD_1).get(f"/cases/{ids[RAIN]}/proposals/new?change={change}", 404)
