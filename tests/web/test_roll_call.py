"""开学核查 pages: classes by name, a sheet that must balance, frozen when filed, all schools counted."""

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from casework.projections.rebuild import rebuild
from casework.projections.reconcile import reconcile
from casework.projections.roll_calls import roll_call, roll_call_child
from casework.store.schema import stored_event
from tests.support.county import County
from tests.support.rows import JUNIOR_SCHOOL, NEAR, pupil, status
from tests.support.year import CLERK, JUNIOR_OFFICE, OFFICE, number_ids, with_accounts, year_county
from tests.web.pages import Visitor
from tests.web.small_county import PASSWORD
from tests.web.test_school_year import form_of, send

SignIn = Callable[[str], Visitor]
SHEET, CLASS, FILE = "/school-year/roll-call", "/school-year/roll-call/class", "/school-year/roll-call/file"
TERM = "2026-09-01"


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """The county at the turn of the year, with accounts; two children are known not to be in class."""
    with year_county(database_url) as county:
        with_accounts(county, PASSWORD)
        leave = status("2026-03-02", "休学", "G2", 截止日期="2027-01-01")
        assert county.take("status", [leave]).all_taken
        yield county


def room(grade: str) -> str:
    return f"{CLASS}?school={NEAR}&term={TERM}&grade={grade}&klass=1班"


def enter(visitor: Visitor, grade: str, status: Any = 303, **more: Any) -> Any:
    return send(visitor, room(grade), CLASS, status, **more)


def file_all(visitor: Visitor, ids: dict[str, str]) -> Any:
    """Both classes of 近小: G2 休学, G4 未报到 and verified."""
    enter(visitor, "四年级", present="1")
    enter(visitor, "六年级", present="2", **{f"outcome-{ids['G4']}": "省外就读无学籍"})
    return send(visitor, SHEET, FILE)


def test_what_the_files_know_is_filled_in_and_the_rest_is_present(county: County, signed_in: SignIn):
    visitor, ids = signed_in(OFFICE), number_ids(county)
    fields = form_of(visitor, room("四年级"), CLASS)
    assert fields[f"mark-{ids['G2']}"] == ["deferred"]
    assert fields[f"mark-{ids['G1']}"] == [""]
    assert form_of(visitor, room("六年级"), CLASS)[f"mark-{ids['G4']}"] == ["absent"]
    page = visitor.get(SHEET)
    assert ["四年级1班", "2", "未填", "0", "1", "0", "0", "0", "0", "—"] in page.rows


def test_a_sheet_that_does_not_balance_is_refused_class_by_class(county: County, signed_in: SignIn):
    visitor = signed_in(OFFICE)
    assert "四年级1班还没有填实到人数；六年级1班还没有填实到人数" in send(visitor, SHEET, FILE, 422).text
    enter(visitor, "四年级", present="2")
    enter(visitor, "六年级", present="2")
    page = send(visitor, SHEET, FILE, 422)
    assert "四年级1班应到 2 人，已说明的多 1 人" in page.text
    assert "六年级1班有 1 名未报到学生没有核查结果" in page.text


def test_a_balanced_sheet_is_filed_once_and_frozen(county: County, signed_in: SignIn):
    visitor, ids = signed_in(OFFICE), number_ids(county)
    enter(visitor, "四年级", present="1")
    enter(visitor, "六年级", present="2", **{f"outcome-{ids['G4']}": "省外就读无学籍"})
    fields = form_of(visitor, SHEET, FILE)
    first = visitor.client.post(FILE, data=fields)
    again = visitor.client.post(FILE, data=fields)
    assert (first.status_code, again.status_code) == (303, 303)
    other = visitor.client.post(FILE, data={**fields, "form_id": ["x"]})
    assert "已有变动" in other.text or "已上报" in other.text
    page = visitor.get(SHEET)
    assert ["全校", "5", "3", "0", "1", "0", "0", "0", "1", "0"] in page.rows
    assert "第 1 版" in page.text
    assert f"/cases/{ids['G4']}" in page.links
    # What the roster says later changes nothing that was filed.
    county.take("roster", [pupil("G9", 变动日期="2026-04-01")])
    assert ["全校", "5", "3", "0", "1", "0", "0", "0", "1", "0"] in visitor.get(SHEET).rows


def test_a_correction_gives_a_reason_and_makes_a_new_version(county: County, signed_in: SignIn):
    visitor, ids = signed_in(OFFICE), number_ids(county)
    file_all(visitor, ids)
    reopen = "/school-year/roll-call/reopen"
    assert "写明为什么" in send(visitor, SHEET, reopen, 400, reason=" ").text
    assert "重新打开" in send(visitor, SHEET, reopen, reason="学生G4已到校").text
    assert "更正中" in signed_in(CLERK).get(f"{SHEET}?term={TERM}").text
    enter(visitor, "六年级", present="3", **{f"mark-{ids['G4']}": "", f"outcome-{ids['G4']}": ""})
    assert "第 2 版" in send(visitor, SHEET, FILE).text
    with county.casework.reading() as reading:
        assert reconcile(reading.snapshot) == []


def test_a_roster_that_changed_is_shown_before_it_is_filed(county: County, signed_in: SignIn):
    visitor, ids = signed_in(OFFICE), number_ids(county)
    enter(visitor, "四年级", present="1")
    enter(visitor, "六年级", present="2", **{f"outcome-{ids['G4']}": "省外就读无学籍"})
    fields = form_of(visitor, SHEET, FILE)
    county.take("roster", [pupil("G9", 变动日期="2026-04-01")])
    page = visitor.read(visitor.client.post(FILE, data=fields), 409)
    assert "没有上报" in page.text
    assert "应到 3 人，已说明的少 1 人" in send(visitor, SHEET, FILE, 422).text


def test_two_who_enter_one_class_are_told_and_two_classes_do_not_meet(county: County, signed_in: SignIn):
    office, clerk = signed_in(OFFICE), signed_in(CLERK)
    fields = form_of(office, room("四年级"), CLASS)
    enter(clerk, "六年级", present="3")
    enter(clerk, "四年级", present="1")
    page = office.read(office.client.post(CLASS, data={**fields, "present": "2"}), 409)
    assert "刚有变动，没有保存" in page.text


def test_a_mistyped_head_count_keeps_what_was_typed(county: County, signed_in: SignIn):
    visitor, ids = signed_in(OFFICE), number_ids(county)
    page = enter(
        visitor,
        "四年级",
        400,
        present="四十",
        **{f"mark-{ids['G1']}": "on_leave", f"note-{ids['G1']}": "看病"},
    )
    assert "请填写实到人数" in page.text
    enter(visitor, "四年级", present="0", **{f"mark-{ids['G1']}": "on_leave", f"note-{ids['G1']}": "看病"})
    assert form_of(visitor, room("四年级"), CLASS)[f"note-{ids['G1']}"] == ["看病"]
    with county.casework.store.engine.connect() as conn:
        states = conn.scalars(
            select(stored_event.c.state).where(stored_event.c.topic.like("roll^_call%", escape="^"))
        )
        assert not any("看病".encode() in bytes(state) for state in states)


def test_the_county_sees_who_has_filed_and_takes_the_figures_away(county: County, signed_in: SignIn):
    file_all(signed_in(OFFICE), number_ids(county))
    clerk = signed_in(CLERK)
    page = clerk.get(f"{SHEET}?term={TERM}")
    assert "1/4 所已上报" in page.text
    assert ["合计（已上报）", "5", "3", "0", "1", "0", "0", "0", "1", "1 所"] in page.rows
    listed = {which: clerk.get(f"{SHEET}?term={TERM}&which={which}").rows[2:] for which in ("open", "filed")}
    assert len(listed["open"]) == 3 and [row[0] for row in listed["filed"]] == ["近小"]
    answer = clerk.client.get(f"/school-year/roll-call.xlsx?term={TERM}")
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as book:
        said = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    assert "近小" in said
    assert "学生G4" in said
    assert "学生G1" not in said


def test_a_term_that_is_none_or_has_not_begun_is_refused(signed_in: SignIn):
    for term in ("2027-03-01", "2026-09-02", "x"):
        signed_in(OFFICE).get(f"{SHEET}?term={term}", 400)
    assert "2026年春季" in signed_in(OFFICE).get(f"{SHEET}?term=2026-03-01").text


def test_anothers_school_and_class_are_answered_as_none(county: County, signed_in: SignIn):
    visitor, ids = signed_in(OFFICE), number_ids(county)
    visitor.get(f"{CLASS}?school={JUNIOR_SCHOOL}&term={TERM}&grade=九年级&klass=1班", 404)
    visitor.get(f"{CLASS}?school={NEAR}&term={TERM}&grade=九年级&klass=1班", 404)
    fields = form_of(visitor, room("四年级"), CLASS)
    stranger = {"child": [ids["J1"]], f"mark-{ids['J1']}": "absent", "present": "1"}
    assert visitor.client.post(CLASS, data={**fields, **stranger}).status_code == 404
    other = signed_in(JUNIOR_OFFICE)
    assert (
        other.client.post(CLASS, data={**fields, "csrf_token": other.token("/school-year")}).status_code
        == 404
    )


def test_the_tables_made_anew_are_the_live_ones(county: County, signed_in: SignIn):
    visitor, ids = signed_in(OFFICE), number_ids(county)
    file_all(visitor, ids)

    def rows() -> list[list[Any]]:
        with county.casework.reading() as reading:
            conn = reading.snapshot.conn
            return [sorted(map(tuple, conn.execute(select(table)))) for table in (roll_call, roll_call_child)]

    before = rows()
    assert all(before)
    rebuild(county.casework.store)
    assert rows() == before
    with county.casework.store.engine.begin() as conn:
        conn.exec_driver_sql("UPDATE roll_call_child SET mark = 'died'")
    with county.casework.reading() as reading:
        assert any("roll_call_child" in sentence for sentence in reconcile(reading.snapshot))
