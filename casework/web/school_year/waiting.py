"""What of the school year waits on the first page: schools' steps and sheets, children to explain."""

from collections.abc import Iterator

from casework.commands.school_at_hand import schools_in_reach
from casework.domain.permissions import SCHOOL_YEAR
from casework.domain.promotion import BEGUN
from casework.domain.roll_call import FILED
from casework.domain.school_year import first_day_of, year_of
from casework.domain.values import Day, days_between
from casework.projections.leavers import leavers
from casework.projections.promotions import promotions
from casework.projections.roll_calls import sheets_of
from casework.projections.unnamed import unexplained_by_school
from casework.service import Reading
from casework.web.access import Viewer
from casework.web.home.waiting import Waiting
from casework.web.school_year.asked import ours


def school_year_waits(reading: Reading, viewer: Viewer, today: Day) -> Iterator[Waiting]:
    """Children of the viewer's schools, for who may act in the school year."""
    if not viewer.may(SCHOOL_YEAR):
        return
    conn, k = reading.snapshot.conn, reading.snapshot.k
    yield from _of_schools(reading, viewer, today)
    unnamed = unexplained_by_school(conn, k, lambda code: ours(reading, code))
    yield Waiting("名学生全员花名册没有点到，还没有说明去向", "/school-year/unnamed", sum(unnamed.values()))
    found = leavers(conn, k, today, lambda code: ours(reading, code))
    waiting = sum(not each.followed for each in found)
    yield Waiting("名孩子小学毕业后没有初中接收，待核查", "/school-year/leavers", waiting)


def _of_schools(reading: Reading, viewer: Viewer, today: Day) -> Iterator[Waiting]:
    """Schools that have not gone up a year, or not filed their sheet, while that is new (policy)."""
    conn, k, reference = reading.snapshot.conn, reading.snapshot.k, reading.reference
    weekly, remind = reference.weekly(today), reference.school_year(today).remind_days
    codes = [each.code for each in schools_in_reach(reference.units, viewer.reach, today)]
    year, term = year_of(weekly, today), weekly.term_start(today)
    if days_between(first_day_of(weekly, year), today) <= remind:
        steps = promotions(conn, k, year, codes)
        left = sum(code not in steps or steps[code].state == BEGUN for code in codes)
        yield Waiting("所学校还没有办学年升级", "/school-year", left)
    if days_between(term, today) <= remind:
        sheets = sheets_of(conn, k, term, codes)
        left = sum(code not in sheets or sheets[code].state != FILED for code in codes)
        yield Waiting("所学校还没有上报开学核查", "/school-year/roll-call", left)
