"""A child's file folded from its events (一人一案): the same fold under the aggregate and under projections.

The fold only assigns; every decision was taken before the event was written. It reads the clear part
of an event alone, so figures are rebuilt without opening a child's private data.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from casework.domain.places import Place, places_of
from casework.domain.statuses import TRANSFERRING
from casework.domain.timeline import Span, StatusEntry, entry_of, stretches
from casework.domain.values import Day

Body = Mapping[str, Any]
"""The clear part of an event: plain values by field name."""

STATUSES, VISITS, ABSENCES, LETTERS, SESSIONS = "statuses", "visits", "absences", "letters", "sessions"
CHECKS, AID, REPORTS, DECISIONS = "checks", "aid", "reports", "decisions"

NOUNS = {
    STATUSES: "Status",
    VISITS: "HomeVisit",
    ABSENCES: "Absence",
    SESSIONS: "Session",
    LETTERS: "Letter",
    CHECKS: "Check",
    AID: "Aid",
    REPORTS: "AbsenceReport",
    DECISIONS: "Decision",
}
"""Ledger of dated facts → the noun of its events (Recorded, Corrected, Voided)."""

PLACES, PROPOSALS, ASKS, EXCUSES = "", "proposals", "asks", "excuses"
"""What else events of a file write: the roster's places, acts awaiting approval, schools that ask, duties
that the level above excused."""

JUDGED = frozenset({PLACES, STATUSES, LETTERS, PROPOSALS, ASKS})
"""What an act on the present state is judged by: a form that showed an older state is stale."""

APPROVED, DECLINED, WITHDRAWN = "approved", "declined", "withdrawn"
"""How a proposal, or a school's asking, ends."""
MOVED = "moved"
"""How the asking for a child without a status ends: the child moved on the roster that day, without 转出."""


@dataclass(slots=True)
class Ledger:
    """One kind of dated facts of a file: what holds (`live`), and what was voided, by number.

    The number `no` of a fact is the version of the event that first recorded it, kept through
    corrections. `void_marks` are fingerprints of the void rows, to know a repeated one; `void_days` their
    作废日期, where they name one.
    """

    live: dict[int, Body] = field(default_factory=dict)
    voided: dict[int, Body] = field(default_factory=dict)
    void_marks: dict[int, str] = field(default_factory=dict)
    void_days: dict[int, Day] = field(default_factory=dict)

    def find(self, key: str) -> int | None:
        """The number of the live fact with this key."""
        return next((no for no, body in self.live.items() if body["key"] == key), None)

    def voided_with(self, key: str) -> list[int]:
        """Numbers of the voided facts that had this key, oldest first."""
        return [no for no, body in self.voided.items() if body["key"] == key]


def _ledgers() -> dict[str, Ledger]:
    return {name: Ledger() for name in NOUNS}


@dataclass(slots=True)
class Pending:
    """What waits for another's answer: a proposal, or a school's asking. `ended`: how, "" while open.

    `ended_by`: the version of the event that ended it.
    """

    body: Body
    ended: str = ""
    ended_on: Day = ""
    ended_by: int = 0


@dataclass(slots=True)
class CaseFile:
    """The state of one file: places, status entries, ledgers of facts, services of letters, what is pending.

    `written`: fact number → version of the event that last wrote it; `judged`: version of the last
    event that an act on the present state is judged by. A form carries what it showed of these.
    """

    places: list[Place] = field(default_factory=list)
    entries: dict[int, StatusEntry] = field(default_factory=dict)
    ledgers: dict[str, Ledger] = field(default_factory=_ledgers)
    services: dict[int, Body] = field(default_factory=dict)
    served_by: dict[int, int] = field(default_factory=dict)
    attempts: dict[int, list[Body]] = field(default_factory=dict)
    excused: dict[str, Day] = field(default_factory=dict)
    excused_by: dict[str, int] = field(default_factory=dict)
    proposals: dict[int, Pending] = field(default_factory=dict)
    asks: dict[int, Pending] = field(default_factory=dict)
    written: dict[int, int] = field(default_factory=dict)
    judged: int = 0

    def evolve(self, topic: str, version: int, body: Body) -> None:
        """Applies one event; events that do not concern the file's state are passed over."""
        step = _STEPS.get(topic)
        if step:
            verb, ledger = step
            verb(self, ledger, version, body)
            self.written[body.get("no", version)] = version
            if ledger in JUDGED:
                self.judged = version

    def spans(self) -> list[Span]:
        """The stretches of the whole file as it now stands."""
        return stretches(self.entries.values(), self.places)

    def open_proposals(self) -> dict[int, Body]:
        """The acts that wait for approval, by number."""
        return {no: each.body for no, each in self.proposals.items() if not each.ended}

    def open_asks(self) -> dict[int, Body]:
        """The schools that ask for the child and have no answer yet, by number."""
        return {no: each.body for no, each in self.asks.items() if not each.ended}

    @property
    def status(self) -> str:
        """The status after the last entry, "" when there is none."""
        spans = self.spans()
        return spans[-1].status if spans else ""


def receiver_of(file: CaseFile) -> str:
    """The receiving school's code while 转学办理中; "" otherwise, and for one outside the county."""
    if file.status != TRANSFERRING:
        return ""
    asked = [entry for entry in file.entries.values() if entry.change == TRANSFERRING]
    return max(asked, key=lambda entry: (entry.on, entry.no)).school


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
    held.void_days[no] = body.get("on", "")
    if ledger == STATUSES:
        del file.entries[no]


def _served(file: CaseFile, ledger: str, version: int, body: Body) -> None:
    if body["no"] not in file.services:
        file.served_by[body["no"]] = version
    file.services[body["no"]] = body


def _attempted(file: CaseFile, ledger: str, version: int, body: Body) -> None:
    file.attempts.setdefault(body["no"], []).append(body)


def _proposed(file: CaseFile, ledger: str, version: int, body: Body) -> None:
    file.proposals[version] = Pending(body)


def _approved(file: CaseFile, ledger: str, version: int, body: Body) -> None:
    _put(file, ledger, version, body)
    _end(file.proposals[body["proposal"]], APPROVED, body["decided_on"], version)


def _declined(file: CaseFile, ledger: str, version: int, body: Body) -> None:
    _end(file.proposals[body["no"]], DECLINED, body["decided_on"], version)


def _withdrawn(file: CaseFile, ledger: str, version: int, body: Body) -> None:
    _end(file.proposals[body["no"]], WITHDRAWN, body["decided_on"], version)


def _asked(file: CaseFile, ledger: str, version: int, body: Body) -> None:
    file.asks[version] = Pending(body)


def _ask_ended(file: CaseFile, ledger: str, version: int, body: Body) -> None:
    _end(file.asks[body["no"]], body["how"], body["on"], version)


def _end(pending: Pending, how: str, on: Day, version: int) -> None:
    pending.ended, pending.ended_on, pending.ended_by = how, on, version


def _excused(file: CaseFile, ledger: str, version: int, body: Body) -> None:
    file.excused[body["key"]], file.excused_by[body["key"]] = body["on"], version


def _excuse_voided(file: CaseFile, ledger: str, version: int, body: Body) -> None:
    del file.excused[body["key"]], file.excused_by[body["key"]]


_STEPS = {
    "case.Opened": (_roster, PLACES),
    "case.RosterNoted": (_roster, PLACES),
    "case.LetterServed": (_served, LETTERS),
    "case.ServiceAttempted": (_attempted, LETTERS),
    "case.StatusProposed": (_proposed, PROPOSALS),
    "case.StatusApproved": (_approved, STATUSES),
    "case.ProposalDeclined": (_declined, PROPOSALS),
    "case.ProposalWithdrawn": (_withdrawn, PROPOSALS),
    "case.TransferAsked": (_asked, ASKS),
    "case.TransferAskEnded": (_ask_ended, ASKS),
    "case.DutyExcused": (_excused, EXCUSES),
    "case.DutyExcuseVoided": (_excuse_voided, EXCUSES),
}


def _steps(noun: str, ledger: str) -> Iterator[tuple[str, Any]]:
    yield f"case.{noun}Recorded", (_recorded, ledger)
    yield f"case.{noun}Corrected", (_corrected, ledger)
    yield f"case.{noun}Voided", (_voided, ledger)


for _ledger, _noun in NOUNS.items():
    _STEPS.update(_steps(_noun, _ledger))

LEDGER_OF_TOPIC = {topic: ledger for topic, (_, ledger) in _STEPS.items()}
"""Event topic → what it writes: a ledger, `PLACES`, `PROPOSALS` or `ASKS`."""
