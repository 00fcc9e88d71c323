"""One child's transfer as its page shows it: both schools, who asks, and what this viewer may do."""

from dataclasses import dataclass
from typing import Any

from casework.commands.transfers import answers_for
from casework.domain import statuses as s
from casework.domain.case_file import ASKS, STATUSES
from casework.domain.units import SCHOOL, Units
from casework.domain.values import Day, days_between
from casework.errors import NotFound
from casework.projections.case_history import CaseHistory, history_of, status_days
from casework.projections.case_people import Person, person
from casework.projections.weekly_report import NO_SCHOOL
from casework.service import Reading
from casework.web.access import Viewer


@dataclass(frozen=True, slots=True)
class Asking:
    """A school that asks for the child and has no answer yet."""

    school: str
    name: str
    on: Day
    days: int
    why: str


@dataclass(frozen=True)
class Transfer:
    """The child between two schools. `sends`, `receives`: the viewer acts for that side.

    `receiver` is the receiving school's name, or the place outside the county (`outside`).
    """

    child_id: str
    name: str
    sex: str
    room: str
    grade: str
    school: str
    county: str
    sender: str
    status: str
    before: str
    receiver: str
    outside: bool
    since: Day
    days: int
    why: str
    askings: list[Asking]
    judged: int
    sends: bool
    receives: bool

    @property
    def under_way(self) -> bool:
        """转学办理中."""
        return self.status == s.TRANSFERRING

    @property
    def out(self) -> bool:
        """疑似辍学 or 辍学: not to be transferred."""
        return self.status in s.OUT

    @property
    def open(self) -> bool:
        """Whether there is an open status to hand over."""
        return self.status not in ("", s.CLOSED)


def transfer_in(reading: Reading, viewer: Viewer, child_id: str, today: Day) -> Transfer:
    """The child, for who acts for its school or for the one that is to receive it; NotFound otherwise."""
    snapshot, units = reading.snapshot, reading.reference.units
    who = person(snapshot.conn, snapshot.k, child_id)
    place = who.on(today)
    sends = place is not None and viewer.reach.holds(child_id, place) and _sends(units, viewer, place, today)
    receives = bool(who.receiver) and answers_for(units, viewer.reach, who.receiver, today)
    if place is None or not (sends or receives):
        raise NotFound("没有这名学生", child=child_id)
    history = history_of(snapshot, child_id, open_private=not viewer.masked)
    return _shown(history, who, place, units, today, sends, receives)


def _sends(units: Units, viewer: Viewer, place: Any, today: Day) -> bool:
    return answers_for(units, viewer.reach, place.school, today) or place.county in viewer.reach.counties


def _shown(
    history: CaseHistory, who: Person, place: Any, units: Units, today: Day, sends: bool, receives: bool
) -> Transfer:
    status, since = status_days(history, today)
    released = _released(history) if status == s.TRANSFERRING else None
    said = (released.now.said or {}) if released else {}
    receiver = released.now.body.get("school", "") if released else ""
    return Transfer(
        child_id=who.child.child_id,
        name=who.child.name or "已清除",
        sex=who.child.sex,
        room=f"{place.grade}{place.klass}",
        grade=place.grade,
        school=place.school,
        county=place.county,
        sender=units.name(place.school) or NO_SCHOOL,
        status=status,
        before=history.steps[released.no].before if released else "",
        receiver=units.name(receiver) if receiver else str(said.get("destination", "")) or "县外学校",
        outside=released is not None and not receiver,
        since=since,
        days=days_between(since, today) if since else 0,
        why=str(said.get("why", "")),
        askings=_askings(history, units, today),
        judged=history.file.judged,
        sends=sends,
        receives=receives,
    )


def _released(history: CaseHistory) -> Any:
    """The line of the 转出 that is under way."""
    lines = [
        line
        for line in history.lines
        if line.ledger == STATUSES and not line.voided and line.now.body["change"] == s.TRANSFERRING
    ]
    return lines[-1] if lines else None


def _askings(history: CaseHistory, units: Units, today: Day) -> list[Asking]:
    waiting = history.file.open_asks()
    return [
        Asking(
            body["school"],
            units.name(body["school"]),
            body["on"],
            days_between(body["on"], today),
            _why(history, no),
        )
        for no, body in waiting.items()
    ]


def _why(history: CaseHistory, no: int) -> str:
    line = next((each for each in history.lines if (each.ledger, each.no) == (ASKS, no)), None)
    return str((line.now.said or {}).get("why", "")) if line else ""


def receivers(units: Units, school: str, county: str, today: Day) -> list[tuple[str, str]]:
    """(code, name) of the county's other schools that stand today."""
    found = [
        (unit.code, unit.name)
        for unit in units.below(county, SCHOOL)
        if unit.code != school and unit.open_between(today, today)
    ]
    return sorted(found, key=lambda each: each[1])
