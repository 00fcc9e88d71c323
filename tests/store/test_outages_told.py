"""What a person is told when the machine is at fault: disk full, database away; and nothing else is that."""

import errno
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from casework.store.database import make_engine, reading, writing
from casework.store.failures import AWAY, FULL, is_passing, outage_of


def failure(url: str, *statements: str) -> DBAPIError:
    """What the last statement fails with."""
    engine = make_engine(url)
    with pytest.raises(DBAPIError) as failed, writing(engine) as conn:
        for statement in statements:
            conn.execute(text(statement))
    engine.dispose()
    return failed.value


def test_a_full_sqlite_database_is_a_full_disk_and_no_reason_to_try_again(sqlite_url: str):
    grown = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
    full = failure(
        sqlite_url,
        "CREATE TABLE t (x TEXT)",
        "PRAGMA max_page_count = 20",
        f"{grown}INSERT INTO t SELECT 'a longer text to fill a page with' FROM n",
    )
    assert outage_of(full) == FULL and not is_passing(full)


def test_a_database_file_that_cannot_be_opened_is_away(tmp_path: Path):
    engine = make_engine(f"sqlite:///{tmp_path / 'nowhere' / 'casework.db'}")
    with pytest.raises(DBAPIError) as failed, reading(engine):
        pass
    assert outage_of(failed.value) == AWAY


def test_a_postgresql_that_refuses_connections_is_away(tmp_path: Path):
    engine = make_engine(f"postgresql+psycopg://casework@/t?host={tmp_path}")
    with pytest.raises(DBAPIError) as failed, reading(engine):
        pass
    assert outage_of(failed.value) == AWAY


def test_a_fault_of_the_program_is_not_called_an_outage(database_url: str):
    assert outage_of(failure(database_url, "SELECT * FROM no_such_table")) == ""
    assert outage_of(ValueError("a bug")) == "" and outage_of(OSError(errno.ENOENT, "no file")) == ""


def test_a_full_disk_under_an_upload_is_told_too_and_seen_through_what_wraps_it():
    wrapped = RuntimeError("could not seal")
    wrapped.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    assert outage_of(wrapped) == FULL


def test_only_the_database_of_a_reading_that_broke_is_let_go_silently(sqlite_url: str):
    engine = make_engine(sqlite_url)
    with pytest.raises(ZeroDivisionError), reading(engine) as conn:
        raw = conn.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.close()
        raise ZeroDivisionError
    engine.dispose()
