"""What begins a duty (起算): an absence, a status, a letter, a deadline, a deferral's end, a proposal."""

from collections.abc import Callable, Iterator

from casework.domain.case_file import ABSENCES, LETTERS
from casework.domain.duty_history import History, Term, Trigger
from casework.domain.duty_policy import Rule
from casework.domain.statuses import CLOSED, DEFERRED
from casework.domain.values import Day, day_after


def _term(history: History, rule: Rule, anchor: Day, begins: Day = "") -> Day:
    """The last day in time, counted from `anchor`: 24:00 of the n-th school or working day after it.

    By the calendar in force when the duty begins, which is on `anchor` unless said otherwise.
    """
    calendar, within = history.book.calendar(begins or anchor), rule.within
    if within.school_days is not None:
        return calendar.school_day(anchor, within.school_days)
    if within.working_days is not None:
        return calendar.working_day(anchor, within.working_days)
    return day_after(anchor, within.days or 0)


def _absence(history: History, rule: Rule) -> Iterator[Trigger]:
    """The absence begins, or reaches its n-th school day."""
    for no, body in history.live(ABSENCES):
        first, until = body["on"], body.get("until", "")
        day = _reached(history, first, rule.nth_school_day) if rule.nth_school_day else first
        if not until or day <= until:
            since = first if rule.fulfilled_by.since == "absence" else day
            at, due = history.at_start(day), _term(history, rule, day)
            yield Trigger(day, at, no, (due,), since, until=until)


def _reached(history: History, first: Day, n: int) -> Day:
    """The n-th school day from `first` on, each day judged by the calendar in force on it."""
    day = day_after(first, -1)
    calendar = history.book.calendar(first)
    reached = calendar.school_day(day, n)
    # The calendar in force changes by its days alone: the same at both ends, it was the same between.
    if history.book.calendar(reached) is calendar:
        return reached
    while n:
        day = day_after(day)
        n -= history.book.calendar(day).is_school_day(day)
    return day


def _entered(history: History, rule: Rule) -> Iterator[Trigger]:
    """A status of the condition is entered from none of them; `school_days` make several duties."""
    for index, step in enumerate(history.steps):
        if step.after not in rule.while_.statuses or step.before in rule.while_.statuses:
            continue
        no, at = step.entry.no, index + 1
        if rule.school_days:
            calendar = history.book.calendar(step.on)
            due = tuple(calendar.school_day(step.on, days) for days in rule.school_days)
        else:
            due = (_term(history, rule, step.on),)
        yield Trigger(step.on, at, no, due, step.on)


def _issued(history: History, rule: Rule) -> Iterator[Trigger]:
    """A letter is issued; one voided later keeps this duty up to the day of its voiding."""
    held = history.file.ledgers[LETTERS]
    for no, body in [*held.live.items(), *held.voided.items()]:
        if body["kind"] in rule.except_ or (rule.letters and body["kind"] not in rule.letters):
            continue
        day = body["on"]
        void_on = (held.void_days.get(no) or day) if no in held.voided else ""
        due = _term(history, rule, day)
        yield Trigger(day, history.at_end(day), no, (due,), day, void_on=void_on, issuer=body["issuer"])


def _letter_served(history: History, rule: Rule) -> Iterator[Trigger]:
    for no, _, on, deadline in _terms(history, rule):
        yield Trigger(on, history.at_end(on), no, (deadline,), day_after(on))


def _deadline_passed(history: History, rule: Rule) -> Iterator[Trigger]:
    """The day after a letter's deadline; `unbroken`: the condition held ever since the service day's end."""
    for no, _, on, deadline in _terms(history, rule):
        day = day_after(deadline)
        due = _term(history, rule, deadline, day)
        unbroken_since = history.at_end(on) if rule.unbroken else None
        yield Trigger(day, history.at_start(day), no, (due,), day, unbroken_since)


def _terms(history: History, rule: Rule) -> Iterator[Term]:
    return (term for term in history.terms if not rule.letters or term.kind in rule.letters)


def _deferral_ends(history: History, rule: Rule) -> Iterator[Trigger]:
    """Some days before the end date then in force, or with the entry itself when that is later."""
    for index, step in enumerate(history.steps):
        until = step.entry.until
        if step.after != DEFERRED or not until:
            continue
        day = day_after(until, -rule.days_before)
        at = index + 1 if step.on >= day else history.at_start(day)
        between = history.steps[index + 1 : at]
        if all(each.after == DEFERRED and not each.entry.until for each in between):
            begins = max(day, step.on)
            yield Trigger(begins, at, step.entry.no, (until,), begins)


def _closure_proposed(history: History, rule: Rule) -> Iterator[Trigger]:
    for no, pending in history.file.proposals.items():
        if pending.body["change"] == CLOSED:
            day = pending.body["proposed_on"]
            yield Trigger(day, history.at_end(day), no, (_term(history, rule, day),), day)


TRIGGERS: dict[str, Callable[[History, Rule], Iterator[Trigger]]] = {
    "absence": _absence,
    "out": _entered,
    "returned": _entered,
    "letter_issued": _issued,
    "letter_served": _letter_served,
    "deadline_passed": _deadline_passed,
    "deferral_ends": _deferral_ends,
    "closure_proposed": _closure_proposed,
}
"""Trigger of a rule → what it finds in a file."""
