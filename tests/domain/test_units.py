"""Where a child belongs: county, township and village from school, residence and registration (单位树)."""

from dataclasses import replace

import pytest

from casework.domain.units import Unit, Units

DAY = "2026-09-10"
TREE = [
    Unit("P", "省", "province"),
    Unit("C", "本县", "county", "P"),
    Unit("C2", "邻县", "county", "P"),
    Unit("T1", "东乡", "township", "C"),
    Unit("T2", "南街", "subdistrict", "C"),
    Unit("V1", "东村", "village", "T1"),
    Unit("V2", "街居", "village", "T2"),
    Unit("X1", "邻乡", "township", "C2"),
    Unit("XV", "邻村", "village", "X1"),
    Unit("D", "学区", "district", "C"),
    Unit("S1", "近小", "school", "D", township="T1"),
    Unit("XS", "邻小", "school", "C2", township="X1"),
]


@pytest.mark.parametrize(
    ("school", "residence", "registration", "home"),
    [
        ("S1", "V2", "V1", ("C", "T2", "V2")),
        ("S1", "XV", "V2", ("C", "T2", "V2")),
        ("S1", "XV", "", ("C", "T1", "")),
        ("S1", "不详", "不详", ("C", "T1", "")),
        ("S1", "T2", "V1", ("C", "T2", "")),
        ("S1", "C", "V1", ("C", "T1", "V1")),
        ("", "V1", "XV", ("C", "T1", "V1")),
        ("", "XV", "V1", ("C2", "X1", "XV")),
        ("", "不详", "V1", ("C", "T1", "V1")),
        ("", "不详", "", ("", "", "")),
        ("XS", "V1", "XV", ("C2", "X1", "XV")),
    ],
)
def test_home_is_the_schools_county_and_there_residence_then_registration_then_the_schools_place(
    school: str, residence: str, registration: str, home: tuple[str, str, str]
):
    assert Units(TREE).home(school, residence, registration, DAY) == home


def merged(code: str, into: str, on: str) -> Units:
    """The tree after a unit merged into another."""
    return Units(replace(unit, closed_on=on, successor=into) if unit.code == code else unit for unit in TREE)


def test_a_merged_township_stands_for_its_villages_and_schools_from_that_day():
    units = merged("T1", "T2", DAY)
    assert units.home("S1", "V1", "", "2026-09-09") == ("C", "T1", "V1")
    assert units.home("S1", "V1", "", DAY) == ("C", "T2", "V1")
    assert units.home("S1", "", "", DAY) == ("C", "T2", "")
    assert units.cuts("S1") == units.cuts("V1") == [DAY]


def test_a_chain_of_mergers_ends_in_the_last_and_every_day_of_it_cuts():
    tree = [Unit("A", "甲", "school", closed_on="2026-03-01", successor="B")]
    tree += [Unit("B", "乙", "school", closed_on="2026-09-01", successor="D"), Unit("D", "丁", "school")]
    units = Units(tree)
    assert [units.standing("A", day) for day in ("2026-02-28", "2026-03-01", "2026-09-01")] == ["A", "B", "D"]
    assert [each.code for each in units.heirs("A")] == ["A", "B", "D"]
    assert units.cuts("A") == ["2026-03-01", "2026-09-01"]


def test_mergers_in_a_circle_end_all_the_same():
    pair = (("A", "B"), ("B", "A"))
    units = Units(Unit(code, code, "school", closed_on=DAY, successor=into) for code, into in pair)
    assert units.standing("A", DAY) in ("A", "B")
    assert [each.code for each in units.heirs("A")] == ["A", "B"]
    assert units.cuts("A") == [DAY]


def test_a_unit_is_open_from_its_first_day_to_the_day_before_it_closes():
    unit = Unit("A", "甲", "school", opened_on="2026-09-01", closed_on="2026-09-10")
    assert unit.open_between("2026-08-25", "2026-09-01")
    assert unit.open_between("2026-09-09", "2026-09-15")
    assert not unit.open_between("2026-08-25", "2026-08-31")
    assert not unit.open_between("2026-09-10", "2026-09-16")


def test_an_unknown_code_stands_for_itself_and_lies_nowhere():
    units = Units(TREE)
    assert list(units.heirs("?")) == []
    assert (units.standing("?", DAY), units.county_of("?"), units.name("?")) == ("?", "", "?")
