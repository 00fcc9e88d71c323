"""Finding one child: by name, spelling or whole number, and only within reach."""

from collections.abc import Callable

import pytest

from tests.web.pages import Visitor
from tests.web.small_county import CALM, CLERK, HEAD_1, HEAD_2, HILL, INSPECTOR, MOON, RAIN, TEACHER

SignedIn = Callable[[str], Visitor]
Ids = dict[str, str]


def ask(visitor: Visitor, text: str) -> tuple[str, str]:
    """(address it leads to, text of the page) of what is typed in the header."""
    form = {"csrf_token": visitor.token("/search"), "q": text}
    response = visitor.client.post("/search", data=form)
    location = response.headers.get("Location", "")
    return location, "" if location else visitor.read(response).text


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("张", {RAIN}),
        ("张小", {RAIN}),
        ("zhangx", {RAIN}),
        ("ZXY", {RAIN}),
        ("zhang xiao", {RAIN}),
        ("小雨", set()),
        ("w", {MOON}),
        ("l", {HILL}),
    ],
)
def test_the_beginning_of_a_name_in_any_spelling(signed_in: SignedIn, typed: str, found: set[str]):
    page = signed_in(CLERK).get(f"/search?q={typed}").text
    assert {name for name in (RAIN, HILL, MOON, CALM) if name in page} == found


def test_a_name_goes_on_as_an_address_and_a_number_never(signed_in: SignedIn, ids: Ids):
    visitor = signed_in(CLERK)
    assert ask(visitor, "李")[0] == "/search?q=李" or "%E6%9D%8E" in ask(visitor, "李")[0]
    assert ask(visitor, "G20260002")[0] == f"/cases/{ids[HILL]}"
    assert ask(visitor, "990126201305060001")[0] == f"/cases/{ids[RAIN]}"


@pytest.mark.parametrize("part", ["G2026000", "99012620130506", "9901262013050600011"])
def test_a_number_is_found_only_when_it_is_whole(signed_in: SignedIn, part: str):
    location, page = ask(signed_in(CLERK), part)
    assert not location and "没有找到" in page


def test_who_is_elsewhere_is_not_found_like_who_does_not_exist(signed_in: SignedIn):
    visitor = signed_in(HEAD_1)
    elsewhere, nobody = (visitor.get(f"/search?q={name}").text for name in (HILL, "李无人"))
    assert elsewhere.replace(HILL, "李无人") == nobody
    _, by_number = ask(visitor, "G20260002")
    _, unknown = ask(visitor, "G20269999")
    assert by_number.replace("G20260002", "G20269999") == unknown


def test_results_stand_by_school_with_their_status(signed_in: SignedIn):
    page = signed_in(HEAD_2).get("/search?q=李").text
    assert "第二初中 1 人" in page and f"{HILL} 女 辍学" in page
    assert f"{CALM} 女 在籍在校" in signed_in(HEAD_2).get("/search?q=za").text


def test_a_pattern_is_no_wildcard(signed_in: SignedIn):
    assert "没有找到" in signed_in(CLERK).get("/search?q=%25").text
    assert "没有找到" in signed_in(CLERK).get("/search?q=_").text


def test_nothing_typed_finds_nothing(signed_in: SignedIn):
    assert "请输入姓名或号码" in signed_in(CLERK).get("/search").text


@pytest.mark.parametrize("login", [INSPECTOR, TEACHER])
def test_masked_posts_and_those_of_single_children_have_no_search(signed_in: SignedIn, login: str):
    visitor = signed_in(login)
    visitor.get("/search?q=张", status=403)
    assert "找学生" not in visitor.get("/").text
