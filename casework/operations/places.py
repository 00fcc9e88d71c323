"""The empty place a database is restored into (恢复的去处): refused when taken, empty after a failure."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, MetaData, func, inspect, make_url, select, text

from casework.errors import BadInput
from casework.operations import postgres_tools
from casework.operations.files import put_in_place
from casework.operations.manifest import Kind
from casework.store.database import make_engine
from casework.store.migration import RESTORING, is_being_restored

_RESTORERS_LOCK = 0x72657374


class Place(Protocol):
    """Where a database is to be."""

    kind: Kind

    def room_in(self, data_dir: Path) -> Path:
        """The folder in which the backup is unpacked: on the disk of the database, where that is a file."""

    def held(self) -> AbstractContextManager[None]:
        """Keeps the place for us. Raises BadInput when it is not empty, or another restores there."""

    def load(self, dump: Path) -> str:
        """Makes a database of the dump; its URL until `open`."""

    def open(self) -> None:
        """Opens the database to everybody: the last step, after which it is the county's."""

    def leave(self) -> None:
        """Leaves the place as empty as it was found."""


def place_of(url: str) -> Place:
    """The place a database URL names."""
    return _File(url) if make_url(url).drivername == "sqlite" else _Server(url)


class _File:
    """A SQLite file: it is made in the room and gets its name at the end."""

    kind: Kind = "sqlite"

    def __init__(self, url: str) -> None:
        self._target = Path(make_url(url).database or "").absolute()
        self._made: Path | None = None

    def room_in(self, data_dir: Path) -> Path:
        return self._target.parent

    @contextmanager
    def held(self) -> Iterator[None]:
        for suffix in ("", "-wal", "-shm", "-journal"):  # another database's log would be played into ours
            found = self._target.with_name(self._target.name + suffix)
            if found.exists():
                raise BadInput(f"{found} 已经存在：恢复只写入空的位置，请先移走，或换一个数据目录")
        yield

    def load(self, dump: Path) -> str:
        self._made = dump
        dump.chmod(0o600)
        return f"sqlite:///{dump}"

    def open(self) -> None:
        if self._made:
            with closing(sqlite3.connect(self._made)) as raw:
                raw.execute("PRAGMA journal_mode=DELETE")  # all of it in the one file that gets the name
            with self._made.open("rb") as made:
                os.fsync(made.fileno())
            put_in_place(self._made, self._target)

    def leave(self) -> None:
        """The room is cleared with what is in it."""


class _Server:
    """A PostgreSQL database: a table stands in it from before the first row until the proof is done."""

    kind: Kind = "postgresql"

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine = make_engine(url)

    def room_in(self, data_dir: Path) -> Path:
        return data_dir

    @contextmanager
    def held(self) -> Iterator[None]:
        try:
            with self._engine.connect() as conn:
                if not conn.scalar(select(func.pg_try_advisory_lock(_RESTORERS_LOCK))):
                    raise BadInput("另一个恢复正在写这个数据库，请等它结束")
                taken, unfinished = bool(inspect(conn).get_table_names()), is_being_restored(conn)
                conn.rollback()
                if unfinished:
                    drop_everything(self._engine)
                elif taken:
                    raise BadInput("这个 PostgreSQL 数据库里已有数据表：恢复只写入空的数据库，请另建一个")
                yield
        finally:
            self._engine.dispose()

    def load(self, dump: Path) -> str:
        with self._engine.begin() as conn:
            conn.execute(text(f"CREATE TABLE {RESTORING} ()"))
        postgres_tools.load(self._engine, dump)
        with self._engine.begin() as conn:
            conn.execute(text("ANALYZE"))
        return self._url

    def open(self) -> None:
        with self._engine.begin() as conn:
            conn.execute(text(f"DROP TABLE {RESTORING}"))

    def leave(self) -> None:
        with self._engine.connect() as conn:
            unfinished = is_being_restored(conn)
        if unfinished:
            drop_everything(self._engine)


def drop_everything(engine: Engine) -> None:
    """Drops every table of a database; what restore or copy-to found empty is empty again."""
    found = MetaData()
    with engine.begin() as conn:
        found.reflect(conn)
        found.drop_all(conn)
