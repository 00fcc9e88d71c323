"""A county under test: the real application over a real database, with a clock that tests set."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Engine

from casework.commands.policies import adopt_defaults
from casework.domain.values import LOCAL_OPERATOR
from casework.importers.columns import COLUMNS
from casework.importers.outcome import ImportOutcome
from casework.importers.run import Options, import_table
from casework.importers.tables import Row
from casework.service import Casework, make_store
from casework.store.database import make_engine
from casework.store.keys import KeyRing
from casework.store.schema import metadata

MASTER_KEY = bytes(range(32))


class RowsTable:
    """Rows given as mappings of header to text, read as a table of a file would be."""

    def __init__(self, kind: str, rows: Sequence[Mapping[str, str]]) -> None:
        self.headers = list(dict.fromkeys(header for row in rows for header in row))
        self.unknown_columns: list[str] = []
        self.notes: list[str] = []
        self.encoding_note = ""
        self._columns = [column.name for column in COLUMNS[kind]]
        self._rows = rows

    def __iter__(self) -> Iterator[Row]:
        for number, cells in enumerate(self._rows, start=2):
            known = {name: cells.get(name, "").strip() for name in self._columns}
            yield Row(number, known, [], list(cells.values()))

    def original(self, row: Row) -> list[str]:
        """The cells as given."""
        cells = self._rows[row.number - 2]
        return [cells.get(header, "") for header in self.headers]


class County:
    """The application and its clock."""

    now = datetime.fromisoformat("2026-01-01T08:00:00+08:00")
    casework: Casework

    def __init__(self, url: str) -> None:
        engine = make_engine(url)
        metadata.create_all(engine)
        self._open(engine)
        self.casework.do("init", lambda act, _: {"adopted": adopt_defaults(act)}, actor=LOCAL_OPERATOR)

    @classmethod
    def over(cls, engine: Engine, now: datetime) -> Self:
        """The application over a county's database that is there already."""
        county = cls.__new__(cls)
        county.now = now
        county._open(engine)
        return county

    def _open(self, engine: Engine) -> None:
        self.casework = Casework(make_store(engine, KeyRing(MASTER_KEY), lambda: self.now))

    def take(
        self, kind: str, rows: Sequence[Mapping[str, str]], at: datetime | None = None, **options: Any
    ) -> ImportOutcome:
        """Imports rows, applying what is good."""
        self.now = at or self.now
        chosen = replace(Options(actor=LOCAL_OPERATOR, apply=True), **options)
        table: Any = RowsTable(kind, rows)
        return import_table(self.casework, kind, table, chosen, name="测试.xlsx")

    def close(self) -> None:
        """Lets go of the database."""
        self.casework.store.engine.dispose()
