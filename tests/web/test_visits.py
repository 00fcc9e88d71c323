"""记家访: filled in as far as known, faults at their fields, nothing typed is lost, both versions shown."""

import re
from collections.abc import Callable, Iterator

import pytest
from werkzeug.datastructures import MultiDict

from tests.support.county import County
from tests.support.field import TEACH_1, TEACH_2, county_at_work
from tests.web.conftest import Wall
from tests.web.pages import Visitor
from tests.web.small_county import CHIEF, HILL, MAYOR, PASSWORD, RAIN

SignIn = Callable[[str], Visitor]
TALK = "和奶奶谈了半小时，孩子在家带弟弟"
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def county(sqlite_url: str) -> Iterator[County]:
    """A county of one's own, with people in the field."""
    with county_at_work(sqlite_url) as county:
        yield county


def fields(visitor: Visitor, address: str) -> MultiDict[str, str]:
    """The form of a page as a browser would send it untouched."""
    text = visitor.client.get(address).text
    form = text[text.index('<form class="visit-form"') : text.index('class="save-bar"')]
    found: MultiDict[str, str] = MultiDict()
    for tag in re.findall(r"<input[^>]*>", form):
        values = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if values.get("type") not in ("radio", "checkbox") or " checked" in tag:
            found.add(values["name"], values.get("value", ""))
    for name, words in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>([^<]*)</textarea>', form):
        found.add(name, words)
    return found


def filled(visitor: Visitor, address: str, **more: str) -> MultiDict[str, str]:
    form = fields(visitor, address)
    for name, value in {"met": "家长", "outcome": "犹豫", "talk": TALK, **more}.items():
        form.setlist(name, [value] if value else [])
    return form


def test_the_form_knows_the_time_the_place_and_the_people(signed_in: SignIn, ids: dict[str, str]):
    address = f"/children/{ids[RAIN]}/visits/new"
    visitor = signed_in(TEACH_1)
    page, form = visitor.get(address), fields(visitor, address)
    assert (form["on"], form["start"], form["mode"], form["place"]) == (
        "2026-10-09", "15:00", "上门", "石桥村家里",
    )  # fmt: skip
    assert form.getlist("people") == ["何班青/班主任/第一小学"]
    for other in ("温若谷 校长 · 第一小学", "韦彩莲 村长 · 石桥村"):
        assert other in page.text
    assert "卢远山" not in page.text


def test_a_visit_is_saved_and_shown(signed_in: SignIn, ids: dict[str, str]):
    visitor, address = signed_in(TEACH_1), f"/children/{ids[RAIN]}/visits/new"
    form = filled(visitor, address, outcome="约定日期", agreed_on="2026-10-12", others="王大山/组长/石桥村")
    answer = visitor.client.post(address, data=form)
    assert answer.status_code == 303
    page = visitor.get(answer.location)
    for words in (
        "已保存，辛苦了",
        "上门家访，见到家长，结果：约定日期，约定2026年10月12日",
        TALK,
        "王大山/组长/石桥村",
    ):
        assert words in page.text
    assert "约好10月12日" not in visitor.get("/students").text  # 已复学: nothing is waited for
    assert TALK in visitor.get(f"/cases/{ids[RAIN]}").text


def test_sent_twice_is_saved_once(signed_in: SignIn, ids: dict[str, str]):
    visitor, address = signed_in(TEACH_1), f"/children/{ids[RAIN]}/visits/new"
    form = filled(visitor, address)
    first, second = (visitor.client.post(address, data=form) for _ in range(2))
    assert first.location == second.location
    assert visitor.get(f"/cases/{ids[RAIN]}").text.count(TALK) == 1
    form["talk"] = "又想起一句"
    page = visitor.read(visitor.client.post(address, data=form), 409)
    assert "已经保存过一次" in page.text
    assert "又想起一句" in page.text


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"on": ""}, "请选择日期"),
        ({"on": "2026-10-10"}, "这一天还没到"),
        ({"start": ""}, "请填写开始时间"),
        ({"end": "14:00"}, "结束时间早于开始时间"),
        ({"mode": "飞鸽"}, "请选择是上门还是电话"),
        ({"people": ""}, "请勾选或写上谁去的"),
        ({"met": ""}, "请选择见到了谁"),
        ({"outcome": ""}, "请选择这次的结果"),
        ({"outcome": "约定日期"}, "约好哪天回校？请填日期"),
        ({"outcome": "约定日期", "agreed_on": "2026-10-01"}, "约好的日期早于家访那天"),
        ({"on": "2015-01-01"}, "早于该生出生日期"),
    ],
    ids=lambda each: next(iter(each.items())) if isinstance(each, dict) else "",
)
def test_a_fault_is_said_at_its_field_and_what_was_typed_stays(
    signed_in: SignIn, ids: dict[str, str], wrong: dict[str, str], says: str
):
    visitor, address = signed_in(TEACH_1), f"/children/{ids[RAIN]}/visits/new"
    page = visitor.read(visitor.client.post(address, data=filled(visitor, address, **wrong)), 400)
    assert says in page.text
    assert TALK in page.text


def test_nobody_and_somebody_cannot_both_be_met(signed_in: SignIn, ids: dict[str, str]):
    visitor, address = signed_in(TEACH_1), f"/children/{ids[RAIN]}/visits/new"
    form = filled(visitor, address)
    form.setlist("met", ["家长", "无人"])
    assert "就不能再选别人" in visitor.read(visitor.client.post(address, data=form), 400).text


@pytest.mark.parametrize("login", [CHIEF, MAYOR])
def test_village_and_township_have_the_form_too(signed_in: SignIn, ids: dict[str, str], login: str):
    visitor, address = signed_in(login), f"/children/{ids[RAIN]}/visits/new"
    assert visitor.client.post(address, data=filled(visitor, address)).status_code == 303


def test_another_class_and_no_child_are_answered_alike(signed_in: SignIn, ids: dict[str, str]):
    visitor = signed_in(TEACH_1)
    answers = {visitor.get(f"/children/{child}/visits/new", 404).text for child in (ids[HILL], "0" * 32)}
    assert len(answers) == 1
    own = filled(visitor, f"/children/{ids[RAIN]}/visits/new")
    assert visitor.client.post(f"/children/{ids[HILL]}/visits/new", data=own).status_code == 404
    visitor.get(f"/children/{ids[HILL]}/visits/2", 404)
    visitor.get(f"/children/{ids[RAIN]}/visits/999", 404)


def test_a_correction_says_why_and_both_versions_stay(signed_in: SignIn, ids: dict[str, str]):
    visitor, address = signed_in(TEACH_1), f"/children/{ids[RAIN]}/visits/new"
    shown = visitor.client.post(address, data=filled(visitor, address)).location.split("?")[0]
    form = fields(visitor, f"{shown}/correct")
    assert (form["talk"], form["outcome"], form.getlist("met")) == (TALK, "犹豫", ["家长"])
    assert form.getlist("people") == ["何班青/班主任/第一小学"]
    form["outcome"] = "拒绝"
    assert "请写一句为什么要改" in visitor.read(visitor.client.post(f"{shown}/correct", data=form), 400).text
    form["reason"] = "听错了，是拒绝"
    visitor.client.post(f"{shown}/correct", data=form)
    for page in (visitor.get(shown), visitor.get(f"/cases/{ids[RAIN]}")):
        assert "上门家访，见到家长，结果：拒绝" in page.text
        assert "原登记：上门家访，见到家长，结果：犹豫" in page.text
        assert "听错了，是拒绝" in page.text


def test_a_voided_visit_is_struck_through_and_not_corrected_again(signed_in: SignIn, ids: dict[str, str]):
    visitor, address = signed_in(TEACH_1), f"/children/{ids[RAIN]}/visits/new"
    shown = visitor.client.post(address, data=filled(visitor, address)).location.split("?")[0]
    token = visitor.token(f"{shown}/correct")
    void = {"csrf_token": token, "form_id": "v1", "void_reason": ""}
    visitor.read(visitor.client.post(f"{shown}/void", data=void), 400)
    void |= {"form_id": "v2", "void_reason": "那天没有去成"}
    assert visitor.client.post(f"{shown}/void", data=void).status_code == 303
    assert "作废理由：那天没有去成" in visitor.get(shown).text
    visitor.get(f"{shown}/correct", 422)


def test_a_form_sent_after_the_sign_in_expired_comes_back_filled_in(
    signed_in: SignIn, ids: dict[str, str], wall: Wall
):
    visitor, address = signed_in(TEACH_1), f"/children/{ids[RAIN]}/visits/new"
    form = filled(visitor, address, outcome="约定日期", agreed_on="2026-10-12")
    form.add("people", "温若谷/校长/第一小学")
    wall.pass_(days=60)
    away = visitor.client.post(address, data=form, headers=OURS)
    assert "/sign-in?next=" in away.location
    token = visitor.token(away.location)
    wanted = re.search(r'name="next"[^>]*value="([^"]+)"', visitor.client.get(away.location).text)
    assert wanted
    signed = {"csrf_token": token, "login": TEACH_1, "password": PASSWORD, "next": wanted[1]}
    back = visitor.client.post("/sign-in", data=signed).location
    assert back.startswith(f"{address}?kept=")
    page, again = visitor.get(back), fields(visitor, back)
    assert "您填的内容都在下面" in page.text
    for name in ("form_id", "talk", "outcome", "agreed_on"):
        assert again[name] == form[name]
    assert again.getlist("people") == form.getlist("people")
    assert visitor.client.post(address, data=again).status_code == 303
    assert TALK in visitor.get(f"/cases/{ids[RAIN]}").text


def test_a_form_whose_own_cookie_was_lost_comes_back_filled_in(signed_in: SignIn, ids: dict[str, str]):
    visitor, address = signed_in(TEACH_1), f"/children/{ids[RAIN]}/visits/new"
    form = filled(visitor, address)
    visitor.client.delete_cookie("casework_form")
    back = visitor.client.post(address, data=form, headers=OURS).location
    assert fields(visitor, back)["talk"] == TALK


def test_a_strangers_page_puts_no_words_into_a_form(visitor: Visitor, ids: dict[str, str]):
    address = f"/children/{ids[RAIN]}/visits/new"
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}, {}):
        answer = visitor.client.post(address, data={"talk": "假话"}, headers=headers)
        assert "kept" not in (answer.location or "")


def test_what_was_kept_is_shown_to_nobody_else(signed_in: SignIn, ids: dict[str, str], wall: Wall):
    teacher, address = signed_in(TEACH_1), f"/children/{ids[RAIN]}/visits/new"
    form = filled(teacher, address)
    teacher.client.delete_cookie("casework_form")
    back = teacher.client.post(address, data=form, headers=OURS).location
    assert TALK not in signed_in(CHIEF).get(back).text
    assert TALK not in signed_in(TEACH_2).get(back, 404).text
    wall.pass_(hours=2)
    assert TALK not in teacher.get(back).text
