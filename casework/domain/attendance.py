"""Absences and checks counted in school days (缺勤, 巩固期到校检查)."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import Field

from casework.domain import statuses as s
from casework.domain.calendar import Calendar
from casework.domain.case_file import ABSENCES, CHECKS, CaseFile
from casework.domain.policy import Document
from casework.domain.values import Day, day_after

DONE, MISSED, DUE, AHEAD = "done", "missed", "due", "ahead"
"""How a check stands: made; its day has passed without; its day is today; its day is to come."""


class ReturnedPolicy(Document):
    """巩固期: `check_days` after the return, counted in school days, on which the school looks."""

    check_days: list[int] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class PlannedCheck:
    """The check of the n-th school day after the return: due by `day`; made `made_on`, `present` or not."""

    school_day: int
    day: Day
    state: str
    made_on: Day = ""
    present: bool = False


def school_days(calendar: Calendar, first: Day, last: Day) -> int:
    """How many school days lie between two days, both included."""
    day, found = first, 0
    while day <= last:
        found += calendar.is_school_day(day)
        day = day_after(day)
    return found


def open_absence(file: CaseFile) -> tuple[int, Day] | None:
    """(number, first day) of the absence that is not over: the earliest, if there are several."""
    found = [(body["on"], no) for no, body in file.ledgers[ABSENCES].live.items() if not body.get("until")]
    return (min(found)[1], min(found)[0]) if found else None


def returned_since(file: CaseFile) -> Day:
    """The day of the return that still holds; "" unless 已复学(巩固期)."""
    since = ""
    for span in reversed(file.spans()):
        if span.status != s.RETURNED:
            break
        since = span.valid_from
    return since


def planned_checks(
    file: CaseFile, policy: ReturnedPolicy, calendar: Calendar, today: Day
) -> Iterator[PlannedCheck]:
    """The checks of the return that holds: the n-th made since fulfils the n-th planned."""
    since = returned_since(file)
    if not since:
        return
    made = sorted(
        (body["on"], body["present"]) for body in file.ledgers[CHECKS].live.values() if body["on"] > since
    )
    for at, school_day in enumerate(sorted(policy.check_days)):
        due = calendar.school_day(since, school_day)
        if at < len(made):
            yield PlannedCheck(school_day, due, DONE, *made[at])
        else:
            state = MISSED if due < today else DUE if due == today else AHEAD
            yield PlannedCheck(school_day, due, state)
