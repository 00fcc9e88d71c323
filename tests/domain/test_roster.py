"""A child's roster over time: which value holds when, which stage counts, where mergers cut (花名册)."""

from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.domain.roster import FIELDS, RosterEntry, compose, entry_cohort, field_on, source_on
from casework.domain.units import Unit, Units
from casework.domain.values import FOREVER, SINCE_EVER

FIRST = dict.fromkeys(FIELDS, "") | {
    "enrolment": "在籍在校",
    "school": "S1",
    "stage": "primary",
    "grade": "五年级",
    "klass": "1班",
}
COUNTY = [
    Unit("C", "县", "county"),
    Unit("T1", "东乡", "township", "C"),
    Unit("T2", "西乡", "township", "C"),
    Unit("S1", "近小", "school", "C", township="T1"),
    Unit("S2", "远小", "school", "C", township="T2"),
]


def entries(*changes: tuple[str, Mapping[str, str]]) -> list[RosterEntry]:
    """The first row since ever, then changes as (day, fields), recorded in this order."""
    later = [RosterEntry(no, on, values) for no, (on, values) in enumerate(changes, start=2)]
    return [RosterEntry(1, SINCE_EVER, FIRST), *later]


def held(changes: list[RosterEntry], *names: str, units: Units | None = None) -> list[tuple[str, ...]]:
    """(from, the named values of the place) of every stretch."""
    spans = compose(changes, units or Units(COUNTY))
    return [(span.valid_from, *(getattr(span.place, name) for name in names)) for span in spans]


def test_a_field_holds_until_its_own_next_change():
    changes = entries(("2026-09-01", {"klass": "2班"}), ("2026-03-01", {"grade": "六年级"}))
    assert held(changes, "grade", "klass") == [
        (SINCE_EVER, "五年级", "1班"),
        ("2026-03-01", "六年级", "1班"),
        ("2026-09-01", "六年级", "2班"),
    ]


def test_of_two_changes_of_one_field_on_one_day_the_one_recorded_last_holds():
    changes = entries(("2026-09-01", {"klass": "2班"}), ("2026-09-01", {"klass": "3班"}))
    assert held(changes, "klass")[-1] == ("2026-09-01", "3班")
    assert held([changes[0], changes[2], changes[1]], "klass")[-1] == ("2026-09-01", "3班")


def test_a_change_to_the_value_that_held_makes_no_stretch():
    assert len(compose(entries(("2026-09-01", {"klass": "1班"})), Units(COUNTY))) == 1


def test_the_case_that_set_a_value_is_known_until_a_roster_sets_it_again():
    moved = [*entries(), RosterEntry(2, "2026-09-10", {"school": "S2"}, source=7)]
    assert (source_on(moved, "school", "2026-09-09"), source_on(moved, "school", "2026-09-10")) == (0, 7)
    assert field_on(moved, "school", "2026-09-10") == "S2"
    later = [*moved, RosterEntry(3, "2026-09-20", {"school": "S1"})]
    assert source_on(later, "school", "2026-09-20") == 0


def test_a_stated_stage_counts_and_an_empty_one_follows_from_what_was_finished():
    away = {"enrolment": "未入学", "school": "", "stage": "", "grade": "", "klass": ""}
    assert held(entries(("2026-09-01", away)), "stage")[-1] == ("2026-09-01", "primary")
    six = ("2026-03-01", {"grade": "六年级"})
    assert held(entries(six, ("2026-09-01", away)), "stage")[-1] == ("2026-09-01", "junior")
    junior = ("2026-03-01", {"stage": "junior", "grade": "七年级"})
    assert held(entries(junior, ("2026-09-01", away)), "stage")[-1] == ("2026-09-01", "junior")


@pytest.mark.parametrize("grade", ["六年级", "6年级", "６年级", "六", "6", "小学六年级"])
def test_grade_six_is_read_in_every_usual_writing(grade: str):
    away = {"enrolment": "未入学", "school": "", "stage": "", "grade": "", "klass": ""}
    changes = entries(("2026-03-01", {"grade": grade}), ("2026-09-01", away))
    assert held(changes, "stage")[-1] == ("2026-09-01", "junior")


def test_a_merger_cuts_where_the_school_its_parent_or_its_township_was_replaced():
    for code, expected in (("S1", ("S2", "T2")), ("T1", ("S1", "T2"))):
        merged = [
            Unit(each.code, each.name, each.kind, each.parent, township=each.township)
            if each.code != code
            else Unit(
                code,
                each.name,
                each.kind,
                each.parent,
                township=each.township,
                closed_on="2026-09-01",
                successor="S2" if code == "S1" else "T2",
            )
            for each in COUNTY
        ]
        assert held(entries(), "school", "township", units=Units(merged)) == [
            (SINCE_EVER, "S1", "T1"),
            ("2026-09-01", *expected),
        ]


def test_the_cohort_is_the_year_of_turning_six_by_the_last_of_august():
    assert (entry_cohort("2016-08-31"), entry_cohort("2016-09-01")) == (2022, 2023)


_DAY = st.integers(1, 28).map(lambda day: f"2026-09-{day:02d}")
_CHANGES = st.lists(
    st.tuples(
        _DAY,
        st.dictionaries(st.sampled_from(["school", "klass", "grade"]), st.sampled_from(["S1", "S2", ""])),
    ),
    max_size=8,
)


@given(_CHANGES, _DAY)
def test_on_any_day_the_stretch_holds_what_was_recorded_last_for_each_field(changes, day):
    recorded = entries(*changes)
    spans = compose(recorded, Units(COUNTY))
    (span,) = [each for each in spans if each.valid_from <= day < each.valid_to]
    assert {name: span.values[name] for name in FIELDS} == {
        name: field_on(recorded, name, day) for name in FIELDS
    }


@given(_CHANGES, st.randoms())
def test_stretches_follow_one_another_and_do_not_depend_on_the_order_of_reading(changes, chance):
    recorded = entries(*changes)
    spans = compose(recorded, Units(COUNTY))
    assert (spans[0].valid_from, spans[-1].valid_to) == (SINCE_EVER, FOREVER)
    assert all(one.valid_to == two.valid_from for one, two in pairwise(spans))
    chance.shuffle(recorded)
    assert compose(recorded, Units(COUNTY)) == spans
