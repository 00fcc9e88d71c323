"""What the first page says of deferrals: those that end soon, or have ended."""

from collections.abc import Iterator

from casework.domain.permissions import READ_BOARD, RECORD_STATUS
from casework.domain.values import Day, day_after
from casework.projections.placements import ending
from casework.service import Reading
from casework.web.access import Viewer
from casework.web.home.waiting import Waiting


def waiting(reading: Reading, viewer: Viewer, today: Day) -> Iterator[Waiting]:
    """缓学休学快到期: for who may list them and record what comes next."""
    if viewer.may(READ_BOARD) and viewer.may(RECORD_STATUS):
        soon = reading.reference.approvals(today).deferral.renew_days_before
        count, first = ending(reading.snapshot.conn, viewer.reach, day_after(today, soon))
        yield Waiting("个孩子缓学休学快到期", "/deferrals", count, urgent=bool(first) and first < today)
