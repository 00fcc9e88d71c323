"""Small writes beside the acts: sessions, sign-in failures, the read log. They tell no business fact.

They never wait for an act on PostgreSQL; SQLite has one writer at a time, whatever is written.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from casework.store.database import is_sqlite, writing


@contextmanager
def side_writing(engine: Engine) -> Iterator[Connection]:
    """A short transaction of its own; committed at the end, rolled back on any error."""
    if is_sqlite(engine):
        with writing(engine) as conn:
            yield conn
        return
    with engine.begin() as conn:
        yield conn
