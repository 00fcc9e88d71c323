"""The stretches of a history: one status in one place, entered by one edge, without gap or overlap."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from casework.domain import statuses as s
from casework.domain.places import Place
from casework.domain.timeline import Span, StatusEntry, check_timeline, stretches
from casework.domain.values import FOREVER
from casework.errors import RuleBroken
from tests.domain.statuses import PLACES, entry, history

DAYS = [f"2026-09-{day:02d}" for day in range(1, 29)]
MOVED = [*PLACES, Place("2026-09-10", county="C", school="S2", stage="primary")]


def test_a_move_on_the_day_of_an_entry_comes_first():
    spans = stretches(history(("2026-09-05", s.WATCH), ("2026-09-10", s.SUSPECTED)), MOVED)
    assert [(span.valid_from, span.school, span.status, span.prev_status) for span in spans] == [
        ("2026-09-05", "S1", s.WATCH, ""),
        ("2026-09-10", "S2", s.WATCH, s.WATCH),
        ("2026-09-10", "S2", s.SUSPECTED, s.WATCH),
    ]
    assert (spans[1].valid_to, spans[1].prev_school) == ("2026-09-10", "S1")


def test_two_acts_of_one_day_leave_a_stretch_of_no_length_that_keeps_its_edge():
    spans = stretches(history(("2026-09-05", s.SUSPECTED), ("2026-09-05", s.RETURNED)), PLACES)
    assert [(span.valid_from, span.valid_to, span.status) for span in spans] == [
        ("2026-09-05", "2026-09-05", s.SUSPECTED),
        ("2026-09-05", FOREVER, s.RETURNED),
    ]


def test_cause_and_lost_type_are_carried_on_by_business_date():
    entries = [
        entry(1, "2026-09-01", s.SUSPECTED),
        entry(2, "2026-09-05", s.DROPPED_OUT, causes=("残疾", "因病"), lost_type="从未入学"),
        entry(3, "2026-09-10", s.DROPPED_OUT),
        entry(4, "2026-09-12", s.RETURNED),
        entry(5, "2026-09-20", s.SUSPECTED),
        entry(6, "2026-09-03", s.SUSPECTED, causes=("失联",)),
    ]
    assert [(span.cause, span.lost_type) for span in stretches(entries, PLACES)] == [
        ("未填", "中途辍学"),
        ("失联", "中途辍学"),
        ("残疾", "从未入学"),
        ("残疾", "从未入学"),
        ("", "从未入学"),
        ("残疾", "从未入学"),
    ]


def test_a_child_no_school_ever_held_was_never_enrolled_until_one_does():
    places = [Place("2020-09-01", county="C"), Place("2026-09-10", county="C", school="S1")]
    spans = stretches(history(("2026-09-01", s.DROPPED_OUT), ("2026-09-20", s.DROPPED_OUT)), places)
    assert [span.lost_type for span in spans] == ["从未入学", "从未入学", "中途辍学"]


def test_the_day_a_school_begins_to_hold_a_child_it_has_been_enrolled():
    places = [Place("2020-09-01", county="C"), Place("2026-09-10", county="C", school="S1")]
    spans = stretches(history(("2026-09-09", s.DROPPED_OUT), ("2026-09-10", s.DROPPED_OUT)), places)
    assert [span.lost_type for span in spans] == ["从未入学", "从未入学", "中途辍学"]


def schools_of(entries: list[StatusEntry], places: list[Place]) -> list[tuple[str, str]]:
    return [(span.valid_from, span.school) for span in stretches(entries, places)]


WANDERING = [
    Place("2020-09-01", county="C", school="S5"),
    Place("2026-09-03", county="C", school="S4"),
    Place("2026-09-05", county="C", school="S6"),
    Place("2026-09-15", county="C", school="S1"),
]


def test_every_move_between_two_entries_cuts_on_its_own_day():
    entries = history(("2026-09-01", s.WATCH), ("2026-09-10", s.SUSPECTED))
    assert schools_of(entries, WANDERING) == [
        ("2026-09-01", "S5"),
        ("2026-09-03", "S4"),
        ("2026-09-05", "S6"),
        ("2026-09-10", "S6"),
        ("2026-09-15", "S1"),
    ]


def test_a_history_begins_where_the_child_is_on_its_first_day():
    assert schools_of(history(("2026-09-05", s.WATCH)), WANDERING)[0] == ("2026-09-05", "S6")
    assert schools_of(history(("2026-09-04", s.WATCH)), WANDERING)[0] == ("2026-09-04", "S4")


def test_what_was_told_of_days_before_the_roster_counts_at_its_first_place():
    assert schools_of(history(("2020-01-01", s.WATCH)), WANDERING)[0] == ("2020-01-01", "S5")


def test_no_entry_makes_no_stretch():
    assert stretches([], PLACES) == []


_ACTS = st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from(sorted(s.CHANGE_NAMES))), max_size=9)


def fitting(acts: list[tuple[str, str]]) -> list[StatusEntry]:
    """As many of the acts, in the order recorded, as fit what was recorded before them."""
    kept: list[StatusEntry] = []
    for no, (on, change) in enumerate(acts, start=1):
        wanted = [*kept, entry(no, on, change, school="S2")]
        try:
            check_timeline(wanted, MOVED)
        except RuleBroken:
            continue
        kept = wanted
    return kept


@given(_ACTS)
def test_the_stretches_of_any_fitting_history_follow_one_another_and_each_edge_leads_out_of_the_last(acts):
    spans = stretches(fitting(acts), MOVED)
    for before, after in pairwise(spans):
        assert before.valid_to == after.valid_from
        assert (after.prev_status, after.prev_school) == (before.status, before.school)
    assert all(span.valid_from <= span.valid_to for span in spans)
    assert not spans or (spans[-1].valid_to, spans[0].prev_status) == (FOREVER, "")


@given(_ACTS, st.randoms())
def test_the_order_in_which_entries_are_handed_over_says_nothing(acts, chance):
    entries = fitting(acts)
    shuffled = list(entries)
    chance.shuffle(shuffled)
    assert stretches(shuffled, MOVED) == stretches(entries, MOVED)


@given(_ACTS)
def test_a_relapse_is_entered_from_outside_after_an_earlier_return(acts):
    spans: list[Span] = stretches(fitting(acts), MOVED)
    returned = False
    for span in spans:
        entered = span.status in s.OUT and span.prev_status not in s.OUT
        assert span.relapse == (entered and returned)
        returned = returned or span.status == s.RETURNED
