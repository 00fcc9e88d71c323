"""Which school a page of the school year is about, and which year and term it shows."""

from dataclasses import dataclass

from flask import request

from casework.commands.school_at_hand import holds_school, open_school, schools_in_reach
from casework.commands.school_year import shown_year
from casework.domain.school_year import check_term, first_day_of, term_name
from casework.domain.units import Unit
from casework.domain.values import Day, day_after
from casework.errors import BadInput, NotFound
from casework.service import Reading
from casework.web.access import today, viewer

_TERMS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Term:
    """A term: its first day and its name."""

    first_day: Day
    name: str


def school_asked(reading: Reading) -> Unit | None:
    """The school named, else the viewer's only one; None: all of them. Raises NotFound out of reach."""
    units, code = reading.reference.units, request.values.get("school", "")
    if code:
        return open_school(units, viewer().reach, code, today())
    schools = schools_in_reach(units, viewer().reach, today())
    if not schools:
        raise NotFound("您的岗位下没有义务教育学校")
    return schools[0] if len(schools) == 1 else None


def one_school(reading: Reading) -> Unit:
    """As `school_asked`, for pages about one school."""
    school = school_asked(reading)
    if school is None:
        raise BadInput("请先选择学校")
    return school


def ours(reading: Reading, code: str) -> bool:
    """Whether a school, or the one it was merged into, is the viewer's."""
    units = reading.reference.units
    return holds_school(units, viewer().reach, units.standing(code, today()))


def year_asked(reading: Reading) -> tuple[int, Day]:
    """The school year shown, and its first day."""
    year = shown_year(reading.reference, today())
    return year, first_day_of(reading.reference.weekly(today()), year)


def terms(reading: Reading) -> list[Term]:
    """The present term and those before it, the latest first."""
    weekly, day, found = reading.reference.weekly(today()), today(), []
    for _ in range(_TERMS_SHOWN):
        first = weekly.term_start(day)
        found.append(Term(first, term_name(weekly, first)))
        day = day_after(first, -1)
    return found


def term_asked(reading: Reading) -> Term:
    """The term named, else the present one. Raises BadInput for a day that begins none."""
    weekly = reading.reference.weekly(today())
    first = request.values.get("term", "") or weekly.term_start(today())
    check_term(weekly, first, today())
    return Term(first, term_name(weekly, first))
