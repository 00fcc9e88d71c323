"""Counties filled once, then copied: every test still writes in one of its own.

    county = filled(url, fill_field)     # as County(url) and fill_field(county), in a tenth of the time
    county = filled(url, take_seed, 11)  # as County(url) and take_seed(county, 11)

The original stays as long as the process: on SQLite its bytes, on PostgreSQL a database beside the copies.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import make_url

from casework.store.database import make_engine
from tests import postgres
from tests.support.county import County

Fill = Callable[..., Any]


@dataclass(frozen=True)
class _Original:
    """A filled county: the time it was left at, and its file's bytes or its database's URL."""

    now: datetime
    content: bytes | str


_originals: dict[tuple[Fill, tuple[Any, ...], str], _Original] = {}


def filled(url: str, fill: Fill, *said: Any) -> County:
    """The county as `fill(county, *said)` leaves it, in the empty and unopened database at `url`."""
    place = make_url(url)
    key = fill, said, str(place.query.get("host", ""))
    if key not in _originals:
        server = place.get_backend_name() != "sqlite"
        _originals[key] = _served(url, fill, said) if server else _in_memory(fill, said)
    original = _originals[key]
    if isinstance(original.content, bytes):
        Path(place.database or "").write_bytes(original.content)
    else:
        postgres.cluster_of(url).copy(original.content, url)
    return County.over(make_engine(url), original.now)


@contextmanager
def filled_county(url: str, fill: Fill, *said: Any) -> Iterator[County]:
    """As `filled`; lets go of the database at the end."""
    county = filled(url, fill, *said)
    try:
        yield county
    finally:
        county.close()


def _in_memory(fill: Fill, said: tuple[Any, ...]) -> _Original:
    county = County("sqlite:///:memory:")
    fill(county, *said)
    with county.casework.store.engine.connect() as conn:
        driver = conn.connection.driver_connection
        assert isinstance(driver, SqliteConnection)
        content = driver.serialize()
    county.close()
    return _Original(county.now, content)


def _served(url: str, fill: Fill, said: tuple[Any, ...]) -> _Original:
    original = postgres.cluster_of(url).lasting_database()
    county = County(original)
    fill(county, *said)
    county.close()
    return _Original(county.now, original)
