"""Workbooks and CSV files on disk, and the command line run in this process."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from casework.cli import main
from casework.store.database import make_engine

Rows = Sequence[Mapping[str, str]]


def headers_of(rows: Rows) -> list[str]:
    return list(dict.fromkeys(header for row in rows for header in row))


def csv_file(path: Path, rows: Rows, *, encoding: str = "utf-8") -> Path:
    """The rows as CSV text."""
    text = io.StringIO()
    writer = csv.DictWriter(text, headers_of(rows), restval="")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def xlsx_file(path: Path, rows: Rows, *, titles: Sequence[str] = ()) -> Path:
    """The rows as a workbook, under lines of title."""
    headers = headers_of(rows)
    with Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet()
        for at, title in enumerate(titles):
            sheet.write_string(at, 0, title)
        for column, header in enumerate(headers):
            sheet.write_string(len(titles), column, header)
        for at, row in enumerate(rows, start=len(titles) + 1):
            for column, header in enumerate(headers):
                sheet.write_string(at, column, row.get(header, ""))
    return path


@dataclass
class Said:
    """What a run of the command line printed, and its exit code."""

    code: int
    out: str
    err: str


@dataclass
class Office:
    """A county's computer: a data folder, files, and `casework`."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def run(self, *arguments: str | Path) -> Said:
        """Runs one command."""
        code = main([str(each) for each in arguments])
        printed = self.capsys.readouterr()
        return Said(code, printed.out, printed.err)

    def csv(self, rows: Rows, name: str = "表.csv", **how: str) -> Path:
        return csv_file(self.folder / name, rows, **how)

    def xlsx(self, rows: Rows, name: str = "表.xlsx", titles: Sequence[str] = ()) -> Path:
        return xlsx_file(self.folder / name, rows, titles=titles)

    def take(self, kind: str, rows: Rows, *options: str) -> Said:
        """Imports rows from a workbook and applies them."""
        return self.run("import", kind, self.xlsx(rows), "--apply", *options)

    def stored(self) -> list[str]:
        """Every row of every table but the keys' wrapping, as text: two equal lists, nothing written."""
        engine = make_engine(f"sqlite:///{self.folder / 'data' / 'casework.db'}")
        with engine.connect() as conn:
            raw = conn.connection.driver_connection
            assert raw is not None
            dumped = list(raw.iterdump())
        engine.dispose()
        return dumped
