"""Writing workbooks (.xlsx): one look and one set of precautions for every export.

Text is always written as text: a name starting with = + - @ is no formula, a long number keeps all its
digits. The same sheets with the same `created` give the same bytes, so that an export can be compared.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from casework.errors import BadInput

Value = str | int | float | None

MAX_ROWS = 1_048_576
MAX_TEXT = 32_767

_CUT = "…（过长，已截断）"
_EXACT_BELOW = 10**15
_MEASURED_ROWS = 200
_NARROWEST, _WIDEST = 6, 40
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\]")
_A4 = 9
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


@dataclass(frozen=True)
class Sheet:
    """One worksheet: title lines, a header row, rows of plain values; days are ISO text.

    `rows` may be a generator: it is read once and not kept. `widths` (in characters, by position) and
    `number_formats` (by header, as Excel writes them: "0.0%") are optional.
    """

    title: str
    headers: Sequence[str]
    rows: Iterable[Sequence[Value]]
    title_lines: Sequence[str] = ()
    widths: Sequence[float] | None = None
    number_formats: Mapping[str, str] = field(default_factory=dict)


def write_workbook(target: Path | str | BinaryIO, sheets: Iterable[Sheet], *, created: datetime) -> int:
    """Write the sheets as one workbook, row by row, in memory that does not grow with the rows; how many.

    `created` (aware, or naive UTC) is the document's date. `BadInput` when a sheet is too long for Excel.
    """
    if isinstance(target, str):
        target = Path(target)
    if not isinstance(target, Path):
        return _write(target, sheets, created)
    # Under its name there is a whole workbook or, after a failure, none.
    part = target.with_name(target.name + ".part")
    try:
        rows = _write(str(part), sheets, created)
        part.replace(target)
        return rows
    finally:
        part.unlink(missing_ok=True)


def _write(target: str | BinaryIO, sheets: Iterable[Sheet], created: datetime) -> int:
    with Workbook(target, _OPTIONS) as workbook:
        workbook.set_properties({"created": _as_utc(created), "author": ""})
        looks = _Looks(workbook)
        titles: set[str] = set()
        return sum(
            _write_sheet(workbook.add_worksheet(_free_title(sheet.title, titles)), sheet, looks)
            for sheet in sheets
        )


class _Looks:
    """The few cell formats of a workbook."""

    def __init__(self, workbook: Workbook) -> None:
        cell = {"valign": "vcenter", "text_wrap": True, "border": 1, "border_color": "#BFBFBF"}
        self._workbook = workbook
        self._cell = cell
        self.title = workbook.add_format({"bold": True, "font_size": 14})
        self.line = workbook.add_format({})
        self.header = workbook.add_format({**cell, "bold": True, "align": "center", "bg_color": "#EDEDED"})
        self.text = workbook.add_format({**cell, "num_format": "@"})
        # Below the last row a column still takes what is typed as text: a 学籍号 added there stays whole.
        self.column = workbook.add_format({"num_format": "@"})

    def number(self, number_format: str) -> Format:
        return self._workbook.add_format({**self._cell, "num_format": number_format})


def _write_sheet(worksheet: Worksheet, sheet: Sheet, looks: _Looks) -> int:
    """How many rows below the header were written."""
    rows = iter(sheet.rows)
    measured = list(islice(rows, _MEASURED_ROWS))
    header_row = len(sheet.title_lines)
    _set_up_page(worksheet, sheet, header_row)
    _set_widths(worksheet, sheet, measured, looks)
    for at, line in enumerate(sheet.title_lines):
        worksheet.write_string(at, 0, _fitting(line), looks.line if at else looks.title)
    for at, header in enumerate(sheet.headers):
        worksheet.write_string(header_row, at, header, looks.header)
    last = _write_rows(worksheet, sheet, chain(measured, rows), looks)
    if sheet.headers:
        worksheet.autofilter(header_row, 0, last, len(sheet.headers) - 1)
    return last - header_row


def _write_rows(worksheet: Worksheet, sheet: Sheet, rows: Iterator[Sequence[Value]], looks: _Looks) -> int:
    """Write the rows under the header; the position of the last row written (the header's if none)."""
    plain = looks.number("General")
    numbers = [
        looks.number(sheet.number_formats[header]) if header in sheet.number_formats else plain
        for header in sheet.headers
    ]
    header_row = at = len(sheet.title_lines)
    for at, row in enumerate(rows, start=header_row + 1):
        if at >= MAX_ROWS:
            raise BadInput(f"表“{sheet.title}”超过 Excel 一张表的 1,048,576 行。请缩小范围后分几次导出。")
        for column, value in enumerate(row):
            if value is None or value == "":
                worksheet.write_blank(at, column, None, looks.text)
            elif isinstance(value, (int, float)) and abs(value) < _EXACT_BELOW:
                worksheet.write_number(at, column, value, numbers[column])
            else:
                worksheet.write_string(at, column, _fitting(str(value)), looks.text)
    return at


def _set_up_page(worksheet: Worksheet, sheet: Sheet, header_row: int) -> None:
    """Print: A4 landscape, all columns on one page's width, the header on every page."""
    worksheet.set_landscape()
    worksheet.set_paper(_A4)
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(header_row)
    worksheet.set_footer("&C第 &P 页，共 &N 页")
    worksheet.freeze_panes(header_row + 1, 0)


def _set_widths(
    worksheet: Worksheet, sheet: Sheet, measured: Sequence[Sequence[Value]], looks: _Looks
) -> None:
    for at, header in enumerate(sheet.headers):
        if sheet.widths and at < len(sheet.widths):
            width = sheet.widths[at]
        else:
            cells = [str(row[at]) for row in measured if at < len(row) and row[at] is not None]
            widest = max(map(_width, cells), default=0)
            # The header also holds the filter's arrow.
            width = min(max(widest + 1, _width(header) + 3, _NARROWEST), _WIDEST)
        worksheet.set_column(at, at, width, None if header in sheet.number_formats else looks.column)


def _width(text: str) -> int:
    """Columns of a fixed-width font: a Chinese character takes two."""
    lines = text.splitlines() or [""]
    return max(sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line) for line in lines)


def _fitting(text: str) -> str:
    """Excel cells end at 32,767 characters; what is cut off is said."""
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - len(_CUT)] + _CUT


def _free_title(title: str, taken: set[str]) -> str:
    """A title Excel accepts: at most 31 characters, without []:*?/\\, unlike every other in the workbook."""
    plain = _NOT_IN_TITLES.sub(" ", title).strip(" '")[:31] or "Sheet"
    free, number = plain, 1
    while free.casefold() in taken:
        number += 1
        free = f"{plain[: 31 - len(str(number)) - 2]}({number})"
    taken.add(free.casefold())
    return free


def _as_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant
