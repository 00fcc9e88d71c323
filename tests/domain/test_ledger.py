"""What the rows of one sheet do to a file: recorded, corrected, voided, unchanged, refused."""

from hypothesis import assume, given
from hypothesis import strategies as st

from casework.domain import case_events
from casework.domain.case_file import VISITS, Ledger
from casework.domain.ledger import CORRECTED, RECORDED, REFUSED, UNCHANGED, VOIDED, Fact, fact_of
from casework.domain.places import Place
from casework.domain.student_case import StudentCase

CHILD = "0" * 32


def fact(key: str = "甲", text: str = "一", void: str = "") -> Fact:
    """A visit row: its key, what it says, and why it voids ("" = it does not)."""
    return fact_of(key, {"on": "2026-09-01", "mode": text, "outcome": "犹豫"}, {}, str, void_reason=void)


class File:
    """A child's file that takes sheets of visits."""

    def __init__(self) -> None:
        self.case = StudentCase.open(CHILD, [Place("2020-09-01")])

    def take(self, *facts: Fact) -> list[str]:
        """The verbs of one sheet's rows."""
        return [verdict.verb for verdict in self.case.take(VISITS, facts)]

    @property
    def ledger(self) -> Ledger:
        return self.case.file.ledgers[VISITS]

    def live(self) -> dict[str, str]:
        """Key → what it says, of the facts that stand."""
        return {body["key"]: body["mode"] for body in self.ledger.live.values()}


def test_a_new_key_is_recorded_and_the_very_same_row_changes_nothing():
    file = File()
    assert file.take(fact()) == [RECORDED]
    assert file.take(fact()) == [UNCHANGED]
    assert file.case.version == 2


def test_other_values_under_a_key_correct_it_and_keep_its_number():
    file = File()
    file.take(fact())
    (no,) = file.ledger.live
    assert file.take(fact(text="二")) == [CORRECTED]
    assert (list(file.ledger.live), file.live()) == ([no], {"甲": "二"})


def test_a_correction_gives_what_stood():
    file = File()
    file.take(fact())
    (verdict,) = file.case.take(VISITS, [fact(text="二")])
    assert verdict.old is not None and verdict.old["mode"] == "一"


def test_a_void_needs_something_to_void():
    assert File().take(fact(void="错")) == [REFUSED]


def test_voiding_twice_changes_nothing_whatever_the_reason():
    file = File()
    file.take(fact())
    assert file.take(fact(void="错")) == [VOIDED]
    assert file.take(fact(void="错")) == [UNCHANGED]
    assert file.take(fact(void="还是错")) == [UNCHANGED]
    assert file.live() == {}


def test_two_reasons_for_voiding_one_entry_in_one_sheet_contradict_each_other():
    file = File()
    file.take(fact())
    assert file.take(fact(void="错"), fact(void="还是错")) == [REFUSED, REFUSED]


def test_a_voided_row_does_not_come_back_and_a_different_one_is_a_new_entry():
    file = File()
    file.take(fact())
    (first,) = file.ledger.live
    file.take(fact(void="错"))
    assert file.take(fact()) == [UNCHANGED]
    assert file.take(fact(text="二")) == [RECORDED]
    assert first not in file.ledger.live


def test_voids_come_first_wherever_they_stand_in_the_sheet():
    file = File()
    file.take(fact())
    assert file.take(fact(text="二"), fact(void="错")) == [RECORDED, VOIDED]
    assert file.live() == {"甲": "二"}


def test_the_void_row_of_a_replaced_entry_still_means_that_entry():
    file = File()
    file.take(fact())
    sheet = [fact(void="错"), fact(text="二")]
    file.take(*sheet)
    assert file.take(*sheet) == [UNCHANGED, UNCHANGED]
    assert file.take(fact(text="二", void="又错")) == [VOIDED]


def test_a_void_row_that_looks_like_the_replacement_beside_it_voids_once():
    file = File()
    file.take(fact())
    sheet = [fact(text="二", void="错"), fact(text="二")]
    assert file.take(*sheet) == [VOIDED, RECORDED]
    assert file.take(*sheet) == [UNCHANGED, UNCHANGED]


def test_rows_that_contradict_each_other_are_refused_with_the_void_of_their_key():
    file = File()
    file.take(fact())
    assert file.take(fact(void="错"), fact(text="二"), fact(text="三"), fact("乙")) == [
        *[REFUSED] * 3,
        RECORDED,
    ]
    assert file.live() == {"甲": "一", "乙": "一"}


def test_equal_rows_of_one_sheet_are_one():
    assert File().take(fact(), fact()) == [RECORDED, UNCHANGED]


_ROWS = st.lists(
    st.builds(
        fact, st.sampled_from("甲乙丙"), st.sampled_from("一二"), st.sampled_from(["", "", "错", "误"])
    ),
    max_size=6,
)


@given(st.lists(_ROWS, max_size=4), _ROWS)
def test_the_same_sheet_twice_changes_nothing_after_any_past(past: list[list[Fact]], sheet: list[Fact]):
    file = File()
    for earlier in past:
        file.take(*earlier)
    assume(REFUSED not in file.take(*sheet))
    version, live = file.case.version, file.live()
    assert set(file.take(*sheet)) <= {UNCHANGED}
    assert (file.case.version, file.live()) == (version, live)


@given(st.lists(_ROWS, max_size=5))
def test_a_number_is_the_version_of_the_event_that_first_recorded_it(sheets: list[list[Fact]]):
    file = File()
    for sheet in sheets:
        file.take(*sheet)
    recorded = {
        event.originator_version
        for event in file.case.pending_events
        if type(event) is case_events.HomeVisitRecorded
    }
    assert {*file.ledger.live, *file.ledger.voided} == recorded
