"""The aggregate: one child's case file, for life (一人一案).

The first fact of any kind opens the file; the roster alone opens nothing, and there is no status
until a status act. Public methods decide; events only say what happened. Names, numbers, addresses
and free text travel in an event's `private` part, sealed under the child's key; everything a rule or
a figure needs is clear.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from casework.domain.case_file import (
    ABSENCES,
    LETTERS,
    SESSIONS,
    STATUSES,
    VISITS,
    CaseFile,
)
from casework.domain.events import Aggregate
from casework.domain.ledger import CORRECTED, RECORDED, REFUSED, UNCHANGED, VOIDED, Fact, Verdict, settle
from casework.domain.places import Place
from casework.domain.timeline import StatusEntry, check_timeline, entry_of
from casework.domain.values import Day
from casework.errors import RuleBroken

Private = Mapping[str, str] | None

SHEET_CORRECTION = "导入更正"
"""The reason kept with a correction that a workbook's row makes."""


class StudentCase(Aggregate):
    """One child's file. Its id is the child's id."""

    TOPIC = "case"

    class Event(Aggregate.Event):
        """Anything that happens in a file; the fold of the clear part is `CaseFile.evolve`."""

        TOPIC = "case.Event"

        def apply(self, aggregate: "StudentCase") -> None:
            """Folds the event into the file's state."""
            aggregate.file.evolve(type(self).TOPIC, self.originator_version, vars(self))

    class Opened(Event, Aggregate.Created):
        """建档: the file is opened with the child's dated roster places."""

        TOPIC = "case.Opened"
        places: list[dict[str, Any]]

    class RosterNoted(Event):
        """花名册变动: the child's dated places as the roster now has them."""

        TOPIC = "case.RosterNoted"
        places: list[dict[str, Any]]

    class StatusRecorded(Event):
        """状态登记."""

        TOPIC = "case.StatusRecorded"
        key: str
        mark: str
        on: Day
        change: str
        causes: Sequence[str] = ()
        lost_type: str = ""
        placement: str = ""
        school: str = ""
        until: Day = ""
        reason: str = ""
        evidence: str = ""
        approved: bool = False
        private: Private = None

    class StatusCorrected(StatusRecorded):
        """状态更正: entry `no` now reads so."""

        TOPIC = "case.StatusCorrected"
        no: int = 0

    class HomeVisitRecorded(Event):
        """家访劝返: `met` whom (empty: 无人), `units` of the participants as written, one each."""

        TOPIC = "case.HomeVisitRecorded"
        key: str
        mark: str
        on: Day
        mode: str
        outcome: str
        start: str = ""
        end: str = ""
        met: Sequence[str] = ()
        units: Sequence[str] = ()
        agreed_on: Day = ""
        private: Private = None

    class HomeVisitCorrected(HomeVisitRecorded):
        """家访更正: visit `no` now reads so."""

        TOPIC = "case.HomeVisitCorrected"
        no: int = 0

    class AbsenceRecorded(Event):
        """缺勤登记: `until` is the last day absent; empty while the child is still away."""

        TOPIC = "case.AbsenceRecorded"
        key: str
        mark: str
        on: Day
        until: Day = ""
        private: Private = None

    class AbsenceCorrected(AbsenceRecorded):
        """缺勤更正: absence `no` now reads so."""

        TOPIC = "case.AbsenceCorrected"
        no: int = 0

    class SessionRecorded(Event):
        """送教上门: `tenths` is the teaching time in tenths of a 课时; `signed` by the guardian."""

        TOPIC = "case.SessionRecorded"
        key: str
        mark: str
        on: Day
        tenths: int
        start: str = ""
        end: str = ""
        signed: bool = False
        private: Private = None

    class SessionCorrected(SessionRecorded):
        """送教更正: session `no` now reads so."""

        TOPIC = "case.SessionCorrected"
        no: int = 0

    class LetterRecorded(Event):
        """文书签发: `kind` and `number` in the register of `issuer`; `days` is the letter's term."""

        TOPIC = "case.LetterRecorded"
        key: str
        mark: str
        on: Day
        kind: str
        issuer: str
        number: str = ""
        days: int = 0
        private: Private = None

    class LetterCorrected(LetterRecorded):
        """文书更正: letter `no` now reads so."""

        TOPIC = "case.LetterCorrected"
        no: int = 0

    class LetterServed(Event):
        """送达: letter `no` was served on a day, in a way (直接/留置/邮寄/委托/电子/公告)."""

        TOPIC = "case.LetterServed"
        no: int
        mark: str
        on: Day
        mode: str
        at: str = ""
        private: Private = None

    class Voided(Event):
        """作废: fact `no` never counted; `mark` knows the void row again."""

        TOPIC = "case.Voided"
        no: int
        mark: str = ""
        on: Day = ""
        private: Private = None

    class StatusVoided(Voided):
        """状态作废."""

        TOPIC = "case.StatusVoided"

    class HomeVisitVoided(Voided):
        """家访作废."""

        TOPIC = "case.HomeVisitVoided"

    class AbsenceVoided(Voided):
        """缺勤作废."""

        TOPIC = "case.AbsenceVoided"

    class SessionVoided(Voided):
        """送教作废."""

        TOPIC = "case.SessionVoided"

    class LetterVoided(Voided):
        """文书作废: the number stays visible and is never used again; `on` is 作废日期."""

        TOPIC = "case.LetterVoided"

    file: CaseFile

    def __init__(self, places: list[dict[str, Any]]) -> None:
        self.file = CaseFile()

    @classmethod
    def open(cls, child_id: str, places: Sequence[Place]) -> "StudentCase":
        """Opens the file of a child with its roster places."""
        bodies = [place.as_event() for place in places]
        return cls._create(cls.Opened, id=UUID(child_id), places=bodies)

    @property
    def child_id(self) -> str:
        """The child's id, 32 hex digits."""
        return self.id.hex

    def note_roster(self, places: Sequence[Place]) -> bool:
        """Takes over the roster's stretches; False when nothing differs."""
        if list(places) == self.file.places:
            return False
        self.trigger_event(self.RosterNoted, places=[place.as_event() for place in places])
        return True

    def take(self, ledger: str, facts: Sequence[Fact]) -> list[Verdict]:
        """Settles all rows of one sheet about this child; events are written for what is taken.

        Status rows are taken together or not at all: the whole history is checked with them.
        """
        verdicts = settle(self.file.ledgers[ledger], facts, self.version + 1)
        if ledger == STATUSES:
            self._refuse_misfits(facts, verdicts)
        for fact, verdict in sorted(zip(facts, verdicts, strict=True), key=_voids_first):
            if verdict.verb in _EVENTS[ledger]:
                self._write(ledger, fact, verdict)
        return verdicts

    def _write(self, ledger: str, fact: Fact, verdict: Verdict) -> None:
        event_class = _EVENTS[ledger][verdict.verb]
        if verdict.verb == VOIDED:
            private = {"reason": fact.void_reason}
            self.trigger_event(
                event_class, no=verdict.no, mark=fact.void_mark, on=fact.void_on, private=private
            )
            return
        number, private = {}, dict(fact.private)
        if verdict.verb == CORRECTED:
            number, private = {"no": verdict.no}, {**private, "correction_reason": SHEET_CORRECTION}
        self.trigger_event(
            event_class, key=fact.key, mark=fact.mark, private=private or None, **fact.body, **number
        )

    def correct(self, ledger: str, no: int, fact: Fact, reason: str) -> bool:
        """Replaces fact `no` by what it should have said; False when it says so already.

        The reason is kept with the event. A status correction is checked with the whole history.
        """
        held = self.file.ledgers[ledger]
        if no not in held.live:
            raise RuleBroken("这条记录已作废或不存在，请刷新后再看", case=self.child_id, no=no)
        if held.live[no]["mark"] == fact.mark:
            return False
        other = held.find(fact.key)
        if other not in (None, no):
            raise RuleBroken("同一时间已有另一条记录，请改用不同的时间或去更正那一条", no=other)
        if ledger == STATUSES:
            check_timeline(self._entries_after([fact], [Verdict(CORRECTED, no)]), self.file.places)
        self.trigger_event(
            _EVENTS[ledger][CORRECTED],
            key=fact.key,
            mark=fact.mark,
            no=no,
            private={**fact.private, "correction_reason": reason},
            **fact.body,
        )
        return True

    def void(self, ledger: str, no: int, reason: str) -> None:
        """Takes fact `no` back: it never counted; a status void is checked with the whole history."""
        if no not in self.file.ledgers[ledger].live:
            raise RuleBroken("这条记录已作废或不存在，请刷新后再看", case=self.child_id, no=no)
        if ledger == STATUSES:
            rest = [entry for entry in self.file.entries.values() if entry.no != no]
            check_timeline(rest, self.file.places)
        self.trigger_event(_EVENTS[ledger][VOIDED], no=no, private={"reason": reason})

    def serve_letter(self, no: int, mark: str, body: Mapping[str, Any], private: Private) -> str:
        """Records (or corrects) the service of letter `no`; returns the verb of what it did."""
        held = self.file.services.get(no)
        if held and held["mark"] == mark:
            return UNCHANGED
        self.trigger_event(self.LetterServed, no=no, mark=mark, private=private, **body)
        return CORRECTED if held else RECORDED

    def _refuse_misfits(self, facts: Sequence[Fact], verdicts: list[Verdict]) -> None:
        try:
            check_timeline(self._entries_after(facts, verdicts), self.file.places)
        except RuleBroken as misfit:
            for verdict in verdicts:
                if verdict.verb in (RECORDED, CORRECTED, VOIDED):
                    verdict.verb, verdict.note, verdict.field = REFUSED, misfit.message, "change"

    def _entries_after(self, facts: Sequence[Fact], verdicts: list[Verdict]) -> list[StatusEntry]:
        entries = dict(self.file.entries)
        for verdict in verdicts:
            if verdict.verb == VOIDED:
                entries.pop(verdict.no, None)
        for fact, verdict in zip(facts, verdicts, strict=True):
            if verdict.verb in (RECORDED, CORRECTED):
                entries[verdict.no] = entry_of(verdict.no, fact.body)
        return list(entries.values())


def _voids_first(pair: tuple[Fact, Verdict]) -> bool:
    """Events are written voids first: the numbers given by `settle` count on it."""
    return pair[1].verb != VOIDED


_EVENTS: dict[str, dict[str, type[StudentCase.Event]]] = {
    ledger: {
        RECORDED: getattr(StudentCase, f"{noun}Recorded"),
        CORRECTED: getattr(StudentCase, f"{noun}Corrected"),
        VOIDED: getattr(StudentCase, f"{noun}Voided"),
    }
    for ledger, noun in {
        STATUSES: "Status",
        VISITS: "HomeVisit",
        ABSENCES: "Absence",
        SESSIONS: "Session",
        LETTERS: "Letter",
    }.items()
}
