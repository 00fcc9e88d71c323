"""One set of figures from several processes: each keeps its own in a file, a reader adds them up.

prometheus-client names the files by process id; an import or a respawned server would leave one more
each time, for ever. Here a process takes the first free place and goes on counting where the last
holder of that place stopped: as many files as there were processes at once.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

_MOST = 256
_KINDS = ("counter", "histogram")
"""The library names its files so; the kinds of figures that `metrics` has."""
ROOM = 1 << 20
"""Bytes of a file of figures: several times what all routes and commands fill."""


def clear(folder: Path) -> None:
    """Makes the folder, and drops the figures in it that no living process goes on with."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    numbers = sorted(int(file.stem) for file in folder.glob("*.place"))
    for number, handle in _free_places(folder, numbers):
        for file in folder.glob(f"*_{number}.db"):
            file.unlink(missing_ok=True)
        os.close(handle)


class Place:
    """The place of this process in a folder: its own until it ends, however it ends; a fork takes another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pid = 0
        self._name = ""

    def __call__(self) -> str:
        """The name of the place."""
        if self._pid != os.getpid():
            self._pid, self._name = os.getpid(), self._take()
        return self._name

    def _take(self) -> str:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number, handle in _free_places(self._folder, range(_MOST)):
            _held.append(handle)
            return str(number)
        return f"p{os.getpid()}"  # more processes than anybody runs: counted all the same

    def has_room(self) -> bool:
        """Takes the room of this process's files before it is needed; False: the disk is full.

        The library maps files with holes: on a full disk, counting into a hole is a bus error, which
        ends the process.
        """
        try:
            for kind in _KINDS:
                with (self._folder / f"{kind}_{self()}.db").open("ab") as file:
                    os.posix_fallocate(file.fileno(), 0, ROOM)
        except OSError:
            return False
        return True


_held: list[int] = []
"""Open as long as the process lives: the lock on the place goes with it."""


def _free_places(folder: Path, numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Those of the places that nobody holds, each locked by the handle given with it."""
    for number in numbers:
        handle = os.open(folder / f"{number}.place", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
        else:
            yield number, handle
