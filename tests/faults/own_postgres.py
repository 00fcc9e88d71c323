"""A PostgreSQL of a test's own, to be stopped, frozen and started again; commits reach the disk."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests import postgres
from tests.postgres import Cluster


class OwnPostgres:
    """The server of one cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._folder = cluster.folder
        self._data = cluster.folder / "data"

    def stop(self) -> None:
        """At once, as when its machine loses power: connections break, nothing is said."""
        self._control("stop", "-m", "immediate")

    def restart(self) -> None:
        """As an administrator does: what is under way is cut off, then it is back."""
        self._control("restart", "-m", "fast")

    def end(self) -> None:
        """For good, whoever started it."""
        if self.pids():
            self.stop()

    def start(self) -> None:
        """Starts it, if it is not running."""
        if not self.pids():
            self._control("start", "-t", "60")

    def freeze(self) -> None:
        """It is there, and answers nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it was."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def pids(self) -> list[int]:
        """The postmaster and everything it started, from this cluster's own pid file."""
        file = self._data / "postmaster.pid"
        first = int(file.read_text().split()[0]) if file.exists() else 0
        if not first or not Path(f"/proc/{first}").exists():
            return []
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]

    def _control(self, *what: str) -> None:
        command, *more = what
        options = f"-k {self._folder} -p {postgres._PORT} -h ''"
        started = () if command == "stop" else ("-o", options, "-l", str(self._folder / "log-again"))
        subprocess.run(
            (postgres._programs() / "pg_ctl", command, "-D", self._data, "-w", *more, *started),
            check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/",
            user="postgres" if os.geteuid() == 0 else None, group="postgres" if os.geteuid() == 0 else None,
        )  # fmt: skip


@contextmanager
def own_postgres(folder: Path | None = None) -> Iterator[tuple[OwnPostgres, str]]:
    """The server and an empty database of it."""
    with postgres.cluster(fsync=True, folder=folder) as cluster:
        own = OwnPostgres(cluster)
        try:
            with cluster.database() as url:
                try:
                    yield own, url
                finally:
                    own.thaw()
                    own.start()
        finally:
            own.end()


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own at a folder; only root may."""
    folder.mkdir(exist_ok=True)
    options = ("-o", f"size={megabytes}m")
    subprocess.run(("mount", "-t", "tmpfs", *options, "tmpfs", folder), check=True)
    try:
        yield folder
    finally:
        _unmount(folder)


def _unmount(folder: Path) -> None:
    for _ in range(50):
        if subprocess.run(("umount", folder), check=False, stderr=subprocess.DEVNULL).returncode == 0:
            return
        time.sleep(0.1)
    subprocess.run(("umount", "-l", folder), check=True)


def fill_up(folder: Path, leave: int) -> Path:
    """A file that takes all but `leave` bytes of a disk."""
    filler = folder / "filler"
    room = os.statvfs(folder)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize - leave)
    return filler
