"""Reading the cells of one row with the rules of its kind: every fault names column, value and reason."""

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from casework.domain.values import Day
from casework.domain.words import as_listed, unknown_word
from casework.importers.cells import parse_clock, parse_day, parse_yes_no, split_names
from casework.importers.tables import WHOLE_ROW, Fault, Row

T = TypeVar("T")

CLEARED = "无"


class Cells:
    """The cells of one row, and the faults found while reading them."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.faults: list[Fault] = list(row.faults)
        self._spoilt = {fault.column for fault in row.faults}

    def text(self, column: str) -> str:
        """The text of a cell, "" when empty or absent."""
        return self.row.cells.get(column, "")

    def needed(self, column: str) -> str:
        """The text of a cell that must not be empty."""
        text = self.text(column)
        if not text:
            self.fault(column, "此格必填，不能为空")
        return text

    def fault(self, column: str, why: str) -> None:
        """Notes that a cell can not be taken; a cell that Excel spoilt has been noted already."""
        if column not in self._spoilt:
            self.faults.append(Fault(column, self.text(column), why))

    def forgive(self, judged: Iterable[str]) -> None:
        """Only faults in these columns, or of the row as a whole, still count."""
        kept = {*judged, WHOLE_ROW}
        self.faults = [fault for fault in self.faults if fault.column in kept]

    def parsed(self, column: str, parse: Callable[[str], T | None]) -> T | None:
        """A cell read by a parser that raises ValueError with a Chinese reason."""
        if column in self._spoilt:
            return None
        try:
            return parse(self.text(column))
        except ValueError as error:
            self.fault(column, str(error))
            return None

    def day(self, column: str, *, needed: bool = False) -> Day:
        """A day, "" when empty."""
        if needed and not self.text(column):
            self.fault(column, "此格必填，请写成 2026-09-14 的样子")
            return ""
        return self.parsed(column, parse_day) or ""

    def clock(self, column: str) -> str:
        """A time of day `HH:MM`, "" when empty."""
        return self.parsed(column, parse_clock) or ""

    def yes(self, column: str) -> bool | None:
        """是/否, None when empty."""
        return self.parsed(column, parse_yes_no)

    def names(self, column: str) -> list[str]:
        """Several names in one cell."""
        return split_names(self.text(column))

    def word(self, column: str, allowed: Collection[str], *, needed: bool = False) -> str:
        """A word of a dictionary; an unknown one is refused with the words that may be used."""
        text = as_listed(self.needed(column) if needed else self.text(column), allowed)
        if text and text not in allowed:
            self.fault(column, unknown_word(text, allowed))
        return text
