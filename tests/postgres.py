"""A private PostgreSQL for tests and benchmarks: its own cluster, a unix socket, no port, gone at the end.

    with cluster() as server, server.database() as url:   # postgresql+psycopg://… of an empty database
        ...

As root the server runs as the system's `postgres` user, which PostgreSQL asks for. Text sorts by
the Chinese rules of ICU, as on a county's server, so an order that only SQLite gives shows here.

`shared()` is one cluster for all workers of a test run: the first who needs it starts a keeper
process, which stops it when the run's owner ends, however that ends.
"""

import fcntl
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import psycopg
from sqlalchemy import make_url

_USER = "casework"
_PORT = 5432  # names the socket file only; also keeps PGPORT out of it
_DEBIAN = Path("/usr/lib/postgresql")  # each version's binaries, outside PATH
_NEW_CLUSTER = (
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
    "--locale-provider=icu",
    "--icu-locale=zh-Hans-CN",
)
_FAST = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
_NONE: Mapping[str, str] = MappingProxyType({})


class PostgresMissing(RuntimeError):
    """No PostgreSQL server binaries on this machine."""


@dataclass(frozen=True)
class Cluster:
    """A running server, reached by the socket in `folder`."""

    folder: Path

    @contextmanager
    def database(self) -> Iterator[str]:
        """The SQLAlchemy URL of a new, empty database; dropped afterwards, open connections or not."""
        url = self.lasting_database()
        try:
            yield url
        finally:
            self._run(f"DROP DATABASE {_name(url)} WITH (FORCE)")

    def lasting_database(self) -> str:
        """The URL of a new, empty database that ends with the server."""
        name = f"t_{uuid4().hex}"
        self._run(f"CREATE DATABASE {name} STRATEGY file_copy")
        return f"postgresql+psycopg://{_USER}@/{name}?host={quote(str(self.folder))}&port={_PORT}"

    def copy(self, original: str, url: str) -> None:
        """Puts a copy of the database at `original` in the place of the one at `url`; both are closed."""
        self._run(f"DROP DATABASE {_name(url)}")
        self._run(f"CREATE DATABASE {_name(url)} TEMPLATE {_name(original)} STRATEGY file_copy")

    def checkpoint(self) -> None:
        """Writes out what is only in memory: what was made before is not written beside what is measured."""
        self._run("CHECKPOINT")

    def _run(self, statement: str) -> None:
        with psycopg.connect(
            host=str(self.folder), port=_PORT, user=_USER, dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())


def cluster_of(url: str) -> Cluster:
    """The server of a database that came from here."""
    return Cluster(Path(str(make_url(url).query["host"])))


def _name(url: str) -> str:
    return str(make_url(url).database)


@contextmanager
def cluster(
    *,
    fsync: bool = False,
    folder: Path | None = None,
    kept: bool = False,
    settings: Mapping[str, str] = _NONE,
) -> Iterator[Cluster]:
    """Starts a cluster and stops it. `fsync=True` for benchmarks: commits reach the disk as in production.

    `kept`: its databases stay in the folder, for the next who starts it there. `settings`: of the server,
    by name.
    """
    programs = _programs()
    # Directly under /tmp: the server's user must reach it, and a socket's path is at most 107 bytes.
    folder = folder or Path(tempfile.mkdtemp(prefix="casework-pg-", dir="/tmp"))
    server_user: dict[str, Any] = (
        {"user": "postgres", "group": "postgres", "extra_groups": ()} if os.geteuid() == 0 else {}
    )
    if server_user:
        shutil.chown(folder, "postgres", "postgres")
    try:
        data = folder / "data"
        if not data.exists():
            initdb = (programs / "initdb", "-D", data, "-U", _USER, "--no-sync", *_NEW_CLUSTER)
            quiet: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "cwd": "/"}
            subprocess.run(initdb, check=True, **quiet, **server_user)
        where = ("-D", data, "-k", folder, "-p", str(_PORT), "-h", "")
        told = (word for name, value in settings.items() for word in ("-c", f"{name}={value}"))
        postgres = (programs / "postgres", *where, *(() if fsync else _FAST), *told)
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                postgres, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", **server_user
            )
        try:
            _wait_until_ready(server, folder)
            yield Cluster(folder)
        finally:
            # At once when nothing in it is kept.
            server.send_signal(signal.SIGINT if kept else signal.SIGQUIT)
            server.wait()
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(server: subprocess.Popen[Any], folder: Path) -> None:
    while "ready" not in _text(folder / "data" / "postmaster.pid"):
        if server.poll() is not None:
            raise RuntimeError(_text(folder / "log"))
        time.sleep(0.01)


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def _programs() -> Path:
    """The folder of the newest server's binaries."""
    newest = max(_DEBIAN.glob("*/bin/initdb"), key=lambda initdb: int(initdb.parts[-3]), default=None)
    found = newest or shutil.which("initdb")
    if not found:
        raise PostgresMissing(
            "缺少 PostgreSQL 服务端：请运行 ./run test，或以 root 运行 apt-get install postgresql"
        )
    return Path(found).parent


def shared(run: Path, owner: int) -> Cluster:
    """The cluster of the test run whose scratch folder is `run` and whose main process is `owner`."""
    place = run / "postgres"
    with (run / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            folder = tempfile.mkdtemp(prefix="casework-pg-", dir="/tmp")
            _start_keeper(folder, owner, run)
            place.symlink_to(folder)
    return Cluster(place.readlink())


def stop_shared(run: Path) -> None:
    """Ends the run's cluster, if one was started, and waits until nothing of it is left."""
    keeper = run / "keeper.pid"
    if keeper.exists():
        os.kill(int(keeper.read_text()), signal.SIGTERM)
        folder, patience = (run / "postgres").readlink(), time.monotonic() + 20
        while folder.exists() and time.monotonic() < patience:
            time.sleep(0.02)


def _start_keeper(folder: str, owner: int, run: Path) -> None:
    with (run / "keeper.log").open("w") as log:
        keeper = subprocess.Popen(
            (sys.executable, __file__, folder, str(owner)),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, start_new_session=True, text=True,
        )  # fmt: skip
    assert keeper.stdout
    with keeper.stdout as ready:
        if not ready.readline():
            raise RuntimeError((run / "keeper.log").read_text())
    (run / "keeper.pid").write_text(str(keeper.pid))
    keeper.returncode = 0  # it is the run's, not this worker's: no warning when this worker ends first


def _keep(folder: Path, owner: int) -> None:
    """The keeper: a cluster until the owner is gone or says stop."""
    alive = os.pidfd_open(owner)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with cluster(folder=folder):
        print("ready", flush=True)
        sys.stdout.close()
        select.select([alive], [], [])


if __name__ == "__main__":
    _keep(Path(sys.argv[1]), int(sys.argv[2]))
