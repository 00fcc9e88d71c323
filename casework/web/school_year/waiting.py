"""What of the school year waits on the first page: children to explain, leavers without a 初中, sheets."""

from collections.abc import Iterator

from casework.domain.permissions import SCHOOL_YEAR
from casework.domain.values import Day
from casework.projections.leavers import leavers
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
    unnamed = unexplained_by_school(conn, k, lambda code: ours(reading, code))
    yield Waiting("全员花名册没有点到名、还没说明去向的学生", "/school-year/unnamed", sum(unnamed.values()))
    found = leavers(conn, k, today, lambda code: ours(reading, code))
    waiting = sum(not each.followed for each in found)
    yield Waiting("小学毕业后没有初中接收、待核查的孩子", "/school-year/leavers", waiting)
