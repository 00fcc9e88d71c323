"""Roster rows of one sheet that speak of the same child: found before any is taken, and taken together.

A number or name that occurs twice links its rows. Linked rows go through one act, so that a preview
sees what the import will see; rows that contradict each other are refused, all of them.
"""

from collections.abc import Iterable, Iterator

from casework.importers.cells import parse_day
from casework.importers.reading import CLEARED
from casework.importers.tables import Fault, Row

_NUMBERS = ("学籍号", "证件号")
_ONE_EACH = ("学籍号", "证件号", "姓名", "出生日期")


class Repeated:
    """The numbers and names that occur more than once in a sheet, as hashes: a large sheet stays small."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._shared: set[int] = set()

    def add(self, row: Row) -> None:
        """Notes what the row calls its child."""
        for key in _keys(row):
            (self._shared if key in self._seen else self._seen).add(key)

    def links(self, row: Row) -> bool:
        """Whether another row may be about the same child."""
        return bool(self._shared) and any(key in self._shared for key in _keys(row))


def groups_of(rows: Iterable[Row]) -> list[list[Row]]:
    """Rows linked by a number or name, directly or through others, each group in sheet order."""
    parent: dict[int, int] = {}

    def root(key: int) -> int:
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    waiting = list(rows)
    for row in waiting:
        first, *others = _keys(row)
        for other in others:
            parent[root(other)] = root(first)
    groups: dict[int, list[Row]] = {}
    for row in waiting:
        groups.setdefault(root(_keys(row)[0]), []).append(row)
    return list(groups.values())


def contradictions(group: list[Row]) -> dict[int, Fault]:
    """Row number → why it can not stand beside another row of its group."""
    by_key: dict[int, list[Row]] = {}
    for row in group:
        for key in _keys(row):
            by_key.setdefault(key, []).append(row)
    found: dict[int, Fault] = {}
    for rows in by_key.values():
        for row, fault in _contradicting(rows):
            found.setdefault(row.number, fault)
    return found


def _contradicting(rows: list[Row]) -> Iterator[tuple[Row, Fault]]:
    for column in _ONE_EACH:
        values = {value: row for row in rows if (value := _plain(row, column))}
        if len(values) > 1:
            said = "、".join(
                f"第 {row.number} 行为“{_shown(column, value)}”" for value, row in values.items()
            )
            why = f"本表中指向同一学生的几行{column}不同（{said}），请核对后只保留正确的"
            yield from ((row, Fault(column, row.cells.get(column, ""), why)) for row in rows)
            return
    days: dict[str, list[Row]] = {}
    for row in rows:
        days.setdefault(_plain(row, "变动日期"), []).append(row)
    for same_day in days.values():
        if len({tuple(row.cells.values()) for row in same_day}) > 1:
            numbers = "、".join(str(row.number) for row in same_day)
            why = f"第 {numbers} 行指向同一学生、同一变动日期但内容不同，请只保留正确的一行"
            yield from ((row, Fault("变动日期", row.cells.get("变动日期", ""), why)) for row in same_day)


def _keys(row: Row) -> list[int]:
    keys = [hash((column, number)) for column in _NUMBERS if (number := _plain(row, column))]
    if keys:
        return keys
    return [hash((_plain(row, "姓名"), _plain(row, "出生日期"), _plain(row, "监护人")))]


def _plain(row: Row, column: str) -> str:
    """The cell as it is compared: days in one spelling, 无 as nothing."""
    text = row.cells.get(column, "")
    if text in ("", CLEARED):
        return ""
    if column in ("出生日期", "变动日期"):
        try:
            return parse_day(text) or ""
        except ValueError:
            return text
    return text.upper() if column == "证件号" else text


def _shown(column: str, value: str) -> str:
    return f"{value[:6]}****{value[-2:]}" if column == "证件号" and len(value) > 8 else value
