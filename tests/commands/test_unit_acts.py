"""Units set up, ended and merged: what moves, what is refused, nothing half done, a wrong merger undone."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from casework.commands import unit_acts
from casework.commands.unit_acts import add_unit, follow_unit, reopen_unit
from casework.domain.units import SCHOOL, VILLAGE, Unit
from casework.domain.values import FOREVER
from casework.errors import BadInput, CaseworkError, ChangedMeanwhile, NotAllowed, NotFound, RuleBroken
from casework.store.failures import CommandReused
from tests.commands.people_at_work import (
    ADMIN,
    BOSS,
    CLERK,
    DISTRICT,
    HEAD,
    ON,
    TEACHER,
    at,
    closed,
    followed,
    holders,
    mark,
    named,
    run,
    staff,
)
from tests.importing.small import Small
from tests.support.rows import (
    COUNTY,
    EAST,
    FAR,
    HILL,
    JUNIOR_SCHOOL,
    NEAR,
    STREET,
    pupil,
    status,
    unit,
)


@pytest.fixture(scope="module")
def made() -> Iterator[Small]:
    small = staff(Small("sqlite:///:memory:"))
    yield small
    small.close()


@pytest.fixture
def town(made: Small) -> Iterator[Small]:
    """Units, staff and three children, in memory."""
    small = Small.copy(made)
    yield small
    small.close()


@pytest.fixture
def county(database_url: str) -> Iterator[Small]:
    """The same on a real database, on both."""
    small = staff(Small(database_url))
    yield small
    small.close()


NEW = Unit("S9", "新小", SCHOOL, "D", "小学", EAST, opened_on="2026-09-01")


# ---- setting up ---------------------------------------------------------------------------------


def test_a_unit_set_up_is_known_and_the_same_form_twice_answers_the_same(town: Small):
    first = run(town, add_unit, form="f1", unit=NEW)
    assert run(town, add_unit, form="f1", unit=NEW) == first == {"unit": "S9"}
    with pytest.raises(CommandReused):
        run(town, add_unit, form="f1", unit=replace(NEW, code="S8"))


def test_a_village_set_up_places_the_children_who_waited_for_its_code(town: Small):
    town.good("roster", pupil("G9", 现居住地代码="V9"))
    run(town, add_unit, unit=Unit("V9", "新村", VILLAGE, "T2"))
    run(town, follow_unit, code="V9")
    assert town.places("G9")[0][2] == "T2"
    town.clean()


@pytest.mark.parametrize(
    ("made_so", "said"),
    [
        ({"code": NEAR}, "已经用过"),
        ({"name": "近小"}, "已经有同名的近小"),
        ({"code": ""}, "请填写单位代码"),
        ({"kind": VILLAGE}, "村的上级应为乡镇或街道"),
        ({"township": HILL}, "不是已登记的乡镇或街道"),
        ({"parent": "没有"}, "没有这个上级单位"),
    ],
)
def test_a_unit_that_can_not_be_is_refused(town: Small, made_so: dict[str, Any], said: str):
    before = town.acts
    with pytest.raises(CaseworkError, match=said):
        run(town, add_unit, unit=replace(NEW, **made_so))
    assert town.acts == before


def test_nothing_is_set_up_below_a_closed_unit(town: Small):
    town.good("units", unit(STREET, "街道", COUNTY, 单位名称="南街", 停用日期="2026-09-01"))
    with pytest.raises(RuleBroken, match="南街已于 2026-09-01 停用"):
        run(town, add_unit, unit=Unit("V9", "新村", VILLAGE, STREET))


# ---- merging ------------------------------------------------------------------------------------


def test_a_merger_moves_children_and_open_files_and_leaves_the_posts_vacant(county: Small):
    county.good("status", status("2026-09-10", "疑似辍学"))
    before = county.figure("s_close", "2026-W40")
    moving = [named(county, "t1").id]
    assert closed(county, moving=moving) == {"unit": NEAR, "children": 2, "files": 1}
    assert followed(county) == 1
    assert county.schools() == [("0001-01-01", NEAR), (ON, FAR)]
    assert county.figure("s_close", "2026-W40") == before == 1
    assert county.figure("s_close", "2026-W40", row=FAR) == 1
    assert [named(county, login).until for login in ("head1", "t1", "t2")] == ["2026-09-30"] * 3
    assert holders(county, "校长", NEAR, ON) == []
    assert named(county, "t1", FAR).since == ON
    assert holders(county, "校长", FAR, ON) == ["head2"]
    county.clean()


def test_the_same_form_twice_closes_once(town: Small):
    seen = mark(town, NEAR)
    first = closed(town, seen=seen, form="f1")
    acts = town.acts
    assert closed(town, seen=seen, form="f1") == first
    assert town.acts == acts


def test_a_move_that_was_killed_is_finished_by_the_same_form_sent_again(
    county: Small, monkeypatch: pytest.MonkeyPatch
):
    county.good("roster", *(pupil(f"G{n}") for n in range(10, 15)))
    monkeypatch.setattr(unit_acts, "FILES_AT_ONCE", 2)
    seen = mark(county, NEAR)
    closed(county, seen=seen, form="f1")
    reply = run(county, follow_unit, code=NEAR)
    assert reply["left"] == 5, "the process dies here"
    assert county.figure("pupils", "2026-W40", row=FAR) == 3
    closed(county, seen=seen, form="f1")
    assert followed(county) == 3
    assert all(county.schools(f"G{n}")[-1] == (ON, FAR) for n in (1, 2, 10, 14))
    acts = county.acts
    assert followed(county) == 1 and county.acts == acts, "nobody is left, nothing is written"
    county.clean()


def test_a_stale_preview_is_refused_with_the_new_numbers(town: Small):
    seen = mark(town, NEAR)
    town.good("status", status("2026-09-10", "疑似辍学"))
    acts = town.acts
    with pytest.raises(ChangedMeanwhile, match="学生 2 名，其中未销号个案 1 份，任职 3 个"):
        closed(town, seen=seen)
    assert town.acts == acts
    closed(town)


def test_of_two_people_who_end_the_same_unit_one_is_told_how_it_stands(county: Small):
    seen = mark(county, NEAR)

    def end(successor: str) -> str:
        try:
            closed(county, into=successor, seen=seen)
        except ChangedMeanwhile as refused:
            return refused.message
        return ""

    with ThreadPoolExecutor(2) as both:
        said = sorted(both.map(end, [FAR, JUNIOR_SCHOOL]))
    assert said[0] == ""
    assert "近小已登记自 2026-10-01 起停用，并入" in said[1]
    followed(county)
    county.clean()


@pytest.mark.parametrize(
    ("code", "given", "said"),
    [
        (NEAR, {"into": ""}, "名下还有 2 名学生，须填写并入单位代码"),
        (NEAR, {"into": "D"}, "类型与本单位不同"),
        (NEAR, {"into": NEAR}, "成环"),
        (NEAR, {"into": "没有"}, "没有这个并入单位"),
        (NEAR, {"on": "2028-10-01"}, "在一年以后，请核对年份"),
        ("D", {"into": "D2"}, "还有没有停用的学校（近小、中学）"),
        (EAST, {"into": ""}, "名下还有|还有没有停用的|其下还有未停用的单位"),
        (STREET, {"into": "", "seen": "x"}, "预览之后有变化"),
    ],
)
def test_a_closing_that_can_not_be_is_refused_and_nothing_is_written(
    town: Small, code: str, given: dict[str, Any], said: str
):
    town.good("units", unit("D2", "学区", COUNTY))
    acts = town.acts
    with pytest.raises(CaseworkError, match=said):
        closed(town, code, **{"seen": "x", **given} if code == STREET else given)
    assert town.acts == acts


def test_a_successor_must_be_open_on_that_day(town: Small):
    town.good("units", unit("S8", 停用日期="2026-09-01"), unit("S9", 启用日期="2026-10-02"))
    with pytest.raises(RuleBroken, match="已于 2026-09-01 停用"):
        closed(town, into="S8")
    with pytest.raises(RuleBroken, match="自 2026-10-02 起才设立"):
        closed(town, into="S9")


def test_a_posting_that_begins_after_the_closing_must_be_voided_first(town: Small):
    town.good("staff", {**_row("t9", "任课教师"), "任职日期": "2026-10-05"})
    acts = town.acts
    with pytest.raises(RuleBroken, match="教师t9自 2026-10-05 起任任课教师，晚于停用前一天"):
        closed(town)
    assert town.acts == acts


def test_a_head_does_not_come_along_to_a_school_that_has_its_own(town: Small):
    with pytest.raises(RuleBroken, match="校长由一人担任"):
        closed(town, moving=[named(town, "head1").id])


_NOBODY = replace(CLERK, account="x")


@pytest.mark.parametrize(
    ("actor", "refusal"),
    [(HEAD, NotAllowed), (TEACHER, NotAllowed), (DISTRICT, NotAllowed), (_NOBODY, NotFound)],
)
def test_only_county_leads_who_hold_their_post_and_the_administrator_close_units(
    town: Small, actor: object, refusal: type[CaseworkError]
):
    with pytest.raises(refusal):
        closed(town, actor=actor)
    closed(town, actor=ADMIN)


def test_nobody_closes_the_unit_they_stand_in_and_another_county_is_not_there(town: Small):
    town.good("units", unit("C2", "县", ""), unit("S7", "学校", "C2"))
    with pytest.raises(NotAllowed, match="不能停用自己所在的单位"):
        closed(town, COUNTY, into="", actor=BOSS)
    for successor in ("S7", "没有"):
        with pytest.raises(NotFound, match="没有这个并入单位"):
            closed(town, into=successor)
    for code in ("S7", "没有"):
        with pytest.raises(NotFound, match="没有这个单位"):
            closed(town, code, into=FAR, seen="x")


# ---- taking a wrong merger back -----------------------------------------------------------------


def test_a_wrong_merger_is_taken_back_with_children_files_and_postings(county: Small):
    county.good("status", status("2026-09-10", "疑似辍学"))
    before = {login: named(county, login) for login in ("head1", "t1", "t2")}
    closed(county, moving=[before["t1"].id])
    followed(county)
    county.good("roster", pupil("G9", 变动日期="2026-10-01"))
    assert county.schools("G9") == [("2026-10-01", FAR)], "told after the merger"
    assert run(county, reopen_unit, code=NEAR, reason="登记错了学校", seen=ON)["postings"] == 4
    followed(county)
    assert county.schools() == [("0001-01-01", NEAR)]
    assert county.schools("G9") == [("2026-10-01", NEAR)]
    assert {login: named(county, login) for login in before} == before
    assert [row.login for row in at(county, FAR)] == ["head2"]
    assert county.figure("s_close", "2026-W40", row=NEAR) == 1
    county.clean()
    closed(county, into=JUNIOR_SCHOOL)
    followed(county)
    assert county.schools()[-1] == (ON, JUNIOR_SCHOOL)
    county.clean()


def test_a_merger_taken_back_and_given_again_before_the_children_came_back(county: Small):
    closed(county)
    followed(county)
    run(county, reopen_unit, code=NEAR, reason="日期不对", seen=ON)
    later = "2026-10-08"
    closed(county, on=later)
    followed(county)
    assert county.schools() == [("0001-01-01", NEAR), (later, FAR)]
    county.clean()


def test_what_was_changed_after_a_wrong_merger_is_left_as_it_is(town: Small):
    closed(town)
    town.good("staff", {**_row("t2", "任课教师"), "离任日期": "2026-08-31"})
    run(town, reopen_unit, code=NEAR, reason="错", seen=ON)
    assert (named(town, "t2").until, named(town, "head1").until) == ("2026-08-31", "")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"seen": ON, "reason": " "}, "请写明为什么"),
        ({"seen": "2026-09-09", "reason": "错"}, "已登记自 2026-10-01 起停用，并入远小"),
    ],
)
def test_a_closing_is_taken_back_only_with_a_reason_and_as_it_stands(
    town: Small, given: dict[str, Any], said: str
):
    closed(town)
    with pytest.raises((RuleBroken, ChangedMeanwhile), match=said):
        run(town, reopen_unit, code=NEAR, **given)
    run(town, reopen_unit, code=NEAR, reason="错", seen=ON)
    with pytest.raises(ChangedMeanwhile, match="可能已被他人撤销停用"):
        run(town, reopen_unit, code=NEAR, reason="错", seen=ON)
    with pytest.raises(RuleBroken, match="没有停用，不需要撤销"):
        run(town, reopen_unit, code=NEAR, reason="错", seen=FOREVER)


def test_a_day_that_is_none_does_not_get_far(town: Small):
    with pytest.raises((BadInput, ValueError)):
        closed(town, on="2026-13-01", seen="x")


def _row(login: str, post: str) -> dict[str, str]:
    return {"登录名": login, "姓名": f"教师{login}", "岗位": post, "单位代码": NEAR, "任职日期": "2024-09-01"}
