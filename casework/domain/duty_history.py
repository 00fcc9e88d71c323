"""A child's file as its duties are read from it: statuses in order, and where a condition ends."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from casework.domain.case_file import LETTERS, Body, CaseFile
from casework.domain.duty_policy import While
from casework.domain.duty_rulebook import Rulebook
from casework.domain.letter_deadline import deadline, served_day
from casework.domain.places import Place, place_on
from casework.domain.timeline import StatusEntry, in_order, walk
from casework.domain.values import Day


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a condition ends: the first day without it, and the last day on which it held at all."""

    on: Day
    last: Day


@dataclass(frozen=True, slots=True)
class Trigger:
    """What begins a duty, or one for each of the last days in `due`. `at`: status entries before it.

    `since`: facts dated earlier do not fulfil. `unbroken_since`: the entries after which the condition must
    have held without a break. `until`: the last day of the absence. `void_on`: the day its letter was voided.
    """

    begins: Day
    at: int
    no: int
    due: tuple[Day, ...]
    since: Day
    unbroken_since: int | None = None
    until: Day = ""
    void_on: Day = ""
    issuer: str = ""


class Step(NamedTuple):
    """One status entry, with the status before and after it."""

    on: Day
    before: str
    after: str
    entry: StatusEntry


class Term(NamedTuple):
    """A letter with a term that was served: its kind, when its service counts, the last day of the term."""

    no: int
    kind: str
    on: Day
    deadline: Day


class History:
    """A file as its duties are read from it."""

    def __init__(self, file: CaseFile, book: Rulebook) -> None:
        self.file, self.book = file, book
        entries = in_order(file.entries.values())
        self.steps = [Step(entry.on, before, after, entry) for entry, before, after, _ in walk(entries)]
        self._days = [step.on for step in self.steps]

    def at_start(self, day: Day) -> int:
        """How many entries came before 00:00 of a day."""
        return bisect_left(self._days, day)

    def at_end(self, day: Day) -> int:
        """How many entries came by the end of a day."""
        return bisect_right(self._days, day)

    @cached_property
    def terms(self) -> list[Term]:
        """The letters with a term that were served and stand."""
        found = []
        for no, body in self.live(LETTERS):
            service = self.file.services.get(no)
            if service and body.get("days"):
                served = served_day(service)
                last = deadline(self.book.calendar(served), served, body["days"])
                found.append(Term(no, body["kind"], served, last))
        return found

    def status(self, at: int) -> str:
        """The status after so many entries."""
        return self.steps[at - 1].after if at else ""

    def leaves(self, at: int, condition: While) -> Stop | None:
        """Where the status leaves the condition, after so many entries."""
        for step in self.steps[at:]:
            if step.after not in condition.statuses:
                return Stop(step.on, step.on)
        return None

    def live(self, ledger: str) -> Iterable[tuple[int, Body]]:
        """The facts of a ledger that stand."""
        return self.file.ledgers[ledger].live.items()

    def place(self, day: Day) -> Place:
        """Where the child is on a day; nowhere before its first place."""
        return place_on(self.file.places, day) or Place(on="")
