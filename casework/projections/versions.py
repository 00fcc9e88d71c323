"""Small tables that follow from events row by row, in known time: each act makes a new version of a row.

The same pure change is folded live, in a rebuild and when the tables are proved: of several events of
one act and row, the last version alone is kept.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Table, and_, insert, select, update

from casework.domain.values import OPEN
from casework.store.history import Recorded

Values = Mapping[str, Any]
Key = tuple[Any, ...]
Change = Callable[[Values | None, Recorded], Values | None]
"""(the row before, an event) → the row after; None: there is no row any more."""


class Versions:
    """One table: the `keys` columns, values, `known_from`, `known_to`.

    `key_of` gives the key of the row an event concerns, None when it concerns none of this table.
    """

    def __init__(
        self, table: Table, keys: tuple[str, ...], key_of: Callable[[Recorded], Key | None], change: Change
    ) -> None:
        self.table = table
        self._keys = keys
        self._key_of = key_of
        self._change = change
        self._names = tuple(column.name for column in table.columns)

    def project(self, conn: Connection, act: int, events: Iterable[Recorded]) -> None:
        """Writes the new versions that one act's events make."""
        before: dict[Key, Values | None] = {}
        after: dict[Key, Values | None] = {}
        for event in events:
            key = self._key_of(event)
            if key is not None:
                if key not in before:
                    before[key] = after[key] = self._held(conn, key)
                after[key] = self._change(after[key], event)
        for key, row in after.items():
            if row != before[key]:
                self._replace(conn, act, key, row)

    def fold(self, events: Iterable[Recorded]) -> Iterator[Key]:
        """Every row the table should hold, from all events in the order recorded."""
        held: dict[Key, tuple[Values, int]] = {}
        for act, group in groupby(events, key=attrgetter("act")):
            touched: dict[Key, Values | None] = {}
            for event in group:
                key = self._key_of(event)
                if key is not None:
                    row = touched[key] if key in touched else held.get(key, (None, 0))[0]
                    touched[key] = self._change(row, event)
            for key, row in touched.items():
                if key in held and held[key][0] != row:
                    yield self._row(key, *held.pop(key), act)
                if row is not None:
                    held.setdefault(key, (row, act))
        for key, (row, since) in held.items():
            yield self._row(key, row, since, OPEN)

    def differs(self, conn: Connection, events: Iterable[Recorded]) -> str:
        """How the table differs from the events (对账); "" when it does not."""
        stands = {tuple(row) for row in conn.execute(select(self.table))}
        differing = stands ^ set(self.fold(events))
        return f"{self.table.name}：{min(differing, key=repr)} 与事件不符" if differing else ""

    def _row(self, key: Key, row: Values, since: int, until: int) -> Key:
        named = {
            **dict(zip(self._keys, key, strict=True)),
            **row,
            "known_from": since,
            "known_to": until,
        }
        return tuple(named[name] for name in self._names)

    def _open(self, key: Key) -> Any:
        pairs = zip(self._keys, key, strict=True)
        return and_(self.table.c.known_to == OPEN, *(self.table.c[name] == value for name, value in pairs))

    def _held(self, conn: Connection, key: Key) -> Values | None:
        row = conn.execute(select(self.table).where(self._open(key))).mappings().first()
        known = (*self._keys, "known_from", "known_to")
        return {name: value for name, value in row.items() if name not in known} if row else None

    def _replace(self, conn: Connection, act: int, key: Key, row: Values | None) -> None:
        conn.execute(update(self.table).where(self._open(key)).values(known_to=act))
        if row is not None:
            named = dict(zip(self._names, self._row(key, row, act, OPEN), strict=True))
            conn.execute(insert(self.table).values(named))
