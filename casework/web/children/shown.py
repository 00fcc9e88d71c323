"""An open file as a line of a list."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from casework.domain.units import Units
from casework.domain.values import Day
from casework.projections.case_list import OpenCase
from casework.projections.weekly_report import NO_SCHOOL
from casework.web.access import Viewer
from casework.web.filters import masked_name


@dataclass(frozen=True, slots=True)
class ShownCase:
    """One line. `days`: how long the status holds; `silent`: days since the last visit, None without one."""

    child_id: str
    name: str
    sex: str
    status: str
    days: int
    since: Day
    school: str
    room: str
    place: str
    groups: str
    cause: str
    visited: Day
    silent: int | None


def shown_cases(cases: Iterable[OpenCase], units: Units, viewer: Viewer, today: Day) -> Iterator[ShownCase]:
    """Lines for one page of open files."""
    for case in cases:
        yield ShownCase(
            child_id=case.case,
            name=(masked_name(case.name) if viewer.masked else case.name) or "已清除",
            sex=case.sex,
            status=case.status,
            days=days_between(case.since, today),
            since=case.since,
            school=units.name(case.school) or NO_SCHOOL,
            room=f"{case.grade}{case.klass}",
            place="".join(units.name(code) for code in (case.township, case.village) if code),
            groups=case.groups,
            cause=case.cause,
            visited=case.visited,
            silent=days_between(case.visited, today) if case.visited else None,
        )


def days_between(first: Day, last: Day) -> int:
    """Whole days from one day to another."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days
