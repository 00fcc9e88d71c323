"""Reading the first visible sheet of an .xlsx workbook with python-calamine."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from python_calamine import CalamineError, CalamineSheet, load_workbook

from casework.errors import BadInput
from casework.importers.columns import Columns
from casework.importers.headers import NoHeader, find_header, refuse
from casework.importers.package import SheetExtent, broken, inspect
from casework.importers.raw import RawRow, RawTable
from casework.importers.source import Source

T = TypeVar("T")


def read_xlsx(source: Source, columns: Columns) -> RawTable:
    """The table in a workbook; `BadInput` when it is unsafe, broken, empty or without header."""
    with source.open() as file:
        extent = inspect(file, source.filename)
    sheet = _loaded(source, extent)
    if sheet.start is None:
        raise BadInput(f"工作表“{extent.name}”是空的。请检查数据是否在第一张工作表里。")
    first_column = sheet.start[1]

    def rows() -> Iterator[tuple[int, RawRow]]:
        return _numbered(sheet, extent, first_column)

    header = find_header(rows(), columns)
    if isinstance(header, NoHeader):
        raise refuse(header, f"工作表“{extent.name}”")

    def data() -> Iterator[tuple[int, RawRow]]:
        return ((number, cells) for number, cells in rows() if number > header.row)

    return RawTable(sheet=extent.name, header=header, rows=data, notes=_notes(extent))


def _notes(extent: SheetExtent) -> tuple[str, ...]:
    if not extent.others:
        return ()
    names = "、".join(f"“{name}”" for name in extent.others)
    return (f"只读取第一张可见的工作表“{extent.name}”，没有读取{names}。",)


def _loaded(source: Source, extent: SheetExtent) -> CalamineSheet:
    def load() -> CalamineSheet:
        # The handle may go once the sheet is loaded: its cells are in memory then.
        with source.open() as file, load_workbook(file) as workbook:
            return workbook.get_sheet_by_name(extent.name)

    return _guarded(load, source.filename)


def _guarded(load: Callable[[], T], filename: str) -> T:
    try:
        return load()
    except (CalamineError, OSError, ValueError) as problem:
        raise broken(filename) from problem
    except BaseException as problem:
        # A panic in the Rust library is no Exception; a damaged file must not end the server.
        if type(problem).__name__ == "PanicException":
            raise broken(filename) from problem
        raise


def _numbered(sheet: CalamineSheet, extent: SheetExtent, first_column: int) -> Iterator[tuple[int, RawRow]]:
    """Rows with their Excel numbers; error values, which the library leaves out, put back as text."""
    margin: RawRow = [""] * first_column
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        row: RawRow = [*margin, *cells] if margin else cells  # type: ignore[assignment]
        for at, text in extent.errors.get(number, ()):
            if at < len(row):
                row[at] = text
        yield number, row
