"""The pages over the small county, on SQLite and on PostgreSQL; signed-in visitors by login."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import delete

import casework.accounts.passwords
from casework import tables
from casework.accounts import sign_in_failure
from casework.config import Settings
from casework.web import create_app
from tests.support.copied import filled_county
from tests.support.county import MASTER_KEY, County
from tests.web.pages import Visitor
from tests.web.small_county import PASSWORD, fill_with_accounts

assert tables.metadata.tables  # all of them are on it

# The cheapest hash there is: its strength is the library's affair, and tests sign in hundreds of times.
casework.accounts.passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class CompiledTemplates(BytecodeCache):
    """Templates compiled once, by their content, for all apps of this process: tests make many."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Takes what was compiled from the same content."""
        compiled = self._kept.get((bucket.key, bucket.checksum))
        if compiled:
            bucket.bytecode_from_string(compiled)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps it."""
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledTemplates()}

SETTINGS = Settings(
    mode="test", data_dir=Path("unused"), database_url="", secret_key="k" * 40, master_key=MASTER_KEY
)


class Wall:
    """The real clock, set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 10, 9, 7, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        """Lets time go by."""
        self.now += timedelta(**time)


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def county(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """The small county, filled once for all who only read it."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('county') / 'casework.db'}"
        else:
            url = stack.enter_context(request.getfixturevalue("postgres_server").database())
        yield stack.enter_context(filled_county(url, fill_with_accounts))


@pytest.fixture
def wall(county: County) -> Wall:
    """The clock that sessions and lock-outs live by; no test pays for another's wrong tries."""
    with county.casework.store.engine.begin() as conn:
        conn.execute(delete(sign_in_failure))
    return Wall()


@pytest.fixture
def app(county: County, wall: Wall) -> Flask:
    """The pages."""
    return create_app(county.casework, SETTINGS, wall=wall)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody not signed in."""
    return Visitor(app.test_client())


@pytest.fixture
def signed_in(app: Flask) -> Callable[[str], Visitor]:
    """A visitor signed in with a login of the small county."""

    def sign_in(login: str) -> Visitor:
        visitor = Visitor(app.test_client())
        assert visitor.sign_in(login, PASSWORD).status_code == 302
        return visitor

    return sign_in


@pytest.fixture
def ids(county: County) -> dict[str, str]:
    """Name → child id."""
    from casework.projections.roster import child

    with county.casework.reading() as reading:
        rows = reading.snapshot.conn.execute(child.select())
        return {row.name: row.child_id for row in rows}
