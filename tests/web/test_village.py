"""本村孩子: one tap a child, progress, leads with possible duplicates shown before; nobody else's village."""

from collections.abc import Callable, Iterator

import pytest

from tests.support.county import County
from tests.support.field import CHIEF_2, TEACH_1, county_at_work, ids_of
from tests.web.pages import Visitor
from tests.web.small_county import CALM, CHIEF, HILL, MOON, RAIN

SignIn = Callable[[str], Visitor]


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """A county of one's own, with people in the field."""
    with county_at_work(database_url) as county:
        yield county


def tap(visitor: Visitor, child: str, found: str, **more: str) -> str:
    """One tap; where it leads."""
    form = {"csrf_token": visitor.token("/village"), "child_id": child, "found": found, **more}
    answer = visitor.client.post("/village/confirm", data=form)
    assert answer.status_code == 303, answer.text
    return answer.location


def test_the_first_page_of_a_village_head_leads_to_the_village(signed_in: SignIn):
    assert "/village" in signed_in(CHIEF).get("/").links


def test_the_children_of_school_age_of_the_village_wait_to_be_confirmed(signed_in: SignIn):
    page = signed_in(CHIEF).get("/village")
    assert "0/2 确认" in page.text
    assert RAIN in page.text
    assert CALM in page.text
    assert HILL not in page.text
    assert MOON not in page.text


def test_a_tap_counts_and_says_who_said_it_when(signed_in: SignIn, ids: dict[str, str]):
    visitor = signed_in(CHIEF)
    page = visitor.get(tap(visitor, ids[CALM], "away", place="广东东莞", which="waiting"))
    assert "1/2 确认" in page.text
    assert "10月9日 韦彩莲：外出，广东东莞" in page.text
    waiting, done = visitor.get("/village"), visitor.get("/village?which=confirmed")
    assert CALM not in waiting.text
    assert RAIN not in done.text
    assert "广东东莞" in done.text


def test_a_child_nobody_saw_is_offered_as_a_lead(signed_in: SignIn, ids: dict[str, str]):
    visitor = signed_in(CHIEF)
    page = visitor.get(tap(visitor, ids[CALM], "not_seen"))
    assert f"/village/lead/{ids[CALM]}" in page.links
    assert f"/village/lead/{ids[CALM]}" not in visitor.get(tap(visitor, ids[CALM], "at_school")).links


def test_away_without_a_place_is_asked_for(signed_in: SignIn, ids: dict[str, str]):
    visitor = signed_in(CHIEF)
    form = {"csrf_token": visitor.token("/village"), "child_id": ids[CALM], "found": "away"}
    assert "去了哪里" in visitor.read(visitor.client.post("/village/confirm", data=form), 400).text


def test_a_lead_makes_the_child_to_be_verified(signed_in: SignIn, ids: dict[str, str]):
    visitor, address = signed_in(CHIEF), f"/village/lead/{ids[CALM]}"
    form = {"csrf_token": visitor.token(address), "form_id": "l1", "words": " "}
    assert "写一两句就行" in visitor.read(visitor.client.post(address, data=form), 400).text
    form["words"] = "开学后没见到，听说去了浙江"
    page = visitor.read(visitor.client.post(address, data=form, follow_redirects=True))
    assert "线索已报告，谢谢您" in page.text
    assert "待核查" in visitor.get("/village?which=all").text
    assert "听说去了浙江" in visitor.get(f"/cases/{ids[CALM]}").text


def test_a_new_child_is_asked_about_when_the_name_is_known(
    county: County, signed_in: SignIn, ids: dict[str, str]
):
    visitor, address = signed_in(CHIEF), "/village/lead"
    form = {
        "csrf_token": visitor.token(address),
        "form_id": "n1",
        "name": CALM,
        "sex": "女",
        "birth": "2013-11-02",
        "words": "在村口见到，没上学",
    }
    page = visitor.read(visitor.client.post(address, data=form))
    assert "是不是同一个" in page.text
    assert f"/village/lead/{ids[CALM]}" in page.links
    assert "在村口见到" in page.text
    visitor.client.post(address, data={**form, "sure": "1"})
    with county.casework.reading() as reading:
        from casework.projections.roster import child

        names = [row.name for row in reading.snapshot.conn.execute(child.select())]
    assert names.count(CALM) == 2


def test_an_age_stands_in_for_a_birthday_nobody_knows(county: County, signed_in: SignIn):
    visitor, address = signed_in(CHIEF), "/village/lead"
    form = {
        "csrf_token": visitor.token(address),
        "form_id": "n2",
        "name": "石小满",
        "sex": "男",
        "words": "见到",
    }
    page = visitor.read(visitor.client.post(address, data=form), 400)
    assert "请填出生日期，或在旁边填大约几岁" in page.text
    visitor.client.post(address, data={**form, "age": "8"})
    assert "石小满" in ids_of(county)
    assert "0/3 确认" in visitor.get("/village").text


def test_of_a_child_known_elsewhere_nothing_is_shown_and_nobody_is_moved(
    county: County, signed_in: SignIn, ids: dict[str, str]
):
    visitor, address = signed_in(CHIEF_2), "/village/lead"
    form = {
        "csrf_token": visitor.token(address),
        "form_id": "n3",
        "name": CALM,
        "sex": "女",
        "birth": "2013-05-06",
        "words": "见到",
    }
    page = visitor.read(visitor.client.post(address, data=form), 422)
    assert "请打电话告诉学校或乡镇" in page.text
    assert ids[CALM] not in " ".join(page.links)
    assert "第二初中" not in page.text
    assert ids_of(county) == ids
    assert CALM in signed_in(CHIEF).get("/village").text


def test_another_villages_child_is_answered_as_none(signed_in: SignIn, ids: dict[str, str]):
    visitor = signed_in(CHIEF_2)
    for child in (ids[CALM], "0" * 32):
        visitor.get(f"/village/lead/{child}", 404)
        form = {"csrf_token": visitor.token("/village/lead"), "child_id": child, "found": "at_school"}
        assert visitor.client.post("/village/confirm", data=form).status_code == 404
        assert CALM not in visitor.get(f"/village?did={child}").text


def test_a_teacher_has_no_village(signed_in: SignIn):
    visitor = signed_in(TEACH_1)
    visitor.get("/village", 403)
    visitor.get("/village/lead", 403)


def test_the_village_is_searched_by_initials(signed_in: SignIn):
    page = signed_in(CHIEF).get("/village?q=zxy")
    assert RAIN in page.text
    assert CALM not in page.text
