"""What one status act must carry by itself: its words, its school, its days, its papers."""

from typing import Any

import pytest

from casework.domain import statuses as s
from casework.domain.policy import Dictionaries
from casework.domain.status_rules import status_faults
from casework.domain.units import Unit, Units

WORDS = Dictionaries.model_construct(
    causes=["因病", "外出务工"],
    lost_types=["从未入学"],
    placements=["原校"],
    closing_reasons={"毕业": "毕业"},
    verification_outcomes=["属实"],
)
UNITS = Units(
    [Unit("S1", "第一小学", "school"), Unit("T1", "青山镇", "township"), Unit("D1", "东学区", "district")]
)
ON = "2026-09-10"


def faults(change: str, destination: str = "", **given: Any) -> list[tuple[str, str]]:
    """What is said of an act that carries every paper, but for what is given."""
    body = {
        "on": ON, "change": change, "causes": [], "school": "S1", "until": "", "reason": "毕业",
        "evidence": "证1", "approved": True,
    }  # fmt: skip
    return [(fault.field, fault.why) for fault in status_faults(body | given, destination, WORDS, UNITS)]


def fields(change: str, destination: str = "", **given: Any) -> list[str]:
    return [field for field, _ in faults(change, destination, **given)]


@pytest.mark.parametrize("change", s.CHANGE_NAMES)
def test_an_act_with_all_its_papers_has_no_fault(change: str):
    assert faults(change) == []


def test_each_word_that_no_dictionary_holds_is_named_with_those_that_may_be_used():
    assert faults(s.SUSPECTED, causes=["因病", "不想说", "别的"]) == [
        ("causes", "“不想说”不在可选范围内，可填：因病、外出务工"),
        ("causes", "“别的”不在可选范围内，可填：因病、外出务工"),
    ]


@pytest.mark.parametrize(
    ("field", "word"),
    [("lost_type", "从未入学"), ("placement", "原校"), ("reason", "毕业"), ("outcome", "属实")],
)
def test_a_word_of_a_dictionary_is_taken_and_any_other_refused(field: str, word: str):
    assert faults(s.WATCH, **{field: word}) == []
    assert fields(s.WATCH, **{field: "别的"}) == [field]


@pytest.mark.parametrize("school", ["S9", "T1", "D1"])
def test_a_school_must_be_a_school_of_the_unit_table(school: str):
    assert fields(s.RETURNED, school=school) == ["school"]


def test_a_return_may_leave_the_school_open():
    assert faults(s.RETURNED, school="") == []


@pytest.mark.parametrize(("until", "wrong"), [("2026-09-09", ["until"]), (ON, []), ("2027-01-10", [])])
def test_a_deferral_does_not_end_before_it_begins(until: str, wrong: list[str]):
    assert fields(s.DEFERRED, until=until) == wrong


def test_a_day_that_is_missing_is_not_judged_as_too_early():
    assert faults(s.DEFERRED, on="", until="2026-09-09") == []


@pytest.mark.parametrize("change", s.CHANGE_NAMES)
def test_only_an_acceptance_and_a_transfer_to_nowhere_lack_the_school(change: str):
    lacking = ["school"] if change in (s.TRANSFER_ACCEPTED, s.TRANSFERRING) else []
    assert fields(change, school="") == lacking


def test_a_transfer_out_of_the_county_names_where_to_instead_of_a_school():
    assert fields(s.TRANSFERRING, "邻省某县", school="") == []
    assert fields(s.TRANSFER_ACCEPTED, "邻省某县", school="") == ["school"]


@pytest.mark.parametrize("change", s.CHANGE_NAMES)
def test_deferral_and_suspension_need_the_number_of_their_paper(change: str):
    said = faults(change, evidence="")
    if change in (s.DEFERRED, s.SUSPENDED):
        assert said == [("evidence", f"{s.CHANGE_NAMES[change]}须填写批准文件的证据编号")]
    else:
        assert said == []


@pytest.mark.parametrize("change", s.CHANGE_NAMES)
def test_only_a_closure_needs_its_reason(change: str):
    assert fields(change, reason="") == (["reason"] if change == s.CLOSED else [])


@pytest.mark.parametrize("change", s.CHANGE_NAMES)
def test_deferral_suspension_and_closure_need_a_second_person(change: str):
    said = faults(change, approved=False)
    if change in (s.DEFERRED, s.SUSPENDED, s.CLOSED):
        assert said == [("approved", f"{s.CHANGE_NAMES[change]}须由登记人以外的另一人批准")]
    else:
        assert said == []


def test_a_word_of_the_ledger_that_nobody_knows_has_no_papers_to_ask_for():
    assert faults("", evidence="", approved=False, reason="", school="") == []


@pytest.mark.parametrize(("change", "before", "needed"), [
    (s.CLOSED, s.WATCH, True),
    (s.DEFERRED, s.WATCH, True),
    (s.SUSPENDED, s.WATCH, True),
    (s.HOME_TEACHING, s.SUSPECTED, True),
    (s.HOME_TEACHING, s.DROPPED_OUT, True),
    (s.HOME_TEACHING, s.DEFERRED, False),
    (s.RETURNED, s.DROPPED_OUT, False),
    (s.REOPENED, s.CLOSED, False),
])  # fmt: skip
def test_no_one_empties_the_dropout_list_alone(change: str, before: str, needed: bool):
    assert s.needs_approval(change, before) is needed
