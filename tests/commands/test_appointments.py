"""任职: who may give and end which post; stand-ins, hand-overs, mistakes; one clear answer for every day."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from casework.commands.appointments import appoint, end_posting, hand_over, void_posting
from casework.domain.posting import PostingRow
from casework.domain.values import Actor
from casework.errors import BadInput, CaseworkError, ChangedMeanwhile, NotAllowed, NotFound, RuleBroken
from casework.projections.rebuild import rebuild
from tests.commands.people_at_work import ADMIN, BOSS, CLERK, DISTRICT, HEAD, at, holders, named, run, staff
from tests.importing.small import Small
from tests.support.rows import COUNTY, FAR, NEAR, posting

NEW = PostingRow("n1", "新人", "任课教师", NEAR, "2026-09-01")
HANDED = {"last_day": "2026-09-30", "seen": "", "login": "n1", "name": "新人"}
STAND_IN = PostingRow("n1", "新人", "校长", NEAR, "2026-09-01", "2026-09-30", acting=True, acting_for="head1")


@pytest.fixture(scope="module")
def made() -> Iterator[Small]:
    small = staff(Small("sqlite:///:memory:", children=False))
    yield small
    small.close()


@pytest.fixture
def town(made: Small) -> Iterator[Small]:
    """Units and staff, in memory."""
    small = Small.copy(made)
    yield small
    small.close()


@pytest.fixture
def county(database_url: str) -> Iterator[Small]:
    """The same on a real database, on both."""
    small = staff(Small(database_url, children=False))
    yield small
    small.close()


def test_a_person_gets_a_post_and_the_same_form_twice_answers_the_same(town: Small):
    first = run(town, appoint, HEAD, form="f1", row=NEW)
    assert run(town, appoint, HEAD, form="f1", row=NEW) == first
    assert holders(town, "任课教师", NEAR, "2026-09-01") == ["t2", "n1"]


def test_both_days_are_in_post(town: Small):
    row = named(town, "head1")
    run(town, end_posting, posting=row.id, until="2026-09-30", seen="")
    assert holders(town, "校长", NEAR, "2026-09-30") == ["head1"]
    assert holders(town, "校长", NEAR, "2026-10-01") == []


def test_an_end_recorded_by_mistake_is_taken_back(town: Small):
    row = named(town, "head1")
    run(town, end_posting, posting=row.id, until="2026-09-30", seen="")
    run(town, end_posting, posting=row.id, until="", seen="2026-09-30")
    assert named(town, "head1") == row


@pytest.mark.parametrize(("until", "said"), [("2024-08-31", "离任日期 2024-08-31 早于任职日期 2024-09-01")])
def test_nobody_leaves_before_they_came(town: Small, until: str, said: str):
    with pytest.raises(RuleBroken, match=said):
        run(town, end_posting, posting=named(town, "head1").id, until=until, seen="")


def test_of_two_who_end_one_posting_the_second_sees_what_the_first_said(county: Small):
    row = named(county, "t2")

    def end(day: str) -> str:
        try:
            run(county, end_posting, posting=row.id, until=day, seen="")
        except ChangedMeanwhile as refused:
            return refused.message
        return day

    with ThreadPoolExecutor(2) as both:
        said = list(both.map(end, ["2026-09-20", "2026-09-25"]))
    kept = named(county, "t2").until
    assert kept in said
    assert f"教师t2现在离任日期为 {kept}" in "".join(said)


# ---- stand-ins and hand-overs -------------------------------------------------------------------


def test_a_stand_in_holds_the_post_with_whom_they_stand_in_for(county: Small):
    run(county, appoint, row=STAND_IN)
    assert holders(county, "校长", NEAR, "2026-09-15") == ["head1", "n1"]
    assert holders(county, "校长", NEAR, "2026-10-01") == ["head1"]
    found = named(county, "n1")
    assert (found.acting, found.acting_for) == (True, "head1")
    rebuild(county.casework.store)
    assert named(county, "n1") == found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"acting_for": "head2"}, "被代理人在这段时间不任校长"),
        ({"acting_for": ""}, "校长没有空缺（教师head1在任），请选择代理谁"),
        (
            {"acting": False, "acting_for": ""},
            "教师head1自 2024-09-01 起任校长，这个岗位同一时间",
        ),
    ],
)
def test_a_second_head_is_a_stand_in_or_nobody(town: Small, change: dict[str, Any], said: str):
    with pytest.raises((BadInput, RuleBroken), match=said):
        run(town, appoint, row=replace(STAND_IN, **change))


def test_a_vacant_post_may_have_a_stand_in(town: Small):
    run(town, end_posting, posting=named(town, "head1").id, until="2026-08-31", seen="")
    run(town, appoint, row=replace(STAND_IN, acting_for=""))
    assert holders(town, "校长", NEAR, "2026-09-15") == ["n1"]


def test_a_hand_over_leaves_no_day_without_a_head_and_none_with_two(county: Small):
    row = named(county, "head1")
    given: dict[str, Any] = {
        "posting": row.id,
        "last_day": "2026-09-30",
        "seen": "",
        "login": "n1",
        "name": "新人",
    }
    first = run(county, hand_over, form="f1", **given)
    assert run(county, hand_over, form="f1", **given) == first
    assert holders(county, "校长", NEAR, "2026-09-30") == ["head1"]
    assert holders(county, "校长", NEAR, "2026-10-01") == ["n1"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"login": "head1", "name": "教师head1"}, "接任人和现任是同一个人"),
        ({"login": "t1", "name": "别人"}, "登录名“t1”已有人使用"),
        ({"login": "boss", "name": "教师boss"}, "登录名“boss”已有人使用"),
        ({"login": " "}, "请填写接任人"),
        ({"last_day": "2024-08-01"}, "早于任职日期"),
        ({"seen": "2026-01-01"}, "已被他人更新"),
    ],
)
def test_a_hand_over_that_can_not_be_changes_nothing(town: Small, change: dict[str, Any], said: str):
    row, acts = named(town, "head1"), town.acts
    given: dict[str, Any] = {
        "posting": row.id,
        "last_day": "2026-09-30",
        "seen": "",
        "login": "n1",
        "name": "新人",
    }
    with pytest.raises(CaseworkError, match=said):
        run(town, hand_over, **{**given, **change})
    assert (town.acts, named(town, "head1")) == (acts, row)


def test_overlapping_postings_of_one_person_are_refused_with_both_periods(town: Small):
    run(town, appoint, row=NEW)
    with pytest.raises(RuleBroken, match=r"重叠：2026-09-01 至 今，这次登记 2026-09-20 至 今"):
        run(town, appoint, row=replace(NEW, since="2026-09-20"))


# ---- mistakes -----------------------------------------------------------------------------------


def test_a_posting_recorded_by_mistake_never_was_and_may_be_recorded_again(county: Small):
    run(county, appoint, row=NEW)
    run(county, void_posting, posting=NEW.id, reason="登记错了人", seen="")
    assert "n1" not in [row.login for row in at(county, NEAR)]
    rebuild(county.casework.store)
    assert "n1" not in [row.login for row in at(county, NEAR)]
    with pytest.raises(ChangedMeanwhile, match="已被作废"):
        run(county, void_posting, posting=NEW.id, reason="错", seen="")
    run(county, appoint, row=NEW)
    assert named(county, "n1") == NEW


def test_a_posting_is_voided_only_with_a_reason(town: Small):
    with pytest.raises(RuleBroken, match="请写明作废的原因"):
        run(town, void_posting, posting=named(town, "t2").id, reason=" ", seen="")


# ---- whose to give ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actor", "row", "refusal"),
    [
        (HEAD, replace(NEW, unit=FAR), NotFound),
        (HEAD, replace(NEW, unit="没有"), NotFound),
        (HEAD, replace(NEW, post="校长"), NotAllowed),
        (HEAD, replace(NEW, login="head1", name="教师head1"), NotAllowed),
        (HEAD, replace(NEW, post="镇长"), NotAllowed),
        (HEAD, replace(NEW, login="boss", name="教师boss"), BadInput),
        (DISTRICT, replace(NEW, unit=FAR), NotFound),
        (CLERK, replace(NEW, post="局长", unit=COUNTY), NotAllowed),
        (CLERK, replace(NEW, post="系统管理员", unit=COUNTY), NotAllowed),
        (replace(HEAD, account="t1"), NEW, NotFound),
        (Actor("t1", "教师t1", "班主任", NEAR), NEW, NotAllowed),
    ],
)
def test_nobody_appoints_out_of_reach_sideways_upwards_or_themselves(
    town: Small, actor: Actor, row: PostingRow, refusal: type[CaseworkError]
):
    with pytest.raises(refusal):
        run(town, appoint, actor, row=row)


def test_a_principal_ends_teachers_of_the_own_school_and_nobody_else(town: Small):
    run(town, end_posting, HEAD, posting=named(town, "t1").id, until="2026-09-30", seen="")
    for unit, login, refusal in ((FAR, "head2", NotFound), (NEAR, "head1", NotAllowed)):
        with pytest.raises(refusal):
            run(town, end_posting, HEAD, posting=named(town, login, unit).id, until="2026-09-30", seen="")
    for missing in ("0" * 32, "no id at all"):
        with pytest.raises(NotFound, match="没有这条任职"):
            run(town, end_posting, HEAD, posting=missing, until="2026-09-30", seen="")


def test_who_gives_posts_by_a_workbook_is_held_to_the_same(town: Small):
    clerk: dict[str, Any] = {"actor": CLERK}
    assert "不能任命局长" in town.bad("staff", posting("n1", "局长", COUNTY), **clerk)
    assert "不能任命系统管理员" in town.bad("staff", posting("clerk", "系统管理员", COUNTY), **clerk)
    assert "其岗位不由您登记" in town.bad("staff", posting("boss", "校长", FAR), **clerk)
    assert "不能给自己登记" in town.bad("staff", posting("clerk", "校长", FAR), **clerk)
    assert "不能任命局长" in town.bad(
        "staff", posting("boss", "局长", COUNTY, 离任日期="2026-09-01"), **clerk
    )
    town.good("staff", posting("n1", "校长", FAR, 任职日期="2026-09-01"), **clerk)
    town.again("staff", posting("boss", "局长", COUNTY), posting("head1", "校长", NEAR), **clerk)
    town.good("staff", posting("n2", "局长", COUNTY), actor=ADMIN)
    run(town, appoint, BOSS, row=PostingRow("n3", "丙", "基教股", COUNTY, "2026-09-01"))
