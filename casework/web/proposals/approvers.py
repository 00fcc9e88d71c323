"""Who decides what: the posts that policy names for a change (审批岗位)."""

from casework.domain.permissions import APPROVE_STATUS
from casework.domain.proposals import PROPOSED
from casework.domain.statuses import CHANGE_NAMES
from casework.domain.values import Day
from casework.projections.reference import Reference
from casework.web.access import Viewer


def approves(reference: Reference, change: str, day: Day) -> list[str]:
    """The posts that decide a change."""
    return reference.approvals(day).posts(CHANGE_NAMES[change])


def decides(reference: Reference, viewer: Viewer, change: str, day: Day) -> bool:
    """Whether the viewer's post decides a change."""
    return viewer.may(APPROVE_STATUS) and viewer.post in approves(reference, change, day)


def decided_by(reference: Reference, viewer: Viewer, day: Day) -> list[str]:
    """The changes that the viewer's post decides."""
    return [change for change in PROPOSED if decides(reference, viewer, change, day)]
