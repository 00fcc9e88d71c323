"""A child's file written day by day, for rules about duties: given these facts, which duties follow."""

from collections.abc import Sequence
from typing import Any

from casework.domain import case_answers as answers
from casework.domain import case_events as events
from casework.domain.calendar import Calendar
from casework.domain.case_file import ABSENCES, CHECKS, DECISIONS, LETTERS, REPORTS, STATUSES, VISITS
from casework.domain.duties import duties_of
from casework.domain.duty import Duty, state_of
from casework.domain.duty_policy import DutyPolicy
from casework.domain.duty_rulebook import StandingRules
from casework.domain.ledger import fact_of
from casework.domain.places import Place
from casework.domain.policy_documents import parse
from casework.domain.student_case import StudentCase
from casework.domain.values import FOREVER, SINCE_EVER, Day
from tests.domain.test_policy import SHIPPED

HOME = Place("2020-09-01", "C1", "T1", "V1", "S1", "primary", "三年级", "1班")


class Rules:
    """The shipped rules; a second policy may follow from a day on."""

    def __init__(self, *later: tuple[Day, DutyPolicy]) -> None:
        starts = [(SINCE_EVER, shipped_duties()), *later]
        ends = [start for start, _ in starts[1:]] + [FOREVER]
        self._policies = [(start, end, policy) for (start, policy), end in zip(starts, ends, strict=True)]
        self._standing = StandingRules(self._policies)
        calendar = parse("calendar", SHIPPED["calendar"])
        assert isinstance(calendar, Calendar)
        self._calendar = calendar

    def duty_policies(self) -> Sequence[tuple[Day, Day, DutyPolicy]]:
        return self._policies

    def duty_rules(self) -> StandingRules:
        return self._standing

    def calendar(self, day: Day) -> Calendar:
        return self._calendar


def shipped_duties(text: str = "") -> DutyPolicy:
    """The duty policy that is shipped, or another text of one."""
    policy = parse("duties", text or SHIPPED["duties"])
    assert isinstance(policy, DutyPolicy)
    return policy


class File:
    """A file to which facts are added as they happen in the field."""

    def __init__(self, *places: Place) -> None:
        self.case = StudentCase.open("0" * 32, places or [HOME])

    def fact(self, ledger: str, on: Day, **body: Any) -> int:
        """Records a fact; returns its number."""
        key = f"{on} {sorted(body.items())}"
        verdict = self.case.take(ledger, [fact_of(key, {"on": on, **body}, {}, str)])[0]
        assert verdict.verb == "recorded", verdict.note
        return verdict.no

    def status(self, on: Day, change: str, **body: Any) -> int:
        defaults = {"evidence": "1号", "approved": True}
        return self.fact(STATUSES, on, change=change, **{**defaults, **body})

    def absent(self, on: Day, until: Day = "") -> int:
        return self.fact(ABSENCES, on, until=until)

    def visit(self, on: Day, mode: str = "上门", units: Sequence[str] = ("S1",)) -> int:
        return self.fact(VISITS, on, mode=mode, outcome="犹豫", units=list(units))

    def letter(self, on: Day, kind: str = "劝返复学通知书", days: int = 7, issuer: str = "S1") -> int:
        return self.fact(LETTERS, on, kind=kind, issuer=issuer, number="", days=days)

    def served(self, no: int, on: Day, mode: str = "直接", **body: Any) -> None:
        self.case.serve_letter(no, f"{no} {on}", {"on": on, "mode": mode, **body}, None)

    def voided(self, no: int, on: Day) -> None:
        self.case.trigger_event(events.LetterVoided, no=no, on=on)

    def check(self, on: Day, present: bool = True) -> int:
        return self.fact(CHECKS, on, present=present)

    def report(self, on: Day) -> int:
        return self.fact(REPORTS, on)

    def decide(self, on: Day) -> int:
        return self.fact(DECISIONS, on, step="移送司法")

    def propose(self, on: Day) -> int:
        body = {"on": on, "change": "closed", "reason": "毕业"}
        return self.case.propose(body, by="a", proposed_on=on, private=None)

    def decline(self, no: int, on: Day) -> None:
        self.case.trigger_event(answers.ProposalDeclined, no=no, by="b", decided_on=on)

    def duties(self, rule: str, rules: Rules | None = None) -> list[Duty]:
        """The duties of one rule, in order."""
        return [duty for duty in duties_of(self.case.file, rules or Rules()) if duty.rule == rule]

    def duty(self, rule: str) -> Duty:
        """The only duty of a rule."""
        (found,) = self.duties(rule)
        return found

    def state(self, rule: str, on: Day) -> str:
        """The state of the only duty of a rule at the end of a day."""
        duty = self.duty(rule)
        return state_of(
            due_day=duty.due_day,
            fulfilled_on=duty.fulfilled_on,
            stopped_on=duty.stopped_on,
            excused_on="",
            on=on,
        )
