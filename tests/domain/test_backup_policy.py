"""When a backup is due, which stay, when its age is an alarm: given instants, nothing else."""

from datetime import datetime, timedelta

import pytest

from casework.domain.backup_policy import RETRY_AFTER, Alarm, BackupPolicy, Kept
from casework.domain.values import SHANGHAI

POLICY = BackupPolicy(
    version="t", hour=2, keep=Kept(daily=3, weekly=2, monthly=2), alarm=Alarm(after_hours=30)
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("now", "since", "due"),
    [
        ("2026-09-14T02:00", "2026-09-13T02:01", True),
        ("2026-09-14T01:59", "2026-09-13T02:01", False),
        ("2026-09-14T23:00", "2026-09-14T02:01", False),
        ("2026-09-20T15:00", "2026-09-13T02:01", True),  # the machine was off all week
    ],
)
def test_one_backup_is_due_after_each_appointed_hour_and_a_missed_one_is_made_up(now, since, due):
    assert POLICY.is_due(at(now), at(since), None) is due


def test_nothing_is_due_before_there_is_anything_to_lose():
    assert not POLICY.is_due(at("2026-09-14T03:00"), None, None)
    assert not POLICY.is_old(at("2026-09-14T03:00"), None)


def test_a_failed_backup_is_tried_again_after_an_hour_not_at_every_look():
    failed, since = at("2026-09-14T02:00"), at("2026-09-13T02:00")
    assert not POLICY.is_due(failed + timedelta(minutes=59), since, failed)
    assert POLICY.is_due(failed + RETRY_AFTER, since, failed)


def test_a_failure_of_the_future_is_a_clock_set_back_and_holds_up_nothing():
    assert POLICY.is_due(at("2026-09-14T03:00"), at("2026-09-13T02:00"), at("2026-09-14T04:00"))


def test_its_age_is_an_alarm_only_beyond_the_hours():
    last = at("2026-09-14T02:00")
    assert not POLICY.is_old(last + timedelta(hours=30), last)
    assert POLICY.is_old(last + timedelta(hours=30, seconds=1), last)


def test_the_newest_of_the_newest_days_weeks_and_months_stay():
    nightly = [at("2026-09-14T02:00") - timedelta(days=back) for back in range(60)]
    kept = sorted(f"{moment:%m-%d}" for moment in POLICY.kept(nightly))
    # days 14, 13, 12 · weeks: the 14th's own, and the one before, whose newest is Sunday the 13th · months
    assert kept == ["08-31", "09-12", "09-13", "09-14"]


def test_of_several_on_a_day_the_newest_stays_and_days_without_any_do_not_count():
    moments = [at("2026-09-14T02:00"), at("2026-09-14T15:00"), at("2026-09-01T02:00"), at("2026-05-04T02:00")]
    assert POLICY.kept(moments) == {moments[1], moments[2], moments[3]}


def test_the_only_backup_always_stays():
    only = at("2020-01-01T02:00")
    assert POLICY.kept([only]) == {only}
    assert POLICY.kept([]) == set()
