"""Several processes count into one folder: nothing is lost, and no file stays for each that ever was."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from casework.telemetry import metrics
from casework.telemetry.shared import Place, clear

COUNT = """
import sys
from pathlib import Path
from casework.telemetry import metrics
metrics.share(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    metrics.figures().commands.labels("visits.record", "done").inc()
    metrics.figures().lock_wait_s.observe(0.003)
print("counted", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "metrics"
    metrics.share(None)


def counting(folder: Path, times: int) -> subprocess.Popen[bytes]:
    """A process that has counted and lives until it is told to end."""
    process = subprocess.Popen(
        [sys.executable, "-c", COUNT, str(folder), str(times)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    assert process.stdout is not None and process.stdout.readline() == b"counted\n"
    return process


def ended(process: subprocess.Popen[bytes], *, kill: bool = False) -> None:
    if kill:
        process.kill()
    process.communicate()


def counted() -> list[str]:
    text = metrics.exposition().decode().splitlines()
    wanted = ("casework_commands_total{", "casework_lock_wait_seconds_count")
    return sorted(line for line in text if line.startswith(wanted))


def test_figures_of_processes_that_live_and_that_were_killed_add_up(folder: Path):
    clear(folder)
    first, second = counting(folder, 3), counting(folder, 4)
    ended(first, kill=True)
    third = counting(folder, 10)  # takes the place of the first, and goes on with its figures
    metrics.share(folder)
    assert counted() == [
        'casework_commands_total{command="visits.record",outcome="done"} 17.0',
        "casework_lock_wait_seconds_count 17.0",
    ]
    assert len(list(folder.glob("counter_*.db"))) <= 3
    ended(second)
    ended(third)


def test_a_hundred_short_jobs_leave_one_file_each_kind(folder: Path):
    for _ in range(3):
        ended(counting(folder, 1))
    assert sorted(file.name for file in folder.glob("*.db")) == ["counter_0.db", "histogram_0.db"]


def test_a_new_start_drops_old_figures_but_not_those_of_who_still_counts(folder: Path):
    gone, alive = counting(folder, 5), counting(folder, 2)
    ended(gone)
    clear(folder)
    metrics.share(folder)
    assert counted()[0].endswith(" 2.0")
    ended(alive)


def test_a_forked_process_takes_a_place_of_its_own(folder: Path):
    folder.mkdir()
    place = Place(folder)
    mine = place()
    assert place() == mine
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, place().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 10).decode() not in ("", mine)
    os.close(read)
    os.close(write)
