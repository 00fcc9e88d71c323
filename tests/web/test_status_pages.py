"""办理 on the case page: what is offered and why the rest is not; late entries and corrections by preview."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from werkzeug.datastructures import MultiDict

from casework.domain.case_file import CaseFile
from casework.projections.case_history import history_of
from tests.support.county import County
from tests.support.field import TEACH_1, county_at_work
from tests.web.pages import Visitor
from tests.web.small_county import CALM, CLERK, HEAD_1, HILL, INSPECTOR, NAMES, PASSWORD, RAIN
from tests.web.test_visits import fields

SignIn = Callable[[str], Visitor]
Ids = dict[str, str]


@pytest.fixture
def county(sqlite_url: str) -> Iterator[County]:
    """A county of one's own; its offices have accounts too."""
    with county_at_work(sqlite_url) as county:
        for login in (CLERK, HEAD_1, INSPECTOR):
            made = datetime(2026, 10, 1, tzinfo=UTC)
            county.casework.accounts.make(login, NAMES[login], PASSWORD, now=made)
        yield county


def file_of(county: County, child: str) -> CaseFile:
    with county.casework.reading() as reading:
        return history_of(reading.snapshot, child, open_private=False).file


def filled(visitor: Visitor, address: str, **more: str) -> MultiDict[str, str]:
    form = fields(visitor, address)
    for name, value in more.items():
        form.setlist(name, [value] if value else [])
    return form


def hidden(text: str) -> MultiDict[str, str]:
    """The fields that a preview carries on."""
    form = text[text.index('<form method="post" action="/cases') :]
    return MultiDict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))


def refused_part(text: str) -> str:
    return text[text.index("现在不能办的") :]


def test_the_case_page_offers_what_fits_and_says_why_the_rest_does_not(signed_in: SignIn, ids: Ids):
    text = signed_in(HEAD_1).client.get(f"/cases/{ids[RAIN]}").text
    offered, refused = text[: text.index("现在不能办的")], refused_part(text)
    for label in ("登记疑似辍学", "登记再辍", "更新安置方式", "改为重点关注", "到校检查", "登记没来上学"):
        assert label in offered, label
    assert "现在是“已复学(巩固期)”，不能直接变为“待核查”" in refused
    text = signed_in(CLERK).client.get(f"/cases/{ids[HILL]}").text
    assert "登记复学" in text[: text.index("现在不能办的")]
    assert "已是辍学：只能复学、送教上门、缓学休学或销号" in refused_part(text)


def test_a_closed_file_is_reopened_and_a_child_at_school_taught_at_home(
    county: County, signed_in: SignIn, ids: Ids
):
    row = {"学籍号": "G20260001", "姓名": RAIN, "日期": "2026-10-08", "变化": "销号", "登记人": "温若谷"}
    county.take("status", [{**row, "销号原因": "复学稳定", "批准人": "路知遥"}])
    office, case = signed_in(HEAD_1), f"/cases/{ids[RAIN]}"
    links = office.get(case).links
    assert f"{case}/status/new?change=verifying" not in links
    assert f"{case}/status/new?change=home_teaching" in links
    address = f"{case}/status/new?change=reopened"
    assert address in links
    assert office.client.post(address, data=filled(office, address)).status_code == 303
    assert file_of(county, ids[RAIN]).status == "verifying"


def test_who_may_not_act_is_offered_nothing(signed_in: SignIn, ids: Ids):
    assert "登记疑似辍学" not in signed_in(TEACH_1).client.get(f"/cases/{ids[RAIN]}").text
    assert 'id="acts"' not in signed_in(INSPECTOR).client.get(f"/cases/{ids[RAIN]}").text


def test_an_entry_of_today_is_one_step(county: County, signed_in: SignIn, ids: Ids):
    office, address = signed_in(HEAD_1), f"/cases/{ids[RAIN]}/status/new?change=suspected"
    form = filled(office, address, causes="网瘾")
    answer = office.client.post(address, data=form)
    assert answer.status_code == 303 and answer.location.endswith("saved=status")
    page = office.get(answer.location).text
    assert (
        "状态已登记。" in page and "复学后再次离校，由“已复学(巩固期)”转为“疑似辍学”，主要原因：网瘾" in page
    )
    assert office.client.post(address, data=form).status_code == 303
    assert len(file_of(county, ids[RAIN]).entries) == 3


def test_what_is_missing_is_said_at_its_field(county: County, signed_in: SignIn, ids: Ids):
    office, address = signed_in(CLERK), f"/cases/{ids[CALM]}/status/new?change=dropped_out"
    answer = office.client.post(address, data=filled(office, address, on="", lost_type="", why="只写了这句"))
    page = office.read(answer, 400).text
    assert "请选择日期" in page and "请选择主要原因" in page and "请选择失学类型" in page
    assert "只写了这句" in page
    assert not file_of(county, ids[CALM]).entries


def test_a_late_entry_is_shown_before_it_is_saved(county: County, signed_in: SignIn, ids: Ids):
    office, address = signed_in(HEAD_1), f"/cases/{ids[RAIN]}/status/new?change=dropped_out"
    form = filled(office, address, on="2026-09-10", causes="早婚早育", lost_type="中途辍学")
    answer = office.client.post(address, data=form)
    page = office.read(answer).text
    assert "还没有保存" in page
    assert "2026年9月7日至2026年9月9日 疑似辍学" in page
    assert "2026年9月10日至2026年9月14日 辍学，早婚早育，中途辍学 变动" in page
    assert "2026年第37周" in page and "花名册" not in page
    assert len(file_of(county, ids[RAIN]).entries) == 2
    back = hidden(answer.text)
    back["step"] = "back"
    assert 'value="2026-09-10"' in office.client.post(address, data=back).text
    confirm = hidden(answer.text)
    confirm["step"] = "confirm"
    assert office.client.post(address, data=confirm).status_code == 303
    assert office.client.post(address, data=confirm).status_code == 303
    assert len(file_of(county, ids[RAIN]).entries) == 3


def test_a_late_visit_between_is_named_when_its_status_changes(signed_in: SignIn, ids: Ids):
    office = signed_in(HEAD_1)
    no = min(file_of_page(office, ids[RAIN]))
    address = f"/cases/{ids[RAIN]}/status/{no}/correct"
    answer = office.client.post(address, data=filled(office, address, on="2026-09-10", reason="记错日期"))
    page = office.read(answer).text
    assert "2026年9月8日的家访：原来在“疑似辍学”期间，改后在“未登记状态”期间" in page


def file_of_page(visitor: Visitor, child: str) -> list[int]:
    """Numbers of the status entries that the case page offers to correct."""
    text = visitor.client.get(f"/cases/{child}").text
    return [int(no) for no in re.findall(r"/status/(\d+)/correct", text)]


def test_a_correction_that_can_not_be_names_every_entry_that_no_longer_fits(
    county: County, signed_in: SignIn, ids: Ids
):
    office = signed_in(HEAD_1)
    no = min(file_of_page(office, ids[RAIN]))
    address = f"/cases/{ids[RAIN]}/status/{no}/correct?change=watch"
    answer = office.client.post(address, data=filled(office, address, reason="其实没有离校"))
    page = office.read(answer, 422)
    assert "“2026-09-15 复学”与“2026-09-07 重点关注”不相容" in page.text
    assert "确认保存" not in page.text and "返回修改" in page.text
    assert file_of(county, ids[RAIN]).status == "returned"


def test_a_void_is_previewed_and_the_child_goes_back(county: County, signed_in: SignIn, ids: Ids):
    office = signed_in(CLERK)
    child = ids["王秋月"]
    no = max(file_of_page(office, child))
    address = f"/cases/{child}/status/{no}/void"
    assert office.client.post(address, data=filled(office, address)).status_code == 400
    answer = office.client.post(address, data=filled(office, address, reason="没有回来"))
    page = office.read(answer).text
    assert "花名册：不再自2026年9月22日起在第二初中就读" in page
    assert "2026年9月9日起 疑似辍学" in page
    confirm = hidden(answer.text)
    confirm["step"] = "confirm"
    assert office.client.post(address, data=confirm).location.endswith("saved=status-voided")
    assert file_of(county, child).spans()[-1].school == "S1"


def test_a_stale_form_comes_back_with_both_versions_and_may_be_sent_again(
    county: County, signed_in: SignIn, ids: Ids
):
    mine, address = signed_in(HEAD_1), f"/cases/{ids[RAIN]}/status/new?change=dropped_out"
    form = filled(mine, address, causes="网瘾", lost_type="中途辍学", why="奶奶来电话说的")
    theirs, other = signed_in(CLERK), f"/cases/{ids[RAIN]}/status/new?change=suspected"
    assert theirs.client.post(other, data=filled(theirs, other)).status_code == 303
    answer = mine.client.post(address, data=form)
    page = mine.read(answer, 409).text
    assert "此个案已被他人更新" in page
    assert "您看到的 已复学(巩固期)，2026年9月15日起" in page.replace("您看到的已", "您看到的 已")
    assert "现在的疑似辍学，2026年10月9日起" in page.replace("现在的 ", "现在的")
    assert "路知遥（基教股，试验县）" in page and "奶奶来电话说的" in page
    again = re.search(r'name="seen" value="(\d+)"', answer.text)
    assert again
    form["seen"] = again[1]
    assert mine.client.post(address, data=form).status_code == 303
    assert file_of(county, ids[RAIN]).status == "dropped_out"


def test_what_needs_a_second_person_goes_to_the_proposals(signed_in: SignIn, ids: Ids):
    office = signed_in(CLERK)
    for change in ("closed", "deferred", "home_teaching"):
        answer = office.client.get(f"/cases/{ids[HILL]}/status/new?change={change}")
        assert answer.location == f"/cases/{ids[HILL]}/proposals/new?change={change}"


def test_an_enormous_text_is_refused_and_nothing_is_saved(county: County, signed_in: SignIn, ids: Ids):
    office, address = signed_in(CLERK), f"/cases/{ids[CALM]}/status/new?change=watch"
    answer = office.client.post(address, data=filled(office, address, why="长" * 3000))
    assert "控制在 2000 字以内" in office.read(answer, 400).text
    huge = filled(office, address, why="x" * 20_000_000)
    assert office.client.post(address, data=huge).status_code == 413
    assert not file_of(county, ids[CALM]).entries


def test_an_earlier_status_is_chosen_from_all_that_one_person_records(signed_in: SignIn, ids: Ids):
    page = signed_in(CLERK).get(f"/cases/{ids[HILL]}/status/new")
    assert f"/cases/{ids[HILL]}/status/new?change=suspected" in page.links
    form = signed_in(CLERK).get(f"/cases/{ids[HILL]}/status/new?change=suspected").text
    assert "按今天的情况不能登记" in form
