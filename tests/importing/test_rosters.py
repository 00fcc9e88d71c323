"""The roster over time: what holds since ever, what from 变动日期, what 无 and an empty cell say."""

from typing import Any

import pytest

from tests.importing.small import TODAY, Small
from tests.support.rows import FAR, JUNIOR_SCHOOL, NEAR, VALLEY, pupil, said, status, unit


def test_the_first_row_holds_since_ever_unless_it_says_otherwise(county: Small):
    county.good("roster", pupil("G8"), pupil("G9", 变动日期="2026-09-01"))
    assert county.places("G8")[0][0] == "0001-01-01"
    assert county.places("G9")[0][0] == "2026-09-01"


def test_only_the_changed_fields_hold_from_the_day_and_each_until_its_own_next_change(county: Small):
    county.good("roster", said("G1", 班级="2班", 变动日期="2026-09-01"))
    county.good("roster", said("G1", 现居住地代码=VALLEY, 变动日期="2026-08-01"))
    assert [(place[0], place[2], place[3]) for place in county.places()] == [
        ("0001-01-01", "T1", "1班"),
        ("2026-08-01", "T2", "1班"),
        ("2026-09-01", "T2", "2班"),
    ]
    county.clean()


def test_a_change_without_day_holds_from_the_day_of_import(county: Small):
    county.good("roster", pupil("G1", 班级="3班"))
    assert county.places()[-1][0] == TODAY


def test_wu_clears_what_is_said_about_the_person_and_an_empty_cell_does_not(county: Small):
    about = {"监护人": "家长G9", "与监护人关系": "祖父", "联系电话": "13900000000", "民族": "彝族"}
    county.good("roster", pupil("G9", **about))
    county.again("roster", said("G9"))
    outcome = county.good("roster", said("G9", **dict.fromkeys(about, "无")))
    assert {(column, old, new) for column, old, new in outcome.shown[0].changes} == {
        ("监护人", "家长G9", ""),
        ("与监护人关系", "祖父", ""),
        ("民族", "彝族", ""),
        ("证件、电话或住址", "", "（已更新，不在此显示）"),
    }
    county.again("roster", said("G9", **dict.fromkeys(about, "无")))
    county.good("roster", said("G9", 监护人="家长G9"))


def test_an_empty_cell_says_nothing_and_wu_clears(county: Small):
    county.good("roster", pupil("G9", 特殊群体="低保", 困难认定等级="困难"))
    county.again("roster", said("G9"))
    outcome = county.good("roster", said("G9", 特殊群体="无", 困难认定等级="无", 变动日期="2026-09-01"))
    assert {(column, old, new) for column, old, new in outcome.shown[0].changes} == {
        ("特殊群体", "低保", ""),
        ("困难认定等级", "困难", ""),
    }
    county.again("roster", said("G9", 特殊群体="无", 变动日期="2026-09-01"))


def test_an_old_roster_after_an_accepted_transfer_is_asked_and_moves_nobody(county: Small):
    county.good(
        "status",
        status("2026-09-01", "重点关注"),
        status("2026-09-05", "转出", 接收学校代码=FAR),
        status("2026-09-08", "转入接收", 接收学校代码=FAR),
    )
    why = county.bad("roster", pupil("G1"))
    assert "学校代码“S1”：该生已按个案登记转入远小（S2），本表仍写“近小（S1）”" in why
    assert county.schools() == [("0001-01-01", NEAR), ("2026-09-08", FAR)]
    county.again("roster", pupil("G1", 变动日期="2026-09-01"))
    county.good("roster", pupil("G1", 变动日期="2026-09-20"))
    assert county.schools()[-1] == ("2026-09-20", NEAR)
    county.clean()


def test_an_old_roster_from_before_two_moves_is_asked_as_well(county: Small):
    county.good(
        "status",
        status("2026-09-01", "疑似辍学"),
        status("2026-09-05", "复学", 接收学校代码=FAR),
        status("2026-09-08", "再辍"),
        status("2026-09-12", "复学", 接收学校代码=JUNIOR_SCHOOL),
    )
    assert "旧名册不会把学生转回" in county.bad("roster", pupil("G1"))
    assert "旧名册不会把学生转回" in county.bad("roster", pupil("G1", "", FAR))


def test_a_child_never_enrolled_who_returned_to_school_is_not_put_back_by_an_old_roster(county: Small):
    row = pupil("G9", "", "", 就读情况="未入学", 学段="", 年级="", 班级="")
    county.good("roster", row)
    county.good(
        "status", status("2026-09-01", "辍学", "G9"), status("2026-09-05", "复学", "G9", 接收学校代码=NEAR)
    )
    county.again("roster", row | {"就读情况": ""})
    assert "旧名册不会把学生转回" in county.bad("roster", row | {"学校代码": "无"})
    assert county.schools("G9")[-1] == ("2026-09-05", NEAR)


def test_a_child_that_leaves_the_county_sits_in_no_school_of_it(county: Small):
    county.good(
        "roster",
        said("G1", 就读情况="县外就读", 就读学校名称="外县小学", 所在地="外县", 变动日期="2026-09-01"),
    )
    assert county.places()[-1] == ("2026-09-01", "", "T1", "", "县外就读")
    assert county.figure("pupils", row=NEAR) == 1


@pytest.mark.parametrize(
    ("row", "said_why"),
    [
        (pupil("G9", "", "S404"), "学校代码“S404”：没有这个学校"),
        (pupil("G9", "", "V1"), "没有这个学校"),
        (pupil("G9", 性别="不详"), "性别“不详”"),
        (pupil("G9", 就读情况="在读"), "就读情况“在读”"),
        (pupil("G9", 学段="大学"), "学段“大学”"),
        (pupil("G9", 特殊群体="低保、贫困"), "“贫困”不在可选范围内"),
        (pupil("G9", 困难认定等级="很困难"), "困难认定等级“很困难”"),
        (pupil("G9", 出生日期="2026-10-02"), "出生日期“2026-10-02”：在将来"),
        (pupil("G9", 变动日期="2026-10-02"), "变动日期“2026-10-02”：在将来"),
        (pupil("G9", 变动日期="2016-02-01"), "变动日期“2016-02-01”：早于出生日期"),
        (pupil("G9", 班级=""), "须填写班级"),
        (pupil("G9", "", "", 年级=""), "学校代码（空）"),
        (pupil("G9", "", "", 就读情况="未入学", 现居住地代码=""), "须填写现居住地代码或户籍地代码"),
        (said("G1", 学校代码="无"), "须填写学校代码"),
        (said("G1", 就读情况="县外就读", 现居住地代码="无"), "须填写现居住地代码或户籍地代码"),
        (said("G1", 变动日期="2026-09-01", 班级="无"), "须填写班级"),
    ],
)
def test_what_can_not_be_is_refused_with_column_and_reason(county: Small, row: dict, said_why: str):
    assert said_why in county.bad("roster", row)


def test_a_row_before_the_first_day_must_say_everything(county: Small):
    county.good("roster", pupil("G9", 变动日期="2026-09-01"))
    assert "须填写" in county.bad("roster", said("G9", 班级="1班", 变动日期="2026-03-01"))
    county.good("roster", pupil("G9", "", FAR, 变动日期="2026-03-01"))
    assert county.schools("G9") == [("2026-03-01", FAR), ("2026-09-01", NEAR)]


def test_a_corrected_birth_changes_the_age_from_now_on_and_not_what_was_reported(county: Small):
    due, then = county.figure("due_children"), county.now
    before = county.casework.weekly_report("C", "2026-W39", known_at=then)["digest"]
    county.now = county.now.replace(hour=10)
    county.good("roster", pupil("G1", 出生日期="2021-03-01"), confirm_names=True)
    assert county.figure("due_children") == due - 1
    assert (
        county.casework.weekly_report("C", "2026-W39", known_at=county.now.replace(hour=9))["digest"]
        == before
    )
    county.clean()


# ---- the full roster (全册) --------------------------------------------------------------------


def unexplained(county: Small, *rows: dict, **options: Any) -> int:
    return len(county.take("roster", rows, full=True, **options).unexplained)


@pytest.mark.parametrize("apply", [True, False])
def test_a_full_roster_lists_who_of_its_schools_is_not_named(county: Small, apply: bool):
    assert unexplained(county, pupil("G1"), apply=apply) == 1
    assert unexplained(county, pupil("G1"), pupil("G2"), apply=apply) == 0
    assert county.schools("G2") == [("0001-01-01", NEAR)]


def test_a_refused_row_names_its_child_all_the_same(county: Small):
    assert unexplained(county, pupil("G1"), pupil("G2", 性别="不详")) == 0
    assert unexplained(county, pupil("G1"), pupil("G2", "另名")) == 0
    assert unexplained(county, pupil("G1"), pupil("G2", 班级="1班"), pupil("G2", 班级="2班")) == 0


def test_a_full_roster_that_names_a_merged_school_means_its_successor(county: Small):
    county.good("units", unit(NEAR, 单位名称="近小", 停用日期="2026-09-01", 并入单位代码=FAR))
    assert unexplained(county, pupil("G1")) == 2
