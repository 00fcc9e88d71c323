"""A rebuild shared out among processes: every file in one share, and the rows that the acts wrote."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from casework.errors import BadInput
from casework.projections import rebuild as rebuilding
from casework.projections.case_files import Cases, shares
from casework.projections.rebuild import rebuild
from casework.projections.reconcile import reconcile
from casework.store.database import reading, writing
from casework.store.schema import stored_event
from tests.projections.test_case_board import take_seed
from tests.support.copied import filled_county
from tests.support.county import County


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    with filled_county(database_url, take_seed, 11) as county:
        yield county


@pytest.mark.parametrize("at_once", [1, 3, 50, 10_000])
def test_every_file_is_in_exactly_one_share_and_no_share_is_large(county: County, at_once: int) -> None:
    with reading(county.casework.store.engine) as conn:
        parts = shares(conn, at_once)
        ids = list(conn.scalars(select(stored_event.c.originator_id)))
    events = Counter(ids)
    held = [sum(n for case, n in events.items() if _within(part, case)) for part in parts]
    assert sum(held) == len(ids)
    assert max(held) < at_once + max(events.values())
    for case in [*events, "0" * 32, "f" * 32]:
        assert sum(_within(part, case) for part in parts) == 1


def _within(part: Cases, case: str) -> bool:
    return part.first <= case and (not part.end or case < part.end)


@pytest.mark.parametrize("name", ["case_span", "duty", "unit"])
def test_one_read_model_is_rebuilt_by_its_name_and_the_others_stay(county: County, name: str) -> None:
    store = county.casework.store
    with writing(store.engine) as conn:
        conn.execute(text(f"DELETE FROM {name}"))
        conn.execute(text("DELETE FROM activity"))
    assert set(rebuild(store, only=name).rows) <= {name}
    with reading(store.engine) as conn:
        assert conn.scalar(text(f"SELECT count(*) FROM {name}"))
        assert not conn.scalar(text("SELECT count(*) FROM activity"))
    rebuild(store, only="activity")
    with store.snapshot() as snapshot:
        assert reconcile(snapshot) == []


def test_a_name_that_is_no_read_models_is_refused_with_those_that_are(county: County) -> None:
    with pytest.raises(BadInput, match="没有名为“weekly”的读模型，可以重建的有：case_span、activity"):
        rebuild(county.casework.store, only="weekly")


def test_a_rebuild_shared_out_among_processes_writes_what_the_acts_wrote(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "_EVENTS_AT_ONCE", 20)
    told: list[int] = []
    done = rebuild(county.casework.store, told.append, processes=2)
    assert len(told) > 1 and told == sorted(told) and told[-1] == done.events
    assert done.rows["case_span"] and done.rows["duty"]
    with county.casework.store.snapshot() as snapshot:
        assert reconcile(snapshot) == []


_POOL = """
import multiprocessing, os, time
from concurrent.futures import ProcessPoolExecutor
from casework.projections.rebuild import end_with_parent

if __name__ == "__main__":
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=end_with_parent) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        time.sleep(600)
"""


def test_the_processes_of_a_rebuild_that_is_killed_end_too(tmp_path: Path) -> None:
    script = tmp_path / "pool.py"
    script.write_text(_POOL)
    environ = {**os.environ, "PYTHONPATH": os.getcwd()}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environ) as killed:
        assert killed.stdout is not None
        worker = int(killed.stdout.readline())
        assert _works(worker)
        killed.kill()
    deadline = time.monotonic() + 30
    while _works(worker) and time.monotonic() < deadline:
        time.sleep(0.01)
    if _works(worker):
        os.kill(worker, signal.SIGKILL)
        pytest.fail("it waits for work that nobody gives")


def _works(process: int) -> bool:
    try:
        told = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return told.rpartition(")")[2].split()[0] != "Z"
