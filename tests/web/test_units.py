"""单位与任职: the county as a tree, mergers previewed and confirmed, postings given and ended."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.copied import filled_county
from tests.support.county import County
from tests.support.field import fill_field
from tests.web.pages import StrictPage, Visitor, untokened
from tests.web.small_county import CLERK, HEAD_1, HEAD_2, MAYOR, MOON, NAMES, PASSWORD, RAIN, TEACHER

SignedIn = Callable[[str], Visitor]
ADMIN, CLERK_2 = "guanli", "jijiao2"
MORE = {ADMIN: "管理员甲", CLERK_2: "另一人"}


def _office(login: str, post: str) -> dict[str, str]:
    who = {"登录名": login, "姓名": MORE[login], "岗位": post}
    return {**who, "单位代码": "C1", "任职日期": "2026-08-01"}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def county(request: pytest.FixtureRequest) -> Iterator[County]:
    """A small county of its own: these tests close its schools."""
    with filled_county(request.getfixturevalue(f"{request.param.removesuffix('ql')}_url"), _fill) as county:
        yield county


def _fill(county: County) -> None:
    fill_field(county)
    county.take("staff", [_office(ADMIN, "系统管理员"), _office(CLERK_2, "基教股")])
    for login, name in {**NAMES, **MORE}.items():
        county.casework.accounts.make(login, name, PASSWORD, now=datetime(2026, 10, 1, tzinfo=UTC))


def form_of(visitor: Visitor, page: str, action: str) -> dict[str, list[str]]:
    """The fields of a form as the page sends it: hidden ones, ticked boxes, values."""
    text = visitor.client.get(page).text
    part = re.search(rf'<form[^>]*method="post" action="{re.escape(action)}".*?</form>', text, re.DOTALL)
    assert part, (page, action)
    fields: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", part[0]):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or "checked" in tag) and ("radio" not in tag or "checked" in tag):
            fields.setdefault(name[1], []).append(value[1] if value else "")
    return fields


def send(visitor: Visitor, page: str, action: str, status: int = 303, **typed: str) -> StrictPage | None:
    """Sends a page's form with what is typed; the page that comes back when it is one."""
    fields = {**form_of(visitor, page, action), **{name: [value] for name, value in typed.items()}}
    answer = visitor.client.post(action, data=fields)
    assert answer.status_code == status, (answer.status_code, answer.text[:3000])
    return None if status == 303 else visitor.read(answer, status)


def test_the_tree_shows_who_answers_and_where_nobody_does(signed_in: SignedIn):
    page = signed_in(CLERK).get("/units")
    rows = {row[0].split()[0]: row for row in page.rows if len(row) == 5}
    assert "温若谷" in rows["第一小学"][4]
    assert rows["第一小学"][2] == "1"
    assert "镇长 空缺" in rows["河口乡"][4]
    vacant = signed_in(CLERK).get("/units?vacant=1")
    assert {row[0].split()[0] for row in vacant.rows[1:]} == {"试验县", "河口乡"}
    found = signed_in(CLERK).get("/units?q=石桥&kind=村")
    assert [row[0].split()[0] for row in found.rows[1:]] == ["石桥村"]
    assert "没有符合条件的单位" in signed_in(CLERK).get("/units?q=没有").text


def test_a_principal_sees_the_own_school_and_no_other(signed_in: SignedIn):
    head = signed_in(HEAD_1)
    assert head.client.get("/units").headers["Location"] == "/units/S1"
    page = head.get("/units/S1")
    assert "何班青" in page.text and "停用或合并" not in page.text
    other, nothing = head.client.get("/units/S2"), head.client.get("/units/S9")
    assert other.status_code == nothing.status_code == 404
    assert untokened(other) == untokened(nothing)
    for address in ("/units/S1/close", "/units/new"):
        head.get(address, 403)
    for login in (MAYOR, TEACHER):
        signed_in(login).get("/units", 403)


def test_a_unit_tells_its_facts_vacancies_and_history(signed_in: SignedIn, county: County):
    county.take(
        "units",
        [
            {
                "单位代码": "S1",
                "单位名称": "青山小学",
                "类型": "学校",
                "上级代码": "C1",
                "所在乡镇代码": "T1",
            }
        ],
    )
    page = signed_in(CLERK).get("/units/S1")
    assert "改名：第一小学 → 青山小学" in page.text
    assert "设立：第一小学" in page.text
    assert "空缺的岗位" not in page.text
    assert "班主任 七年级1班 空缺" not in signed_in(CLERK).get("/units/S2").text


def test_a_class_without_a_teacher_is_a_vacancy(signed_in: SignedIn, county: County):
    clerk = signed_in(CLERK)
    teacher = posting_page(clerk, "S1", "何班青")
    send(clerk, teacher, f"{teacher}/end", until="2026-10-08")
    page = clerk.get("/units/S1")
    assert "班主任 四年级1班 空缺" in page.text
    assert "以前的任职" in page.text


def posting_page(visitor: Visitor, unit: str, name: str) -> str:
    """The address of somebody's posting."""
    links = visitor.get(f"/units/{unit}").links
    postings = [link for link in links if re.search(r"/posts/[0-9a-f]{32}$", link)]
    return next(link for link in postings if name in visitor.client.get(link).text)


# ---- mergers ------------------------------------------------------------------------------------

CLOSE = "/units/S1/close"
ASKED = f"{CLOSE}?on=2026-10-09&successor=S2"


def test_a_merger_is_previewed_with_names_and_confirmed_once(signed_in: SignedIn, county: County):
    clerk = signed_in(CLERK)
    page = clerk.get(ASKED)
    assert "第一小学 → 第二初中" in page.text
    assert RAIN in page.text and MOON not in page.text
    assert "温若谷 校长 到此结束" in page.text
    fields = form_of(clerk, ASKED, CLOSE)
    for _ in range(2):
        answer = clerk.client.post(CLOSE, data=fields)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/units/S1?done=closed")
    closed = clerk.get("/units/S1?done=closed").text
    assert "2026年10月9日起停用" in closed and "停用，并入第二初中" in closed and "还有" not in closed
    assert "何班青" in clerk.get("/units/S2").text, "the class teacher went along"
    assert "第一小学并入" in clerk.get("/units/S2").text


def test_a_stale_preview_shows_the_new_numbers_and_asks_again(signed_in: SignedIn, county: County):
    clerk = signed_in(CLERK)
    fields = form_of(clerk, ASKED, CLOSE)
    theirs = posting_page(clerk, "S1", "何班青")
    send(clerk, theirs, f"{theirs}/end", until="2026-10-01")
    page = clerk.read(clerk.client.post(CLOSE, data=fields), 409)
    assert "预览之后有变化，现在是：学生 1 名，其中未销号个案 1 份，任职 2 个" in page.text
    assert "确认：第一小学并入第二初中" in page.text
    send(clerk, ASKED, CLOSE)


def test_the_second_of_two_who_close_a_school_is_told_so(signed_in: SignedIn, county: County):
    first, second = signed_in(CLERK), signed_in(CLERK_2)
    fields = form_of(second, ASKED, CLOSE)
    send(first, ASKED, CLOSE)
    page = second.read(second.client.post(CLOSE, data=fields), 409)
    assert "第一小学已登记自 2026-10-09 起停用，并入第二初中，不需要再办" in page.text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("on=2026-10-09&successor=", "名下还有 1 名学生，须填写并入单位代码"),
        ("on=2026-10-09&successor=D1", "类型与本单位不同"),
        ("on=2026-10-09&successor=S9", "没有这个并入单位"),
        ("on=2029-01-01&successor=S2", "请核对年份"),
        ("on=kein-tag&successor=S2", "请填写日期，如 2026-11-12"),
    ],
)
def test_a_preview_says_why_it_can_not_be(signed_in: SignedIn, query: str, said: str):
    page = signed_in(CLERK).get(f"{CLOSE}?{query}")
    assert said in page.text and "确认" not in page.text.split("再确认。")[1]


def test_the_administrator_merges_by_numbers_without_a_name(signed_in: SignedIn, county: County):
    page = signed_in(ADMIN).get(ASKED)
    assert "1份未销号个案随迁" in page.text and RAIN not in page.text
    send(signed_in(ADMIN), ASKED, CLOSE)


def test_a_wrong_merger_is_taken_back_from_the_page(signed_in: SignedIn, county: County):
    clerk = signed_in(CLERK)
    send(clerk, ASKED, CLOSE)
    send(clerk, "/units/S1", "/units/S1/reopen", reason="登记错了学校")
    page = clerk.get("/units/S1").text
    assert "撤销停用（原登记自2026年10月9日起停用）" in page
    assert "温若谷" in page and "何班青" not in clerk.get("/units/S2").text


def test_a_move_that_was_interrupted_is_finished_from_the_units_page(
    signed_in: SignedIn, county: County, monkeypatch: pytest.MonkeyPatch
):
    clerk = signed_in(CLERK)
    with monkeypatch.context() as killed:
        killed.setattr("casework.web.units.routes._follow", lambda code: 1)
        send(clerk, ASKED, CLOSE)
    assert "还有 1 名学生没有随迁到第二初中" in clerk.get("/units/S1").text
    send(clerk, "/units/S1", "/units/S1/follow")
    assert "还有" not in clerk.get("/units/S1").text


# ---- setting up ---------------------------------------------------------------------------------

NEW: dict[str, Any] = {
    "kind": "学校",
    "code": "S9",
    "name": "新小学",
    "parent": "D1",
    "category": "小学",
    "township": "T1",
}


def test_a_unit_is_set_up_and_what_is_wrong_stands_beside_what_was_typed(signed_in: SignedIn, county: County):
    clerk = signed_in(CLERK)
    page = send(clerk, "/units/new", "/units/new", 400, **{**NEW, "code": "学校九"})
    assert page and "只用数字、字母和横线" in page.text
    page = send(clerk, "/units/new", "/units/new", 422, **{**NEW, "code": "S2"})
    assert page and "单位代码“S2”已经用过" in page.text
    send(clerk, "/units/new", "/units/new", **NEW)
    assert "校长 空缺" in clerk.get("/units/S9").text


# ---- postings -----------------------------------------------------------------------------------

APPOINT = "/units/S1/posts/new"
PERSON: dict[str, Any] = {"post": "任课教师", "name": "新老师", "login": "xin1", "since": "2026-10-01"}


def test_a_principal_registers_a_teacher_and_ends_her_and_no_more(signed_in: SignedIn, county: County):
    head = signed_in(HEAD_1)
    send(head, APPOINT, APPOINT, **PERSON)
    theirs = posting_page(head, "S1", "新老师")
    send(head, theirs, f"{theirs}/end", until="2026-10-31")
    assert "2026年10月31日离任" in head.get("/units/S1").text
    page = send(head, APPOINT, APPOINT, 400, **{**PERSON, "post": "校长"})
    assert page
    mine = signed_in(CLERK)
    own = posting_page(mine, "S1", "温若谷")
    assert "由上级登记" in head.get(own).text
    stolen = {"until": "2026-10-31", "seen": "", "csrf_token": head.token(APPOINT)}
    assert head.client.post(f"{own}/end", data=stolen).status_code == 403
    others = posting_page(mine, "S2", "闵舒禾")
    assert head.client.post(f"{others}/end", data=stolen).status_code == 404


def test_a_hand_over_and_a_stand_in_are_one_form_each(signed_in: SignedIn, county: County):
    clerk = signed_in(CLERK)
    acting: dict[str, Any] = {
        "post": "校长",
        "manner": "acting",
        "acting_for": HEAD_1,
        "name": "代老师",
        "login": "dai1",
    }
    send(clerk, APPOINT, APPOINT, **acting, since="2026-10-01", until="2026-10-31")
    assert "代老师：离任、交接 代理 代温若谷" in clerk.get("/units/S1").text
    theirs = posting_page(clerk, "S2", "闵舒禾")
    send(clerk, theirs, f"{theirs}/hand-over", last_day="2026-10-08", name="新校长", login="xz2b")
    page = clerk.get("/units/S2").text
    assert "新校长 校长" in page.replace("：离任、交接", "") and "2026年10月9日起" in page


@pytest.mark.parametrize(
    ("part", "typed", "status", "said"),
    [
        ("end", {"until": "2026-07-31"}, 422, "离任日期 2026-07-31 早于任职日期 2026-08-01"),
        ("end", {"until": "31.7.2026"}, 400, "请填写日期，如 2026-11-12"),
        ("end", {"until": "2026-10-08", "seen": "2026-10-01"}, 409, "已被他人更新：闵舒禾现在没有离任日期"),
        ("hand-over", {"last_day": "2026-10-08", "name": "", "login": "x"}, 400, "请填写接任人姓名"),
        (
            "hand-over",
            {"last_day": "2026-10-08", "name": "闵舒禾", "login": HEAD_2},
            400,
            "接任人和现任是同一个人",
        ),
        ("void", {"reason": "错"}, 400, "请确认后再作废"),
    ],
)
def test_a_posting_form_says_what_is_wrong(
    signed_in: SignedIn, county: County, part: str, typed: dict[str, Any], status: int, said: str
):
    clerk = signed_in(CLERK)
    theirs = posting_page(clerk, "S2", "闵舒禾")
    page = send(clerk, theirs, f"{theirs}/{part}", status, **typed)
    assert page and said in page.text


def test_a_posting_registered_by_mistake_is_voided(signed_in: SignedIn, county: County):
    clerk = signed_in(CLERK)
    send(clerk, APPOINT, APPOINT, **PERSON)
    theirs = posting_page(clerk, "S1", "新老师")
    send(clerk, theirs, f"{theirs}/void", reason="登记错了人", sure="y")
    assert "新老师" not in clerk.get("/units/S1").text
    clerk.get(theirs, 404)
