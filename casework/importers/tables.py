"""One door for every file: `open_table` gives rows of text cells under the names of our columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from casework.importers.cell_text import Converter, Unreadable, refuse_longer, refuse_rounded, shown, text_of
from casework.importers.columns import Columns
from casework.importers.csv_text import read_csv
from casework.importers.raw import RawRow, RawTable
from casework.importers.source import Source, kind_of
from casework.importers.xlsx import read_xlsx

WHOLE_ROW = "整行"

# Letters and digits only, and too short for a rounded number: nothing to trim, nothing to suspect.
_PLAIN_BELOW = 18


@dataclass(slots=True, frozen=True)
class Fault:
    """A cell that cannot be taken as it stands: its column, what it shows, and why (Chinese)."""

    column: str
    value: str
    why: str


@dataclass(slots=True)
class Row:
    """One row: its number as Excel shows it, and the text of every column of the kind ("" when absent).

    A row with faults is to be refused; the cells concerned hold what the sheet shows. `raw` keeps the
    cells as they were, known columns or not: see `Table.original`.
    """

    number: int
    cells: dict[str, str]
    faults: list[Fault]
    raw: RawRow


class Table:
    """A table whose header is found. Iterate it as often as needed: rows come one by one, those with
    nothing in our columns left out. A CSV with broken quotes raises `BadInput` when that row is reached.

    `headers` are the headers as written; `unknown_columns` those that are passed over;
    `missing_optional` our columns that the sheet lacks; `encoding_note` and `notes` Chinese sentences
    for the preview.
    """

    def __init__(self, raw: RawTable, columns: Columns) -> None:
        self.sheet = raw.sheet
        self.header_row = raw.header.row
        self.headers = raw.header.texts
        self.unknown_columns = list(raw.header.unknown)
        self.missing_optional = list(raw.header.missing_optional)
        self.encoding_note = raw.encoding_note
        self.notes = list(raw.notes)
        self._raw = raw
        self._plan = [(at, column.name, text_of(column.kind)) for at, column in raw.header.found]
        self._blank = {column.name: "" for column in columns}
        self._limits = {column.name: column.limit for column in columns if column.limit}

    def __iter__(self) -> Iterator[Row]:
        blank, plan, width = self._blank, self._plan, len(self.headers)
        for number, raw in self._raw.rows():
            if len(raw) < width:
                raw += [""] * (width - len(raw))
            row = Row(number, blank.copy(), [], raw)
            cells = row.cells
            seen = False
            # Millions of cells pass here, nearly all of them empty or plain.
            for at, name, converters in plan:
                cell = raw[at]
                if cell == "":
                    continue
                if type(cell) is str and len(cell) < _PLAIN_BELOW and cell.isalnum():
                    cells[name] = cell
                    seen = True
                elif self._read(row, name, cell, converters[type(cell)]):
                    seen = True
            if seen:
                self._look_beyond(row)
                yield row

    def original(self, row: Row) -> list[str]:
        """Every cell of the row as text, under `headers`, for the workbook of refused rows.

        Cells of our columns as they were read: 0.75 under 开始时间 is 18:00, also when it comes again.
        """
        texts = [shown(cell) for cell in row.raw[: len(self.headers)]]
        for at, name, _ in self._plan:
            texts[at] = row.cells[name]
        return texts

    def _read(self, row: Row, name: str, cell: object, convert: Converter) -> bool:
        """Put the cell's text into the row; False when there is nothing but white space."""
        try:
            text = convert(cell)
            if self._raw.is_text:
                refuse_rounded(text)
            refuse_longer(text, self._limits.get(name, 0))
        except Unreadable as problem:
            text = shown(cell)
            row.faults.append(Fault(name, text, str(problem)))
        row.cells[name] = text
        return bool(text)

    def _look_beyond(self, row: Row) -> None:
        """In CSV a comma inside a cell shifts all that follows: seen by cells beyond the last header."""
        width = len(self.headers)
        if self._raw.is_text and any(str(cell).strip() for cell in row.raw[width:]):
            beyond = "、".join(str(cell).strip() for cell in row.raw[width:])
            row.faults.append(
                Fault(
                    WHOLE_ROW,
                    beyond,
                    f"这一行比表头多出 {len(row.raw) - width} 格，内容可能错位。"
                    "单元格里有分隔符时要用英文双引号括起来，或改用 Excel 工作簿（.xlsx）",
                )
            )


def open_table(content: Path | str | bytes, filename: str, columns: Columns) -> Table:
    """The table of `columns` in a file: a path or its bytes, with the name the user knows it by.

    Raises `BadInput` with its own Chinese message for every file that cannot be read: too large,
    empty, encrypted, broken, .xls, a zip bomb, something else, no header row, a repeated header.
    """
    source = Source(Path(content) if isinstance(content, str) else content, filename)
    read = read_xlsx if kind_of(source) == "xlsx" else read_csv
    return Table(read(source, columns), columns)
