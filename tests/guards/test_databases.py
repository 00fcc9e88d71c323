"""The databases tests get: the two engines, empty, each test's own."""

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, inspect, text

from tests import postgres


@pytest.mark.parametrize("turn", ["first", "again"])
def test_each_test_has_an_empty_database_of_its_own(database_url, turn):
    engine = create_engine(database_url)
    assert inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE child (name TEXT)"))
    engine.dispose()


def test_a_connection_left_open_does_not_keep_a_database(postgres_server):
    with postgres_server.database() as url:
        engine = create_engine(url)
        left_open = engine.connect()
        left_open.execute(text("SELECT 1"))
    left_open.invalidate()
    engine.dispose()


def test_workers_who_ask_at_once_get_one_server_that_ends_with_the_run(tmp_path):
    with ThreadPoolExecutor(4) as workers:
        servers = set(workers.map(lambda _: postgres.shared(tmp_path, os.getpid()), range(4)))
    (server,) = servers
    with server.database() as url:
        assert url.startswith("postgresql+psycopg://")
    postgres.stop_shared(tmp_path)
    assert not server.folder.exists()


def test_a_run_that_is_killed_leaves_no_server(tmp_path):
    owner = subprocess.Popen(["sleep", "60"])
    server = postgres.shared(tmp_path, owner.pid)
    owner.kill()
    owner.wait()
    patience = time.monotonic() + 20
    while server.folder.exists() and time.monotonic() < patience:
        time.sleep(0.02)
    assert not server.folder.exists()


def test_names_sort_as_a_chinese_server_sorts_them(postgres_url):
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        names = connection.scalars(text("SELECT n FROM (VALUES ('张'), ('安'), ('李')) AS t(n) ORDER BY n"))
        assert list(names) == ["安", "李", "张"]
    engine.dispose()


def test_missing_binaries_name_the_step_that_installs_them(monkeypatch, tmp_path):
    monkeypatch.setattr(postgres, "_DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(postgres.PostgresMissing, match="apt-get install postgresql"), postgres.cluster():
        pass
