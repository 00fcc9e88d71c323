"""The rules of duties as they stand in time, and which facts of a file each of them is read from."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from casework.domain.calendar import Calendar
from casework.domain.case_file import (
    ABSENCES,
    CHECKS,
    DECISIONS,
    LETTERS,
    PROPOSALS,
    REPORTS,
    STATUSES,
    VISITS,
)
from casework.domain.duty_policy import PERIODS, DutyPolicy, Rule
from casework.domain.values import Day

BEGUN_BY = {
    "absence": ABSENCES,
    "out": STATUSES,
    "returned": STATUSES,
    "deferral_ends": STATUSES,
    "letter_issued": LETTERS,
    "letter_served": LETTERS,
    "deadline_passed": LETTERS,
    "closure_proposed": PROPOSALS,
}
"""Trigger of a rule → the ledger whose facts begin its duties."""

FULFILLED_BY = {
    "visit": VISITS,
    "status": STATUSES,
    "report": REPORTS,
    "letter": LETTERS,
    "service": LETTERS,
    "check": CHECKS,
    "decision": DECISIONS,
    "proposal": PROPOSALS,
}
"""Kind of fulfilment → the ledger whose facts fulfil; a report is replaced by a status."""


class Standing(NamedTuple):
    """One rule of one policy, and the days `[since, until)` on which what it is about begins duties."""

    since: Day
    until: Day
    policy: DutyPolicy
    rule: Rule


class StandingRules:
    """The rules whose duties arise once, by name, as they stood one after the other."""

    def __init__(self, policies: Iterable[tuple[Day, Day, DutyPolicy]]) -> None:
        self._by_name: dict[str, list[Standing]] = {}
        self._begun_by: dict[str, set[str]] = {}
        self._read_by: dict[str, set[str]] = {}
        for since, until, policy in policies:
            for rule in (rule for rule in policy.rules if rule.on not in PERIODS):
                self._by_name.setdefault(rule.name, []).append(Standing(since, until, policy, rule))
                self._begun_by.setdefault(BEGUN_BY[rule.on], set()).add(rule.name)
                # Every condition looks at the status.
                for ledger in (STATUSES, FULFILLED_BY[rule.fulfilled_by.kind]):
                    self._read_by.setdefault(ledger, set()).add(rule.name)
        self.names = frozenset(self._by_name)

    def called(self, name: str) -> Sequence[Standing]:
        """The rule of this name in every policy that has one, in order."""
        return self._by_name[name]

    def begun_by(self, ledgers: Iterable[str]) -> set[str]:
        """Names of the rules whose duties facts of these ledgers begin."""
        return set().union(*(self._begun_by.get(ledger, ()) for ledger in ledgers))

    def read_from(self, ledgers: Iterable[str]) -> set[str]:
        """Names of the rules whose duties, once begun, may change when these ledgers do."""
        return set().union(*(self._read_by.get(ledger, ()) for ledger in ledgers))


class Rulebook(Protocol):
    """The rules as known at one act, by business day."""

    def duty_policies(self) -> Sequence[tuple[Day, Day, DutyPolicy]]:
        """The stretches `[from, to)` of the adopted duty policies, in order."""

    def duty_rules(self) -> StandingRules:
        """The rules of `duty_policies`, made ready once."""

    def calendar(self, day: Day) -> Calendar:
        """校历 in force on a day."""
