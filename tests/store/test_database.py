"""The two engines as we set them up."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from casework.errors import BadInput
from casework.store import make_engine
from casework.store.database import reading, writing


def pragma(conn, name):
    return conn.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_a_committed_act_on_sqlite_survives_a_power_cut(sqlite_url):
    engine = make_engine(sqlite_url)
    with reading(engine) as conn:
        assert (pragma(conn, "journal_mode"), pragma(conn, "synchronous")) == ("wal", 2)
        assert pragma(conn, "busy_timeout") == 60_000
        assert (pragma(conn, "foreign_keys"), pragma(conn, "secure_delete")) == (1, 1)
    engine.dispose()


def test_opening_a_new_file_by_many_at_once_refuses_nobody(sqlite_url):
    def first_query(_):
        engine = make_engine(sqlite_url)
        with reading(engine) as conn:
            mode = pragma(conn, "journal_mode")
        engine.dispose()
        return mode

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(first_query, range(16))) == {"wal"}


def test_a_writer_on_sqlite_has_the_lock_from_its_start(sqlite_url):
    engine = make_engine(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), timeout=0, isolation_level=None)
    with writing(engine), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    with reading(engine) as conn:
        conn.execute(text("SELECT 1"))
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    other.close()
    engine.dispose()


def test_an_error_rolls_the_writer_back(engine):
    with pytest.raises(ZeroDivisionError), writing(engine) as conn:
        conn.execute(text("INSERT INTO child_key (child_id) VALUES ('a')"))
        raise ZeroDivisionError
    with reading(engine) as conn:
        assert conn.scalar(text("SELECT count(*) FROM child_key")) == 0


def test_a_writer_on_postgresql_does_not_wait_for_ever(postgres_url):
    engine = make_engine(postgres_url)
    with reading(engine) as conn:
        assert conn.scalar(text("SHOW lock_timeout")) == "1min"
        assert conn.scalar(text("SHOW transaction_isolation")) == "repeatable read"
    with writing(engine) as conn:
        assert conn.scalar(text("SHOW transaction_isolation")) == "read committed"
    engine.dispose()


@pytest.mark.parametrize("url", ["mysql://x/y", "postgresql://x/y", "postgresql+psycopg2://x/y"])
def test_another_database_is_refused_with_what_to_write(url):
    with pytest.raises(BadInput, match=r"postgresql\+psycopg"):
        make_engine(url)


def test_a_url_that_is_none_is_refused_with_what_to_write():
    with pytest.raises(BadInput, match="CASEWORK_DATABASE_URL"):
        make_engine("var/casework.db")
