"""Whose turn it is to write: each `Turns` here stands for a process, for locks are held by open files."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from casework.store import turns
from casework.store.turns import IN_A_ROW, Turns, _opened, _taken

LONG = 30.0


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "county.db")


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def is_free(path: str) -> bool:
    file = _opened(path)
    try:
        return _taken(file)
    finally:
        os.close(file)


class Process(threading.Thread):
    """Takes one turn and notes it."""

    def __init__(self, database: str, name: str, noted: list[str], patience_s: float = LONG) -> None:
        super().__init__(name=name, daemon=True)
        self._turns, self._noted = Turns(database, patience_s), noted
        self.start()

    def run(self) -> None:
        with self._turns.turn():
            self._noted.append(self.name)


def sleepers() -> int:
    return sum(each.name == "casework-line" for each in threading.enumerate())


def test_those_who_wait_go_on_in_the_order_in_which_they_came(database: str) -> None:
    noted: list[str] = []
    with Turns(database, LONG).turn():
        waiting = [Process(database, "first", noted)]
        until(lambda: not is_free(f"{database}-line"))
        for nth, name in enumerate(("second", "third", "fourth"), 1):
            waiting.append(Process(database, name, noted))
            until(lambda nth=nth: sleepers() == nth)  # type: ignore[misc]
            time.sleep(0.05)  # from the thread's beginning to its wait in the kernel
        assert noted == []
    for each in waiting:
        each.join(LONG)
    assert noted == ["first", "second", "third", "fourth"]


def test_a_process_that_comes_straight_back_goes_first_only_a_few_times(database: str) -> None:
    busy = Turns(database, LONG)
    noted: list[str] = []
    with busy.turn():
        other = Process(database, "other", noted)
        until(lambda: not is_free(f"{database}-line"))
    for _ in range(3 * IN_A_ROW):
        with busy.turn():
            noted.append("busy")
    other.join(LONG)
    assert "other" in noted[:IN_A_ROW]


def test_a_process_that_comes_straight_back_need_not_queue_up(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "_STRAIGHT_BACK_S", LONG)
    quick = Turns(database, 0.5)
    line = _opened(f"{database}-line")
    with quick.turn():
        assert _taken(line)  # someone waits, and does not look just now
    began = time.monotonic()
    for _ in range(IN_A_ROW - 1):
        with quick.turn():
            pass
    assert time.monotonic() - began < 0.5
    with quick.turn():  # past its row it waits in line, here until it is out of patience
        assert time.monotonic() - began > 0.5
    os.close(line)
    until(lambda: sleepers() == 0)


def test_who_is_out_of_patience_goes_on_and_holds_up_nobody(database: str) -> None:
    noted: list[str] = []
    with Turns(database, LONG).turn():
        first = Process(database, "first", noted)
        until(lambda: not is_free(f"{database}-line"))
        tired = Process(database, "tired", noted, patience_s=0.05)
        tired.join(LONG)
        assert noted == ["tired"]
        late = Process(database, "late", noted)
        until(lambda: sleepers() == 2)
        assert noted == ["tired"]
    for each in (first, late):
        each.join(LONG)
    assert noted == ["tired", "first", "late"]
    until(lambda: sleepers() == 0)


def test_the_turn_of_a_killed_process_is_free_at_once(database: str) -> None:
    code = (
        "import sys, time; from casework.store.turns import Turns\n"
        "with Turns(sys.argv[1], 30).turn(): print('mine', flush=True); time.sleep(600)"
    )
    killed = subprocess.Popen([sys.executable, "-c", code, database], stdout=subprocess.PIPE, text=True)
    assert killed.stdout is not None
    assert killed.stdout.readline() == "mine\n"
    noted: list[str] = []
    waiting = Process(database, "waiting", noted)
    until(lambda: not is_free(f"{database}-line"))
    assert noted == []
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    waiting.join(LONG)
    assert noted == ["waiting"]


def test_threads_of_one_process_write_one_at_a_time(database: str) -> None:
    queue, inside, most = Turns(database, LONG), [0], [0]

    def write() -> None:
        for _ in range(20):
            with queue.turn():
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.0005)
                inside[0] -= 1

    threads = [threading.Thread(target=write, daemon=True) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(LONG)
    assert most == [1]


def test_a_database_in_memory_needs_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Turns(None, LONG).turn():
        assert list(tmp_path.iterdir()) == []
