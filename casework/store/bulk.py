"""Writing many rows at once, past the statement compiler: COPY on PostgreSQL, executemany on SQLite."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table

_BATCH = 20_000


def bulk_insert(conn: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Inserts tuples of plain values in the order of `columns`; returns how many. Memory stays flat."""
    quote = conn.dialect.identifier_preparer.quote
    names = ", ".join(map(quote, columns))
    cursor = conn.connection.cursor()
    try:
        if conn.dialect.name == "postgresql":
            return _copy(cursor, f"COPY {table.name} ({names}) FROM STDIN", rows)
        marks = ", ".join("?" * len(columns))
        return _executemany(cursor, f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)
    finally:
        cursor.close()


def _copy(cursor: Any, statement: str, rows: Iterable[Sequence[Any]]) -> int:
    count = 0
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def _executemany(cursor: Any, statement: str, rows: Iterable[Sequence[Any]]) -> int:
    count = 0
    waiting = iter(rows)
    while batch := list(islice(waiting, _BATCH)):
        cursor.executemany(statement, batch)
        count += len(batch)
    return count
