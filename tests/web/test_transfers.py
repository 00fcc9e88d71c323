"""转学 pages: asked, released, accepted; each side sees its part, a stale form shows both versions."""

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from casework.store.read_log import TRANSFER_ASKED, read_log
from casework.web import create_app
from tests.support.county import County
from tests.support.field import TEACH_1, field_county, ids_of
from tests.web.conftest import SETTINGS, Wall
from tests.web.pages import StrictPage, Visitor
from tests.web.small_county import CALM, CLERK, HEAD_1, HEAD_2, HILL, INSPECTOR, NAMES, PASSWORD, RAIN

SignIn = Callable[[str], Visitor]


@pytest.fixture
def own(database_url: str) -> Iterator[County]:
    """A county of one's own, with the accounts of the small county."""
    with field_county(database_url) as county:
        for login, name in {**NAMES, TEACH_1: "何班青"}.items():
            county.casework.accounts.make(login, name, PASSWORD, now=Wall().now)
        yield county


@pytest.fixture
def enter(own: County) -> SignIn:
    """Signs a login in."""
    app: Flask = create_app(own.casework, SETTINGS, wall=Wall())

    def sign_in(login: str) -> Visitor:
        visitor = Visitor(app.test_client())
        assert visitor.sign_in(login, PASSWORD).status_code == 302
        return visitor

    return sign_in


def send(visitor: Visitor, page: str, act: str, status: int = 303, **typed: str) -> StrictPage | str:
    """Fills in one form of a transfer's page and sends it; where it leads, or the page with its faults."""
    text = visitor.client.get(page).text
    hidden = dict(re.findall(rf'name="({act}-(?:form_id|seen|school))" value="([^"]*)"', text))
    form = {
        "csrf_token": visitor.token(page),
        **hidden,
        f"{act}-on": "2026-10-09",
        **{f"{act}-{name}": value for name, value in typed.items()},
    }
    answer = visitor.client.post(f"{page}/{act}", data=form)
    assert answer.status_code == status, (answer.status_code, answer.text[:1500])
    return visitor.read(answer, status) if status != 303 else answer.headers["Location"]


def ask(visitor: Visitor, status: int = 303, **typed: str) -> StrictPage | None:
    page = "/transfers/ask"
    form_id = re.search(r'name="form_id" value="(\w+)"', visitor.client.get(page).text)
    assert form_id
    form = {"csrf_token": visitor.token(page), "form_id": form_id[1], "cert_type": "居民身份证", **typed}
    answer = visitor.client.post(page, data=form)
    assert answer.status_code == status, answer.text[:1500]
    return visitor.read(answer, status) if status != 303 else None


def test_asked_released_accepted(own: County, enter: SignIn):
    page = f"/cases/{ids_of(own)[RAIN]}/transfer"
    second, first = enter(HEAD_2), enter(HEAD_1)
    assert second.client.get(page).status_code == 404
    ask(second, student_no="G20260001", why="家已搬来")
    assert "学籍号 G20260001" in second.get("/transfers?done=asked").text
    assert "1 项转入申请等您答复" in first.get("/").text
    assert RAIN in first.get("/transfers?view=out").text
    shown = first.get(page)
    assert "第二初中" in shown.text and "对方说：家已搬来" in shown.text
    assert "答复转入申请" in first.get(page.removesuffix("/transfer")).text
    assert send(first, page, "agree") == "/transfers?view=out&done=agree"
    assert "1 名学生转来，等您接收" in second.get("/").text
    assert "原学校已同意" in second.get("/transfers").text
    both = second.get(page)
    assert "第一小学" in both.text and "第二初中" in both.text and "已复学" in both.text
    assert "转学办理中：第一小学 → 第二初中" in first.get(page.removesuffix("/transfer")).text
    send(second, page, "accept", grade="四年级", klass="3班")
    case = second.get(page.removesuffix("/transfer"))
    assert "第二初中 四年级3班" in case.text
    assert first.client.get(page).status_code == 404


def test_what_was_not_found_is_answered_like_what_was(own: County, enter: SignIn):
    second = enter(HEAD_2)
    seen = []
    for number in ("G20260001", "G20269999"):
        ask(second, student_no=number)
        page = second.get("/transfers?done=asked").text
        seen.append(page.replace(number, "…"))
    assert seen[1].count("等原学校答复") == 2 and seen[0].count("等原学校答复") == 1
    with own.casework.reading() as reading:
        rows = reading.snapshot.conn.execute(read_log.select().where(read_log.c.what == TRANSFER_ASKED))
        assert [(row.account, row.child_id, row.detail) for row in rows] == [(HEAD_2, "", "S2")] * 2


def test_a_form_with_faults_comes_back_as_typed(own: County, enter: SignIn):
    first, page = enter(HEAD_1), f"/cases/{ids_of(own)[RAIN]}/transfer"
    shown = ask(first, 400, name="张三")
    assert shown and "请填学籍号或证件号" in shown.text
    back = send(first, page, "release", 400, why="随父母迁居")
    assert isinstance(back, StrictPage)
    assert "请选择接收学校" in back.text and "随父母迁居" in back.text
    late = send(first, page, "release", 400, school="S2", on="2027-01-01")
    assert isinstance(late, StrictPage) and "这一天还没到" in late.text


def test_a_stale_form_shows_both_versions(own: County, enter: SignIn):
    first, page = enter(HEAD_1), f"/cases/{ids_of(own)[RAIN]}/transfer"
    second, seen = enter(HEAD_2), first.client.get(page).text
    version = re.search(r'name="release-seen" value="(\d+)"', seen)
    assert version
    ask(second, student_no="G20260001")
    both = send(first, page, "release", 409, school="S2", seen=version[1])
    assert isinstance(both, StrictPage)
    assert "此个案已被他人更新" in both.text and "有学校申请转入" in both.text


def test_children_out_of_school_lead_to_the_return_at_the_new_school(own: County, enter: SignIn):
    first, second = enter(HEAD_1), enter(HEAD_2)
    child = ids_of(own)[HILL]
    ask(first, student_no="G20260002")
    shown = second.get(f"/cases/{child}/transfer")
    assert "现在不能办转学" in shown.text
    address = f"/cases/{child}/status/new?change=returned&school=S1"
    assert address in shown.links
    assert re.search(r'value="S1"[^>]*(selected|checked)', second.client.get(address).text)


def test_a_child_without_a_status_is_agreed_to_in_one_step(own: County, enter: SignIn):
    first, second = enter(HEAD_1), enter(HEAD_2)
    page = f"/cases/{ids_of(own)[CALM]}/transfer"
    assert "请接收学校在“转学”页申请" in second.get(page).text
    ask(first, student_no="G20260004")
    send(second, page, "agree")
    assert "已同意，学生已转来" in first.get("/transfers").text
    assert "第一小学" in first.get(page.removesuffix("/transfer")).text


def test_declined_and_withdrawn_askings(own: County, enter: SignIn):
    first, second = enter(HEAD_1), enter(HEAD_2)
    page = f"/cases/{ids_of(own)[RAIN]}/transfer"
    ask(second, student_no="G20260001")
    send(first, page, "decline", why="家长没有提出")
    assert "原学校没有同意：家长没有提出" in second.get("/transfers").text
    ask(second, student_no="G20260001")
    address = re.search(r'action="(/transfers/\w{32}/withdraw)"', second.client.get("/transfers").text)
    assert address
    sent = {"csrf_token": second.token("/transfers")}
    assert second.client.post(address[1], data=sent).status_code == 303
    assert first.client.post(address[1], data={"csrf_token": first.token("/transfers")}).status_code == 404
    assert "没有等待答复的申请" in first.get("/transfers?view=out").text


def test_out_of_the_county_the_closing_takes_a_second_person(own: County, enter: SignIn):
    first, page = enter(HEAD_1), f"/cases/{ids_of(own)[RAIN]}/transfer"
    send(first, page, "release", destination="江州市第三小学", school="")
    shown = first.get(page)
    assert "江州市第三小学" in shown.text
    closing = next(link for link in shown.links if "proposals/new?change=closed" in link)
    assert re.search(r'value="转学已接收"[^>]*checked', first.client.get(closing).text)
    send(first, page, "withdraw", why="不去了")
    assert "办转学" in first.get(page.removesuffix("/transfer")).text


@pytest.mark.parametrize("login", [INSPECTOR, TEACH_1])
def test_posts_without_the_right_are_refused(own: County, enter: SignIn, login: str):
    enter(login).get("/transfers", 403)


def test_the_county_sees_every_transfer_but_answers_for_no_school_by_duty(own: County, enter: SignIn):
    clerk = enter(CLERK)
    ask(enter(HEAD_2), student_no="G20260001")
    assert "等您答复" not in clerk.get("/").text
    assert RAIN in clerk.get("/transfers?view=out").text
    assert "哪所学校接收" in clerk.get("/transfers/ask").text
