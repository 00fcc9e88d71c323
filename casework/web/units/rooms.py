"""The classes of a school that have pupils."""

from sqlalchemy import select

from casework.domain.roster import ENROLLED
from casework.domain.values import OPEN, Day
from casework.projections.roster import roster_span
from casework.service import Reading

GRADES = "一二三四五六七八九"
_s = roster_span.c


def rooms_of(reading: Reading, school: str, today: Day) -> list[tuple[str, str]]:
    """(年级, 班级) with pupils on the roll today."""
    query = (
        select(_s.grade, _s.klass)
        .distinct()
        .where(_s.school == school, _s.known_to == OPEN, _s.enrolment == ENROLLED, _s.klass != "")
        .where(_s.valid_from <= today, _s.valid_to > today)
        .order_by(_s.grade, _s.klass)
    )
    rooms = [(grade, klass) for grade, klass in reading.snapshot.conn.execute(query)]
    return sorted(rooms, key=lambda room: (GRADES.find(room[0][:1]), room))
