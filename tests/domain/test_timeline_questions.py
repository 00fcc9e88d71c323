"""What is asked of a history: where it stood on a day, what does not fit, and what an event's body says."""

import pytest

from casework.domain import statuses as s
from casework.domain.places import Place
from casework.domain.timeline import StatusEntry, check_timeline, entry_of, misfits, status_on
from casework.errors import RuleBroken
from tests.domain.statuses import PLACES, entry, history, led_to

LIFE = history(("2026-09-05", s.SUSPECTED), ("2026-09-10", s.DROPPED_OUT), ("2026-09-10", s.RETURNED))


@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("2026-09-04", ""),
        ("2026-09-05", s.SUSPECTED),
        ("2026-09-09", s.SUSPECTED),
        ("2026-09-10", s.RETURNED),
        ("2026-12-31", s.RETURNED),
    ],
)
def test_the_status_of_a_day_is_the_last_one_entered_by_its_end(day: str, status: str):
    assert status_on(reversed(LIFE), day) == status


def test_who_has_no_entry_has_no_status():
    assert status_on([], "2026-09-10") == ""


def test_what_does_not_fit_is_named_and_passed_over_for_what_follows():
    entries = history(
        ("2026-09-01", s.REOPENED),
        ("2026-09-03", s.DROPPED_OUT),
        ("2026-09-05", s.SUSPECTED),
        ("2026-09-07", s.RETURNED),
        ("2026-09-09", s.TRANSFER_REFUSED),
    )
    assert [misfit.ids["entry"] for misfit in misfits(entries)] == [
        ("2026-09-01", s.REOPENED),
        ("2026-09-05", s.SUSPECTED),
        ("2026-09-09", s.TRANSFER_REFUSED),
    ]
    assert misfits(entries)[1].ids["before"] == ("2026-09-03", s.DROPPED_OUT)


def test_a_history_that_fits_has_no_misfit():
    assert misfits(LIFE) == []


# ---- before the roster ------------------------------------------------------------------------

MOVED = [*PLACES, Place("2026-09-10", county="C", school="S2")]


def test_it_is_the_first_entry_that_must_not_be_before_the_roster():
    acts = history(("2026-09-01", s.WATCH), ("2020-08-31", s.VERIFYING), ("2026-09-03", s.SUSPECTED))
    with pytest.raises(
        RuleBroken, match=r"^2020-08-31 待核查：早于该生在花名册上的记录（2020-09-01 起）"
    ) as refusal:
        check_timeline(acts, MOVED)
    assert refusal.value.ids["no"] == 2


# ---- from an event ----------------------------------------------------------------------------


def test_an_entry_is_read_from_an_events_body_field_by_field():
    body = {
        "on": "2026-09-10", "change": s.DEFERRED, "causes": ["因病", "残疾"], "lost_type": "中途辍学",
        "placement": "原校", "school": "S2", "until": "2027-01-10", "reason": "毕业", "evidence": "证9",
        "approved": True,
    }  # fmt: skip
    assert entry_of(7, body) == StatusEntry(
        7,
        "2026-09-10",
        s.DEFERRED,
        ("因病", "残疾"),
        "中途辍学",
        "原校",
        "S2",
        "2027-01-10",
        "毕业",
        "证9",
        True,
    )


def test_what_a_body_does_not_say_is_not_known_and_above_all_not_approved():
    read = entry_of(1, {"on": "2026-09-10", "change": s.WATCH})
    assert read == StatusEntry(1, "2026-09-10", s.WATCH)
    assert (read.causes, read.evidence, read.approved) == ((), "", False)
    alone = entry_of(9, {"on": "2026-09-20", "change": s.HOME_TEACHING, "evidence": "证9"})
    with pytest.raises(RuleBroken, match="另一人批准"):
        check_timeline([*led_to(s.SUSPECTED), alone], PLACES)


def test_a_row_of_the_ledger_is_known_by_its_day_and_word():
    assert entry(3, "2026-09-10", s.RELAPSED).key == ("2026-09-10", s.RELAPSED)
