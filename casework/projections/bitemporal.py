"""Rows with two times: what held on which business days, as known from which act to which.

A projection computes all rows of an owner as they follow from what is known after an act, and
compares them with the rows known so far: vanished rows are closed, new ones inserted, equal ones
stay. Once per act, so rows born and closed in one act are never stored, live and rebuilt alike.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any

from sqlalchemy import BigInteger, Connection, Table, bindparam, insert, select, update

from casework.domain.values import OPEN
from casework.store.lookup import Lookup

Row = tuple[Any, ...]
State = tuple[int, set[Row], set[Row] | None]
"""(act, rows as they follow after it, identities they were computed for; None: all of the owner's)."""


class Bitemporal:
    """One table: `owner` column, the `values` columns, `known_from`, `known_to`.

    `identity` are those of the values that tell two rows of one owner apart at any one act.
    """

    def __init__(self, table: Table, owner: str, identity: tuple[str, ...]) -> None:
        self.table = table
        self.owner = owner
        self.values = tuple(
            column.name for column in table.columns if column.name not in (owner, "known_from", "known_to")
        )
        self.columns = (owner, *self.values, "known_from", "known_to")
        self._at = tuple(self.values.index(name) for name in identity)
        self._identity = identity
        # Made once: every act asks and writes by them.
        held = select(table.c[owner], *(table.c[name] for name in self.values))
        self._held = held.where(table.c.known_to == OPEN)
        self._of_owners = Lookup(self._held, table.c[owner])
        self._with: dict[str, Lookup] = {}
        self._closes = self._close_statement()
        self._opens = insert(table)
        # The part of a row that tells it apart: a tuple, or the value itself when it is one column.
        self.identity_of: Callable[[Row], Any] = itemgetter(*self._at)

    def known_now(self, conn: Connection, owners: Iterable[str], *only: Any) -> dict[str, set[Row]]:
        """Owner → its rows believed now (and meeting the conditions `only`); an empty set for none."""
        wanted = list(owners)
        found: dict[str, set[Row]] = {owner: set() for owner in wanted}
        asked = Lookup(self._held.where(*only), self.table.c[self.owner]) if only else self._of_owners
        for row in asked.rows(conn, wanted):
            found[row[0]].add(tuple(row[1:]))
        return found

    def known_with(
        self, conn: Connection, owners: Iterable[str], column: str, values: Iterable[Any]
    ) -> dict[str, set[Row]]:
        """As `known_now`, the rows whose column has one of these (few) values."""
        wanted = list(owners)
        found: dict[str, set[Row]] = {owner: set() for owner in wanted}
        if column not in self._with:
            among = self.table.c[column].in_(bindparam("values", expanding=True))
            self._with[column] = Lookup(self._held.where(among), self.table.c[self.owner])
        for row in self._with[column].rows(conn, wanted, values=list(values)):
            found[row[0]].add(tuple(row[1:]))
        return found

    def change(
        self,
        conn: Connection,
        act: int,
        before: Mapping[str, set[Row]],
        after: Mapping[str, set[Row]],
    ) -> None:
        """Writes the difference between what was believed and what is believed from `act` on."""
        gone: list[dict[str, Any]] = []
        new: list[dict[str, Any]] = []
        for owner, rows in after.items():
            old = before.get(owner, set())
            gone.extend(self._closing(owner, row, act) for row in old - rows)
            new.extend(self._opening(owner, row, act) for row in rows - old)
        if gone:
            conn.execute(self._closes, gone)
        if new:
            conn.execute(self._opens, new)

    def _close_statement(self) -> Any:
        table = self.table
        return (
            update(table)
            .where(table.c[self.owner] == bindparam("k_owner"), table.c.known_to == OPEN)
            .where(*(table.c[name] == bindparam(f"k_{name}") for name in self._identity))
            .values(known_to=bindparam("k_act"))
        )

    def _closing(self, owner: str, row: Row, act: int) -> dict[str, Any]:
        keys = {f"k_{name}": row[at] for name, at in zip(self._identity, self._at, strict=True)}
        return {"k_owner": owner, "k_act": act, **keys}

    def _opening(self, owner: str, row: Row, act: int) -> dict[str, Any]:
        named = dict(zip(self.values, row, strict=True))
        return {self.owner: owner, **named, "known_from": act, "known_to": OPEN}

    def fold(self, owner: str, states: Iterable[State]) -> Iterator[Row]:
        """All rows of one owner from its successive states, as the live table would hold them."""
        held: dict[Any, tuple[Row, int]] = {}
        identity_of = self.identity_of
        for act, rows, scope in states:
            now = {identity_of(row): row for row in rows}
            for key in (list(held) if scope is None else scope) if held else ():
                if key in held and now.get(key) != held[key][0]:
                    row, since = held.pop(key)
                    yield (owner, *row, since, act)
            for key, row in now.items():
                held.setdefault(key, (row, act))
        for row, since in held.values():
            yield (owner, *row, since, OPEN)


def believed(table: Table) -> tuple[Any, Any]:
    """As `believed_at`, for a statement made once: the act is bound as `k`."""
    k = bindparam("k", type_=BigInteger)
    return table.c.known_from <= k, table.c.known_to > k


def believed_at(table: Table, k: int) -> tuple[Any, Any]:
    """The two conditions for the rows known at act `k`."""
    return table.c.known_from <= k, table.c.known_to > k


def believed_parts(table: Table, k: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """`believed_at` in two disjoint parts: rows still believed today, and those superseded after act `k`.

    For sums over an index that leads with `known_to`: the first part fixes it, the second is empty
    for a reader of the present.
    """
    known = table.c.known_from <= k
    return (known, table.c.known_to == OPEN), (known, table.c.known_to > k, table.c.known_to < OPEN)
