"""One file's whole history as lines: each fact with its versions, who told it when, and its voiding.

The only read that folds events while a page waits: one child's own. Lines stand in business-date order;
a move of the same day comes first, as in the figures.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Row, bindparam, select

from casework.domain.case_file import (
    ABSENCES,
    AID,
    ASKS,
    CHECKS,
    DECISIONS,
    DECLINED,
    EXCUSES,
    LEDGER_OF_TOPIC,
    LETTERS,
    PROPOSALS,
    REPORTS,
    SESSIONS,
    STATUSES,
    VISITS,
    WITHDRAWN,
    Body,
    CaseFile,
)
from casework.domain.places import Place
from casework.domain.timeline import in_order, walk
from casework.domain.values import Day
from casework.projections.roster import roster_span
from casework.store import history
from casework.store.history import RecordedAct, StoredRow
from casework.store.mapper import is_sealed
from casework.store.snapshot import Snapshot

PLACES, SERVICES, ATTEMPTS = "places", "services", "attempts"
_ORDER = (
    *(PLACES, ASKS, PROPOSALS, STATUSES, ABSENCES, REPORTS, VISITS),
    *(LETTERS, ATTEMPTS, SERVICES, DECISIONS, SESSIONS, CHECKS, AID, EXCUSES),
)


@dataclass(frozen=True, slots=True)
class Version:
    """A fact as one act told it. `said` is its personal part: None when erased (已清除) or not to be read."""

    body: Body
    act: RecordedAct
    said: Mapping[str, Any] | None
    erased: bool = False


@dataclass(slots=True)
class Line:
    """One fact of one ledger: its versions, oldest first, and the act that voided it, if any."""

    ledger: str
    no: int
    versions: list[Version] = field(default_factory=list)
    voided: Version | None = None

    @property
    def on(self) -> Day:
        """The business date as last told."""
        return str(self.versions[-1].body["on"])

    @property
    def now(self) -> Version:
        """The fact as last told."""
        return self.versions[-1]


@dataclass(frozen=True, slots=True)
class Step:
    """What a status entry did: the status before and after, and whether it was a relapse (再辍)."""

    before: str
    after: str
    relapse: bool


@dataclass(frozen=True)
class CaseHistory:
    """The file as known at one act; `steps` by number of the status entry."""

    file: CaseFile
    lines: list[Line]
    steps: Mapping[int, Step]


def history_of(snapshot: Snapshot, child_id: str, *, open_private: bool) -> CaseHistory:
    """The history of a child: the roster's stretches, and what the file holds, if one was opened by then."""
    rows, stretches = snapshot.events_of(child_id), _stretches(snapshot, child_id)
    told = {row.act for row in rows} | {act for row in stretches for act in (row.known_from, row.known_to)}
    acts = history.acts(snapshot.conn, (act for act in told if act <= snapshot.k))
    file, ledgers = CaseFile(), _Ledgers()
    ledgers.place(stretches, acts)
    for row in rows:
        body = row.clear
        file.evolve(row.topic, row.version, body)
        said = snapshot.open_private(row) if open_private and is_sealed(row.state) else None
        erased = open_private and said is None and is_sealed(row.state)
        ledgers.take(row, Version(body, acts[row.act], said, erased))
    steps = {
        entry.no: Step(before, after, relapse)
        for entry, before, after, relapse in walk(in_order(file.entries.values()))
    }
    return CaseHistory(file, ledgers.in_order(), steps)


def _proposed(body: Body) -> Body:
    return {"on": body["proposed_on"], "from": body["on"], "how": ""}


_OWN_LINES: Mapping[str, tuple[str, Callable[[Body], Body]]] = {
    "case.StatusProposed": (PROPOSALS, _proposed),
    "case.ProposalDeclined": (PROPOSALS, lambda body: {"on": body["decided_on"], "how": DECLINED}),
    "case.ProposalWithdrawn": (PROPOSALS, lambda body: {"on": body["decided_on"], "how": WITHDRAWN}),
    "case.TransferAsked": (ASKS, lambda body: {"how": ""}),
    "case.TransferAskEnded": (ASKS, lambda body: {}),
    "case.ServiceAttempted": (ATTEMPTS, lambda body: {"letter": body["no"]}),
}
"""Events that are a line of their own: the line's kind, and what its body tells besides the event's."""


class _Ledgers:
    """The lines of a file while its events are read."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, int], Line] = {}
        self._places: dict[Day, Line] = {}

    def take(self, row: StoredRow, version: Version) -> None:
        """Reads one event."""
        ledger = LEDGER_OF_TOPIC.get(row.topic)
        if not ledger:
            return
        told = _OWN_LINES.get(row.topic)
        if told:
            name, days = told
            body = {**version.body, **days(version.body)}
            self._line(name, row.version).versions.append(replace(version, body=body))
        elif row.topic == "case.LetterServed":
            self._line(SERVICES, version.body["no"]).versions.append(version)
        elif row.topic.endswith("Voided"):
            self._line(ledger, version.body["no"]).voided = version
        else:
            self._line(ledger, version.body.get("no", row.version)).versions.append(version)

    def _line(self, ledger: str, no: int) -> Line:
        return self._lines.setdefault((ledger, no), Line(ledger, no))

    def place(self, stretches: Iterable[Row[Any]], acts: Mapping[int, RecordedAct]) -> None:
        """The roster's stretches by first day; one that only ended or changed elsewhere reads as before."""
        for row in stretches:
            line = self._places.setdefault(row.valid_from, Line(PLACES, 0))
            place = _place(row)
            if not line.versions or line.versions[-1].body["place"] != place:
                told = {"on": row.valid_from, "place": place}
                line.versions.append(Version(told, acts[row.known_from], None))
            ended = acts.get(row.known_to)
            line.voided = Version({"on": row.valid_from}, ended, None) if ended else None

    def in_order(self) -> list[Line]:
        """All lines by business date; on one day in a fixed order of ledgers, then as first recorded."""
        lines = [*self._lines.values(), *self._followed(self._places)]
        for line in lines:
            letter = self._lines.get((LETTERS, line.no)) if line.ledger == SERVICES else None
            if letter and letter.voided and not line.voided:
                line.voided = letter.voided
        return sorted(lines, key=lambda line: (line.on, _ORDER.index(line.ledger), line.no))

    @staticmethod
    def _followed(places: Mapping[Day, Line]) -> Iterator[Line]:
        """Each stretch knows the one before it, so that a move can be told from a new class."""
        before: Place | None = None
        for on in sorted(places):
            line = places[on]
            line.versions = [
                Version({**version.body, "before": before}, version.act, None) for version in line.versions
            ]
            yield line
            if line.voided is None:
                before = line.now.body["place"]


_s = roster_span.c
# Made once: every page of a file asks.
_STRETCHES = (
    select(roster_span)
    .where(_s.child_id == bindparam("child"), _s.known_from <= bindparam("k"))
    .order_by(_s.known_from, _s.valid_from)
)


def _stretches(snapshot: Snapshot, child_id: str) -> list[Row[Any]]:
    """Every stretch of the roster ever believed up to the act, in the order it was told."""
    return list(snapshot.conn.execute(_STRETCHES, {"child": child_id, "k": snapshot.k}))


def _place(row: Row[Any]) -> Place:
    return Place(
        on=row.valid_from,
        county=row.county,
        township=row.township,
        village=row.village,
        school=row.school,
        stage=row.stage,
        grade=row.grade,
        klass=row.klass,
        enrolment=row.enrolment,
        groups=tuple(row.groups.split("、")) if row.groups else (),
    )


def status_days(case: CaseHistory, today: Day) -> tuple[str, Day]:
    """The status held on a day and since when: ("", "") before the first status."""
    held = ("", "")
    for entry in in_order(case.file.entries.values()):
        step = case.steps[entry.no]
        if entry.on <= today and step.after != held[0]:
            held = (step.after, entry.on)
    return held
