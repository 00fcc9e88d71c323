"""The aggregate: one child's case file, for life (一人一案).

The first fact of any kind opens the file; the roster alone opens nothing, and there is no status
until a status act. Public methods decide; events only say what happened. Names, numbers, addresses
and free text travel in an event's `private` part, sealed under the child's key; everything a rule or
a figure needs is clear.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from casework.domain import case_answers as answers
from casework.domain import case_events as events
from casework.domain.case_events import Private
from casework.domain.case_file import APPROVED, DECLINED, NOUNS, STATUSES, WITHDRAWN, CaseFile
from casework.domain.events import Aggregate
from casework.domain.ledger import (
    CORRECTED,
    RECORDED,
    REFUSED,
    UNCHANGED,
    VOIDED,
    Fact,
    Verdict,
    fact_of,
    settle,
)
from casework.domain.places import Place
from casework.domain.proposals import moved_since
from casework.domain.statuses import CHANGE_NAMES, needs_approval
from casework.domain.timeline import StatusEntry, check_timeline, entry_of, in_order, walk
from casework.domain.values import Day
from casework.errors import RuleBroken

SHEET_CORRECTION = "导入更正"
"""The reason kept with a correction that a workbook's row makes."""


class StudentCase(Aggregate):
    """One child's file. Its id is the child's id."""

    TOPIC = "case"

    Event = events.Event
    Opened = events.Opened

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
        self.trigger_event(events.RosterNoted, places=[place.as_event() for place in places])
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

    def void(self, ledger: str, no: int, reason: str, on: Day = "") -> None:
        """Takes fact `no` back: it never counted; a status void is checked with the whole history.

        `on`: 作废日期, where the register names one.
        """
        if no not in self.file.ledgers[ledger].live:
            raise RuleBroken("这条记录已作废或不存在，请刷新后再看", case=self.child_id, no=no)
        if ledger == STATUSES:
            rest = [entry for entry in self.file.entries.values() if entry.no != no]
            check_timeline(rest, self.file.places)
        self.trigger_event(_EVENTS[ledger][VOIDED], no=no, on=on, private={"reason": reason})

    def serve_letter(self, no: int, mark: str, body: Mapping[str, Any], private: Private) -> str:
        """Records (or corrects) the service of letter `no`; returns the verb of what it did."""
        held = self.file.services.get(no)
        if held and held["mark"] == mark:
            return UNCHANGED
        self.trigger_event(events.LetterServed, no=no, mark=mark, private=private, **body)
        return CORRECTED if held else RECORDED

    def attempt_service(self, no: int, body: Mapping[str, Any], private: Private) -> None:
        """Records that letter `no` could not be served."""
        if no in self.file.services:
            raise RuleBroken("这份文书已经送达，不能再记未送达", case=self.child_id, no=no)
        self.trigger_event(events.ServiceAttempted, no=no, private=private, **body)

    def propose(self, body: Mapping[str, Any], *, by: str, proposed_on: Day, private: Private) -> int:
        """申报: asks a second person to approve a status act; returns the proposal's number.

        Refused when another one waits, when the act needs nobody, or when it would not fit today.
        """
        if self.file.open_proposals():
            raise RuleBroken("这个学生已有一项申报等待审批，请先等它办结或撤回", case=self.child_id)
        self._check_proposal(body)
        self.trigger_event(
            answers.StatusProposed, by=by, proposed_on=proposed_on, private=private, **_said(body)
        )
        return self.version

    def approve(
        self, no: int, *, by: str, decided_on: Day, on: Day, mark: Callable[[str], str], private: Private
    ) -> int:
        """批准: proposal `no` enters the history from day `on`; returns the entry's number.

        Who proposed never approves. The whole history is judged as it now stands.
        """
        body = {**_said(self.pending(no)), "on": on, "approved": True}
        if self.file.proposals[no].body["by"] == by:
            raise RuleBroken("申报人不能审批自己的申报，须由另一人审批", case=self.child_id, no=no)
        if moved := moved_since(self.file, no):
            raise RuleBroken(moved, case=self.child_id, no=no)
        self._check_proposal(body)
        fact = fact_of(f"{on} {body['change']}", body, private or {}, mark)
        if self.file.ledgers[STATUSES].find(fact.key) is not None:
            raise RuleBroken("同一天已有同样的状态登记，请先核对", case=self.child_id, no=no)
        self.trigger_event(
            answers.StatusApproved,
            key=fact.key,
            mark=fact.mark,
            proposal=no,
            decided_on=decided_on,
            by=by,
            private=fact.private or None,
            **body,
        )
        return self.version

    def decline(self, no: int, *, by: str, decided_on: Day, reason: str) -> None:
        """不予批准, by somebody other than who proposed."""
        if self.pending(no)["by"] == by:
            raise RuleBroken("申报人不能审批自己的申报；如要收回，请撤回", case=self.child_id, no=no)
        private = {"reason": reason}
        self.trigger_event(answers.ProposalDeclined, no=no, by=by, decided_on=decided_on, private=private)

    def withdraw(self, no: int, *, by: str, decided_on: Day, reason: str) -> None:
        """撤回: the side that proposed takes it back."""
        self.pending(no)
        private = {"reason": reason} if reason else None
        self.trigger_event(answers.ProposalWithdrawn, no=no, by=by, decided_on=decided_on, private=private)

    def excuse_duty(self, key: str, *, on: Day, private: Private) -> None:
        """免办: the duty named `key` need not be done."""
        if key in self.file.excused:
            raise RuleBroken("这一项已经免办，请刷新后再看", case=self.child_id)
        self.trigger_event(answers.DutyExcused, key=key, on=on, private=private)

    def demand_duty(self, key: str, *, on: Day, private: Private) -> None:
        """撤销免办: the duty named `key` must be done after all."""
        no = self.file.excused_by.get(key)
        if no is None:
            raise RuleBroken("这一项没有免办，请刷新后再看", case=self.child_id)
        self.trigger_event(answers.DutyExcuseVoided, no=no, key=key, on=on, private=private)

    def ask_for(self, school: str, *, on: Day, private: Private) -> int:
        """申请转入: a school asks for the child; returns the asking's number."""
        if any(body["school"] == school for body in self.file.open_asks().values()):
            raise RuleBroken("这所学校已经申请过转入，正在等原学校答复", case=self.child_id)
        self.trigger_event(answers.TransferAsked, school=school, on=on, private=private)
        return self.version

    def end_asking(self, no: int, how: str, *, on: Day, private: Private) -> None:
        """The asking is approved (released), declined or withdrawn."""
        if no not in self.file.open_asks():
            raise RuleBroken("这项转入申请已经办结，请刷新后再看", case=self.child_id, no=no)
        self.trigger_event(answers.TransferAskEnded, no=no, how=how, on=on, private=private)

    def pending(self, no: int) -> Mapping[str, Any]:
        """What proposal `no` says while it waits; refused once it is answered or taken back."""
        body = self.file.open_proposals().get(no)
        if body is None:
            ended = self.file.proposals.get(no)
            how = {APPROVED: "批准", DECLINED: "退回", WITHDRAWN: "撤回"}.get(
                ended.ended if ended else "", ""
            )
            raise RuleBroken(
                f"这项申报已被{how or '处理'}，不能再办，请刷新后再看", case=self.child_id, no=no
            )
        return body

    def _check_proposal(self, body: Mapping[str, Any]) -> None:
        """The act needs a second person, and fits the history as it now stands."""
        entry = entry_of(self.version + 1, {**body, "approved": True})
        history = in_order([*self.file.entries.values(), entry])
        check_timeline(history, self.file.places)
        before = next(before for each, before, _, _ in walk(history) if each.no == entry.no)
        if not needs_approval(entry.change, before):
            raise RuleBroken(f"“{CHANGE_NAMES[entry.change]}”不需要审批，请直接登记", case=self.child_id)

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


_SAID = (
    "on",
    "change",
    "causes",
    "lost_type",
    "placement",
    "school",
    "until",
    "reason",
    "evidence",
    "outcome",
)


def _said(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a status act says, without how it was recorded."""
    return {name: body[name] for name in _SAID if name in body}


def _voids_first(pair: tuple[Fact, Verdict]) -> bool:
    """Events are written voids first: the numbers given by `settle` count on it."""
    return pair[1].verb != VOIDED


_EVENTS: dict[str, dict[str, type[events.Event]]] = {
    ledger: {
        RECORDED: getattr(events, f"{noun}Recorded"),
        CORRECTED: getattr(events, f"{noun}Corrected"),
        VOIDED: getattr(events, f"{noun}Voided"),
    }
    for ledger, noun in NOUNS.items()
}
"""Ledger → what a row of it makes happen."""
