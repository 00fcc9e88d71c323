"""How things stand today (接下来、责任链): what is due for the child, and the chain that answers for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from casework.domain.attendance import AHEAD, DONE, DUE, MISSED, PlannedCheck, school_days
from casework.domain.statuses import OUT, TRANSFERRING
from casework.domain.units import Units
from casework.domain.values import Day, days_between
from casework.projections.case_people import Person
from casework.projections.chain_history import place_of, seats_of
from casework.projections.duty_holders import Holders
from casework.projections.reference import Reference
from casework.store.snapshot import Snapshot
from casework.web.access import Viewer
from casework.web.board.shown import LONG_SILENCE, VACANT, letter_words, next_day, short_day
from casework.web.letters.states import LATE, letter_now, today_of


@dataclass(frozen=True, slots=True)
class Step:
    """One thing about now; `urgent` when it should have happened."""

    text: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """One of the chain (六长): the role, its place, the name; `vacant` when nobody holds it."""

    role: str
    where: str
    name: str
    vacant: bool = False


def steps_of(case: Row[Any], reference: Reference, checks: Sequence[PlannedCheck], today: Day) -> list[Step]:
    """What is next: how long away, the next check, the agreed day, the last visit, the last letter."""
    found = [
        *_transfer(case, reference.units, today),
        *_absence(case, reference, today),
        *_next_check(checks, today),
    ]
    due = next_day(case, today)
    if due:
        found.append(Step(due.text, due.over))
    visit = _visit(case, today)
    if visit:
        found.append(visit)
    if case.letter:
        now = today_of(reference, today)
        term = letter_now(case, now)
        found.append(
            Step(f"《{case.letter}》{letter_words(case, now)}", term is not None and term.tone == LATE)
        )
    return found


def _absence(case: Row[Any], reference: Reference, today: Day) -> Iterator[Step]:
    if case.absent_since:
        days = school_days(reference.calendar(today), case.absent_since, today)
        text = f"没来上学第 {days} 个教学日，{short_day(case.absent_since, today)}起，还没有登记返校"
        yield Step(text, True)


def _next_check(checks: Sequence[PlannedCheck], today: Day) -> Iterator[Step]:
    waiting = [check for check in checks if check.state != DONE]
    if waiting:
        check = waiting[0]
        when = {
            MISSED: f"应在{short_day(check.day, today)}，还没有做",
            DUE: "就是今天",
            AHEAD: short_day(check.day, today),
        }
        yield Step(
            f"到校检查（复学后第 {check.school_day} 个教学日）：{when[check.state]}", check.state == MISSED
        )


def _transfer(case: Row[Any], units: Units, today: Day) -> Iterator[Step]:
    """Both schools while the child is between them; the schools that ask for it."""
    here = units.name(case.school) or "没有就读学校"
    if case.status == TRANSFERRING:
        there, days = units.name(case.receiver) or "县外学校", days_between(case.since, today)
        yield Step(f"转学办理中：{here} → {there}，已等 {days} 天，接收以前由{here}负责")
    elif case.asking and case.asking != case.school:
        yield Step(f"{units.name(case.asking)}申请转入，等{here}答复")


def _visit(case: Row[Any], today: Day) -> Step | None:
    out = case.status in OUT
    if not case.visited_on:
        return Step("离校后还没有走访", True) if out else None
    silent = days_between(case.visited_on, today)
    ago = "今天" if silent == 0 else f"{silent} 天前"
    met = "" if case.met_on == case.visited_on else _met(case.met_on, today)
    return Step(f"最近走访：{ago}，{case.outcome}，共 {case.visits} 次{met}", out and silent >= LONG_SILENCE)


def _met(day: Day, today: Day) -> str:
    return f"；最近一次见到人是{short_day(day, today)}" if day else "；还没有见到过人"


def chain_of(
    who: Person, snapshot: Snapshot, reference: Reference, viewer: Viewer, day: Day
) -> list[Answers]:
    """The chain of a day, in the order of policy; a place that nobody holds reads 空缺."""
    place = who.on(day)
    if place is None:
        return []
    policy = reference.duties(day)
    seats = seats_of(policy, place_of(place), day)
    holders = Holders(snapshot.conn, snapshot.k, reference, seats, day)
    found = []
    for seat in seats:
        level = policy.role(seat.role).level
        if level == "guardian":
            found.append(_guardian(who, viewer))
        elif level == "helper":
            found.append(Answers(seat.role, "", place.helper or VACANT, vacant=not place.helper))
        else:
            name = "、".join(dict.fromkeys(each.name for each in holders.of(seat))) if seat.unit else ""
            where = f"{seat.grade}{seat.klass}" if level == "class" else reference.units.name(seat.unit)
            found.append(_answers(seat.role, level, where, bool(seat.unit), name))
    return found


_NOWHERE = {"class": "没有班级", "school": "没有就读学校", "village": "村未定", "township": "乡镇未定"}


def _answers(role: str, level: str, where: str, there: bool, name: str) -> Answers:
    if not there:
        return Answers(role, _NOWHERE.get(level, ""), "—")
    return Answers(role, where, name or VACANT, vacant=not name)


def _guardian(who: Person, viewer: Viewer) -> Answers:
    if viewer.masked:
        return Answers("家长", "", "已遮蔽")
    row = who.child
    return Answers("家长", row.guardian_relation, row.guardian or "未登记", vacant=not row.guardian)
