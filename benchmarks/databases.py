"""Kept databases under var/bench: made once, used again while their generator and tables are the same."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData, inspect, text
from sqlalchemy.schema import CreateIndex, CreateTable, DropIndex

from benchmarks.generate import generate, open_county
from benchmarks.size import Size
from casework.projections.rebuild import rebuild
from casework.store import turns
from casework.store.bulk import bulk_insert
from casework.store.database import make_engine, reading, writing
from casework.tables import metadata

Say = Callable[[str], None]


def county(folder: Path, size: Size, say: Say) -> Engine:
    """The SQLite database of a county, generated when it is not there yet."""
    path = folder / f"{size.name}-{shape()}.db"
    if not path.exists():
        say(f"生成 {size.name} …")
        started, making = time.monotonic(), path.with_suffix(".making")
        for rest in ("", "-wal", "-shm"):
            Path(f"{making}{rest}").unlink(missing_ok=True)
        engine = make_engine(f"sqlite:///{making}")
        metadata.create_all(engine)
        generate(engine, size, say)
        _mark_derived(engine)
        engine.dispose()
        making.rename(path)
        for rest in turns.FILES:
            Path(f"{making}{rest}").unlink(missing_ok=True)
        say(f"生成用时 {time.monotonic() - started:.0f} s")
    engine = make_engine(f"sqlite:///{path}")
    if not _derived_as_today(engine):
        say("重建读模型 …")
        _renew_other_tables(engine)
        rebuild(open_county(engine, partial(datetime.now, UTC)).store)
        _mark_derived(engine)
    match_indexes(engine)
    return engine


def copied(source: Engine, url: str) -> Engine:
    """The same rows in an empty PostgreSQL database, with its statistics gathered."""
    engine = make_engine(url)
    with writing(engine) as conn:
        for table in metadata.sorted_tables:
            conn.execute(CreateTable(table))
    for table in metadata.sorted_tables:
        names = [column.name for column in table.columns]
        with writing(engine) as conn:
            bulk_insert(conn, table, names, _rows(source, table.name, names))
    match_indexes(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE"))
        conn.execute(text("CHECKPOINT"))
    return engine


def _rows(source: Engine, table: str, names: list[str]) -> Iterator[tuple[Any, ...]]:
    with reading(source) as conn, closing(conn.connection.cursor()) as cursor:
        quoted = ", ".join(map(source.dialect.identifier_preparer.quote, names))
        cursor.execute(f"SELECT {quoted} FROM {table}")
        while rows := cursor.fetchmany(5000):
            yield from rows


WRITTEN = (
    *("act", "stored_event", "claim", "child_key", "number_series", "unit", "policy"),
    *("child", "roster_entry", "roster_span", "pupil_ledger", "pupil_total"),
    *("case_span", "activity", "case_board"),
)
"""Tables the generator fills. The others follow from events or are empty: made anew when they changed."""


def shape(names: Iterable[str] = WRITTEN) -> str:
    """Changes when one of these tables does; indexes are put right in place."""
    tables = "".join(str(CreateTable(metadata.tables[name])) for name in names)
    return hashlib.sha256(tables.encode()).hexdigest()[:8]


def _others() -> tuple[str, ...]:
    return tuple(table.name for table in metadata.sorted_tables if table.name not in WRITTEN)


def _renew_other_tables(engine: Engine) -> None:
    others = [metadata.tables[name] for name in _others()]
    with engine.connect() as conn:
        held = MetaData()
        held.reflect(conn, only=lambda name, _: name not in WRITTEN)
    held.drop_all(engine)
    metadata.create_all(engine, tables=others)


def _derived_as_today(engine: Engine) -> bool:
    """Whether the tables not in `WRITTEN` were made as they are defined today."""
    with engine.connect() as conn:
        return bool(conn.scalar(text("PRAGMA user_version")) == _derived_shape())


def _mark_derived(engine: Engine) -> None:
    with engine.connect() as conn:
        conn.execute(text("PRAGMA optimize"))
        conn.execute(text(f"PRAGMA user_version = {_derived_shape()}"))
        conn.commit()


def _derived_shape() -> int:
    return int(shape(_others())[:7], 16)


def match_indexes(engine: Engine) -> None:
    """Makes the indexes the models'."""
    for table in metadata.sorted_tables:
        wanted = {str(index.name): index for index in table.indexes}
        with writing(engine) as conn:
            for held in inspect(conn).get_indexes(table.name):
                name = held["name"]
                if held.get("duplicates_constraint") or name is None:
                    continue
                if name not in wanted:
                    conn.execute(text(f"DROP INDEX {name}"))
                elif _same(conn, name, wanted[name]):
                    del wanted[name]
                else:
                    conn.execute(DropIndex(wanted[name]))
            for index in wanted.values():
                conn.execute(CreateIndex(index))


def _same(conn: Any, name: str, index: Any) -> bool:
    if conn.dialect.name != "sqlite":
        return False
    held = conn.scalar(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name})
    return "".join(str(held).split()) == "".join(str(CreateIndex(index).compile(conn)).split())
