"""Engines for SQLite and PostgreSQL, and the two ways in: one writer, many readers.

A writer holds the one writers' lock from the start of its transaction to the commit, so commit
order, act order and time order are one order. A reader sees one moment from its first query on.

SQLite: WAL, `synchronous=FULL` (a committed act survives a power cut), 60 s of patience for the
lock. PostgreSQL: an advisory lock (not `LOCK TABLE`, which fights autovacuum).
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from weakref import WeakKeyDictionary

from psycopg import Connection as PsycopgConnection
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from casework.errors import BadInput
from casework.store.turns import Turns

LOCK_PATIENCE_S = 60
CONNECT_PATIENCE_S = 10
"""For a PostgreSQL that does not answer at all; the address of the database may say another."""
WRITERS_LOCK = 0x63617365  # any constant: advisory locks are per database

_WRITER = "casework_writer"
_PAGES_OF_THE_LOG = 4000
"""Copied into the database by whoever commits when so many are written: a fourth as often as by default,
so that few wait for it; at 4 KB each they still fit the first table of SQLite's index of the log."""

_turns: WeakKeyDictionary[Engine, Turns] = WeakKeyDictionary()


def make_engine(url: str) -> Engine:
    """An engine for `sqlite:///…`, `sqlite:///:memory:` (one thread only) or `postgresql+psycopg://…`.

    Raises BadInput for any other database.
    """
    parsed = _parsed(url)
    if parsed.drivername == "postgresql+psycopg":
        patience = {} if "connect_timeout" in parsed.query else {"connect_timeout": CONNECT_PATIENCE_S}
        engine = create_engine(
            parsed, pool_size=8, max_overflow=24, pool_pre_ping=True, connect_args=patience
        )
        event.listen(engine, "connect", _prepare_postgres)
        return engine
    if parsed.database in (None, "", ":memory:"):
        engine = create_engine(parsed, poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        # The last one used comes first: what it has read of the file is at hand, and few are open at all.
        engine = create_engine(parsed, pool_size=8, max_overflow=56, pool_use_lifo=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.drivername not in ("sqlite", "postgresql+psycopg"):
        raise BadInput(
            "CASEWORK_DATABASE_URL 只支持 sqlite:///路径 和 postgresql+psycopg://…，请改正后再启动"
        )
    return parsed


def is_sqlite(conn: Connection | Engine) -> bool:
    """Whether this is SQLite (else PostgreSQL)."""
    return conn.dialect.name == "sqlite"


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that holds the writers' lock; committed at the end, rolled back on any error."""
    with _turn(engine), engine.connect() as conn:
        conn = conn.execution_options(**{_WRITER: "FULL"})
        with conn.begin():
            if not is_sqlite(conn):
                conn.execute(select(func.pg_advisory_xact_lock(WRITERS_LOCK)))
            yield conn


@contextmanager
def noting(engine: Engine) -> Iterator[Connection]:
    """A short transaction that does not wait for the disk: it survives a killed program, not a power cut."""
    with _turn(engine), engine.connect() as conn:
        conn = conn.execution_options(**{_WRITER: "NORMAL"})
        with conn.begin():
            if not is_sqlite(conn):
                conn.execute(text("SET LOCAL synchronous_commit = off"))
            yield conn


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Queues up before SQLite; PostgreSQL orders its waiters itself."""
    if not is_sqlite(engine):
        yield
        return
    database = engine.url.database
    alone = database in (None, "", ":memory:")
    made = _turns.get(engine) or _turns.setdefault(
        engine, Turns(None if alone else database, LOCK_PATIENCE_S)
    )
    with made.turn():
        yield


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one moment, fixed by its first query; always rolled back."""
    with engine.connect() as conn:
        if not is_sqlite(conn):
            conn = conn.execution_options(isolation_level="REPEATABLE READ")
        with conn.begin() as transaction:
            try:
                yield conn
            finally:
                with suppress(DBAPIError):  # a connection that broke meanwhile has nothing to take back
                    transaction.rollback()


def wait_for_writers(engine: Engine) -> None:
    """Return when every act that held the lock at the call is committed or rolled back.

    Its own short transaction: a PostgreSQL snapshot taken before the wait would not see them.
    """
    if is_sqlite(engine):
        with writing(engine):
            return
    with engine.begin() as conn:
        conn.execute(select(func.pg_advisory_xact_lock_shared(WRITERS_LOCK)))


def _prepare_sqlite(dbapi: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    raw = dbapi.driver_connection if hasattr(dbapi, "driver_connection") else dbapi
    assert isinstance(raw, sqlite3.Connection)
    raw.isolation_level = None  # the driver opens no transactions by itself; `_begin_sqlite` does
    raw.execute(f"PRAGMA busy_timeout={LOCK_PATIENCE_S * 1000}")
    _switch_to_wal(raw)
    raw.execute("PRAGMA synchronous=FULL")
    raw.execute(f"PRAGMA wal_autocheckpoint={_PAGES_OF_THE_LOG}")
    raw.execute("PRAGMA foreign_keys=ON")
    raw.execute("PRAGMA secure_delete=ON")  # a destroyed key leaves no bytes behind in the file
    raw.execute("PRAGMA cache_size=-65536")


def _switch_to_wal(raw: sqlite3.Connection) -> None:
    """Two processes that open a new file at once may refuse each other the switch, timeout or not."""
    deadline = time.monotonic() + LOCK_PATIENCE_S
    while True:
        try:
            raw.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin_sqlite(conn: Connection) -> None:
    raw = conn.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    durability = conn.get_execution_options().get(_WRITER)
    if not durability:
        raw.execute("BEGIN")  # takes no lock, so it is refused to nobody: no need of SQLAlchemy's long way
        return
    raw.execute(f"PRAGMA synchronous={durability}")  # only outside of a transaction
    conn.exec_driver_sql("BEGIN IMMEDIATE")


def _prepare_postgres(dbapi: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    assert isinstance(dbapi, PsycopgConnection)
    dbapi.execute(f"SET lock_timeout = '{LOCK_PATIENCE_S}s'")
    dbapi.commit()
