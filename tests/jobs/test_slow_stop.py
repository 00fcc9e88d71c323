"""A process that ends while a job goes on: it waits for the job and begins no other."""

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from casework.store import lease, make_engine

ENDING = textwrap.dedent("""
    import sys
    import threading
    from datetime import timedelta
    from types import SimpleNamespace

    from casework.jobs import worker
    from casework.jobs.job import Job
    from casework.store import make_engine

    begun, at_once = threading.Event(), timedelta()

    def slow() -> None:
        print("begun", flush=True)
        begun.set()
        sys.stdin.readline()
        print("done", flush=True)

    casework = SimpleNamespace(store=SimpleNamespace(engine=make_engine(sys.argv[1])))
    worker.jobs_of = lambda casework: [
        Job("slow", timedelta(hours=1), slow, at_once),
        Job("often", timedelta(seconds=0.05), lambda: None, at_once),
    ]
    worker.start(casework)
    begun.wait()
""")
"""A server's process: its main thread ends and says so to nobody, while the slow job waits for a line."""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'leases.db'}"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = make_engine(url)
    lease.lease.create(engine)
    yield engine
    engine.dispose()


def test_a_process_that_waits_for_a_job_begins_no_other_and_lets_the_next_take_over(
    url: str, engine: Engine
) -> None:
    command = [sys.executable, "-c", ENDING, url]
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=environment, text=True, stdin=pipe, stdout=pipe, stderr=pipe
    ) as ending:
        try:
            assert ending.stdout and ending.stdout.readline() == "begun\n"
            patience = time.monotonic() + 60
            while lease.is_held(engine, lease.WORKER):
                assert time.monotonic() < patience, "it goes on asking for the lease"
                time.sleep(0.02)
            assert ending.poll() is None, "it waits for the slow job"
            said, complaints = ending.communicate("\n", timeout=60)
        finally:
            ending.kill()
    assert (ending.returncode, said, complaints) == (0, "done\n", "")
