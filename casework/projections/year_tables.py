"""Tables of schools and units, of no child: the school year, duties of a unit itself (学年、单位事项).

They follow from events alone, and are projected, rebuilt and proved together.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, or_, select

from casework.projections.promotions import PROMOTIONS
from casework.projections.roll_calls import ROLL_CALL_CHILDREN, ROLL_CALLS
from casework.projections.unit_duties import UNIT_DUTIES
from casework.store.history import Recorded
from casework.store.mapper import clear_of
from casework.store.schema import stored_event

_VERSIONS = (PROMOTIONS, ROLL_CALLS, ROLL_CALL_CHILDREN, UNIT_DUTIES)
_FAMILIES = ("promotion", "roll_call", "unit_duty")
YEAR_TABLES = tuple(each.table for each in _VERSIONS)
_e = stored_event.c


def project_year(conn: Connection, act: int, recorded: Sequence[Recorded]) -> None:
    """Writes what one act's events change."""
    events = [event for event in recorded if event.topic.partition(".")[0] in _FAMILIES]
    if events:
        for each in _VERSIONS:
            each.project(conn, act, events)


def year_differs(conn: Connection, k: int) -> Iterable[str]:
    """The differences between these tables and their events, as sentences."""
    # As ranges: "/" is the character after ".".
    ours = or_(*((_e.topic >= f"{name}.") & (_e.topic < f"{name}/") for name in _FAMILIES))
    query = select(_e.originator_id, _e.version, _e.topic, _e.state, _e.act).where(_e.act <= k, ours)
    rows = conn.execute(query.order_by(_e.position))
    events = [Recorded(row[0], row[1], row[2], clear_of(row[2], row[3]), row[4]) for row in rows]
    return [each.differs(conn, events) for each in _VERSIONS]
