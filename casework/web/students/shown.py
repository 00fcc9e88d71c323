"""A child as a line of 我的学生: what is next, since when it is out, the last visit."""

from dataclasses import dataclass
from datetime import date

from casework.domain import statuses as s
from casework.domain.units import Units
from casework.domain.values import Day
from casework.projections.letter_register import Today
from casework.projections.students import Student
from casework.projections.weekly_report import NO_SCHOOL
from casework.web.letters.states import letter_now

_SOON = 7


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `tone`: "late", "soon" or "" (its colour); `due`: the agreed day of coming back, if any.

    `out` says how long the child is out, where `next` does not.
    """

    child_id: str
    name: str
    sex: str
    room: str
    home: str
    status: str
    next: str
    tone: str
    due: Day
    out: str
    visited: str
    letter: str = ""

    @property
    def more(self) -> str:
        """What is told below, smaller."""
        home = f"住{self.home}" if self.home else ""
        return " · ".join(part for part in (self.out, self.letter, self.visited, self.room, home) if part)


def line_of(student: Student, units: Units, today: Day, *, one_room: bool, now: Today | None = None) -> Line:
    """A child in words, counted from today; `one_room`: all are of one class, which goes without saying.

    `now`: what the terms of letters are counted by.
    """
    due = student.agreed_on if student.status in s.OUT else ""
    step, tone = _agreed(due, today) if due else (_standing(student, today), "")
    if student.status == s.DEFERRED and student.until and student.until < today:
        tone = "late"
    return Line(
        child_id=student.child_id,
        name=student.name or "已清除",
        sex=student.sex,
        room="" if one_room else _room(student, units),
        home=units.name(student.village or student.township),
        status=student.status,
        next=step,
        tone=tone,
        due=due,
        out=f"离校 {_days(student.out_since, today)} 天" if due and student.out_since else "",
        visited=_visited(student, today),
        letter=_letter(student, now) if now else "",
    )


def _letter(student: Student, now: Today) -> str:
    """How long the last letter's term still runs, while the child is out."""
    state = letter_now(student, now)
    return f"《{student.letter}》{state.text}" if state else ""


def _room(student: Student, units: Units) -> str:
    return f"{units.name(student.school) or NO_SCHOOL} {student.grade}{student.klass}".strip()


def in_order(lines: list[Line], today: Day) -> list[Line]:
    """Those agreed for about now come first, earliest first; the others stay as they stand."""
    return sorted(lines, key=lambda line: (not line.tone, line.due if line.tone else ""))


def _agreed(due: Day, today: Day) -> tuple[str, str]:
    left = _days(today, due)
    when = f"{int(due[5:7])}月{int(due[8:])}日"
    if left < 0:
        return f"约好{when}回校，已过 {-left} 天", "late"
    if left == 0:
        return "约好今天回校", "soon"
    return f"约好{when}回校，还有 {left} 天", "soon" if left <= _SOON else ""


def _standing(student: Student, today: Day) -> str:
    """What holds while nothing is agreed."""
    days = _days(student.since, today) if student.since else 0
    if student.status in s.OUT:
        return f"离校 {_days(student.out_since or student.since, today)} 天，还没有约好回校日期"
    if student.status == s.VERIFYING:
        return f"有线索，等核实，已 {days} 天" if days else "有线索，今天报的，等核实"
    if student.status == s.RETURNED:
        return f"回校 {days} 天，巩固期，多留意"
    if student.status == s.DEFERRED and student.until:
        until = f"{int(student.until[5:7])}月{int(student.until[8:])}日"
        over = student.until < today
        return f"缓学休学已于{until}到期，请看看是否回校" if over else f"缓学休学到{until}"
    return {s.TRANSFERRING: "转学办理中", s.WATCH: "在校，需要关注"}.get(student.status, "")


def _visited(student: Student, today: Day) -> str:
    if not student.visits:
        return "还没有家访记录" if student.rank else ""
    days = _days(student.visited_on, today)
    ago = "今天" if days <= 0 else ("昨天" if days == 1 else f"{days} 天前")
    return f"{ago}家访，{student.outcome}"


def _days(first: Day, last: Day) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days
