"""Finding the header row (表头行): the first row that holds every required header."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from casework.errors import BadInput
from casework.importers.columns import OUR_COLUMNS, Column, Columns, folded

SEARCHED_ROWS = 30


@dataclass(frozen=True)
class Header:
    """Where a sheet's header row is and what its columns mean.

    `row` is the row number shown in Excel; `texts` the headers as written, by position; `found`
    the position and column of every header that is known.
    """

    row: int
    texts: tuple[str, ...]
    found: tuple[tuple[int, Column], ...]
    unknown: tuple[str, ...]
    missing_optional: tuple[str, ...]


@dataclass(frozen=True)
class NoHeader:
    """No row holds the required headers; `row` is the one that came nearest (0: none came near)."""

    row: int
    texts: tuple[str, ...]
    matched: int
    missing: tuple[str, ...]


def find_header(rows: Iterable[tuple[int, Sequence[object]]], columns: Columns) -> Header | NoHeader:
    """The header among the first rows given as (row number, cells); `BadInput` when one repeats."""
    meanings = {folded(text): column for column in columns for text in (column.name, *column.synonyms)}
    nearest = NoHeader(0, (), 0, _missing(columns, set()))
    for number, cells in rows:
        if number > SEARCHED_ROWS:
            break
        texts = tuple(" ".join(str(cell).split()) for cell in cells)
        found = tuple(
            (at, meanings[folded(text)]) for at, text in enumerate(texts) if folded(text) in meanings
        )
        names = {column.name for _, column in found}
        missing = _missing(columns, names)
        if not missing:
            _refuse_repeated(number, texts, found)
            return _header(number, texts, found, columns)
        if len(names) > nearest.matched:
            nearest = NoHeader(number, texts, len(names), missing)
    return nearest


def refuse(nearest: NoHeader, where: str) -> BadInput:
    """The refusal of a table without header row; `where` names the sheet or says how it was read."""
    wanted = "、".join(f"“{name}”" for name in nearest.missing)
    if not nearest.row:
        return BadInput(
            f"{where}的前 {SEARCHED_ROWS} 行里没有找到表头。表头要在同一行里写有{wanted}。"
            "请对照模板检查是否选错了文件或工作表（只读第一张工作表）。"
        )
    written = "、".join(text for text in nearest.texts if text)
    if len(written) > 200:
        written = written[:200] + "…"
    return BadInput(
        f"{where}没有找到完整的表头。最接近的是第 {nearest.row} 行，缺少{wanted}；"
        f"这一行写的是：{written}。请补上缺少的列后重新导入。",
        row=nearest.row,
    )


def column_letters(at: int) -> str:
    """The letters Excel shows over the column at position `at` (0 is A)."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _missing(columns: Columns, names: set[str]) -> tuple[str, ...]:
    return tuple(
        column.name
        for column in columns
        if column.required
        and column.name not in names
        and not any(names.issuperset(group) for group in column.unless)
    )


def _refuse_repeated(number: int, texts: tuple[str, ...], found: tuple[tuple[int, Column], ...]) -> None:
    first: dict[str, int] = {}
    for at, column in found:
        if column.name in first:
            earlier = first[column.name]
            raise BadInput(
                f"第 {number} 行的表头重复：第 {column_letters(earlier)} 列“{texts[earlier]}”和"
                f"第 {column_letters(at)} 列“{texts[at]}”都是“{column.name}”。请只留一列后重新导入。",
                row=number,
                column=column.name,
            )
        first[column.name] = at


def _header(
    number: int, texts: tuple[str, ...], found: tuple[tuple[int, Column], ...], columns: Columns
) -> Header:
    known = {at for at, _ in found}
    names = {column.name for _, column in found}
    return Header(
        row=number,
        texts=texts,
        found=found,
        unknown=tuple(
            text
            for at, text in enumerate(texts)
            if text and at not in known and folded(text) not in OUR_COLUMNS
        ),
        missing_optional=tuple(column.name for column in columns if column.name not in names),
    )
