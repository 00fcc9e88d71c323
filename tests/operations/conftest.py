"""Counties to back up: on SQLite a copy of one made once, on PostgreSQL a database of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from casework.config import Settings
from casework.operations.backup import back_up
from tests import postgres
from tests.operations.offices import at_work, copied, make_county, settings_of


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county's data folder on SQLite."""
    folder = tmp_path_factory.mktemp("county") / "data"
    make_county(folder, f"sqlite:///{folder / 'casework.db'}")
    return folder


@pytest.fixture
def county(template: Path, tmp_path: Path) -> Settings:
    """A county on SQLite."""
    return copied(template, tmp_path / "county")


@pytest.fixture
def backup(county: Settings, tmp_path: Path) -> Path:
    """A backup of it."""
    with at_work(county) as casework:
        return back_up(casework, county, tmp_path / "x.backup").file


@pytest.fixture
def server_county(tmp_path: Path, postgres_url: str) -> Settings:
    """A county on PostgreSQL."""
    make_county(tmp_path / "served", postgres_url)
    return settings_of(tmp_path / "served", postgres_url)


@pytest.fixture
def empty_database(postgres_server: postgres.Cluster) -> Iterator[Callable[[], str]]:
    """Makes further empty PostgreSQL databases."""
    with ExitStack() as databases:
        yield lambda: databases.enter_context(postgres_server.database())
