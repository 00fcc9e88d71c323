"""Workbooks and CSV files for tests, made in memory."""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from xlsxwriter import Workbook

from casework.importers.columns import COLUMNS, Column
from casework.importers.tables import Row, Table, open_table

CREATED = datetime(2026, 9, 14, 8, 0, tzinfo=UTC)
ABSENCES = COLUMNS["absences"]
SIMPLE = (
    Column("学籍号", required=True, kind="code"),
    Column("日期", required=True, kind="day"),
    Column("原因"),
    Column("时间", kind="clock"),
    Column("课时", kind="number"),
    Column("签字", kind="yes_no"),
    Column("班级", kind="code"),
)
SIMPLE_HEADERS = ["学籍号", "日期", "原因", "时间", "课时", "签字", "班级"]


def xlsx(rows: Sequence[Sequence[object]], *, formats: Mapping[tuple[int, int], str] | None = None) -> bytes:
    """A workbook of one sheet; `formats` gives Excel number formats by (row, column) from 0."""
    file = io.BytesIO()
    with Workbook(file) as workbook:
        sheet = workbook.add_worksheet("花名册")
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                look = (formats or {}).get((row, column))
                style = workbook.add_format({"num_format": look}) if look else None
                _write(sheet, row, column, cell, style)
    return file.getvalue()


def _write(sheet, row: int, column: int, cell: object, style: object) -> None:
    if isinstance(cell, str) and cell.startswith("#"):
        sheet.write_formula(row, column, "=NA()", style, cell)
    elif isinstance(cell, str):
        sheet.write_string(row, column, cell, style)
    elif isinstance(cell, bool):
        sheet.write_boolean(row, column, cell, style)
    elif cell is not None:
        sheet.write_number(row, column, cell, style)


def one_row(cells: Sequence[object], *, formats: Mapping[int, str] | None = None) -> Row:
    """The only row of a workbook with `SIMPLE_HEADERS`; `formats` by column."""
    looks = {(1, column): look for column, look in (formats or {}).items()}
    (row,) = open_table(xlsx([SIMPLE_HEADERS, cells], formats=looks), "甲.xlsx", SIMPLE)
    return row


def read(content: bytes, filename: str = "甲.xlsx") -> Table:
    return open_table(content, filename, SIMPLE)
