"""When the worker that leads is killed, the next has begun the jobs within ten seconds, by the clock."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from casework.domain.values import SHANGHAI
from casework.jobs import worker
from casework.jobs.worker import BEAT_S, Worker, jobs_of
from casework.store import lease, make_engine

WITHIN = timedelta(seconds=10)
BEAT_MS = int(BEAT_S * 1000)


class Clock:
    """The database's clock, moved by hand."""

    ms = 1_800_000_000_000

    def now_us(self, *_: object) -> int:
        return self.ms * 1000


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    lease.lease.create(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock; schedulers are not really started."""
    clock = Clock()
    monkeypatch.setattr(lease, "now_us", clock.now_us)
    monkeypatch.setattr(worker, "_started", lambda jobs, since: SimpleNamespace(shutdown=lambda wait: None))
    return clock


def application(engine: Engine) -> Any:
    return SimpleNamespace(store=SimpleNamespace(engine=engine))


@pytest.mark.parametrize("behind", [0, 1, BEAT_MS // 3, BEAT_MS - 1])
def test_five_seconds_after_the_leader_was_killed_the_next_one_leads(
    engine: Engine, clock: Clock, behind: int
) -> None:
    casework = application(engine)
    first, second = Worker(casework, []), Worker(casework, [])
    for _ in range(4):  # both alive: one leads, whoever asks when
        first.beat()
        clock.ms += behind
        second.beat()
        assert first.leads and not second.leads
        clock.ms += BEAT_MS - behind
    first.beat()
    killed = clock.ms  # just after it has kept the lease up
    clock.ms += behind
    second.beat()
    while not second.leads:
        clock.ms += BEAT_MS
        second.beat()
    assert timedelta(milliseconds=clock.ms - killed) < WITHIN / 2


def test_who_has_waited_begins_the_jobs_at_once_and_who_has_just_come_within_ten_seconds(
    engine: Engine,
) -> None:
    now = datetime.now(SHANGHAI)
    for job in jobs_of(application(engine)):
        assert job.first_run(now - timedelta(minutes=1), now) == now
        assert job.first_run(now, now) <= now + WITHIN / 2


def test_a_leader_that_hung_and_wakes_up_learns_that_another_leads(engine: Engine, clock: Clock) -> None:
    first, second = Worker(application(engine), []), Worker(application(engine), [])
    first.beat()
    clock.ms += 60_000
    second.beat()
    first.beat()
    assert second.leads and not first.leads
