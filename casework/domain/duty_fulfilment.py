"""What fulfils a duty (办结): the earliest fact of the right kind, while its condition holds."""

from collections.abc import Callable, Iterator

from casework.domain.case_file import APPROVED, CHECKS, DECISIONS, DECLINED, LETTERS, REPORTS, VISITS, Body
from casework.domain.duty_history import History, Stop, Trigger
from casework.domain.duty_policy import STATUS_WORDS, Rule
from casework.domain.values import Day

Done = tuple[Day, int]
"""The day of a fact and the version of the event that first recorded it."""


def fulfilling(history: History, rule: Rule, trigger: Trigger, stop: Stop | None) -> list[Done]:
    """The facts that fulfil, earliest first, none after the condition last held."""
    facts = _FACTS[rule.fulfilled_by.kind](history, rule, trigger)
    return sorted(fact for fact in facts if stop is None or fact[0] <= stop.last)


def visit_fits(body: Body, rule: Rule) -> bool:
    """Whether a visit is of a kind that fulfils the rule: its mode, and how many took part."""
    wanted = rule.fulfilled_by
    if wanted.modes and body["mode"] not in wanted.modes:
        return False
    return len(body.get("units", ())) >= wanted.participants


def _visits(history: History, rule: Rule, trigger: Trigger) -> Iterator[Done]:
    for no, body in history.live(VISITS):
        if body["on"] >= trigger.since and visit_fits(body, rule):
            yield body["on"], no


def _statuses(history: History, rule: Rule, trigger: Trigger) -> Iterator[Done]:
    """Entries after the beginning; those that lead to a named status, if the rule names any."""
    named = {STATUS_WORDS[word] for word in rule.fulfilled_by.statuses}
    for step in history.steps[trigger.at :]:
        if not named or step.after in named:
            yield step.on, step.entry.no


def _reports(history: History, rule: Rule, trigger: Trigger) -> Iterator[Done]:
    yield from _facts(history, REPORTS, trigger)
    yield from _statuses(history, rule, trigger)


def _letters(history: History, rule: Rule, trigger: Trigger) -> Iterator[Done]:
    for no, body in history.live(LETTERS):
        if body["on"] >= trigger.since and body["kind"] in rule.fulfilled_by.letters:
            yield body["on"], no


def _service(history: History, rule: Rule, trigger: Trigger) -> Iterator[Done]:
    service = history.file.services.get(trigger.no)
    if service:
        yield service["on"], history.file.served_by[trigger.no]


def _checks(history: History, rule: Rule, trigger: Trigger) -> Iterator[Done]:
    yield from _facts(history, CHECKS, trigger)


def _decisions(history: History, rule: Rule, trigger: Trigger) -> Iterator[Done]:
    yield from _facts(history, DECISIONS, trigger)


def _answers(history: History, rule: Rule, trigger: Trigger) -> Iterator[Done]:
    pending = history.file.proposals[trigger.no]
    if pending.ended in (APPROVED, DECLINED):
        yield pending.ended_on, pending.ended_by


def _facts(history: History, ledger: str, trigger: Trigger) -> Iterator[Done]:
    for no, body in history.live(ledger):
        if body["on"] >= trigger.since:
            yield body["on"], no


_FACTS: dict[str, Callable[[History, Rule, Trigger], Iterator[Done]]] = {
    "visit": _visits,
    "status": _statuses,
    "report": _reports,
    "letter": _letters,
    "service": _service,
    "check": _checks,
    "decision": _decisions,
    "proposal": _answers,
}
