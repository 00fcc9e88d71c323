"""Policy texts: errors name the file, the key and what was expected; weeks, terms, ages follow them."""

from importlib.resources import files

import pytest

from casework.domain.policy import WeeklyPolicy
from casework.domain.policy_documents import DOCUMENTS, parse
from casework.errors import BadInput

SHIPPED = {name: (files("casework") / "policy" / f"{name}.toml").read_text("utf-8") for name in DOCUMENTS}


def weekly(**changes: str) -> WeeklyPolicy:
    """The shipped weekly policy with texts replaced."""
    text = SHIPPED["weekly"]
    for old, new in changes.items():
        text = text.replace(old, new)
    document = parse("weekly", text)
    assert isinstance(document, WeeklyPolicy)
    return document


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_shipped_text_is_valid(name: str):
    assert parse(name, SHIPPED[name]).version.startswith(name.replace("_", "-"))


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("weekly", '"thursday"', '"donnerstag"', "week.last_day：应为 'monday', 'tuesday'"),
        ("weekly", 'last_day = "thursday"', "", "week.last_day：缺少这一项"),
        ("weekly", "oldest = 15", 'oldest = "十五"', "compulsory_age.oldest：应为整数（现为 '十五'）"),
        ("weekly", "oldest = 15", "oldest = 99", "compulsory_age.oldest：不能大于 25"),
        ("weekly", '"03-01", "09-01"', '"3月1日"', "terms.first_days.0：写法不对，月日应如 09-01"),
        ("weekly", '"03-01", "09-01"', "", "terms.first_days：至少要有 1 项"),
        ("weekly", "[week]", "[woche]", "woche：没有这一项"),
        ("letters", '["school"]', '["teacher"]', "应为 'county', 'township', 'subdistrict' or 'school'"),
        ("letters", "days = 7", "days = 7.5", "应为整数"),
        ("letters", "order = true", 'order = "ja"', "order：应为 true 或 false"),
        ("dictionaries", 'until = "2020-12-31"', 'until = "2020"', "groups.未脱贫户.until：写法不对"),
        ("dictionaries", 'lost_types = ["', 'lost_types = "甲" #', "lost_types：应为方括号里的列表"),
    ],
)
def test_a_fault_names_file_key_and_what_was_expected(name: str, old: str, new: str, said: str):
    assert old in SHIPPED[name]
    with pytest.raises(BadInput) as refusal:
        parse(name, SHIPPED[name].replace(old, new))
    assert refusal.value.message.startswith(f"政策文件 {name} 有误：")
    assert said in refusal.value.message


def test_a_text_that_is_no_toml_is_said_to_be_none():
    with pytest.raises(BadInput, match="政策文件 weekly 不是有效的 TOML"):
        parse("weekly", "version = ")


def test_an_unknown_document_is_answered_with_those_there_are():
    with pytest.raises(BadInput, match="没有名为“weather”的政策文件，可用的有：weekly、letters"):
        parse("weather", "")


def test_a_week_ends_on_the_policys_day_and_is_named_by_that_days_iso_week():
    policy = weekly()
    assert policy.days_of("2026-W38") == ("2026-09-11", "2026-09-17")
    assert [policy.week_of(day) for day in ("2026-09-10", "2026-09-11", "2026-09-17")] == [
        "2026-W37",
        "2026-W38",
        "2026-W38",
    ]
    assert weekly(thursday="sunday").days_of("2026-W38") == ("2026-09-14", "2026-09-20")


@pytest.mark.parametrize("week", ["2026-38", "2026-W54", "W38", "今年第38周"])
def test_what_is_no_week_says_how_one_is_written(week: str):
    with pytest.raises(BadInput, match="应为 2026-W38 这样的年和周次"):
        weekly().days_of(week)


def test_a_term_runs_to_the_first_day_of_the_next_also_over_new_year():
    policy = weekly()
    assert [policy.term_start(day) for day in ("2026-02-28", "2026-03-01", "2026-12-31", "2027-01-05")] == [
        "2025-09-01",
        "2026-03-01",
        "2026-09-01",
        "2026-09-01",
    ]


def test_compulsory_age_is_counted_by_the_school_year():
    assert weekly().entry_years("2026-08-31") == (2016, 2025)
    assert weekly().entry_years("2026-09-01") == (2017, 2026)
