"""Units and postings: what may stand above what, mergers and whom they move; postings."""

import pytest

from tests.importing.small import Small
from tests.support.rows import (
    COUNTY,
    EAST,
    FAR,
    HILL,
    NEAR,
    STREET,
    VALLEY,
    WEST,
    posting,
    pupil,
    status,
    unit,
)


def merged(
    code: str, into: str, on: str = "2026-09-01", kind: str = "学校", parent: str = "D"
) -> dict[str, str]:
    names = {NEAR: "近小", EAST: "东乡", WEST: "西乡"}
    return unit(code, kind, parent, 单位名称=names.get(code, f"单位{code}"), 停用日期=on, 并入单位代码=into)


def test_a_parent_may_stand_below_its_child_in_the_sheet(county: Small):
    county.good("units", unit("S9", "学校", "D9"), unit("D9", "学区", COUNTY))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([unit("S9", "学校", "没有")], "上级代码“没有”：上级代码“没有”不存在"),
        ([unit("X1", "学区", "X2"), unit("X2", "学区", "X1")], "上级代码成环"),
        ([unit("X1", "学区", "X1")], "上级代码成环"),
        ([unit("V9", "村", COUNTY)], "村的上级应为乡镇或街道"),
        ([unit("S9", "学校", "")], "上级代码为空"),
        ([unit("S9", "书院", "D")], "类型“书院”"),
        ([unit("S9", 所在乡镇代码=HILL)], "所在乡镇代码“V1”：所在乡镇代码“V1”不是已登记的乡镇或街道"),
        ([unit("V9", "村", EAST, 所在乡镇代码=EAST)], "所在乡镇代码只用于学校"),
        ([unit("S9", 代报单位代码="没有")], "代报单位代码“没有”不存在"),
        ([unit("S9", 学校类别="私塾")], "学校类别“私塾”"),
        ([unit("V9", "村", EAST, 学校类别="小学")], "只用于学校"),
        ([unit("S9"), unit("S9", 单位名称="另一名")], "同一单位代码在本表中出现多次且内容不同"),
        ([unit(NEAR, "学校", COUNTY, 单位名称="近小")], "上级代码不能更改"),
        ([unit(NEAR, "学区", COUNTY, 单位名称="近小")], "类型不能更改"),
        ([unit(NEAR, 单位名称="近小", 所在乡镇代码=WEST)], "所在乡镇代码不能更改"),
        ([merged(NEAR, "没有")], "并入单位代码“没有”不存在"),
        ([merged(NEAR, "D")], "类型与本单位不同"),
        ([merged(NEAR, FAR), merged(FAR, NEAR, parent=COUNTY)], "并入单位代码成环"),
        ([merged(NEAR, NEAR)], "并入单位代码成环"),
        ([unit(NEAR, 单位名称="近小", 并入单位代码=FAR)], "没有停用日期"),
        ([unit("S9", 启用日期="2026-09-01", 停用日期="2026-09-01")], "不晚于启用日期"),
        ([unit(NEAR, 单位名称="近小", 停用日期="2026-09-01")], "名下还有 2 名学生，须填写并入单位代码"),
        ([unit(HILL, "村", EAST, 停用日期="2026-09-01")], "名下还有 2 名学生"),
        ([unit("D", "学区", COUNTY, 停用日期="2026-09-01")], "其下还有未停用的单位（近小、中学）"),
    ],
)
def test_a_unit_that_can_not_be_is_refused_with_column_and_reason(county: Small, rows: list, said: str):
    assert said in county.bad("units", *rows)


def test_rows_that_lean_on_a_refused_row_are_refused_with_it(county: Small):
    rows = [unit("D9", "学区", "没有"), unit("S8", "学校", "D9"), unit("S9", "学校", "D")]
    assert county.verbs("units", *rows) == {"refused": 2, "created": 1}


def test_an_empty_optional_cell_says_nothing(county: Small):
    county.again("units", unit(NEAR, 单位名称="近小"))


def test_a_unit_without_children_closes_without_successor(county: Small):
    county.good("units", unit(STREET, "街道", COUNTY, 单位名称="南街", 停用日期="2026-09-01"))


def test_a_merged_school_moves_its_children_and_open_cases_from_that_day(county: Small):
    county.good("status", status("2026-08-20", "疑似辍学"))
    county.good("units", merged(NEAR, FAR))
    assert county.schools() == [("0001-01-01", NEAR), ("2026-09-01", FAR)]
    assert county.figure("s_close", "2026-W35", row=NEAR) == 1
    assert (county.figure("s_close", row=FAR), county.figure("pupils", row=FAR)) == (1, 3)
    county.clean()


def test_children_recorded_late_at_a_merged_school_follow_it_too(county: Small):
    county.good("units", merged(NEAR, FAR))
    county.good("roster", pupil("G9"), pupil("G10", 变动日期="2026-08-01"))
    assert county.schools("G9") == [("0001-01-01", NEAR), ("2026-09-01", FAR)]
    assert county.schools("G10") == [("2026-08-01", NEAR), ("2026-09-01", FAR)]


def test_the_day_of_a_merger_can_be_put_later_and_earlier(county: Small):
    county.good("units", merged(NEAR, FAR))
    county.good("units", merged(NEAR, FAR, "2026-09-15"))
    assert county.schools() == [("0001-01-01", NEAR), ("2026-09-15", FAR)]
    county.good("units", merged(NEAR, FAR, "2026-08-15"))
    assert county.schools() == [("0001-01-01", NEAR), ("2026-08-15", FAR)]
    county.clean()


def test_a_merged_township_moves_the_children_of_its_villages_and_schools(county: Small):
    county.good("roster", pupil("G9", 现居住地代码=""))
    county.good("status", status("2026-08-20", "疑似辍学"), status("2026-08-20", "疑似辍学", "G9"))
    county.good("units", merged(EAST, WEST, kind="乡镇", parent=COUNTY))
    for number in ("G1", "G9"):
        assert [place[2] for place in county.places(number)] == [EAST, WEST]
    county.clean()
    assert county.figure("s_close", unit=WEST) == 2


def test_a_village_that_merges_moves_its_children(county: Small):
    county.good("units", merged(HILL, VALLEY, kind="村", parent=EAST))
    assert [place[2] for place in county.places()] == [EAST, WEST]
    county.clean()


def test_a_unit_that_becomes_known_places_the_children_who_waited_for_it(county: Small):
    county.good("roster", pupil("G9", 现居住地代码="V9"))
    assert county.places("G9")[0][2] == EAST
    county.good("units", unit("V9", "村", WEST))
    assert county.places("G9")[0][2] == WEST
    county.clean()


def test_a_move_of_children_that_was_interrupted_is_made_up_by_the_next_import(county: Small, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("casework.importers.run.children_to_move", lambda *_: [])
        county.good("units", merged(NEAR, FAR))
    assert county.schools() == [("0001-01-01", NEAR)]
    county.good("units", unit("S9"))
    assert county.schools() == [("0001-01-01", NEAR), ("2026-09-01", FAR)]
    county.clean()


# ---- postings (人员岗位) -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([posting("w1", "校长", "没有")], "单位代码“没有”：单位代码“没有”不存在"),
        ([posting("w1", "厨师")], "岗位“厨师”"),
        ([posting("w1", 离任日期="2024-08-01")], "离任日期“2024-08-01”：离任日期 2024-08-01 早于任职日期"),
        (
            [posting("w1"), posting("w1", 任职日期="2025-09-01")],
            "重叠：2024-09-01 至 今，本行 2025-09-01 至 今",
        ),
        ([posting("w1", 离任日期="2025-09-01"), posting("w1", 任职日期="2025-09-01")], "重叠"),
        ([posting("w1"), posting("w1", 姓名="另一人")], "对应两个姓名"),
        ([posting("w1", 负责范围="甲村"), posting("w1", 负责范围="乙村")], "指向同一任职"),
    ],
)
def test_a_posting_that_can_not_be_is_refused_with_column_and_reason(county: Small, rows: list, said: str):
    assert said in county.bad("staff", *rows)


def test_a_posting_may_follow_another_from_the_next_day_and_two_classes_may_be_held_at_once(county: Small):
    county.good("staff", posting("w1", 离任日期="2025-08-31"), posting("w1", 任职日期="2025-09-01"))
    county.good(
        "staff",
        posting("w2", "班主任", 班级="一年级1班"),
        posting("w2", "班主任", 班级="一年级2班", 任职日期="2024-09-02"),
    )


def test_printed_names_of_posts_mean_the_short_ones(county: Small):
    county.good("staff", posting("z1", "教体局局长", COUNTY))
    county.again("staff", posting("z1", "局长", COUNTY))


def test_nobody_takes_up_a_post_at_a_unit_that_is_closed(county: Small):
    county.good("units", merged(NEAR, FAR))
    assert "近小已于 2026-09-01 停用" in county.bad("staff", posting("w1", 任职日期="2026-09-01"))
    county.good("staff", posting("w1", 离任日期="2026-08-31"))
