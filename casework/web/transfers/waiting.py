"""What the first page says of transfers: children who come to the viewer's school, and askings for one."""

from collections.abc import Iterator

from casework.domain.permissions import TRANSFER
from casework.domain.values import Day
from casework.projections.transfer_requests import count_asked_of, count_coming
from casework.service import Reading
from casework.web.access import Viewer
from casework.web.home.waiting import Waiting
from casework.web.transfers.reach import schools_of


def waiting(reading: Reading, viewer: Viewer, today: Day) -> Iterator[Waiting]:
    """A school's own affair: the county sees all of them, but does not answer for a school."""
    if not viewer.may(TRANSFER) or viewer.reach.counties:
        return
    conn = reading.snapshot.conn
    schools = schools_of(reading.reference.units, viewer.reach, today)
    yield Waiting("名学生转来，等您接收", "/transfers", count_coming(conn, schools))
    yield Waiting("项转入申请等您答复", "/transfers?view=out", count_asked_of(conn, viewer.reach))
