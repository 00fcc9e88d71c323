"""What people of the demo county enter by page, besides the workbooks: so that pages have something to show.

Schools say on 1 September that their rosters are of the new year; class teachers look whether returned
children sit in class; on the last day closures are asked for, a letter is issued, a school asks for a child.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import select

from casework.commands.checks import Check, record_check
from casework.commands.issue_letters import issue_letter
from casework.commands.proposals import Proposal, approve_status, propose_status
from casework.commands.rights import Command
from casework.commands.school_year import declare_promoted
from casework.commands.transfer_asking import Wanted, ask_transfer
from casework.demo.county import SCHOOLS
from casework.demo.days import TERM_START
from casework.demo.facts import PERSUASION
from casework.demo.staff import BY_HAND
from casework.domain.statuses import CLOSED, RETURNED, SUSPECTED
from casework.domain.values import Actor, Day, day_of
from casework.projections.case_board import case_board
from casework.projections.postings import HeldPost, holders_of
from casework.projections.roster import child, roster_span
from casework.service import Casework, Reading

_FORGOTTEN_ONE_IN = 9
"""How many checks nobody made: a school that never forgets would teach nothing."""
_CLOSURES = 3
_ASKING, _ASKED = "06", "03"
"""The schools between which a child is to move: last digits of their codes."""
_b = case_board.c


def look_in(casework: Casework, after: Day, until: Day) -> None:
    """Class teachers write down the checks due after one day and by another; a few are forgotten."""
    for teacher, child_id, due in _due(casework, after, until):
        check = Check(on=due, present=True, private={"note": "在班上课", "recorder": teacher.name})
        _do(casework, record_check, teacher, child_id=child_id, check=check)


def _due(casework: Casework, after: Day, until: Day) -> list[tuple[Actor, str, Day]]:
    found = []
    with casework.reading() as reading:
        policy, calendar = reading.reference.returned(until), reading.reference.calendar(until)
        for row in _board(reading, RETURNED):
            days = (calendar.school_day(row.since, n) for n in policy.check_days)
            due = (day for day in days if after < day <= until and not row.absent_since)
            found += [
                (who, row.case_id, day) for day in due if _made(row, day) for who in _teacher(reading, row)
            ]
    return found


def declare_year(casework: Casework, clock: list[datetime]) -> None:
    """On the first day of term every school says that its roster, taken in August, is of the new year."""
    clock[0] = datetime.fromisoformat(f"{TERM_START}T09:00:00+08:00")
    for school in SCHOOLS:
        with casework.reading() as reading:
            head = _holder(reading, "校长", school.code, TERM_START)
        if head:
            year = int(TERM_START[:4])
            _do(casework, declare_promoted, _actor(head), school=school.code, year=year)


def last_day(casework: Casework, today: Day) -> None:
    """What waits for somebody when a visitor first signs in."""
    _ask_for_closures(casework, today)
    _issue_letters(casework, today)
    _ask_for_a_child(casework, today)


def _made(row: Any, day: Day) -> bool:
    return bool(Random(f"check {row.school} {row.klass} {row.since} {day}").randrange(_FORGOTTEN_ONE_IN))


def _teacher(reading: Reading, row: Any) -> list[Actor]:
    """The child's class teacher, else the head of the school; nobody for who sits in none."""
    day = day_of(reading.known_at)
    teacher = _holder(reading, "班主任", row.school, day, row.grade + row.klass)
    head = teacher or _holder(reading, "校长", row.school, day)
    return [_actor(head)] if head else []


def _ask_for_closures(casework: Casework, today: Day) -> None:
    """The longest back are to be closed; one of them already is, by a second person."""
    with casework.reading() as reading:
        calendar, last = reading.reference.calendar(today), max(reading.reference.returned(today).check_days)
        rows = [row for row in _board(reading, RETURNED) if calendar.school_day(row.since, last) <= today]
        asked = [(row.case_id, _holder(reading, "校长", row.school, today)) for row in rows[:_CLOSURES]]
    chief = next(Actor(login, name, post, unit) for login, name, post, unit, _ in BY_HAND if post == "局长")
    for n, (child_id, head) in enumerate(asked, start=1):
        if head is None:
            continue
        why = {"why": "巩固期到校检查都在校，成绩和出勤平稳", "recorder": head.name}
        closing = Proposal(
            change=CLOSED, on=today, reason="复学稳定", evidence=f"巩查〔2026〕{20 + n}号", private=why
        )
        reply = _do(casework, propose_status, _actor(head), child_id=child_id, proposal=closing)
        if n == 1:
            _do(casework, approve_status, chief, child_id=child_id, no=reply["no"], on=today)


def _issue_letters(casework: Casework, today: Day) -> None:
    """The schools' letters to those newly away: numbered, with their text, not yet served."""
    with casework.reading() as reading:
        rows = [row for row in _board(reading, SUSPECTED) if row.school and not row.letter]
        issued = [(row.case_id, _holder(reading, "校长", row.school, today)) for row in rows]
    for child_id, head in issued:
        if head:
            said = {"child_id": child_id, "kind": PERSUASION, "signer": head.login}
            _do(casework, issue_letter, _actor(head), **said)


def _ask_for_a_child(casework: Casework, today: Day) -> None:
    """A family moved: the new school asks for a child that the old one has not released yet."""
    with casework.reading() as reading:
        s = roster_span.c
        query = (
            select(child.c.student_no, s.school)
            .join(roster_span, s.child_id == child.c.child_id)
            .where(s.school.endswith(_ASKED), s.valid_from <= today, s.valid_to > today)
            .where(child.c.student_no != "", s.child_id.not_in(select(_b.case_id)))
        )
        wanted = reading.snapshot.conn.execute(query.order_by(child.c.student_no).limit(1)).one()
        school = next(each.code for each in SCHOOLS if each.code.endswith(_ASKING))
        head = _holder(reading, "校长", school, today)
    if head:
        said: dict[str, Any] = {
            "request_id": f"{1:032x}",
            "school": school,
            "why": "家已搬到青麦镇，想就近上学",
        }
        _do(casework, ask_transfer, _actor(head), wanted=Wanted(student_no=wanted.student_no), **said)


def _board(reading: Reading, status: str) -> Iterator[Any]:
    query = select(case_board).where(_b.status == status).order_by(_b.since, _b.school, _b.grade, _b.case_id)
    yield from reading.snapshot.conn.execute(query)


def _holder(reading: Reading, post: str, unit: str, day: Day, klass: str = "") -> HeldPost | None:
    held = holders_of(reading.snapshot.conn, reading.snapshot.k, post, unit, day)
    return next((each for each in held if each.klass == klass), None)


def _actor(held: HeldPost) -> Actor:
    return Actor(held.login, held.name, held.post, held.unit)


def _do(casework: Casework, command: Command[...], actor: Actor, **said: Any) -> Mapping[str, Any]:
    return casework.do(command.__name__, lambda act, ref: command(act, ref, **said), actor=actor)
