"""学年: grades as a roster writes them, what becomes of each, terms and their names."""

from importlib.resources import files

import pytest

from casework.domain import school_year as rules
from casework.domain.policy import WeeklyPolicy
from casework.domain.policy_documents import parse
from casework.domain.promotion import BEGUN, DECLARED, DONE, Promotion
from casework.domain.school_year import SchoolYearPolicy
from casework.errors import BadInput

_TEXT = (files("casework") / "policy" / "school_year.toml").read_text(encoding="utf-8")


def school_year(text: str = _TEXT) -> SchoolYearPolicy:
    """The shipped policy, or another text of it."""
    policy = parse("school_year", text)
    assert isinstance(policy, SchoolYearPolicy)
    return policy


def weekly() -> WeeklyPolicy:
    """The shipped rules of weeks, terms and years."""
    policy = parse("weekly", (files("casework") / "policy" / "weekly.toml").read_text(encoding="utf-8"))
    assert isinstance(policy, WeeklyPolicy)
    return policy


POLICY, WEEKLY = school_year(), weekly()


@pytest.mark.parametrize(
    ("stage", "grade", "kind", "following"),
    [
        ("primary", "四年级", rules.UP, "五年级"),
        ("primary", "4", rules.UP, "5"),
        ("", "小五", rules.UP, "小六"),
        ("primary", "六年级", rules.LEAVES_PRIMARY, ""),
        ("junior", "初一", rules.UP, "初二"),
        ("junior", "一年级", rules.UP, "二年级"),
        ("junior", "三年级", rules.LEAVES_JUNIOR, ""),
        ("junior", "九年级", rules.LEAVES_JUNIOR, ""),
        ("preschool", "大班", rules.NOT_COMPULSORY, ""),
        ("senior", "高一", rules.NOT_COMPULSORY, ""),
        ("primary", "", rules.UNREADABLE, ""),
        ("primary", "毕业班", rules.UNREADABLE, ""),
    ],
)
def test_every_spelling_goes_up_in_its_own_spelling(stage: str, grade: str, kind: str, following: str):
    step = POLICY.step("小学", stage, grade)
    assert (step.kind, step.next) == (kind, following)


def test_a_school_that_teaches_both_keeps_its_leavers_and_its_own_words():
    assert POLICY.step("九年一贯", "primary", "六年级").next == "七年级"
    assert POLICY.step("九年一贯", "primary", "六年级", {"初一"}).next == "初一"
    assert POLICY.step("九年一贯", "primary", "六年级").kind == rules.TO_JUNIOR


def test_the_five_four_system_is_a_policy():
    text = _TEXT.replace("primary_last = 6", "primary_last = 5")
    policy = school_year(text)
    assert policy.step("小学", "primary", "五年级").kind == rules.LEAVES_PRIMARY
    with pytest.raises(BadInput, match="写满"):
        parse("school_year", _TEXT.replace("junior_last = 9", "junior_last = 8"))
    with pytest.raises(BadInput, match="应小于"):
        parse("school_year", _TEXT.replace("primary_last = 6", "primary_last = 9"))


def test_a_first_roster_taken_in_august_is_of_the_new_year():
    assert POLICY.new_rosters_since("2026-09-01") == "2026-08-01"
    assert POLICY.new_rosters_since("2026-03-01") == "2025-08-01"


def test_grades_stand_in_order():
    assert sorted(["初一", "六年级", "2"], key=lambda each: POLICY.number("", each)) == [
        "2",
        "六年级",
        "初一",
    ]


def test_a_class_keeps_its_name_unless_it_carries_the_grade():
    assert rules.next_klass("1班", "四年级", "五年级") == "1班"
    assert rules.next_klass("四年级1班", "四年级", "五年级") == "五年级1班"
    assert rules.next_klass("四年级1班", "四年级", "") == "四年级1班"


def test_terms_are_named_and_checked():
    assert rules.term_name(WEEKLY, "2026-09-01") == "2026年秋季"
    assert rules.term_name(WEEKLY, "2026-03-01") == "2026年春季"
    rules.check_term(WEEKLY, "2026-03-01", "2026-09-03")
    for wrong in ("2026-09-02", "x", "", "2027-03-01"):
        with pytest.raises(BadInput):
            rules.check_term(WEEKLY, wrong, "2026-09-03")


def test_the_year_turns_on_its_first_day():
    assert rules.year_of(WEEKLY, "2026-08-31") == 2025
    assert rules.year_of(WEEKLY, "2026-09-01") == 2026
    assert rules.year_name(2026) == "2026—2027学年"


@pytest.mark.parametrize(
    ("kind", "status", "kept", "asked", "stays"),
    [
        (rules.UP, "deferred", False, True, True),
        (rules.UP, "home_teaching", False, True, False),
        (rules.LEAVES_PRIMARY, "home_teaching", False, True, True),
        (rules.LEAVES_JUNIOR, "suspected", True, False, True),
        (rules.LEAVES_PRIMARY, "transferring", True, False, True),
        (rules.UP, "dropped_out", False, False, False),
        (rules.UP, "", False, False, False),
    ],
)
def test_who_stays_and_who_is_asked(kind: str, status: str, kept: bool, asked: bool, stays: bool):
    assert rules.stays_for_now(kind, status) is kept
    assert rules.is_asked(kind, status) is asked
    assert rules.stays_unless_said(kind, status) is stays


def test_a_promotion_is_begun_counted_and_finished_once():
    step = Promotion.begin("S1", 2026)
    assert step.state == BEGUN
    step.move(up=2, left_primary=1, left_junior=0, stayed=1)
    step.finish()
    step.finish()
    names = [type(event).__name__ for event in step.collect_events()]
    assert names == ["Begun", "PupilsMoved", "Finished"]
    assert (step.state, step.moved) == (DONE, 4)
    assert Promotion.begin("S1", 2026, declared=True).state == DECLARED
