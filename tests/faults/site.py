"""A county served by real processes: `casework serve` with its workers and `casework worker`, to be killed.

    with FaultSite(url, folder) as site:
        site.start()
        …                       # 8 clients write, over HTTP
        site.kill()             # SIGKILL, the whole process group at once
        site.start()

The county: 县 C, school S1 (近小) with a head and a class teacher, a class of children out of school.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from sqlalchemy import update

from casework.bootstrap import initialise
from casework.domain.values import LOCAL_OPERATOR
from casework.importers.columns import COLUMNS
from casework.importers.run import Options, import_table
from casework.projections.import_runs import import_run
from casework.projections.roster import child
from casework.service import Casework, make_store
from casework.store.database import make_engine
from casework.store.keys import KeyRing
from casework.store.lease import lease
from tests.support.county import MASTER_KEY, RowsTable
from tests.support.rows import NEAR, UNITS, posting, pupil, status

NOW = datetime.fromisoformat("2026-10-09T09:00:00+08:00")
PASSWORD = "qingshan-2026"
HEAD, TEACHER, CLERK = "xz1", "ban41", "jijiao"
_POSTS = {HEAD: ("校长", NEAR, ""), TEACHER: ("班主任", NEAR, "四年级1班"), CLERK: ("基教股", "C", "")}
CHILDREN = 60
HOUR = 3600
_UP_S, _GONE_S = 600, 60
"""Far longer than it ever takes: a machine that does much else is no fault of the server's."""
_CLI = (sys.executable, "-m", "casework.cli")


def number_of(at: int) -> str:
    """The student number of one of the children that were there from the start."""
    return f"K{at:05d}"


class Processes:
    """One program with all the processes it starts: a group of their own, killed at once."""

    def __init__(self, arguments: tuple[str, ...], environ: dict[str, str], log: Path) -> None:
        with log.open("ab") as told:
            self._first = subprocess.Popen(
                (*_CLI, *arguments), env=environ, stdout=told, stderr=told, start_new_session=True
            )

    @property
    def ended(self) -> bool:
        """Whether the first process is no more."""
        return self._first.poll() is not None

    def kill(self) -> None:
        """SIGKILL to all of them; returns when they are gone."""
        with suppress(ProcessLookupError):
            os.killpg(self._first.pid, signal.SIGKILL)
        self._first.wait()
        patience = time.monotonic() + _GONE_S
        while _alive(self._first.pid):
            assert time.monotonic() < patience, f"killed, and still there: group {self._first.pid}"
            time.sleep(0.01)


def _alive(group: int) -> bool:
    """Whether a process of the group still runs; one that only waits to be reaped does not."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, of = stat.read_text().rpartition(")")[2].split()[:3]
            if int(of) == group and state != "Z":
                return True
    return False


class Server:
    """One `casework serve` on a port of its own."""

    def __init__(self, environ: dict[str, str], log: Path, processes: int) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._environ, self._log = environ, log
        self._many = ("--processes", str(processes)) if processes else ()
        self._processes: Processes | None = None

    def start(self, **more: str) -> float:
        """Starts it, with further settings, and waits until it answers; how many seconds that took."""
        arguments = ("serve", "--port", str(self.port), *self._many)
        begun = time.monotonic()
        self._processes = Processes(arguments, {**self._environ, **more}, self._log)
        while not self._answers():
            if self._processes.ended or time.monotonic() > begun + _UP_S:
                what = "ended" if self._processes.ended else f"does not answer after {_UP_S} s"
                raise AssertionError(f"the server {what}: {self._log.read_text('utf-8')[-4000:]}")
            time.sleep(0.05)
        return time.monotonic() - begun

    def kill(self) -> None:
        """SIGKILL to the server and its workers."""
        if self._processes is not None:
            self._processes.kill()

    def _answers(self) -> bool:
        with suppress(OSError):
            return self.ready()[0] in (200, 503)
        return False

    def ready(self) -> tuple[int, str]:
        """What `/readyz` says."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=20) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()


class FaultSite:
    """The county, its servers and its worker. `processes`: of a server, 0: as many as it chooses itself.

    Without a worker of its own the server does the scheduled jobs too.
    """

    def __init__(
        self, url: str, folder: Path, *, servers: int = 1, processes: int = 0, has_worker: bool = True
    ) -> None:
        self.url, self.folder = url, folder
        self.log = folder.parent / f"{folder.name}.log"
        shift = (NOW - datetime.now(UTC)).total_seconds()
        self.shift = shift
        self.environ = {
            **os.environ,
            "CASEWORK_DATABASE_URL": url,
            "CASEWORK_DATA_DIR": str(folder / "data"),
            "CASEWORK_MASTER_KEY": MASTER_KEY.hex(),
            "CASEWORK_SECRET_KEY": "k" * 40,
            "CASEWORK_MODE": "demo",  # as in production a fault is a page; but the clock may be put forward
            "CASEWORK_CLOCK_SHIFT": str(shift),
            "CASEWORK_DISK_RESERVE_MB": "0",
            "CASEWORK_LOG_LEVEL": "error",
            "PYTHONPATH": os.getcwd(),
        }
        self.engine = make_engine(url)
        self.casework = Casework(make_store(self.engine, KeyRing(MASTER_KEY), lambda: NOW))
        self._fill()
        self.servers = [Server(self.environ, self.log, processes) for _ in range(servers)]
        self.worker: Processes | None = None
        self._has_worker = has_worker

    def __enter__(self) -> "FaultSite":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self.engine.dispose()

    def start(self) -> float:
        """Every server and the worker; how many seconds it took until the last server answered."""
        took = sum(server.start() for server in self.servers)
        if self._has_worker:
            self.start_worker()
        return took

    def start_worker(self) -> None:
        """`casework worker`."""
        self.worker = Processes(("worker",), self.environ, self.log)

    def kill(self) -> None:
        """SIGKILL to everything that runs."""
        for server in self.servers:
            server.kill()
        if self.worker is not None:
            self.worker.kill()

    def leases_run_out(self) -> None:
        """As if the dead had been dead for so long that nobody counts on them any more."""
        with self.engine.begin() as conn:
            conn.execute(update(lease).values(until_us=1))
            conn.execute(update(import_run).values(lease_until_us=0))

    def run(self, *arguments: str) -> tuple[int, str]:
        """`casework …` to its end: (exit code, what it printed)."""
        done = subprocess.run(
            (*_CLI, *arguments), env=self.environ, capture_output=True, text=True, timeout=120, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def _fill(self) -> None:
        initialise(self.casework)
        self._take("units", UNITS)
        self._take(
            "staff",
            [posting(login, post, unit, 班级=room) for login, (post, unit, room) in _POSTS.items()],
        )
        self._take("roster", [pupil(number_of(at)) for at in range(CHILDREN)])
        self._take("status", [status("2026-09-08", "疑似辍学", number_of(at)) for at in range(CHILDREN)])
        for login in _POSTS:
            self.casework.accounts.make(login, f"教师{login}", PASSWORD, now=NOW)
        with self.casework.reading() as reading:
            rows = reading.snapshot.conn.execute(child.select())
            self.children = {row.student_no: row.child_id for row in rows}

    def _take(self, kind: str, rows: Any) -> None:
        assert set(rows[0]) <= {column.name for column in COLUMNS[kind]}
        table: Any = RowsTable(kind, rows)
        outcome = import_table(self.casework, kind, table, Options(actor=LOCAL_OPERATOR, apply=True))
        assert outcome.all_taken, (kind, outcome.counts)
