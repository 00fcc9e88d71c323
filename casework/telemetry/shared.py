"""One set of figures from several processes: each keeps its own in a file, a reader adds them up.

prometheus-client names the files by process id; an import or a respawned server would leave one more
each time, for ever. Here a process takes the first free place and goes on counting where the last
holder of that place stopped: as many files as there were processes at once.
"""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable by which prometheus-client knows the folder."""

_MOST = 256


def folder() -> Path | None:
    """Where the processes of this server keep their figures; None: this one counts for itself."""
    named = os.environ.get(FOLDER)
    return Path(named) if named else None


def begin(place: Path) -> None:
    """Makes the folder for processes started from now on; figures nobody holds any more are dropped."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, handle in _free_places(place):
        for file in place.glob(f"*_{name}.db"):
            file.unlink(missing_ok=True)
        os.close(handle)
    os.environ[FOLDER] = str(place.absolute())


def take_place(place: Path) -> str:
    """The name of a place that is this process's until it ends, however it ends."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, handle in _free_places(place, most=_MOST):
        _held.append(handle)
        return name
    return f"p{os.getpid()}"  # more processes than anybody runs: counted all the same


_held: list[int] = []
"""Open as long as the process lives: the lock on the place goes with it."""


def _free_places(place: Path, most: int = 0) -> Iterator[tuple[str, int]]:
    """Places nobody holds, locked: those there are, or with `most` also new ones, in order."""
    names = range(most) if most else sorted(int(file.stem) for file in place.glob("*.place"))
    for number in names:
        handle = os.open(place / f"{number}.place", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
        else:
            yield str(number), handle
