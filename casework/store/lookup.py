"""Asking for the rows of some keys by statements made once.

A statement with a list of values is composed anew for every length of the list, and `IN` of one value
takes several times as long to send as `=`. Most acts and pages ask for one child.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam

_AT_ONCE = 500


class Lookup:
    """`statement` (a select) for the rows whose `column` has one of some values."""

    def __init__(self, statement: Select[Any], column: ColumnElement[Any]) -> None:
        self._one = statement.where(column == bindparam("sought"))
        self._many = statement.where(column.in_(bindparam("sought", expanding=True)))

    def rows(self, conn: Connection, sought: Iterable[Any], **given: Any) -> Iterator[Any]:
        """The rows of these values, by and by; `given` are the statement's other parameters."""
        for statement, values in self._parts(sought):
            yield from conn.execute(statement, {"sought": values, **given})

    def _parts(self, values: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        wanted = list(values)
        if len(wanted) == 1:
            yield self._one, wanted[0]
            return
        for start in range(0, len(wanted), _AT_ONCE):
            yield self._many, wanted[start : start + _AT_ONCE]
