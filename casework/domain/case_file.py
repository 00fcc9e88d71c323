"""A child's file folded from its events (一人一案): the same fold under the aggregate and under projections.

The fold only assigns; every decision was taken before the event was written. It reads the clear part
of an event alone, so figures are rebuilt without opening a child's private data.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from casework.domain.places import Place, places_of
from casework.domain.timeline import Span, StatusEntry, entry_of, stretches

Body = Mapping[str, Any]
"""The clear part of an event: plain values by field name."""

STATUSES, VISITS, ABSENCES, LETTERS, SESSIONS = "statuses", "visits", "absences", "letters", "sessions"


@dataclass(slots=True)
class Ledger:
    """One kind of dated facts of a file: what holds (`live`), and what was voided, by number.

    The number `no` of a fact is the version of the event that first recorded it, kept through
    corrections. `voids` are the marks (fingerprints) of the void rows, to know a repeated one.
    """

    live: dict[int, Body] = field(default_factory=dict)
    voided: dict[int, Body] = field(default_factory=dict)
    void_marks: dict[int, str] = field(default_factory=dict)

    def find(self, key: str) -> int | None:
        """The number of the live fact with this key."""
        return next((no for no, body in self.live.items() if body["key"] == key), None)

    def voided_with(self, key: str) -> list[int]:
        """Numbers of the voided facts that had this key, oldest first."""
        return [no for no, body in self.voided.items() if body["key"] == key]


def _ledgers() -> dict[str, Ledger]:
    return {name: Ledger() for name in (STATUSES, VISITS, ABSENCES, LETTERS, SESSIONS)}


@dataclass(slots=True)
class CaseFile:
    """The state of one file: places, status entries, ledgers of facts, services of letters."""

    places: list[Place] = field(default_factory=list)
    entries: dict[int, StatusEntry] = field(default_factory=dict)
    ledgers: dict[str, Ledger] = field(default_factory=_ledgers)
    services: dict[int, Body] = field(default_factory=dict)

    def evolve(self, topic: str, version: int, body: Body) -> None:
        """Applies one event; events that do not concern the file's state are passed over."""
        step = _STEPS.get(topic)
        if step:
            verb, ledger = step
            verb(self, ledger, version, body)

    def spans(self) -> list[Span]:
        """The stretches of the whole file as it now stands."""
        return stretches(self.entries.values(), self.places)

    @property
    def status(self) -> str:
        """The status after the last entry, "" when there is none."""
        spans = self.spans()
        return spans[-1].status if spans else ""


def _roster(file: CaseFile, ledger: str, version: int, body: Body) -> None:
    file.places = places_of(body["places"])


def _recorded(file: CaseFile, ledger: str, version: int, body: Body) -> None:
    _put(file, ledger, version, body)


def _corrected(file: CaseFile, ledger: str, version: int, body: Body) -> None:
    _put(file, ledger, body["no"], body)


def _put(file: CaseFile, ledger: str, no: int, body: Body) -> None:
    file.ledgers[ledger].live[no] = body
    if ledger == STATUSES:
        file.entries[no] = entry_of(no, body)


def _voided(file: CaseFile, ledger: str, version: int, body: Body) -> None:
    no = body["no"]
    held = file.ledgers[ledger]
    held.voided[no] = held.live.pop(no)
    held.void_marks[no] = body.get("mark", "")
    if ledger == STATUSES:
        del file.entries[no]


def _served(file: CaseFile, ledger: str, version: int, body: Body) -> None:
    file.services[body["no"]] = body


_STEPS = {
    "case.Opened": (_roster, ""),
    "case.RosterNoted": (_roster, ""),
    "case.LetterServed": (_served, LETTERS),
}


def _steps(noun: str, ledger: str) -> Iterator[tuple[str, Any]]:
    yield f"case.{noun}Recorded", (_recorded, ledger)
    yield f"case.{noun}Corrected", (_corrected, ledger)
    yield f"case.{noun}Voided", (_voided, ledger)


for _noun, _ledger in {
    "Status": STATUSES,
    "HomeVisit": VISITS,
    "Absence": ABSENCES,
    "Letter": LETTERS,
    "Session": SESSIONS,
}.items():
    _STEPS.update(_steps(_noun, _ledger))

LEDGER_OF_TOPIC = {topic: ledger for topic, (_, ledger) in _STEPS.items()}
"""Event topic → the ledger it writes ("" for the roster's places)."""
