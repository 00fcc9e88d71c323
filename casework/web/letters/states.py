"""How a letter stands, in words counted from today: 未送达, 剩 n 天, 已过期 n 天, 作废 (文书状态)."""

from dataclasses import dataclass
from typing import Any

from casework.domain.calendar import Calendar
from casework.domain.letter_deadline import days_left, deadline
from casework.domain.statuses import OUT
from casework.domain.values import Day
from casework.projections.letter_register import Today
from casework.projections.reference import Reference

LATE, SOON, DONE, VOID = "late", "soon", "done", "void"
_SOON_DAYS = 2


@dataclass(frozen=True, slots=True)
class LetterState:
    """The words, their tone (`LATE`, `SOON`, `DONE`, `VOID` or ""), and the deadline, "" without one."""

    text: str
    tone: str = ""
    due: Day = ""


def left_text(due: Day, today: Day) -> str:
    """剩 3 天, 今天到期, 已过期 2 天."""
    left = days_left(due, today)
    if left == 0:
        return "今天到期"
    return f"剩 {left} 天" if left > 0 else f"已过期 {-left} 天"


def term_state(served_on: Day, days: int, calendar: Calendar, today: Day) -> LetterState:
    """A served letter by its term."""
    if served_on > today:
        return LetterState(f"公告中，{short(served_on)}视为送达")
    due = deadline(calendar, served_on, days)
    if not due:
        return LetterState("已送达", DONE)
    left = days_left(due, today)
    tone = LATE if left < 0 else SOON if left <= _SOON_DAYS else ""
    return LetterState(left_text(due, today), tone, due)


def state_of(row: Any, calendar: Calendar, today: Day, *, inner: bool) -> LetterState:
    """A row of the register; `inner`: of a kind that is sent to the county and not served."""
    if row.voided:
        return LetterState("作废", VOID)
    if inner:
        return LetterState("已报送", DONE)
    if row.settled_on:
        due = deadline(calendar, row.served_on, row.days)
        how = "已送达" if row.served_on else "未送达"
        return LetterState(f"{how}，{short(row.settled_on)}起不再失学", DONE, due)
    if not row.served_on:
        tried = f"，{row.attempts} 次未成" if row.attempts else ""
        return LetterState(f"未送达{tried}", SOON)
    return term_state(row.served_on, row.days, calendar, today)


def today_of(reference: Reference, day: Day) -> Today:
    """What the states of a day are counted by."""
    inner = frozenset(kind.name for kind in reference.letters(day).letters if kind.to == "county")
    return Today(day, reference.calendar(day), inner)


def letter_now(case: Any, now: Today) -> LetterState | None:
    """The letter on a child's row of the board, while it asks for the child's return; else None.

    One issued before the child was last away asks for nothing any more.
    """
    if case.status not in OUT or not case.letter or case.letter in now.inner:
        return None
    if case.letter_on < case.out_since:
        return None
    if not case.served_on:
        return LetterState("还没有送达", LATE)
    state = term_state(case.served_on, case.letter_days, now.calendar, now.day)
    return state if state.tone != DONE else None


def short(day: Day) -> str:
    """9月14日."""
    return f"{int(day[5:7])}月{int(day[8:])}日"
