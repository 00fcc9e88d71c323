"""The child a visit is about, as far as its page needs to say who that is."""

from dataclasses import dataclass
from typing import Any

from casework.errors import NotFound
from casework.projections.case_people import person
from casework.projections.visitors import Visitor, visitors_for
from casework.projections.weekly_report import NO_SCHOOL
from casework.service import Reading
from casework.web.access import Viewer


@dataclass(frozen=True, slots=True)
class Pupil:
    """`home` is the village or township the child lives in; `offered` who may have gone along."""

    child_id: str
    name: str
    sex: str
    room: str
    guardian: str
    home: str
    offered: list[Visitor]


def pupil_in(reading: Reading, viewer: Viewer, child_id: str, today: str) -> Pupil:
    """The child, if it is in the viewer's reach today; NotFound otherwise, as if there were none."""
    snapshot, units = reading.snapshot, reading.reference.units
    who = person(snapshot.conn, snapshot.k, child_id)
    place = who.on(today)
    if place is None or not viewer.reach.holds(child_id, place):
        raise NotFound("没有这名学生", child=child_id)
    row = who.child
    guardian = f"{row.guardian}（{row.guardian_relation}）" if row.guardian_relation else row.guardian
    return Pupil(
        child_id=child_id,
        name=row.name or "已清除",
        sex=row.sex,
        room=f"{units.name(place.school) or NO_SCHOOL} {place.grade}{place.klass}".strip(),
        guardian=guardian,
        home=units.name(place.village or place.township),
        offered=_with_self(visitors_for(snapshot.conn, snapshot.k, units, place, today), viewer),
    )


def _with_self(offered: list[Visitor], viewer: Viewer) -> list[Visitor]:
    """The one who writes is offered first."""
    own = Visitor(viewer.name, viewer.post, viewer.unit_name)
    return [own, *(each for each in offered if each != own)]


def first_entries(pupil: Pupil, now: Any) -> dict[str, Any]:
    """What is known before anything is typed: now, at home, the one who writes."""
    return {
        "on": now.date().isoformat(),
        "start": f"{now:%H:%M}",
        "mode": "上门",
        "place": f"{pupil.home}家里" if pupil.home else "家里",
        "people": [pupil.offered[0].text],
    }
