"""The read models of files beside the living ones: filled in shares, then put in their places.

Without indexes while they are filled. A share is folded and written by itself, so processes can take
shares of one rebuild at the same time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Engine, MetaData, PrimaryKeyConstraint, Table, delete, text
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable

from casework.projections.bitemporal import Row
from casework.projections.case_files import Cases, files_of
from casework.projections.case_tables import CASE_TABLES, fold_case
from casework.projections.duty_rows import Rulebooks
from casework.store.bulk import bulk_insert
from casework.store.database import noting, reading, writing


def _shadow_of(source: Table) -> Table:
    """The same columns under another name, without the indexes that would slow the filling."""
    columns = [Column(column.name, column.type, nullable=column.nullable) for column in source.columns]
    shadow = Table(f"{source.name}_anew", MetaData(), *columns)
    if names := [column.name for column in source.primary_key]:
        shadow.append_constraint(PrimaryKeyConstraint(*names, name=f"pk_{shadow.name}"))
    return shadow


_FORGOTTEN_AT_ONCE = 20_000
_SHADOWS = [_shadow_of(each.table) for each in CASE_TABLES]


@dataclass(frozen=True)
class Folded:
    """What one share came to: events and files read, rows written by table."""

    events: int
    files: int
    rows: dict[str, int]


def make_shadows(engine: Engine) -> None:
    """Empty shadows; those of a rebuild that did not end go."""
    with writing(engine) as conn:
        for shadow in _SHADOWS:
            conn.execute(DropTable(shadow, if_exists=True))
            conn.execute(CreateTable(shadow))


def fill(engine: Engine, k: int, rules: Rulebooks, only: str, cases: Cases) -> Folded:
    """Folds the files of a range, as known at act `k`, and writes their rows in one transaction.

    Nothing waits for the disk: the commit that puts the shadows in their places does.
    """
    events = files = 0
    folded = []
    with reading(engine) as source:
        for case, recorded in files_of(source, k, cases):
            folded.append(fold_case(case, recorded, rules, only))
            events, files = events + len(recorded), files + 1
    with noting(engine) as conn:
        return Folded(events, files, _insert(conn, folded))


def forget(conn: Connection, cases: Sequence[str]) -> None:
    """The rows of these files go from the shadows, most of which have no index yet: few statements do."""
    for start in range(0, len(cases), _FORGOTTEN_AT_ONCE):
        for shadow in _SHADOWS:
            some = cases[start : start + _FORGOTTEN_AT_ONCE]
            conn.execute(delete(shadow).where(shadow.c.case_id.in_(some)))


def fill_again(conn: Connection, k: int, rules: Rulebooks, only: str, cases: Sequence[str]) -> dict[str, int]:
    """Folds these files anew, of which the shadows have no rows; rows written by table."""
    recorded = files_of(conn, k, cases)
    return _insert(conn, [fold_case(case, events, rules, only) for case, events in recorded])


def _insert(conn: Connection, folded: Iterable[tuple[list[Row], ...]]) -> dict[str, int]:
    rows = list(folded)
    return {
        table.table.name: bulk_insert(conn, shadow, table.columns, (row for each in rows for row in each[at]))
        for at, (table, shadow) in enumerate(zip(CASE_TABLES, _SHADOWS, strict=True))
    }


def take_places(conn: Connection, only: str = "") -> None:
    """The shadows become the tables, with their indexes; of all but `only`, if named, the shadow goes."""
    for each, shadow in zip(CASE_TABLES, _SHADOWS, strict=True):
        if only in ("", each.table.name):
            _take_place(conn, each.table, shadow)
        else:
            conn.execute(DropTable(shadow))


def _take_place(conn: Connection, table: Table, shadow: Table) -> None:
    conn.execute(DropTable(table))
    conn.execute(text(f"ALTER TABLE {shadow.name} RENAME TO {table.name}"))
    if conn.dialect.name == "postgresql" and shadow.primary_key.columns:
        conn.execute(text(f"ALTER INDEX pk_{shadow.name} RENAME TO pk_{table.name}"))
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        conn.execute(CreateIndex(index))
