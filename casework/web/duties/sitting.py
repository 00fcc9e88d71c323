"""Whoever looks, as somebody in the chain (任职人): in the post acted in, at its unit."""

from casework.domain.values import Day
from casework.projections.duty_queue import Incumbent, Queue
from casework.service import Reading
from casework.web.access import Viewer


def queue_of(reading: Reading, viewer: Viewer, today: Day, rule: str = "") -> Queue:
    """The queue of a viewer; `rule`: of that rule only."""
    incumbent = Incumbent(viewer.login, viewer.name, viewer.post, viewer.unit, viewer.reach)
    return Queue(reading.snapshot, reading.reference, incumbent, today, rule)
