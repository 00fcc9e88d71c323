"""Who may do what, and whose children a unit or an area sees: nothing by default."""

from dataclasses import fields
from typing import Any

import pytest

from casework.domain.permissions import (
    ACTIONS,
    MASKED_POSTS,
    REACHES,
    RIGHTS,
    Reach,
    may,
    reach_of,
    reach_of_area,
    report_units,
)
from casework.domain.places import Place
from casework.domain.units import Unit, Units
from tests.domain.rights import MAY, NOBODY, SEES

UNITS = Units(
    [
        Unit("P", "某省", "province"),
        Unit("CI", "某市", "city", parent="P"),
        Unit("A", "甲县", "county", parent="CI"),
        Unit("B", "乙县", "county", parent="P"),
        Unit("AD", "东学区", "district", parent="A", township="AT2"),
        Unit("AT1", "青山镇", "township", parent="A"),
        Unit("AT2", "城关街道", "subdistrict", parent="A"),
        Unit("AV1", "石桥村", "village", parent="AT1", township="AT1"),
        Unit("AV2", "石桥村", "village", parent="AT2"),
        Unit("AV3", "柳湾村", "village", parent="AT2"),
        Unit("AS1", "中心小学", "school", parent="AD", township="AT1"),
        Unit("AS2", "实验初中", "school", parent="A", township="AT2"),
        Unit("BT1", "青山镇", "township", parent="B"),
        Unit("BV1", "柳湾村", "village", parent="BT1"),
        Unit("BS1", "中心小学", "school", parent="B", township="BT1"),
    ]
)
NOTHING: frozenset[str] = frozenset()


# ---- rights -----------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_belongs_to_the_posts_that_the_county_named_and_to_no_other(action: str):
    assert {post for post in RIGHTS if may(post, action)} == set(MAY[action].split())


def test_what_is_not_in_the_table_is_not_allowed():
    assert set(MAY) == set(ACTIONS)
    assert not any(may("没有这个岗位", action) for action in ACTIONS)
    assert not any(may(post, "没有这项操作") for post in RIGHTS)


def test_each_post_sees_by_its_unit_its_class_its_area_or_by_name():
    assert {post: how for how, posts in SEES.items() for post in posts.split()} == REACHES
    assert set(RIGHTS) == {*REACHES, *NOBODY.split()}


def test_only_the_inspector_works_without_names():
    assert {"督导"} == MASKED_POSTS


# ---- what a reach holds -----------------------------------------------------------------------

HERE = Place("2026-09-01", "A", "AT1", "AV1", "AS1", "primary", "四年级", "1班")
ELSEWHERE = Place("2026-09-01", "B", "BT1", "BV1", "BS1", "primary", "四年级", "1班")
WAYS = [
    Reach("u", counties=frozenset({"A"})),
    Reach("u", townships=frozenset({"AT1"})),
    Reach("u", villages=frozenset({"AV1"})),
    Reach("u", schools=frozenset({"AS1"})),
    Reach("u", rooms=frozenset({("AS1", "四年级", "1班")})),
    Reach("u", children=frozenset({"child"})),
]


@pytest.mark.parametrize("reach", WAYS)
def test_any_one_way_of_seeing_a_child_is_enough(reach: Reach):
    assert reach.holds("child", HERE)
    assert not reach.holds("another", ELSEWHERE)


def test_who_has_no_way_of_seeing_sees_nobody():
    assert not Reach("u").holds("child", HERE)
    assert not Reach("u").holds("", Place("2026-09-01"))


@pytest.mark.parametrize(
    "other", [("AS2", "四年级", "1班"), ("AS1", "五年级", "1班"), ("AS1", "四年级", "2班")]
)
def test_a_class_is_known_by_school_grade_and_name_together(other: tuple[str, str, str]):
    assert not Reach("u", rooms=frozenset({other})).holds("child", HERE)


@pytest.mark.parametrize(
    "name", [field.name for field in fields(Reach) if field.name not in ("unit", "past")]
)
def test_two_reaches_together_see_what_either_sees(name: str):
    def reach(codes: str) -> Reach:
        given: dict[str, Any] = {name: frozenset(codes)}
        return Reach("u", **given)

    one, other, both = map(reach, ("xy", "yz", "xyz"))
    assert one.joined(other) == both


@pytest.mark.parametrize(("one", "other"), [(True, False), (False, True), (False, False), (True, True)])
def test_what_is_past_is_seen_by_two_together_only_when_each_sees_it(one: bool, other: bool):
    assert Reach("u", past=one).joined(Reach("u", past=other)).past is (one and other)


# ---- what a unit sees -------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "counties"), [("P", "A B"), ("CI", "A"), ("A", "A"), ("B", "B")])
def test_province_city_and_county_see_whole_counties(code: str, counties: str):
    assert reach_of(UNITS, code) == Reach(code, counties=frozenset(counties.split()))


@pytest.mark.parametrize(("code", "school"), [("AT1", "AS1"), ("AT2", "AS2"), ("BT1", "BS1")])
def test_a_township_sees_who_lives_there_and_who_learns_at_a_school_in_it(code: str, school: str):
    assert reach_of(UNITS, code) == Reach(code, townships=frozenset({code}), schools=frozenset({school}))


def test_a_village_sees_who_lives_there_wherever_they_learn():
    assert reach_of(UNITS, "AV1") == Reach("AV1", villages=frozenset({"AV1"}))


@pytest.mark.parametrize(("code", "school"), [("AD", "AS1"), ("AS1", "AS1"), ("AS2", "AS2")])
def test_a_district_and_a_school_see_the_pupils_of_their_schools(code: str, school: str):
    assert reach_of(UNITS, code) == Reach(code, schools=frozenset({school}))


def test_a_unit_that_nobody_knows_sees_nobody():
    assert reach_of(UNITS, "nowhere") == Reach("nowhere")


# ---- what an area names (包片) ----------------------------------------------------------------


def area(post_unit: str, *words: str) -> Reach:
    reach = reach_of_area(UNITS, post_unit, words)
    assert (reach.unit, reach.past) == (post_unit, False)
    return reach


@pytest.mark.parametrize("word", ["AV3", "柳湾村"])
def test_an_area_names_villages_of_the_posts_county_by_code_or_by_name(word: str):
    assert area("A", word).villages == {"AV3"}


def test_an_area_of_several_words_is_all_of_them_together():
    reach = area("A", "青山镇", "AV3", "没有这个地方")
    assert (reach.townships, reach.villages, reach.schools) == ({"AT1"}, {"AV3"}, {"AS1"})
    assert not (reach.counties or reach.rooms or reach.children)


def test_a_name_that_two_units_carry_names_neither():
    assert area("A", "石桥村").villages == NOTHING


@pytest.mark.parametrize(("school", "village"), [("AS1", "AV1"), ("AS2", "AV2")])
def test_of_two_villages_of_one_name_a_school_means_the_one_in_its_township(school: str, village: str):
    assert area(school, "石桥村").villages == {village}


def test_what_lies_elsewhere_in_the_county_is_found_from_a_school_too():
    assert area("AS1", "柳湾村").villages == {"AV3"}
    assert area("AS1", "实验初中").schools == {"AS2"}
    assert area("AS1", "东学区").schools == {"AS1"}


def test_the_posts_own_unit_comes_first():
    assert area("AT2", "石桥村").villages == {"AV2"}


@pytest.mark.parametrize("word", ["BV1", "B", "A", "甲县", ""])
def test_an_area_never_names_another_county_nor_a_whole_one(word: str):
    reach = area("A", word)
    assert not (reach.counties or reach.townships or reach.villages or reach.schools)


def test_an_area_of_an_unknown_unit_or_of_none_is_empty():
    assert area("nowhere", "柳湾村") == Reach("nowhere", past=False)
    assert area("A") == Reach("A", past=False)
    assert area("P", "柳湾村").villages == NOTHING


# ---- whose weekly report a unit may read ------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "others"),
    [
        ("P", "A AD AS1 AS2 AT1 AT2 B BS1 BT1 CI"),
        ("A", "AD AS1 AS2 AT1 AT2"),
        ("AT1", "AS1"),
        ("AT2", "AS2"),
        ("AD", "AS1"),
        ("AS1", ""),
    ],
)
def test_a_unit_reads_its_own_report_and_those_of_the_units_below_or_in_it(code: str, others: str):
    assert report_units(UNITS, code) == [code, *others.split()]


@pytest.mark.parametrize("code", ["AV1", "nowhere"])
def test_a_village_or_an_unknown_unit_has_no_report_to_read(code: str):
    assert report_units(UNITS, code) == []
