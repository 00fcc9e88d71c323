"""What the first page says of proposals: those that wait for me, those of mine that were answered."""

from collections.abc import Iterator

from casework.domain.case_file import APPROVED, DECLINED
from casework.domain.permissions import RECORD_STATUS
from casework.domain.values import Day, day_after
from casework.projections.status_proposals import answered_count, waiting_count
from casework.service import Reading
from casework.web.access import Viewer
from casework.web.home.waiting import Waiting
from casework.web.proposals.approvers import decided_by

_NEWS_DAYS = 7
"""How long an answer is news; a matter of looks, no rule."""


def waiting(reading: Reading, viewer: Viewer, today: Day) -> Iterator[Waiting]:
    """等您审批; 您的申报有了答复."""
    conn = reading.snapshot.conn
    changes = decided_by(reading.reference, viewer, today)
    if changes:
        count = waiting_count(conn, viewer.reach, changes, viewer.login)
        yield Waiting("项申报等您审批", "/approvals", count)
    if viewer.may(RECORD_STATUS):
        since = day_after(today, -_NEWS_DAYS)
        count = answered_count(conn, viewer.login, since, viewer.reach, (APPROVED, DECLINED))
        yield Waiting("项您的申报有了答复", "/proposals", count)
