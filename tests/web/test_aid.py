"""资助 pages: a grant is entered, corrected and reversed on the case; the ledger of a term adds up."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from casework.web import create_app
from tests.support.county import County
from tests.support.field import field_county, ids_of
from tests.web.conftest import SETTINGS, Wall
from tests.web.pages import StrictPage, Visitor
from tests.web.small_county import CALM, CLERK, HEAD_1, HEAD_2, MAYOR, NAMES, PASSWORD, RAIN

SignIn = Callable[[str], Visitor]
GIVEN: dict[str, Any] = {
    "year": "2026-2027", "term": "秋", "programme": "living_boarder", "kind": "given",
    "amount": "625.50", "on": "2026-10-08", "voucher": "农商行-7", "way": "银行卡",
}  # fmt: skip


@pytest.fixture
def own(database_url: str) -> Iterator[County]:
    """A county of one's own, with the accounts of the small county."""
    with field_county(database_url) as county:
        for login, name in NAMES.items():
            county.casework.accounts.make(login, name, PASSWORD, now=Wall().now)
        yield county


@pytest.fixture
def enter(own: County) -> SignIn:
    """Signs a login in."""
    app = create_app(own.casework, SETTINGS, wall=Wall())

    def sign_in(login: str) -> Visitor:
        visitor = Visitor(app.test_client())
        assert visitor.sign_in(login, PASSWORD).status_code == 302
        return visitor

    return sign_in


def send(visitor: Visitor, page: str, status: int = 303, **typed: str) -> StrictPage | None:
    """Fills in the form at an address and sends it."""
    text = visitor.client.get(page).text
    hidden = dict(re.findall(r'name="(form_id|written)" value="([^"]*)"', text))
    answer = visitor.client.post(page, data={"csrf_token": visitor.token(page), **hidden, **typed})
    assert answer.status_code == status, answer.text[:1500]
    return visitor.read(answer, status) if status != 303 else None


def test_a_grant_is_entered_corrected_and_reversed(own: County, enter: SignIn):
    head, case = enter(HEAD_1), f"/cases/{ids_of(own)[RAIN]}"
    send(head, f"{case}/aid/new", **GIVEN)
    shown = head.get(f"{case}?saved=aid")
    assert "发放资助 625.50 元（义务教育寄宿生生活补助），2026-2027 学年秋季学期，银行卡" in shown.text
    assert "资助已登记" in shown.text
    correct = next(link for link in shown.links if link.endswith("/correct") and "/aid/" in link)
    assert 'value="625.50"' in head.client.get(correct).text
    send(head, correct, **{**GIVEN, "amount": "500"}, reason="金额记错")
    assert "发放资助 500.00 元" in head.get(case).text
    reverse = {"csrf_token": head.token(correct), "void_reason": "卡号错，退回", "form_id": "r1"}
    assert head.client.post(correct.replace("/correct", "/reverse"), data=reverse).status_code == 303
    assert "作废理由：卡号错，退回" in head.get(case).text
    head.get(correct, 422)
    assert "已发放 0 笔" in head.get("/aid").text


def test_a_form_with_faults_comes_back_as_typed(own: County, enter: SignIn):
    head, page = enter(HEAD_1), f"/cases/{ids_of(own)[RAIN]}/aid/new"
    wrong = send(head, page, 400, **{**GIVEN, "amount": "625.555", "year": "2026", "on": "2027-01-01"})
    assert (
        wrong and "小数超过两位" in wrong.text and "学年应写成" in wrong.text and "这一天还没到" in wrong.text
    )
    none = send(head, page, 400, **{**GIVEN, "kind": "none"})
    assert none and "请写为什么没有发放" in none.text
    unknown = send(head, page, 400, **{**GIVEN, "programme": "breakfast"})
    assert unknown and "没有代码为“breakfast”的资助项目，可填：" in unknown.text


def test_the_same_grant_again_is_refused_and_the_same_form_is_one_grant(own: County, enter: SignIn):
    head, page = enter(HEAD_1), f"/cases/{ids_of(own)[RAIN]}/aid/new"
    once = {"csrf_token": head.token(page), "form_id": "one", **GIVEN}
    assert [head.client.post(page, data=once).status_code for _ in range(2)] == [303, 303]
    assert "已发放 1 笔，共 625.50 元" in head.get("/aid").text
    other = send(head, page, 422, **{**GIVEN, "amount": "1"})
    assert other and "已有一笔" in other.text


def test_the_ledger_adds_up_by_programme_school_and_term(own: County, enter: SignIn):
    head, second, clerk = enter(HEAD_1), enter(HEAD_2), enter(CLERK)
    children = ids_of(own)
    send(head, f"/cases/{children[RAIN]}/aid/new", **GIVEN)
    send(second, f"/cases/{children[CALM]}/aid/new", **{**GIVEN, "amount": "1000"})
    send(second, f"/cases/{children[CALM]}/aid/new", **{**GIVEN, "programme": "nutrition", "amount": "8"})
    whole = clerk.get("/aid")
    assert "已发放 3 笔，共 1,633.50 元" in whole.text and "义务教育寄宿生生活补助" in whole.text
    assert "已发放 2 笔，共 1,008.00 元" in clerk.get("/aid?school=S2").text
    assert "已发放 0 笔" in clerk.get("/aid?when=2025-2026+春").text
    assert CALM not in head.get("/aid").text
    assert CALM not in clerk.get("/aid?programme=living_day").text
    book = clerk.client.get("/aid.xlsx?school=S2").data
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        text = "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))
    assert CALM in text and RAIN not in text and "1000" in text


def test_reasons_for_none_are_listed_until_a_payment_comes(own: County, enter: SignIn):
    head, page = enter(HEAD_1), f"/cases/{ids_of(own)[RAIN]}/aid/new"
    send(head, page, **{**GIVEN, "kind": "none", "unpaid": "家长说不要这个钱"})
    listed = head.get("/aid?view=unpaid")
    assert RAIN in listed.text and "其他" in listed.text
    assert "具体原因家长说不要这个钱" in head.get(f"/cases/{ids_of(own)[RAIN]}").text
    send(head, page, **GIVEN)
    assert "没有未资助的记录" in head.get("/aid?view=unpaid").text


def test_children_in_hardship_without_any_word_are_named(own: County, enter: SignIn):
    row = {"姓名": RAIN, "性别": "女", "出生日期": "2016-05-06", "学籍号": "G20260001"}
    own.take("roster", [{**row, "学段": "", "困难认定等级": "困难"}])
    head = enter(HEAD_1)
    named = head.get("/aid?view=missing")
    assert RAIN in named.text and "困难，留守儿童" in named.text
    send(head, f"/cases/{ids_of(own)[RAIN]}/aid/new", **GIVEN)
    assert RAIN not in head.get("/aid?view=missing").text


def test_who_may_not(own: County, enter: SignIn):
    enter(MAYOR).get("/aid", 403)
    head = enter(HEAD_1)
    head.get(f"/cases/{ids_of(own)[CALM]}/aid/new", 404)
    head.get("/aid?school=S2", 404)
