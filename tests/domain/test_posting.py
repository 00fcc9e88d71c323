"""任职 as an aggregate: given postings, when ended, voided or recorded again, then these events."""

from dataclasses import replace

import pytest

from casework.domain.posting import Posting, PostingRow
from casework.domain.unit import UnitFile
from casework.domain.units import SCHOOL, Unit
from casework.domain.values import FOREVER
from casework.errors import RuleBroken

ROW = PostingRow("t1", "甲", "班主任", "S1", "2026-09-01", klass="四年级1班")


def events(aggregate: Posting | UnitFile) -> list[str]:
    return [type(event).__name__ for event in aggregate.collect_events()]


def test_a_posting_begins_ends_and_says_nothing_twice():
    posting = Posting.begin(ROW)
    ended = replace(ROW, until="2026-12-31")
    assert posting.change(ended) and not posting.change(ended)
    assert (posting.row, events(posting)) == (ended, ["Begun", "Changed"])


def test_what_makes_a_posting_this_one_never_changes():
    with pytest.raises(RuleBroken, match="不能更改"):
        Posting.begin(ROW).change(replace(ROW, post="校长"))


def test_a_voided_posting_is_voided_once_and_stands_again_when_recorded_again():
    posting = Posting.begin(ROW)
    posting.void("登记错了人")
    with pytest.raises(RuleBroken, match="已经作废"):
        posting.void("再来")
    assert posting.change(ROW) and not posting.voided
    assert events(posting) == ["Begun", "Voided", "Changed"]


@pytest.mark.parametrize(
    ("since", "until", "overlaps"),
    [
        ("2026-08-01", "2026-08-31", False),
        ("2026-08-01", "2026-09-01", True),
        ("2026-12-31", "", True),
        ("2027-01-01", "", False),
    ],
)
def test_both_days_of_a_posting_count(since: str, until: str, overlaps: bool):
    ended = replace(ROW, until="2026-12-31")
    assert ended.overlaps(replace(ROW, since=since, until=until)) is overlaps


def test_a_closed_unit_is_reopened_with_a_reason_and_an_open_one_is_not():
    unit = Unit("S1", "近小", SCHOOL, "D")
    file = UnitFile.add(unit)
    with pytest.raises(RuleBroken, match="没有停用"):
        file.reopen("错")
    file.become(replace(unit, closed_on="2026-09-01", successor="S2"))
    with pytest.raises(RuleBroken, match="请写明为什么"):
        file.reopen(" ")
    file.reopen("登记错了")
    assert (file.unit.closed_on, file.unit.successor) == (FOREVER, "")
    assert events(file) == ["Added", "Closed", "Reopened"]
