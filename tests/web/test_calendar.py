"""校历: filled in, tried, adopted; what is typed wrongly is said; next year's is asked for in time."""

from collections.abc import Callable
from typing import Any

from casework.commands.policies import adopt_policy
from casework.domain.calendar import Calendar, SchoolYearDays
from casework.domain.calendar_text import with_year
from casework.domain.policy_documents import parse
from casework.domain.values import LOCAL_OPERATOR, SINCE_EVER
from casework.web.calendar.forms import suggested_form
from casework.web.calendar.routes import waiting
from tests.support.county import County
from tests.web.pages import Visitor
from tests.web.small_county import CLERK, HEAD_1, MAYOR

SignIn = Callable[[str], Visitor]
YEAR = {
    "year": "2027", "first0": "2027-02-22", "last0": "2027-07-02",
    "first1": "2027-09-01", "last1": "2027-12-31",
    "statutory": "01-01 2027-02-05、05-03", "make_up": "2027-10-09", "closed": "11-12",
}  # fmt: skip


def send(visitor: Visitor, **changes: str) -> tuple[int, str]:
    token = visitor.token("/calendar?year=2027")
    answer = visitor.client.post(
        "/calendar", data={"csrf_token": token, "form_id": "c" * 32, **YEAR, **changes}
    )
    return answer.status_code, answer.text


def calendar_of(county: County) -> Calendar:
    with county.casework.reading() as reading:
        return reading.reference.calendar("2027-03-01")


def test_a_year_is_filled_in_from_the_default_and_the_holidays(county: County) -> None:
    form = suggested_form(calendar_of(county), "2026")
    assert form.terms == [
        ("2026-01-01", "2026-01-19"),
        ("2026-03-01", "2026-06-30"),
        ("2026-09-01", "2026-12-31"),
    ]
    assert "2026-10-01" in form.statutory
    assert form.make_up == ["2026-01-04", "2026-05-09", "2026-09-20", "2026-10-10"]


def test_only_the_county_sets_the_calendar(signed_in: SignIn) -> None:
    for login in (HEAD_1, MAYOR):
        signed_in(login).get("/calendar", 403)


def test_what_is_typed_wrongly_is_said_and_nothing_is_adopted(county: County, signed_in: SignIn) -> None:
    visitor = signed_in(CLERK)
    faults = {
        "跨年的学期请分成两段": {"last1": "2028-01-10"},
        "起止颠倒": {"first0": "2027-07-03"},
        "上课时间有重叠": {"first1": "2027-07-01"},
        "不是日期": {"closed": "02-30"},
        "既写了不上课，又写了补课": {"closed": "2027-10-09"},
        "至少要写一段": dict.fromkeys(("first0", "last0", "first1", "last1"), ""),
    }
    for fault, change in faults.items():
        status, said = send(visitor, adopt="1", **change)
        assert status == 400 and fault in said, (fault, said[:200])
    assert "2027" not in calendar_of(county).years


def test_a_year_is_tried_then_adopted_and_the_others_stay(
    tmp_path_factory, signed_in: SignIn, county: County
) -> None:
    visitor, before = signed_in(CLERK), calendar_of(county)
    status, said = send(visitor)
    assert status == 200 and "采用后会怎样" in said
    assert "2027" not in calendar_of(county).years, "only tried"
    status, _ = send(visitor, adopt="1")
    assert status == 302 or status == 303
    after = calendar_of(county)
    assert after.years["2027"] == SchoolYearDays(
        terms=(("2027-02-22", "2027-07-02"), ("2027-09-01", "2027-12-31")),
        closed=frozenset({"2027-11-12"}),
        make_up=frozenset({"2027-10-09"}),
    )
    assert after.statutory["2027"] == {"01-01", "02-05", "05-03"}
    assert {**after.statutory, "2027": None} == {**before.statutory, "2027": None}
    assert after.version == "calendar-2026.2"
    assert "已采用" in visitor.get("/calendar?year=2027").text


def test_an_adopted_text_reads_as_what_was_adopted(county: County) -> None:
    held = calendar_of(county)
    days = SchoolYearDays(terms=(("2028-02-21", "2028-06-30"),), closed=frozenset(), make_up=frozenset())
    read = parse("calendar", with_year(held, "2028", days, ["2028-01-03"]))
    assert isinstance(read, Calendar)
    assert read.years == {**held.years, "2028": days} and read.default == held.default


def test_a_years_calendar_is_asked_for_from_a_month_before_until_it_is_there(sqlite_url: str) -> None:
    class Clerk:
        def may(self, action: str) -> bool:
            return True

    def asked(county: County, today: str) -> list[str]:
        clerk: Any = Clerk()
        with county.casework.reading() as reading:
            found = list(waiting(reading, clerk, today))
        assert all(each.urgent for each in found)
        return [each.href.partition("year=")[2] for each in found]

    county = County(sqlite_url)
    adopt(county, "2027")
    assert asked(county, "2027-11-30") == []
    assert asked(county, "2027-12-01") == ["2028"]
    assert asked(county, "2028-01-01") == ["2028"], "the year has begun without"
    adopt(county, "2028")
    assert asked(county, "2027-12-01") == asked(county, "2028-01-01") == []
    county.close()


def adopt(county: County, year: str) -> None:
    """Adopts the calendar of a year, from ever."""
    with county.casework.reading() as reading:
        held = reading.reference.calendar("2028-01-01")
    days = SchoolYearDays(
        terms=((f"{year}-02-21", f"{year}-06-30"),), closed=frozenset(), make_up=frozenset()
    )
    text = with_year(held, year, days, [])
    county.casework.do(
        "policy.adopt",
        lambda act, _: {"adopted": adopt_policy(act, name="calendar", text=text, effective_from=SINCE_EVER)},
        actor=LOCAL_OPERATOR,
    )
