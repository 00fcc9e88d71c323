"""An independent oracle of `casework duties`, written from duties.md alone.

`duty_county` (what is known) → `duty_life` (a child instant by instant) → `duty_rules` (what begins) →
here: state, unit, holders, the two listings and their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

from tests.oracle.duty_calendar import month_end
from tests.oracle.duty_county import DutyCounty, day_told
from tests.oracle.duty_life import Done, Instant, Life
from tests.oracle.duty_rules import Raised, raised
from tests.oracle.judge import Child
from tests.oracle.story import place_of
from tests.oracle.world import TOWNSHIPS

ROLE_POSTS = {"师长": "班主任", "校长": "校长", "镇长": "镇长", "局长": "局长", "村长": "村长"}
NO_ACCOUNT = ("家长", "帮扶责任人")
UPPER = ("普高", "中职")


class Duty(NamedTuple):
    """One line of the listing; holders are (login, name), login None without an account."""

    due_day: str
    rule: str
    child: str
    role: str
    unit: str
    holders: tuple[tuple[str | None, str], ...]
    begins: str
    state: str
    fulfilled_on: str | None
    recorded_late_days: int | None


class Judged(NamedTuple):
    """A duty at an instant: its state, what fulfilled it, whether its *while* still holds."""

    raised: Raised
    state: str
    by: Done | None
    holds: bool


def listing(
    county: DutyCounty,
    unit: str,
    on: date,
    window: tuple[date, date] | None = None,
    mark: Callable[[Child], str] = lambda child: child.number or child.name,
) -> list[Duty]:
    """The duties of a unit and all below, as the command prints them; `mark` is what `child` shows."""
    found = []
    for child in county.children.values():
        life = Life(county, child, on)
        for each in raised(life):
            judged = judge(life, each)
            code = unit_of(life, each)
            if _asked(life, each, code, unit) and _listed(judged, on, window):
                found.append(_line(life, judged, code, mark(child)))
    found += [duty for duty in of_units(county, on, window) if below(county, duty.unit, unit)]
    return sorted(found, key=lambda duty: (duty.due_day, duty.rule, duty.child, duty.begins))


def of_units(county: DutyCounty, on: date, window: tuple[date, date] | None) -> Iterator[Duty]:
    """Duties of units themselves; in the default listing only those open and not yet due (see
    OPEN_QUESTIONS)."""
    for year in (2026, 2027):
        for rule, kind, post, begins, due in _yearly(year):
            first, last = window or (on, date.max)
            for unit in county.units.values():
                asked = begins <= on and first <= due <= last and unit.opens <= due and begins < unit.closes
                if asked and unit.kind == kind and unit.category not in UPPER:
                    duty = _of_unit(county, unit.code, rule, kind, post, begins, due, on)
                    if window or duty.state == "open":
                        yield duty


def _yearly(year: int) -> Iterator[tuple[str, str, str, date, date]]:
    """ "10 days before 20 March and 20 October; 30 March and 30 October": 校长; 局长 (资助中心)."""
    for month in (3, 10):
        yield "term.count", "school", "校长", date(year, month, 10), date(year, month, 20)
        yield "term.count", "county", "资助中心", date(year, month, 20), date(year, month, 30)
    for month in (2, 8):
        first = date(year, month, 1)
        yield "campaign", "county", "局长", first, month_end(first)


def _of_unit(
    county: DutyCounty, code: str, rule: str, kind: str, post: str, begins: date, due: date, on: date
) -> Duty:
    held = min(due, on)
    postings = [p for p in county.postings.values() if (p.post, p.unit) == (post, code) and p.held(held)]
    state, by = _unit_state(county, (code, rule, due), on)
    late = (day_told(by.at) - due).days if by and state == "on_time" else 0
    return Duty(
        due_day=due.isoformat(),
        rule=rule,
        child="",
        role="校长" if kind == "school" else "局长",
        unit=code,
        holders=tuple(sorted({(p.login, p.name) for p in postings})),
        begins=begins.isoformat(),
        state=state,
        fulfilled_on=by.on.isoformat() if by else None,
        recorded_late_days=late if late > 0 else None,
    )


def _unit_state(county: DutyCounty, name: tuple[str, str, date], on: date) -> tuple[str, Done | None]:
    """The state of a duty of a unit at the end of a day, and the completion that fulfils it."""
    done, excused = county.completed.get(name), county.unit_excuses.get(name)
    by = done if done and done.on <= on else None
    if excused and excused <= on:
        return "excused", by
    if by:
        return ("on_time" if by.on <= name[2] else "late"), by
    return ("open" if on <= name[2] else "overdue"), None


def _asked(life: Life, duty: Raised, code: str, unit: str) -> bool:
    """Whether a duty is of the unit or below; of no unit: of the child's township or county instead."""
    county, place = life.county, life.place(duty.begins.on)
    kind = county.units[unit].kind
    if code or kind in ("school", "village", "district"):
        return code != "" and below(county, code, unit)
    return place.township == unit if kind in TOWNSHIPS else below(county, place.county, unit)


def _listed(judged: Judged, on: date, window: tuple[date, date] | None) -> bool:
    duty = judged.raised
    if window:
        return window[0] <= duty.due_day <= window[1]
    if duty.period:  # "of weeks, months and quarters only the current one"
        return judged.state == "open"
    # "all that are open at the end of `--on`, or overdue while their *while* still holds"
    return judged.state == "open" or (judged.state == "overdue" and judged.holds)


# ---- state -----------------------------------------------------------------------------------------------


def judge(life: Life, duty: Raised) -> Judged:
    """The state at the end of `t`; "excused (… before t)" comes first."""
    judged = _judge_period(life, duty) if duty.period else _judge_once(life, duty)
    excused = life.county.excuses.get((life.child.id, duty.rule, duty.name))
    return judged._replace(state="excused") if excused and excused <= life.t else judged


def _judge_once(life: Life, duty: Raised) -> Judged:
    stopped, last_held = None, duty.begins
    for at in life.instants(duty.begins):
        if not duty.holds(at):
            stopped = at
            break
        last_held = at
    # "a fact dated after the day it last held fulfils nothing"
    last_day = date.max
    if stopped is not None:
        last_day = stopped.on if stopped.place else last_held.on
    by = min((done for done in duty.fulfilled if done.on <= last_day), default=None)
    if by is None and stopped is not None and stopped.on <= duty.due_day:
        return Judged(duty, "ended", None, False)
    return Judged(duty, _state(life, duty, by), by, stopped is None)


def _judge_period(life: Life, duty: Raised) -> Judged:
    """ "look at their *while* only at the opening and at the end (at t, if earlier), and any fact in the
    period counts; the earliest fact decides"."""
    by = min(duty.fulfilled, default=None)
    holds = duty.holds(Instant(min(duty.due_day, life.t), 10**6))
    if by is None and not holds:
        return Judged(duty, "ended", None, False)
    return Judged(duty, _state(life, duty, by), by, holds)


def _state(life: Life, duty: Raised, by: Done | None) -> str:
    if by is not None:
        return "on_time" if by.on <= duty.due_day else "late"
    return "open" if life.t <= duty.due_day else "overdue"


# ---- who -------------------------------------------------------------------------------------------------


def unit_of(life: Life, duty: Raised) -> str:
    """ "fixed by the child's place on the day it begins"; "" where the child has no such unit."""
    if duty.unit:
        return duty.unit
    place = life.place(duty.begins.on)
    if duty.role == "镇长":
        return place.township
    return place.county if duty.role == "局长" else place.school


def below(county: DutyCounty, code: str, unit: str) -> bool:
    """Whether a unit is the other or below it ("schools of a township: by 所在乡镇代码")."""
    top = county.units.get(unit)
    if top and top.kind in TOWNSHIPS and code in county.units and county.units[code].location == unit:
        return True
    while code in county.units:
        if code == unit:
            return True
        code = county.units[code].parent
    return False


def holders(life: Life, duty: Raised, code: str) -> Iterator[tuple[str | None, str]]:
    """ "whoever holds the post there on `due_day` (on `--on`, if earlier)"."""
    on, child = min(duty.due_day, life.t), life.child
    if duty.role in NO_ACCOUNT:
        name = child.value("guardian" if duty.role == "家长" else "helper", on)
        if name:
            yield None, name
        return
    post = duty.post or ROLE_POSTS[duty.role]
    there = [p for p in life.county.postings.values() if (p.post, p.unit) == (post, code) and p.held(on)]
    if duty.role == "师长":
        grade, klass = (child.value(name, duty.begins.on) for name in ("grade", "class"))
        words = {grade + klass} | ({klass} if _unique(life.county, code, grade, klass, on) else set())
        own = [p for p in there if klass and p.klass in words]
        there = own or [p for p in there if not p.klass]
    yield from sorted({(posting.login, posting.name) for posting in there})


def _unique(county: DutyCounty, school: str, grade: str, klass: str, on: date) -> bool:
    """ "or 班级 alone where that is unique in the school": no other grade has a class of that name."""
    there = [c for c in county.children.values() if place_of(county, c, on).school == school]
    return {c.value("grade", on) for c in there if c.value("class", on) == klass} <= {grade}


def _line(life: Life, judged: Judged, code: str, mark: str) -> Duty:
    duty, by = judged.raised, judged.by
    late = None
    if by is not None and judged.state == "on_time" and day_told(by.at) > duty.due_day:
        late = (day_told(by.at) - duty.due_day).days
    return Duty(
        due_day=duty.due_day.isoformat(),
        rule=duty.rule,
        child=mark,
        role=duty.role,
        unit=code,
        holders=tuple(holders(life, duty, code)),
        begins=duty.begins.on.isoformat(),
        state=judged.state,
        fulfilled_on=by.on.isoformat() if by else None,
        recorded_late_days=late,
    )
