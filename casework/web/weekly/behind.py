"""The list behind one number, with names, ready to be shown."""

from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from casework.domain.statuses import STATUS_NAMES
from casework.projections.children import records_of
from casework.projections.weekly_cells import DUTIES
from casework.projections.weekly_children import WORK_FIGURES, Cell, Entry, Question, entries_behind
from casework.projections.weekly_pupils import Pupil, pupils_behind
from casework.projections.weekly_report import NO_SCHOOL, NO_TOWNSHIP
from casework.service import Reading
from casework.web.access import Viewer
from casework.web.filters import day_text, masked_name
from casework.web.weekly.asked import Asked
from casework.web.weekly.columns import meaning_of, title_of

ROWS = 100
PUPIL_ROWS = 50
_COLUMNS = {
    "日期": "on",
    "情况": "what",
    "原因、结果": "why",
    "学校": "school",
    "年级班级": "room",
    "乡镇": "township",
    "特殊群体": "groups",
    "证件号": "certificate",
}
_COUNTED_IN = {
    "visits": "次",
    "visits_met": "次",
    "sessions": "次",
    "session_hours": "课时",
    "letters_issued": "份",
    "letters_served": "份",
    **dict.fromkeys(DUTIES, "项"),
}


@dataclass(frozen=True, slots=True)
class ListedChild:
    """One line of the list, as words."""

    child_id: str
    name: str
    sex: str
    certificate: str
    school: str
    room: str
    township: str
    groups: str
    on: str
    what: str
    why: str


class BehindNumber:
    """The children behind one cell, at one reading."""

    def __init__(self, reading: Reading, asked: Asked, cell: Cell, viewer: Viewer) -> None:
        self._reading = reading
        self._asked = asked
        self._cell = cell
        self._masked = viewer.masked
        self._units = reading.reference.units

    def entries(self, page: int) -> dict[str, Any]:
        """One page of what happened or who was held; the list is the same for ever, so pages are stable."""
        question = Question.of(
            self._reading.snapshot,
            self._reading.reference,
            unit=self._asked.unit,
            week=self._asked.week,
            known_at=self._reading.known_at,
            cell=self._cell,
        )
        found = entries_behind(question)
        shown = found[(page - 1) * ROWS : page * ROWS]
        people = records_of(self._reading.snapshot.conn, (entry.case for entry in shown))
        more = self._here(page=str(page + 1)) if page * ROWS < len(found) else ""
        children = [self._entry(entry, people.get(entry.case)) for entry in shown]
        return {**self._heading(), **_listed(children), "total": self._total(found), "more": more}

    def pupils(self, after: tuple[str, ...] | None) -> dict[str, Any]:
        """One page of the roster."""
        page = pupils_behind(
            self._reading.snapshot,
            self._reading.reference,
            unit=self._asked.unit,
            week=self._asked.week,
            cell=self._cell,
            after=after,
            size=PUPIL_ROWS,
        )
        more = self._here(after=list(page.after)) if page.after else ""
        children = [self._pupil(pupil) for pupil in page.pupils]
        return {**self._heading(), **_listed(children), "total": f"{page.total:,}", "more": more}

    def _heading(self) -> dict[str, Any]:
        figure, name = self._cell.figure, self._cell.name
        title = f"{title_of(figure)}：{name}" if name else title_of(figure)
        return {
            "title": title,
            "unit_word": _COUNTED_IN.get(figure, "人"),
            "meaning": meaning_of(figure),
            "row_name": self._row_name(),
            "known_at": self._reading.known_at,
        }

    def _row_name(self) -> str:
        if self._cell.table == "schools" and not self._cell.row:
            return NO_SCHOOL
        unit = self._units.get(self._cell.row)
        if self._cell.table == "townships" and (unit is None or unit.kind == "county"):
            return NO_TOWNSHIP
        return self._units.name(self._cell.row)

    def _total(self, found: list[Entry]) -> str:
        total = sum(entry.n for entry in found)
        return f"{total / 10:g}" if self._cell.figure == "session_hours" else f"{total:,}"

    def _here(self, **changes: Any) -> str:
        args: dict[str, Any] = {**request.args.to_dict(), **changes}
        return url_for("weekly.children", **args)

    def _entry(self, entry: Entry, person: Any) -> ListedChild:
        return ListedChild(
            child_id=entry.case,
            name=self._name(person.name if person else ""),
            sex=person.sex if person else "",
            certificate=person.cert_mask if person and not self._masked else "",
            school=self._units.name(entry.where.school) or NO_SCHOOL,
            room=f"{entry.grade}{entry.klass}",
            township=self._units.name(entry.where.township),
            groups="、".join(entry.groups),
            on=day_text(entry.on),
            what=self._what(entry),
            why=entry.cause or ("" if self._cell.figure in DUTIES else entry.detail),
        )

    def _what(self, entry: Entry) -> str:
        if self._cell.figure in WORK_FIGURES:
            return f"{entry.n / 10:g} 课时" if self._cell.figure == "session_hours" else ""
        if self._cell.figure in DUTIES:
            rule = self._reading.reference.duties(entry.on).rule(entry.detail)
            return rule.must if rule else entry.detail
        after = STATUS_NAMES[entry.after]
        if entry.moved_from:
            return f"{after}期间由{self._units.name(entry.moved_from.school) or NO_SCHOOL}转来或搬来"
        return f"{STATUS_NAMES[entry.before]} → {after}" if entry.before else after

    def _pupil(self, pupil: Pupil) -> ListedChild:
        return ListedChild(
            child_id=pupil.child_id,
            name=self._name(pupil.name),
            sex=pupil.sex,
            certificate="" if self._masked else pupil.cert_mask,
            school=self._units.name(pupil.school) or NO_SCHOOL,
            room=f"{pupil.grade}{pupil.klass}",
            township=self._units.name(pupil.township),
            groups=pupil.groups,
            on="",
            what=pupil.enrolment,
            why="",
        )

    def _name(self, name: str) -> str:
        if not name:
            return "已清除"
        return masked_name(name) if self._masked else name


def _listed(children: list[ListedChild]) -> dict[str, Any]:
    """The lines, and the columns that say something in any of them."""
    columns = [
        (label, name) for label, name in _COLUMNS.items() if any(getattr(each, name) for each in children)
    ]
    return {"children": children, "columns": columns}
