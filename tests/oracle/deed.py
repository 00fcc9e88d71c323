"""One accepted act, and a child that acts move about: the parts of `tests.oracle.deeds`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from tests.oracle.judge import Change, Child
from tests.oracle.world import Row


class Forbidden(AssertionError):
    """Something was accepted that the contracts forbid."""


class Deed(NamedTuple):
    """One accepted act. `no`: the number by which later acts name the fact, among the child's."""

    at: datetime
    by: str
    kind: str
    verb: str
    child: str = ""
    no: int = 0
    cells: Row = {}


@dataclass(frozen=True)
class Moved:
    """A child put into a school by its file or by consent: from a day on, recorded as the `no`-th thing."""

    on: date
    no: int
    values: Row

    @property
    def school(self) -> str:
        """Where to."""
        return self.values["school"]


@dataclass
class Mover(Child):
    """A child whose moves are told one by one; `moved`: by the status entry (or consent) behind them."""

    moved: dict[int, Moved] = field(default_factory=dict)

    def all_changes(self, name: str) -> list[Change]:
        """Every change of a field, in (day, recorded) order."""
        changes = list(self.recorded.get(name, {}).values())
        changes += [
            Change(each.on, each.no, each.values[name], "ledger")
            for each in self.moved.values()
            if name in each.values
        ]
        return sorted(changes, key=lambda change: (change.on, change.no))

    def put(self, source: int, moved: Moved | None) -> None:
        """The move behind an entry as it now stands; None for none."""
        self.moved.pop(source, None)
        if moved:
            self.moved[source] = moved
        self._changes.clear()
