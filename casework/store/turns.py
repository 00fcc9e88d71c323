"""Whose turn it is to write in a SQLite database: threads and processes queue up before they ask SQLite.

SQLite's own waiters sleep, up to 100 ms at a time, and are passed over. Here threads of one process wait for
a lock, and processes for two locked files beside the database, freed with their process, however that ends:

* `…-turn`: who holds it writes;
* `…-line`: who holds it is the first of those who wait, and looks for the turn every millisecond. The
  others sleep until the kernel passes it on, in the order in which they came.

A process that comes straight back goes first, a few times: an act whose code and pages are still in the
processor's cache takes two thirds of the time of one that begins after seven other processes.

All this only orders those who wait: who is out of patience asks SQLite, which has the last word.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

FILES = ("-turn", "-line")
"""Beside the database; empty, made when needed."""
IN_A_ROW = 4
"""Transactions of one process before those of others who wait; each of eight then waits about 0.1 s."""
_STRAIGHT_BACK_S = 0.002
_LOOK_S = 0.001


class Turns:
    """The turns of one process at a database (a path; none when only this process can open it)."""

    def __init__(self, database: str | None, patience_s: float) -> None:
        self._database = database
        self._patience_s = patience_s
        self._threads = threading.Lock()
        self._in_a_row = 0
        self._left = float("-inf")

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits for this thread's turn, or until it is out of patience."""
        until = time.monotonic() + self._patience_s
        mine = self._threads.acquire(timeout=self._patience_s)
        try:
            if self._database is None:
                yield
            else:
                with self._among_processes(self._database, until):
                    yield
        finally:
            if mine:
                self._threads.release()

    @contextmanager
    def _among_processes(self, database: str, until: float) -> Iterator[None]:
        turn = _opened(f"{database}-turn")
        try:
            if not (self._comes_straight_back() and _taken(turn)):
                self._in_a_row = 0
                _wait(turn, f"{database}-line", until)
            yield
        finally:
            os.close(turn)
            self._in_a_row += 1
            self._left = time.monotonic()

    def _comes_straight_back(self) -> bool:
        return self._in_a_row < IN_A_ROW and time.monotonic() - self._left < _STRAIGHT_BACK_S


def _opened(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _taken(file: int) -> bool:
    """Whether the lock was free, and is now ours until the file is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(turn: int, path_of_line: str, until: float) -> None:
    line = _first_in_line(path_of_line, until)
    if line is None:
        return
    try:
        while not _taken(turn) and time.monotonic() < until:
            time.sleep(_LOOK_S)
    finally:
        os.close(line)


def _first_in_line(path: str, until: float) -> int | None:
    """The line's open file, its lock ours; None when that took too long."""
    line = _opened(path)
    if _taken(line):
        return line
    place: Future[None] = Future()

    def wait() -> None:
        # In a thread, for a wait in the kernel has no end of its own.
        fcntl.flock(line, fcntl.LOCK_EX)
        if place.set_running_or_notify_cancel():
            place.set_result(None)
        else:
            os.close(line)  # nobody waits any more: the next one

    threading.Thread(target=wait, name="casework-line", daemon=True).start()
    try:
        place.result(max(until - time.monotonic(), 0))
    except TimeoutError:
        if place.cancel():
            return None
    except BaseException:
        if not place.cancel():
            os.close(line)
        raise
    return line
