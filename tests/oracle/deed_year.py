"""学年升级 and what it leads to; leads of a village; a child that moves by asking and consent.

"学年升级 each 1 September: grades + 1, leavers leave, a grade-6 leaver who appears on no junior roster is
proposed as 待核查(小升初未衔接)" (domain.md §4). "Children in 疑似, 辍学 or under way do not leave a school
by it"; "who is done is told by the roster" (ADR 9).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from tests.oracle.deed import Deed, Forbidden, Moved, Mover
from tests.oracle.story import county_of
from tests.oracle.world import SHANGHAI, SINCE_EVER, day

if TYPE_CHECKING:
    from tests.oracle.deeds import ActCounty

GRADES = [f"{number}年级" for number in "一二三四五六七八九"]
THROUGH = ("九年一贯", "特殊教育")
STAYS = ("suspected", "dropped_out", "transferring")
ASKED = ("deferred", "home_teaching")
LEFT = {"school": "", "grade": "", "class": ""}


def begin(county: ActCounty, deed: Deed) -> None:
    """Begun: 休学 and 送教 stay or go, as the school says of each."""
    staying = deed.cells.get("留级", "").split("；")
    for child in _waiting(county, deed):
        if county.status(child) in ASKED:
            _go_up(county, deed, child, child.name in staying)


def go_on(county: ActCounty, deed: Deed) -> None:
    """All who go with their class."""
    for child in _waiting(county, deed):
        if county.status(child) not in ASKED:
            _go_up(county, deed, child, False)


def _first_day(county: ActCounty) -> date:
    today = county.today()
    return date(today.year if today.month >= 9 else today.year - 1, 9, 1)


def _waiting(county: ActCounty, deed: Deed) -> list[Mover]:
    """The school's pupils (and those of schools merged into it) whose step is still to be told."""
    first, school = _first_day(county), deed.cells["单位代码"]
    pupils = []
    for child in county.movers():
        sits = child.value("enrolment", first) == "在籍在校"
        if sits and county.standing(child.value("school", first), county.today()) == school:
            if child.value("grade", first) in GRADES and not _held_back(county, deed, child):
                pupils.append(child)
    return [child for child in pupils if not _stated(county, deed, child)]


def _leaves(county: ActCounty, deed: Deed, child: Mover) -> bool:
    grade = child.value("grade", _first_day(county))
    through = county.units[deed.cells["单位代码"]].category in THROUGH
    return grade == "九年级" or (grade == "六年级" and not through)


def _held_back(county: ActCounty, deed: Deed, child: Mover) -> bool:
    """Who would leave stays while out of school or under way, or when no home keeps it in the county."""
    first = _first_day(county)
    homes = (child.value(name, first) for name in ("residence", "registration"))
    homeless = not any(county_of(county, code) for code in homes)
    return _leaves(county, deed, child) and (homeless or county.status(child) in STAYS)


def _stated(county: ActCounty, deed: Deed, child: Mover) -> bool:
    """Told of the new year already: from its first day on, or by a first roster row taken since August."""
    first = _first_day(county)
    names = ("grade", "school") if _leaves(county, deed, child) else ("grade",)
    since = date(first.year, 8, 1)
    for change in _changes(child, names):
        told = county.told[change[1]].astimezone(SHANGHAI).date()
        if change[0] >= first or (change[0] == SINCE_EVER and told >= since):
            return True
    return False


def _changes(child: Mover, names: Iterable[str]) -> Iterator[tuple[date, int]]:
    for name in names:
        yield from ((change.on, change.no) for change in child.all_changes(name))


def _go_up(county: ActCounty, deed: Deed, child: Mover, stays: bool) -> None:
    first = _first_day(county)
    grade, klass = child.value("grade", first), child.value("class", first)
    if stays:
        values = {"grade": grade}
    elif _leaves(county, deed, child) and grade == "六年级":
        values = LEFT | {"enrolment": "小学毕业", "stage": "初中"}
    elif _leaves(county, deed, child):
        values = LEFT | {"enrolment": "初中毕业", "stage": ""}
    else:
        after = GRADES[GRADES.index(grade) + 1]
        values = {"grade": after, "class": klass.replace(grade, after)}
        values |= {"stage": "初中"} if grade == "六年级" else {}
    no = county.next_no()
    for name, value in values.items():
        child.record(name, first, no, value, "promotion")


def leaver(county: ActCounty, deed: Deed) -> None:
    """小升初未衔接: only of a child who left 小学 and sits nowhere."""
    child = county.child_named(deed.child)
    if child.value("enrolment", county.today()) != "小学毕业":
        raise Forbidden(f"{deed}: {child.value('enrolment', county.today())}")
    lead(county, deed)


def lead(county: ActCounty, deed: Deed) -> None:
    """待核查 from today on."""
    cells = deed.cells | {"日期": f"{county.today()}"}
    county.record(deed._replace(kind="status", verb="recorded", cells=cells))


def accept(county: ActCounty, deed: Deed) -> None:
    """转入接收 by the school that was asked."""
    child = county.child_named(deed.child)
    asked = [step.entry for step in child.steps if step.entry.word == "转出"]
    if county.status(child) != "transferring":
        raise Forbidden(f"{deed}: {county.status(child)}")
    cells = deed.cells | {"接收学校代码": asked[-1].get("接收学校代码")}
    county.record(deed._replace(kind="status", verb="recorded", cells=cells))


def new_child(county: ActCounty, deed: Deed) -> None:
    """A child on no roster, found in a village: put there as 未入学 from today, and 待核查."""
    row = deed.cells | {"就读情况": "未入学", "变动日期": f"{county.today()}"}
    county.add_pupil(row)
    lead(county, deed._replace(child=deed.cells["姓名"], cells={"变化": "待核查"}))


def move(county: ActCounty, deed: Deed) -> None:
    """ "A child without an open status moves by asking and consent on the roster alone" (ADR 9)."""
    child, on, school = county.child_named(deed.child), day(deed.cells["日期"]), deed.cells["接收学校代码"]
    if county.status(child) not in (None, "closed"):
        raise Forbidden(f"{deed}: {county.status(child)}")
    no = county.next_no()
    values = {"enrolment": "在籍在校", "school": school}
    values |= {} if child.value("school", on) == school else {"class": ""}
    child.put(-no, Moved(on, no, values))
