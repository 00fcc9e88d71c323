"""The child a letter is drafted for: who it is, its file, and the desk it lies on."""

from dataclasses import dataclass
from typing import Any

from casework.commands.letter_drafts import Desk
from casework.domain.case_file import CaseFile
from casework.domain.values import Day
from casework.errors import NotFound
from casework.projections.case_history import history_of
from casework.projections.case_people import Person, person
from casework.projections.weekly_report import NO_SCHOOL
from casework.service import Reading
from casework.web.access import Viewer


@dataclass(frozen=True, slots=True)
class LetterChild:
    """Who the child is, as the head of a page says it."""

    child_id: str
    name: str
    sex: str
    room: str


def child_in(reading: Reading, viewer: Viewer, child_id: str, today: Day) -> tuple[LetterChild, Desk]:
    """The child in the viewer's reach today, and its desk; NotFound otherwise, as if there were none."""
    snapshot = reading.snapshot
    who = person(snapshot.conn, snapshot.k, child_id)
    place = who.on(today)
    if place is None or not viewer.reach.holds(child_id, place):
        raise NotFound("没有这名学生", child=child_id)
    file = history_of(snapshot, child_id, open_private=False).file
    room = f"{reading.reference.units.name(place.school) or NO_SCHOOL} {place.grade}{place.klass}".strip()
    child = LetterChild(child_id, who.child.name or "已清除", who.child.sex, room)
    return child, desk_of(reading, viewer, who, place, file, today)


def desk_of(reading: Reading, viewer: Viewer, who: Person, place: Any, file: CaseFile, today: Day) -> Desk:
    """The viewer's desk with this child's file on it."""
    return Desk(
        reference=reading.reference,
        own=viewer.unit,
        child_id=who.child.child_id,
        place=place,
        file=file,
        today=today,
    )
