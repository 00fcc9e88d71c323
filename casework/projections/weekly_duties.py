"""The duties that fell due in a week, at the child's place on the due day (应办、按时、逾期办结、逾期未办).

Judged at the end of the week, as the report knows nothing dated later; what ended without being due any
more, or was excused, is in no figure.
"""

from collections.abc import Iterator, Sequence

from casework.domain.duty import ENDED, EXCUSED, LATE, ON_TIME
from casework.domain.values import Day
from casework.projections.duty_lines import Line, ScopeOfPlaces, Window
from casework.projections.duty_list import lines_of
from casework.projections.reference import Reference
from casework.projections.weekly_cells import Where
from casework.store.snapshot import Snapshot

_KEYS = {ON_TIME: "duties_on_time", LATE: "duties_late"}


def duties_due(
    snapshot: Snapshot, reference: Reference, counties: Sequence[str], first: Day, last: Day
) -> list[Line]:
    """The duties that count in a week."""
    scope, window = ScopeOfPlaces(tuple(counties)), Window(last, first, last)
    lines = lines_of(snapshot, reference, scope, window)
    return [line for line in lines if line.state not in (ENDED, EXCUSED)]


def duty_keys(line: Line) -> Iterator[str]:
    """The figures a duty counts in."""
    yield "duties_due"
    yield _KEYS.get(line.state, "duties_open")


def place_of_line(line: Line) -> Where:
    """Where the duty counts."""
    return Where(line.county, line.township, line.school, line.stage)
