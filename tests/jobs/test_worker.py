"""One of many workers runs the jobs; when it is gone, the next does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from casework.jobs.job import Job
from casework.jobs.worker import Worker
from casework.store import lease, make_engine

OFTEN, AT_ONCE = timedelta(seconds=0.2), timedelta()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    lease.lease.create(engine)
    yield engine
    engine.dispose()


def worker_of(engine: Engine, run: Callable[[], None]) -> Worker:
    casework: Any = SimpleNamespace(store=SimpleNamespace(engine=engine))
    return Worker(casework, [Job("count", OFTEN, run, AT_ONCE)])


def wait_until(true: Callable[[], bool], seconds: float = 120) -> None:
    patience = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < patience
        time.sleep(0.02)


def test_one_works_and_when_it_ends_the_next_takes_over(engine: Engine) -> None:
    ran: list[int] = []
    workers = [worker_of(engine, partial(ran.append, who)) for who in range(3)]
    for worker in workers:
        worker.start()
    try:
        wait_until(lambda: len(ran) >= 3)
        (first,) = set(ran)
        assert [worker.leads for worker in workers].count(True) == 1
        workers[first].end()
        workers[first].join()
        ran.clear()
        wait_until(lambda: len(ran) >= 3)
        (second,) = set(ran)
        assert second != first
    finally:
        for worker in workers:
            worker.end()
            worker.join()
    assert not lease.is_held(engine, lease.WORKER)


def test_who_lost_the_lease_stops(engine: Engine) -> None:
    worker = worker_of(engine, lambda: None)
    worker.start()
    wait_until(lambda: worker.leads)
    lease.lease.drop(engine)  # nobody knows any more who leads
    wait_until(lambda: not worker.leads)
    lease.lease.create(engine)
    wait_until(lambda: worker.leads)
    worker.end()
    worker.join()


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts `casework worker` over a new database; none outlives its test."""
    environment = {
        **os.environ, "CASEWORK_MODE": "test", "CASEWORK_DATA_DIR": str(tmp_path), "PYTHONPATH": os.getcwd()
    }  # fmt: skip
    command = [sys.executable, "-m", "casework.cli"]
    subprocess.run([*command, "init"], env=environment, stdout=subprocess.DEVNULL, check=True)
    begun: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        begun.append(subprocess.Popen([*command, "worker"], env=environment, stdout=subprocess.DEVNULL))
        return begun[-1]

    yield start
    for each in begun:
        each.kill()
        each.wait()


def test_a_killed_worker_is_replaced_and_one_that_is_told_to_end_lets_go(
    begin: Callable[[], subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'casework.db'}")
    killed = begin()
    wait_until(lambda: lease.is_held(engine, lease.WORKER))
    killed.kill()
    killed.wait()
    next_one = worker_of(engine, lambda: None)
    next_one.start()
    wait_until(lambda: next_one.leads)
    next_one.end()
    next_one.join()
    told = begin()
    wait_until(lambda: lease.is_held(engine, lease.WORKER))
    told.send_signal(signal.SIGTERM)
    assert told.wait(timeout=120) == 0
    assert not lease.is_held(engine, lease.WORKER)
    engine.dispose()
