"""Reading CSV text: encoding and delimiter are found out, and what was found is said."""

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import islice

from casework.errors import BadInput
from casework.importers.columns import Columns
from casework.importers.headers import SEARCHED_ROWS, Header, NoHeader, find_header, refuse
from casework.importers.raw import RawRow, RawTable
from casework.importers.source import Source

_DELIMITERS = {",": "逗号", ";": "分号", "\t": "制表符"}
_PIECE = 1024**2


def read_csv(source: Source, columns: Columns) -> RawTable:
    """The table in a CSV file; `BadInput` when encoding, quotes or header cannot be made out."""
    encoding, encoding_name = _encoding_of(source)
    delimiter, header = _delimiter_and_header(source, encoding, columns)
    if isinstance(header, NoHeader):
        raise refuse(header, f"文件“{source.filename}”（按 {encoding_name} 编码读取）")

    def data() -> Iterator[tuple[int, RawRow]]:
        rows = _records(source, encoding, delimiter)
        return ((number, cells) for number, cells in rows if number > header.row)

    return RawTable(
        sheet=source.filename,
        header=header,
        rows=data,
        is_text=True,
        encoding_note=f"CSV 文件，{encoding_name} 编码，以{_DELIMITERS[delimiter]}分隔",
    )


def _encoding_of(source: Source) -> tuple[str, str]:
    """The codec that decodes every byte, and its name for people; UTF-8 is tried first, strictly."""
    if _decodes(source, "utf-8"):
        with source.open() as file:
            with_mark = file.read(3) == codecs.BOM_UTF8
        return "utf-8-sig", "UTF-8（带 BOM）" if with_mark else "UTF-8（不带 BOM）"
    if _decodes(source, "gb18030"):
        return "gb18030", "GB18030"
    raise BadInput(
        f"文件“{source.filename}”的文字编码认不出来，既不是 UTF-8 也不是 GB18030。"
        "请用 Excel 打开后另存为“CSV UTF-8”或 Excel 工作簿（.xlsx），再导入。"
    )


def _decodes(source: Source, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with source.open() as file:
        try:
            while piece := file.read(_PIECE):
                if "\0" in decoder.decode(piece):
                    return False
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _delimiter_and_header(source: Source, encoding: str, columns: Columns) -> tuple[str, Header | NoHeader]:
    """The delimiter under which the header row is found, or else comes nearest."""
    nearest: tuple[str, NoHeader] | None = None
    bad_quotes: _BadQuotes | None = None
    for delimiter in _DELIMITERS:
        try:
            header = find_header(islice(_records(source, encoding, delimiter), SEARCHED_ROWS), columns)
        except _BadQuotes as problem:
            # Quotes that look broken under one delimiter may be whole under the next.
            bad_quotes = bad_quotes or problem
            continue
        if isinstance(header, Header):
            return delimiter, header
        if nearest is None or header.matched > nearest[1].matched:
            nearest = delimiter, header
    if bad_quotes:
        raise bad_quotes
    assert nearest is not None  # three delimiters, none of them broke
    return nearest


class _BadQuotes(BadInput):
    """Quotes that do not pair: the rest of the file would be swallowed by one cell."""


def _records(source: Source, encoding: str, delimiter: str) -> Iterator[tuple[int, RawRow]]:
    """Records with the row numbers Excel would show; blank lines count, line breaks in quotes do not."""
    number = 0
    with source.open() as file, io.TextIOWrapper(file, encoding=encoding, newline="") as text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        try:
            for number, cells in enumerate(reader, start=1):
                yield number, cells  # type: ignore[misc]
        except csv.Error as problem:
            raise _BadQuotes(
                f"文件“{source.filename}”第 {number + 1} 行的引号不成对或单元格过长"
                f"（文件第 {reader.line_num} 行附近读不下去）。"
                "请检查这一行的英文引号，或另存为 Excel 工作簿（.xlsx）后再导入。",
                row=number + 1,
            ) from problem
