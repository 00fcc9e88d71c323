"""A store on a real, empty database; every test runs on both engines."""

import sys
from collections.abc import Callable, Iterator

import eventsourcing.cryptography
import pytest
from sqlalchemy import Engine, event, func, select

from casework.store import Act, KeyRing, Recorded, Store, make_engine
from casework.store.clock import Clock
from casework.store.database import reading
from casework.store.schema import act, child_key, claim, metadata, number_series, stored_event

# The library's published cases import its cipher built on PyCryptodome, which those for recorders never
# use and we do not install: the library's own equal one, built on `cryptography`, stands in for it.
sys.modules.setdefault("eventsourcing.cipher", eventsourcing.cryptography)

MASTER_KEY = bytes(range(32))
OWN_TABLES = (act, stored_event, claim, number_series, child_key)


def no_projections(_act: Act, _recorded: list[Recorded]) -> None:
    """Nothing to project."""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    metadata.create_all(engine, tables=OWN_TABLES)
    yield engine
    engine.dispose()


@pytest.fixture
def keys() -> KeyRing:
    return KeyRing(MASTER_KEY)


@pytest.fixture
def make_store(engine: Engine, keys: KeyRing) -> Callable[..., Store]:
    def make(clock: Clock | None = None, project=no_projections) -> Store:
        return Store(engine, keys, clock, project)

    return make


@pytest.fixture
def store(make_store: Callable[..., Store]) -> Store:
    return make_store()


@pytest.fixture
def rows(engine: Engine) -> Callable[[], dict[str, int]]:
    """How many rows each of the store's tables has; tables without rows are left out."""

    def count() -> dict[str, int]:
        with reading(engine) as conn:
            found = {t.name: conn.scalar(select(func.count()).select_from(t)) or 0 for t in OWN_TABLES}
        return {name: n for name, n in found.items() if n}

    return count


@pytest.fixture
def queries(engine: Engine) -> Iterator[list[str]]:
    """The SQL sent so far."""
    sent: list[str] = []

    def note(_conn, _cursor, statement: str, _parameters, _context, _executemany) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)
