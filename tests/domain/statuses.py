"""The table of allowed moves as the field writes it, and ways to bring a child into each status."""

from itertools import count

from casework.domain import statuses as s
from casework.domain.places import Place
from casework.domain.timeline import StatusEntry

NOTHING = ""
_FROM_NOTHING = "watch verifying suspected dropped_out home_teaching deferred"
_FROM_WATCH = "suspected dropped_out home_teaching deferred transferring closed"
_FROM_PLACED = "returned suspected dropped_out transferring closed"

ALLOWED = {
    NOTHING: _FROM_NOTHING,
    s.CLOSED: _FROM_NOTHING,
    s.WATCH: f"{_FROM_WATCH} verifying",
    s.VERIFYING: f"{_FROM_WATCH} watch",
    s.SUSPECTED: "dropped_out returned home_teaching deferred closed watch",
    s.DROPPED_OUT: "returned home_teaching deferred closed",
    s.RETURNED: "suspected dropped_out home_teaching deferred transferring closed watch",
    s.HOME_TEACHING: f"{_FROM_PLACED} deferred",
    s.DEFERRED: f"{_FROM_PLACED} home_teaching",
}
"""From → to, copied from the rule and not from the program. A status may always be stated again."""

STATUSES = tuple(s.STATUS_NAMES)
PLACES = [Place("2020-09-01", county="C", school="S1", stage="primary")]

_WAY_TO = {
    NOTHING: [],
    s.CLOSED: [s.WATCH, s.CLOSED],
    s.WATCH: [s.WATCH],
    s.VERIFYING: [s.VERIFYING],
    s.SUSPECTED: [s.SUSPECTED],
    s.DROPPED_OUT: [s.DROPPED_OUT],
    s.RETURNED: [s.SUSPECTED, s.RETURNED],
    s.HOME_TEACHING: [s.HOME_TEACHING],
    s.DEFERRED: [s.DEFERRED],
    s.TRANSFERRING: [s.WATCH, s.TRANSFERRING],
}


def entry(no: int, on: str, change: str, **more: object) -> StatusEntry:
    """A status act with every paper it may need."""
    papers = {"evidence": "证1", "approved": True, "reason": "毕业" if change == s.CLOSED else ""}
    return StatusEntry(no, on, change, **{**papers, **more})  # type: ignore[arg-type]


def history(*acts: tuple[str, str]) -> list[StatusEntry]:
    """Acts given as (day, change), recorded in this order."""
    return [entry(no, on, change) for no, (on, change) in enumerate(acts, start=1)]


def led_to(status: str) -> list[StatusEntry]:
    """A legal history that ends in a status, one act a day from the first of September 2026."""
    days = count(1)
    return history(*((f"2026-09-{next(days):02d}", change) for change in _WAY_TO[status]))
