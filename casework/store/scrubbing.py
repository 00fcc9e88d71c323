"""Taking out of the database's own files what its tables no longer hold (清理残留).

A blanked row stays readable for a while to whoever opens the files: as an old version of the row, in the
write-ahead log, in the planner's statistics. SQLite: `secure_delete` (always on), VACUUM, a checkpoint that
empties the log. PostgreSQL: the tables and its statistics are written anew, and the log segments that are
used again and again are run through once. Archives of the log, replicas and backups are others' files.
"""

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager

from sqlalchemy import Connection, Engine, Table, text
from sqlalchemy.exc import DBAPIError

from casework.errors import CaseworkError
from casework.store.database import LOCK_PATIENCE_S, is_sqlite

_LOOK_AGAIN_S = 0.1


class NotClean(CaseworkError):
    """Old contents may still be in the files; doing it again is safe."""


def scrub(engine: Engine, tables: Iterable[Table]) -> None:
    """Leaves in the live files nothing that the tables no longer hold. Raises NotClean that says why not."""
    try:
        if is_sqlite(engine):
            _scrub_sqlite(engine.url.database or "")
        else:
            _scrub_postgres(engine, sorted(table.name for table in tables))
    except (sqlite3.Error, DBAPIError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        why = str(reason).splitlines()[0]
        raise NotClean(f"数据文件还没有清理干净：{why}。请稍后再运行一次同样的命令") from error


def _scrub_sqlite(file: str) -> None:
    if file in ("", ":memory:"):
        return
    with closing(sqlite3.connect(file, timeout=LOCK_PATIENCE_S, isolation_level=None)) as raw:
        raw.execute("PRAGMA secure_delete=ON")
        raw.execute("VACUUM")
        deadline = time.monotonic() + LOCK_PATIENCE_S
        while raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            if time.monotonic() > deadline:
                raise NotClean("有别的程序一直在读数据库，日志还没有清空：请关掉它，再运行一次同样的命令")
            time.sleep(_LOOK_AGAIN_S)


def _scrub_postgres(engine: Engine, tables: list[str]) -> None:
    with _by_itself(engine) as conn:
        _wait_for_readers(conn)
        for table in tables:
            conn.execute(text(f"VACUUM (FULL, ANALYZE) {table}"))
        conn.execute(text("VACUUM FULL pg_catalog.pg_statistic"))  # it keeps the commonest names of `child`
        _run_through_the_log(conn)


@contextmanager
def _by_itself(engine: Engine) -> Iterator[Connection]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        yield conn


def _wait_for_readers(conn: Connection) -> None:
    """A reader from before the rows were blanked would have VACUUM keep them."""
    begun = conn.scalar(text("SELECT CAST(pg_current_xact_id() AS text)"))
    older = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL"
        " AND age(backend_xmin) > age(CAST(CAST(:begun AS text) AS xid))"
    )
    deadline = time.monotonic() + LOCK_PATIENCE_S
    while conn.scalar(older, {"begun": str(int(begun or 0) % (1 << 32))}):
        if time.monotonic() > deadline:
            raise NotClean("有别的程序一直在读数据库：请等它结束或关掉它，再运行一次同样的命令")
        time.sleep(_LOOK_AGAIN_S)


def _run_through_the_log(conn: Connection) -> None:
    """PostgreSQL gives old segments new names and writes over them later; a switch fills one with zeros."""
    try:
        _switch(conn)
        conn.execute(text("CHECKPOINT"))  # now every segment with old contents waits to be used again
        for _ in range(1 + (conn.scalar(text("SELECT count(*) FROM pg_ls_waldir()")) or 0)):
            _switch(conn)
        conn.execute(text("CHECKPOINT"))
    except DBAPIError as error:
        raise NotClean(
            "数据表已清理，但本账号无权清理 PostgreSQL 的日志（pg_wal）：请让数据库管理员授予 pg_checkpoint、"
            "pg_monitor 和 pg_switch_wal() 的执行权，再运行一次同样的命令"
        ) from error


def _switch(conn: Connection) -> None:
    """Begins the next segment; one with nothing new in it would be kept, so something is."""
    conn.execute(text("SELECT pg_current_xact_id()"))
    conn.execute(text("SELECT pg_switch_wal()"))
