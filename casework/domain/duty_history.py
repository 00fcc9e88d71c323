"""A child's file as its duties are read from it: statuses in order, and where a condition ends."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from casework.domain.calendar import Calendar
from casework.domain.case_file import Body, CaseFile
from casework.domain.duty_policy import DutyPolicy, While
from casework.domain.places import Place, place_on
from casework.domain.timeline import StatusEntry, in_order, walk
from casework.domain.values import Day


class Rulebook(Protocol):
    """The rules as known at one act, by business day."""

    def duty_policies(self) -> "Sequence[tuple[Day, Day, DutyPolicy]]":
        """The stretches `[from, to)` of the adopted duty policies, in order."""

    def calendar(self, day: Day) -> Calendar:
        """校历 in force on a day."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a condition ends: the first day without it, and the last day on which it held at all."""

    on: Day
    last: Day


@dataclass(frozen=True, slots=True)
class Trigger:
    """What begins a duty. `at`: how many status entries came before it. `due`: a term of its own.

    `since`: facts dated earlier do not fulfil. `until`: the last day of the absence. `void_on`: the day
    its letter was voided.
    """

    begins: Day
    at: int
    no: int
    due: Day
    since: Day
    seq: int = 1
    until: Day = ""
    void_on: Day = ""
    issuer: str = ""


class Step(NamedTuple):
    """One status entry, with the status before and after it."""

    on: Day
    before: str
    after: str
    entry: StatusEntry


class History:
    """A file as its duties are read from it."""

    def __init__(self, file: CaseFile, book: Rulebook) -> None:
        self.file, self.book = file, book
        entries = in_order(file.entries.values())
        self.steps = [Step(entry.on, before, after, entry) for entry, before, after, _ in walk(entries)]

    def at_start(self, day: Day) -> int:
        """How many entries came before 00:00 of a day."""
        return sum(step.on < day for step in self.steps)

    def at_end(self, day: Day) -> int:
        """How many entries came by the end of a day."""
        return sum(step.on <= day for step in self.steps)

    def status(self, at: int) -> str:
        """The status after so many entries."""
        return self.steps[at - 1].after if at else ""

    def leaves(self, at: int, condition: While) -> Stop | None:
        """Where the status leaves the condition, after so many entries."""
        for step in self.steps[at:]:
            if not condition.holds(step.after):
                return Stop(step.on, step.on)
        return None

    def live(self, ledger: str) -> Iterable[tuple[int, Body]]:
        """The facts of a ledger that stand."""
        return self.file.ledgers[ledger].live.items()

    def place(self, day: Day) -> Place:
        """Where the child is on a day; nowhere before its first place."""
        return place_on(self.file.places, day) or Place(on="")
