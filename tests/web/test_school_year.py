"""学年 pages: promotion with preview, leavers, and the children a full roster did not name."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from casework.commands import school_year
from tests.support.county import County
from tests.support.rows import JUNIOR_SCHOOL, NEAR, pupil
from tests.support.year import (
    CLERK,
    DISTRICT,
    NINE,
    OFFICE,
    clean,
    number_ids,
    standing,
    with_accounts,
    year_county,
)
from tests.web.pages import Visitor
from tests.web.small_county import PASSWORD

SignIn = Callable[[str], Visitor]


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """The county at the turn of the year, with accounts."""
    with year_county(database_url) as county:
        with_accounts(county, PASSWORD)
        yield county


def form_of(visitor: Visitor, address: str, action: str) -> dict[str, Any]:
    """The fields of a page's form as a browser would send them: hidden ones and those chosen."""
    text = visitor.client.get(address).text
    form = next(
        part for part in re.findall(r"<form[^>]*>.*?</form>", text, re.DOTALL) if f'action="{action}"' in part
    )
    fields: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        named = dict(re.findall(r'(\w+)="([^"]*)"', tag.replace("&#34;", '"')))
        if named.get("type") in ("radio", "checkbox") and " checked" not in tag:
            continue
        name = re.search(r'name="([^"]+)"', tag)
        if name:
            fields.setdefault(name[1], []).append(named.get("value", ""))
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = [chosen[1] if chosen else ""]
    return fields


def send(visitor: Visitor, page: str, action: str, status: Any = 303, **more: Any) -> Any:
    """Fills in a page's form and sends it; the page it leads to, or the answer with this status."""
    fields = {**form_of(visitor, page, action), **more}
    answer = visitor.client.post(action, data=fields)
    assert answer.status_code == status, answer.text[:3000]
    return visitor.get(answer.location) if status == 303 else visitor.read(answer, status)


PROMOTION = "/school-year/promotion"


def test_the_office_sees_its_four_tasks_and_the_county_every_school(signed_in: SignIn):
    page = signed_in(OFFICE).get("/school-year")
    assert f"/school-year/promotion?school={NEAR}" in page.links
    assert "未升级" in page.text
    page = signed_in(CLERK).get("/school-year")
    assert {"近小", "中学", "一贯校"} <= {row[0] for row in page.rows if row}
    assert "0/4" in page.text
    page = signed_in(DISTRICT).get("/school-year")
    assert "远小" not in page.text


def test_the_preview_is_applied_and_a_second_time_changes_nothing(county: County, signed_in: SignIn):
    visitor = signed_in(OFFICE)
    page = visitor.get(PROMOTION)
    assert ["四年级1班", "2 人", "五年级1班"] in page.rows
    assert ["六年级1班", "1 人", "小学毕业离校"] in page.rows
    assert "没有居住地" in page.text
    assert "仍留本校名下" in page.text
    before = form_of(visitor, PROMOTION, PROMOTION)
    page = send(visitor, PROMOTION, PROMOTION)
    assert "已升级：升级 2 人，小学毕业离校 1 人" in page.text
    assert standing(county, "G1")[2] == "五年级"
    again = visitor.client.post(PROMOTION, data={**before, "form_id": ["another"]})
    assert "这次没有改动任何学生" in visitor.get(again.location).text
    assert standing(county, "G1")[2] == "五年级"
    clean(county)


def test_who_is_asked_about_stays_or_goes(county: County, signed_in: SignIn):
    address = f"{PROMOTION}?school={NINE}"
    child = number_ids(county)["N3"]
    visitor = signed_in(CLERK)
    assert form_of(visitor, address, PROMOTION)[f"stay-{child}"] == ["yes"]
    send(visitor, address, PROMOTION, **{f"stay-{child}": "no"})
    assert standing(county, "N3")[2] == "二年级"


def test_a_stale_preview_is_shown_anew(county: County, signed_in: SignIn):
    visitor = signed_in(OFFICE)
    fields = form_of(visitor, PROMOTION, PROMOTION)
    county.take("roster", [pupil("G8", 变动日期="2026-04-01")])
    page = visitor.read(visitor.client.post(PROMOTION, data=fields), 409)
    assert "请重新核对预览" in page.text
    assert ["四年级1班", "3 人", "五年级1班"] in page.rows


def test_a_promotion_cut_short_is_offered_to_go_on(
    county: County, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
):
    visitor = signed_in(OFFICE)
    fields = form_of(visitor, PROMOTION, PROMOTION)
    monkeypatch.setattr(school_year, "FILES_AT_ONCE", 1)
    done, do = 0, county.casework.do

    def killed(*args: Any, **more: Any) -> Any:
        nonlocal done
        done += 1
        if done > 2:
            raise KeyboardInterrupt
        return do(*args, **more)

    monkeypatch.setattr(county.casework, "do", killed)
    with pytest.raises(KeyboardInterrupt):
        visitor.client.post(PROMOTION, data=fields)
    monkeypatch.setattr(county.casework, "do", do)
    assert "升级办理到一半（1 名已办）" in visitor.get(PROMOTION).text
    assert "已升级：升级 2 人，小学毕业离校 1 人" in send(visitor, PROMOTION, PROMOTION).text
    clean(county)


def test_a_leaver_is_put_down_to_be_verified(county: County, signed_in: SignIn):
    visitor = signed_in(OFFICE)
    send(visitor, PROMOTION, PROMOTION)
    page = visitor.get("/school-year/leavers")
    assert "1 名待核查" in page.text
    assert "小学毕业后没有初中接收" in visitor.get("/").text
    page = send(visitor, "/school-year/leavers", "/school-year/leavers", words="没联系上")
    assert "已列为待核查" in page.text
    assert "0 名待核查" in page.text
    clerk = signed_in(CLERK)
    child = number_ids(county)["G3"]
    assert f"/cases/{child}" in clerk.get("/school-year/leavers").links
    assert "没联系上" in clerk.get(f"/cases/{child}").text


FULL = "/school-year/unnamed"


def full_roster(county: County) -> None:
    county.take("roster", [pupil("G2"), pupil("G3", 年级="六年级", 出生日期="2014-03-01")], full=True)


def test_children_a_full_roster_does_not_name_are_explained_one_by_one_or_together(
    county: County, signed_in: SignIn
):
    full_roster(county)
    visitor, ids = signed_in(OFFICE), number_ids(county)
    assert "名学生全员花名册没有点到，还没有说明去向" in visitor.get("/").text
    page = visitor.get(FULL)
    assert "3 名待说明" in page.text
    assert "先勾选" in send(visitor, FULL, FULL, 400, explained="外出").text
    assert "写明去了哪里" in send(visitor, FULL, FULL, 400, child=[ids["G1"]], explained="转学").text
    page = send(visitor, FULL, FULL, child=[ids["G1"], ids["G5"]], explained="转学", destination="外省小学")
    assert "1 名待说明" in page.text
    assert "转学：外省小学" in page.text
    page = send(visitor, FULL, FULL, child=[ids["G4"]], explained="疑似", note="家长不接电话")
    assert f"/cases/{ids['G4']}/status/new?change=suspected" in page.links
    assert "还没说明去向的学生" not in visitor.get("/").text
    assert standing(county, "G1")[0] == NEAR
    assert "没有待说明的学生" in signed_in(CLERK).get(FULL).text


def test_the_same_full_roster_again_asks_nothing_new_and_a_child_named_again_is_off_the_list(
    county: County, signed_in: SignIn
):
    full_roster(county)
    with county.casework.reading() as reading:
        k = reading.snapshot.k
    full_roster(county)
    with county.casework.reading() as reading:
        assert reading.snapshot.k == k
    county.take("roster", [pupil("G1"), pupil("G2")], full=True)
    page = signed_in(OFFICE).get(FULL)
    assert "学生G1" not in page.text
    assert "3 名待说明" in page.text


def test_two_who_explain_at_once_are_told(county: County, signed_in: SignIn):
    full_roster(county)
    office, clerk, child = signed_in(OFFICE), signed_in(CLERK), number_ids(county)["G1"]
    fields = {
        **form_of(office, FULL, FULL),
        "child": [child],
        "explained": "外出",
        "destination": "广东",
    }
    send(clerk, f"{FULL}?school={NEAR}", FULL, child=[child], explained="毕业")
    assert "刚有人说明了" in office.read(office.client.post(FULL, data=fields), 409).text


@pytest.mark.parametrize(
    "address", [PROMOTION, FULL, "/school-year", "/school-year/leavers", "/school-year/roll-call"]
)
def test_another_school_is_answered_as_none(signed_in: SignIn, address: str):
    for school in (JUNIOR_SCHOOL, "nichts"):
        signed_in(OFFICE).get(f"{address}?school={school}", 404)
