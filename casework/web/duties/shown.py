"""The lines of 待办 as the page shows them: the child by name where it is in reach, the rule in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from casework.domain.permissions import EXCUSE_DUTY
from casework.domain.values import Day
from casework.projections.duty_holders import Holder
from casework.projections.duty_lines import Line
from casework.projections.duty_places import names_of
from casework.projections.duty_queue import Owed, Risen
from casework.service import Reading
from casework.web.access import Viewer
from casework.web.duties.addresses import excuse_page
from casework.web.duties.words import rule_of, tone_of, way_of, when_words


@dataclass(frozen=True, slots=True)
class ShownDuty:
    """One line. `who`: the child or the unit; `href`, `label`: the form that does it, "" without a right.

    `answers`: who must do it, told in the list of others' duties; `excuse`: where it can be excused.
    """

    who: str
    sex: str
    case: str
    must: str
    when: str
    tone: str
    why: str
    more: str
    href: str
    label: str
    answers: str = ""
    excuse: str = ""


class Shown:
    """Puts lines into words for one viewer; `places`: where their children are today."""

    def __init__(
        self,
        reading: Reading,
        viewer: Viewer,
        today: Day,
        lines: Iterable[Line],
        places: Mapping[str, Row[Any]],
    ) -> None:
        self._reference, self._viewer, self._today, self._places = reading.reference, viewer, today, places
        self._names = names_of(reading.snapshot.conn, {line.case for line in lines if line.case})

    def owed(self, owed: Owed) -> ShownDuty:
        """A duty of the viewer's own."""
        return self._line(owed.line, "前任留下，接着办" if owed.inherited else "")

    def risen(self, risen: Risen) -> ShownDuty:
        """A duty of others below."""
        excuse = excuse_page(risen.line) if risen.excusable and self._viewer.may(EXCUSE_DUTY) else ""
        return self._line(risen.line, "", answers=self._answers(risen.line, risen.holders), excuse=excuse)

    def _line(self, line: Line, note: str, answers: str = "", excuse: str = "") -> ShownDuty:
        rule, place = rule_of(line, self._reference), self._places.get(line.case)
        seen = place is not None and self._viewer.reach.holds(line.case, place)
        way = way_of(line, rule) if not answers and (seen or not line.case) else None
        way = way if way and self._viewer.may(way.action) else None
        name = self._names.get(line.case) if seen else None
        unit = self._reference.units.name(line.unit)
        return ShownDuty(
            who=(name.name or "已清除" if name else "已转走的孩子") if line.case else unit,
            sex=name.sex if name else "",
            case=line.case if seen else "",
            must=rule.must if rule else line.rule,
            when=when_words(line, rule, self._reference, self._today),
            tone=tone_of(line, self._today),
            why=f"{rule.why if rule else line.rule}（{line.policy}）",
            more=" · ".join(filter(None, (note, self._where(line, place) if seen else ""))),
            href=way.href if way else "",
            label=way.label if way else "",
            answers=answers,
            excuse=excuse,
        )

    def _where(self, line: Line, place: Row[Any] | None) -> str:
        if place is None:
            return ""
        units = self._reference.units
        school = (
            "" if self._viewer.reach.rooms and not self._viewer.reach.schools else units.name(place.school)
        )
        village = units.name(place.village or place.township)
        return " ".join(filter(None, (school, f"{place.grade}{place.klass}", village and f"住{village}")))

    def _answers(self, line: Line, holders: Sequence[Holder]) -> str:
        unit = self._reference.units.name(line.unit)
        names = "、".join(each.name for each in holders) or "空缺"
        return f"{line.role} {names}（{unit}）" if unit and unit != names else f"{line.role} {names}"
