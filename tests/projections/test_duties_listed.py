"""`casework duties`, case by case: what the oracle of random counties found, said in sentences.

2026-09-14 is a Monday; 2026-09-25 and 2026-10-01 to 10-07 are holidays.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest

from casework.commands.policies import adopt_policy
from casework.domain.values import LOCAL_OPERATOR
from casework.projections.duty_lines import scope_of
from casework.projections.duty_units import undone_lines
from tests.oracle import duty_calendar, duty_terms
from tests.support import rows
from tests.support.county import County
from tests.support.rows import COUNTY, NEAR, absence, letter, posting, pupil, status, unit, visit

EVER = {"first": "2026-01-01", "last": "2026-12-31"}


@pytest.fixture
def county() -> Iterator[County]:
    """Two children of a class at 近小, on a day in October."""
    county = County("sqlite:///:memory:")
    county.take("units", rows.UNITS, datetime.fromisoformat("2026-08-01T08:00:00+08:00"))
    county.take("roster", [pupil("G1"), pupil("G2")])
    county.now = datetime.fromisoformat("2026-10-12T09:00:00+08:00")
    yield county
    county.close()


def duties(county: County, rule: str, code: str = COUNTY, **asked: str) -> Sequence[dict[str, Any]]:
    """The duties of a rule that fall due in the year, or as asked."""
    window = {"on": "2026-10-12", **(asked or EVER)}
    found = county.casework.duties(
        code, on=window["on"], first=window.get("first", ""), last=window.get("last", "")
    )
    return [duty for duty in found["duties"] if duty["rule"] == rule]


def adopt(county: County, name: str, text: str, since: str) -> None:
    """A policy adopted from a day on."""
    county.casework.do(
        "adopt",
        lambda act, _: {"adopted": adopt_policy(act, name=name, text=text, effective_from=since)},
        actor=LOCAL_OPERATOR,
    )


def test_a_class_without_its_teacher_has_the_school_s_teacher_without_a_class(county: County) -> None:
    county.take("absences", [absence("2026-09-14")])
    county.take("staff", [posting("t9", "班主任", 班级="四年级2班")])
    assert duties(county, "absence.contact")[0]["holders"] == []
    county.take("staff", [posting("t1", "班主任")])
    assert [each["login"] for each in duties(county, "absence.contact")[0]["holders"]] == ["t1"]
    county.take("staff", [posting("t2", "班主任", 班级="四年级1班")])
    assert [each["login"] for each in duties(county, "absence.contact")[0]["holders"]] == ["t2"]


def test_recorded_late_is_said_of_what_was_done_on_time_only(county: County) -> None:
    county.take("absences", [absence("2026-09-14", "G1"), absence("2026-09-14", "G2")])
    county.take("visits", [visit("2026-09-14", "G1"), visit("2026-09-15", "G2")])
    found = {
        duty["child"]: (duty["state"], duty["recorded_late_days"])
        for duty in duties(county, "absence.contact")
    }
    assert found == {"G1": ("on_time", 28), "G2": ("late", None)}


def test_an_absence_that_ended_yesterday_is_not_fulfilled_by_today_s_status(county: County) -> None:
    county.take("absences", [absence("2026-09-14", 截止日期="2026-09-17"), absence("2026-09-14", "G2")])
    county.take("status", [status("2026-09-18", "疑似辍学", number) for number in ("G1", "G2")])
    found = {duty["child"]: duty["state"] for duty in duties(county, "absence.report")}
    assert found == {"G1": "overdue", "G2": "late"}


def test_a_city_lists_the_weeks_of_all_its_counties(county: County) -> None:
    whole = County("sqlite:///:memory:")
    below = [{**each, "上级代码": "M"} if each["单位代码"] == COUNTY else each for each in rows.UNITS]
    whole.take("units", [unit("M", "市", ""), *below], county.now)
    whole.take("roster", [pupil("G1")])
    whole.take("status", [status("2026-09-14", "辍学")])
    assert duties(whole, "out.contact", "M") == duties(whole, "out.contact", COUNTY) != []
    whole.close()


def test_school_days_of_an_absence_are_counted_by_the_calendar_of_each_day(county: County) -> None:
    year = 'terms = [["2026-09-01", "2026-12-31"]]\nclosed = ["2026-09-15", "2026-09-17"]'
    text = duty_calendar.SHIPPED.replace("\n[statutory]", f"\n[years.2026]\n{year}\n\n[statutory]", 1)
    adopt(county, "calendar", text, "2026-09-16")
    county.take("absences", [absence("2026-09-14")])
    # Monday and Tuesday by the old one, Thursday closed by the new one.
    assert duties(county, "absence.joint_visit")[0]["begins"] == "2026-09-15"
    assert duties(county, "absence.report")[0]["begins"] == "2026-09-16"
    assert duties(county, "absence.decide")[0]["begins"] == "2026-09-23"


def test_a_letter_s_term_that_ran_out_is_followed_by_the_calendar_of_the_day_after(county: County) -> None:
    year = 'terms = [["2026-09-01", "2026-12-31"]]\nmake_up = ["2026-09-12", "2026-09-13"]'
    text = duty_calendar.SHIPPED.replace("\n[statutory]", f"\n[years.2026]\n{year}\n\n[statutory]", 1)
    adopt(county, "calendar", text, "2026-09-12")
    county.take("status", [status("2026-09-01", "疑似辍学")])
    served = {"限期天数": "7", "送达日期": "2026-09-04", "送达方式": "直接", "受送达人": "家长"}
    county.take("letters", [letter("2026-09-03", **served)])
    (found,) = duties(county, "letter.failed_report")
    assert (found["begins"], found["due_day"]) == ("2026-09-12", "2026-09-14")


def test_a_new_policy_begins_nothing_twice_and_leaves_what_began_before(county: County) -> None:
    adopt(county, "duties", duty_terms.policy_text("duties-x", {"absence.report": (5,)}), "2026-09-18")
    county.take("absences", [absence("2026-09-14", "G1"), absence("2026-09-16", "G2")])
    found = {duty["child"]: (duty["begins"], duty["policy"]) for duty in duties(county, "absence.report")}
    assert found == {"G1": ("2026-09-16", "duties-2026.1"), "G2": ("2026-09-22", "duties-x")}


def test_a_unit_s_own_duties_follow_the_policy_of_the_day_they_begin(county: County) -> None:
    text = duty_terms.SHIPPED.replace('"10-20"', '"10-25"').replace("duties-2026.1", "duties-y")
    adopt(county, "duties", text, "2026-09-01")
    days = {
        duty["due_day"] for duty in duties(county, "term.count", NEAR, first="2026-01-01", last="2026-12-31")
    }
    assert days == {"2026-03-20"}  # begun in March; the one of October begins on the 15th
    asked = {"on": "2026-10-15", "first": "2026-04-01", "last": "2026-12-31"}
    assert {duty["due_day"] for duty in duties(county, "term.count", NEAR, **asked)} == {"2026-10-25"}


@pytest.mark.parametrize(
    ("today", "due"),
    [
        ("2026-10-09", ["2026-03-20"]),
        ("2026-10-10", ["2026-10-20"]),
        ("2026-10-21", ["2026-10-20"]),
        ("2027-03-09", ["2026-10-20"]),
        ("2027-03-10", ["2027-03-20"]),
    ],
)
def test_a_unit_s_own_duty_is_to_be_done_until_its_like_comes_round(
    county: County, today: str, due: list[str]
) -> None:
    with county.casework.reading() as reading:
        scope = scope_of(reading.reference.units, NEAR)
        found = undone_lines(reading.snapshot, reading.reference, scope, today)
        assert [line.due_day for line in found if line.rule == "term.count"] == due
