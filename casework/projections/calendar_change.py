"""What another calendar would move: the open duties whose day would be another (校历预览)."""

from itertools import islice
from typing import NamedTuple

from sqlalchemy import select

from casework.domain.calendar import Calendar
from casework.domain.values import Day
from casework.projections.case_files import files_of
from casework.projections.case_tables import file_of
from casework.projections.duty_rows import DUTIES, PENDING, duty, rows_of
from casework.projections.reference import Adoption, Reference
from casework.store.snapshot import Snapshot

_d = duty.c
_AT_ONCE, _MOST = 500, 20_000
_DUE = DUTIES.values.index("due_day")


class Moved(NamedTuple):
    """`earlier` and `later`: open duties whose due day would move; `gone`: those that would not exist.

    `whole` is False when only the first files were looked at.
    """

    earlier: int
    later: int
    gone: int
    whole: bool


def moved_by(snapshot: Snapshot, reference: Reference, calendar: Calendar, today: Day) -> Moved:
    """What adopting a calendar from today on would do to the duties that are open now."""
    book = Reference(reference.units, (*reference.adoptions, Adoption("calendar", today, calendar)))
    query = select(_d.case_id).where(PENDING, _d.due_day >= today).distinct().order_by(_d.case_id)
    cases = list(snapshot.conn.scalars(query.limit(_MOST + 1)))
    earlier = later = gone = 0
    for at in range(0, min(len(cases), _MOST), _AT_ONCE):
        chunk = cases[at : min(at + _AT_ONCE, _MOST)]
        open_now = DUTIES.known_now(snapshot.conn, chunk, PENDING, _d.due_day >= today)
        files = files_of(snapshot.conn, snapshot.k, chunk)
        for case, recorded in islice(files, len(chunk)):
            then = {DUTIES.identity_of(row)[:3]: row[_DUE] for row in rows_of(file_of(recorded), book)}
            for row in open_now[case]:
                due = then.get(DUTIES.identity_of(row)[:3])
                gone += due is None
                earlier += due is not None and due < row[_DUE]
                later += due is not None and due > row[_DUE]
    return Moved(earlier, later, gone, len(cases) <= _MOST)
