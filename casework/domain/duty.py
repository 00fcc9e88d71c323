"""One duty of one child (责任事项): what it is called, what the file tells of it, and its state on a day."""

from typing import NamedTuple

from casework.domain.values import Day

OPEN, OVERDUE, ON_TIME, LATE, ENDED, EXCUSED = "open", "overdue", "on_time", "late", "ended", "excused"


class Duty(NamedTuple):
    """One duty of one child, as the file tells it.

    `no`, `seq`: the fact that began it, and which of several. `unit`: where the role is looked for, by the
    child's place on the day it begins (the issuing unit for `签发单位`), with the class of that day.
    `due_day` is the last day in time. `fulfilled_on` "" and `fulfilled_by` 0 while nothing fulfilled it;
    `fulfilled_by` is the version of the event that first recorded what did. `stopped_on`: the first day on
    which its condition no longer held, "" while it holds. `county` … `stage`: the place on the due
    day. `policy`, `role`: what the rule says, not stored with the rest.
    """

    no: int
    seq: int
    fulfilled_by: int
    rule: str
    unit: str
    grade: str
    klass: str
    begins: Day
    due_day: Day
    fulfilled_on: Day
    stopped_on: Day
    county: str
    township: str
    school: str
    stage: str
    policy: str
    role: str


def duty_key(rule: str, no: int, seq: int, begins: Day = "") -> str:
    """What names a duty of a file: for one that comes round, by the first day of its period."""
    return f"{rule}/{begins}" if begins else f"{rule}/{no}/{seq}"


def state_of(*, due_day: Day, fulfilled_on: Day, stopped_on: Day, excused_on: Day, on: Day) -> str:
    """The state at the end of day `on`; what is dated later is not looked at."""
    if excused_on and excused_on <= on:
        return EXCUSED
    if fulfilled_on and fulfilled_on <= on:
        return ON_TIME if fulfilled_on <= due_day else LATE
    if stopped_on and stopped_on <= min(on, due_day):
        return ENDED
    return OPEN if on <= due_day else OVERDUE
