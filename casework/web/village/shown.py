"""A child of the village as a line: who, where it should be at school, what was last said."""

from collections.abc import Sequence
from dataclasses import dataclass

from casework.domain.roster import ENROLLED
from casework.domain.values import Day
from casework.domain.village import CONFIRMATIONS
from casework.projections.village import Confirmation, Villager, latest
from casework.service import Reading


@dataclass(frozen=True, slots=True)
class Line:
    """`found` is the code last said this term, "" while nothing was; `told` says it in words."""

    child_id: str
    name: str
    sex: str
    birth: Day
    guardian: str
    where: str
    status: str
    found: str
    place: str
    told: str


def shown(reading: Reading, found: Sequence[Villager], since: Day) -> list[Line]:
    """The lines, with what was said since the term began."""
    snapshot, units = reading.snapshot, reading.reference.units
    said = latest(snapshot.conn, snapshot.keys, snapshot.k, (each.child_id for each in found), since)
    lines = []
    for each in found:
        school = f"{units.name(each.school)} {each.grade}{each.klass}".strip()
        held = said.get(each.child_id)
        lines.append(
            Line(
                child_id=each.child_id,
                name=each.name or "已清除",
                sex=each.sex,
                birth=each.birth,
                guardian=each.guardian,
                where=school if each.enrolment == ENROLLED else each.enrolment,
                status=each.status,
                found=held.found if held else "",
                place=held.said.get("place", "") if held else "",
                told=f"{int(held.on[5:7])}月{int(held.on[8:])}日 {held.by}：{_words(held)}" if held else "",
            )
        )
    return lines


def _words(held: Confirmation) -> str:
    place = held.said.get("place", "")
    return f"{CONFIRMATIONS[held.found]}，{place}" if place else CONFIRMATIONS[held.found]
