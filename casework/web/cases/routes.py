"""个案页: who, where, how things stand, and the whole history as known on a day."""

from typing import Any

from flask import Blueprint, render_template, request

from casework.domain.permissions import READ_CASE
from casework.domain.values import FOREVER, Day, day_of, days_between
from casework.projections.case_history import CaseHistory, history_of, status_days
from casework.projections.case_people import Person, person, seen_until
from casework.service import Reading
from casework.store.read_log import CASE_OPENED, note_reading
from casework.web.access import allow, casework, today, viewer
from casework.web.cases.portrait import portrait_of
from casework.web.cases.timeline import moments
from casework.web.weekly.asked import known_at_of

pages = Blueprint("cases", __name__, template_folder="templates")


@pages.get("/cases/<string(length=32):child_id>")
@allow(READ_CASE)
def case(child_id: str) -> str:
    """One child's file; who opened it is logged."""
    known = request.args.get("known_at", "")
    known = "" if known[:10] == today() and len(known) == 10 else known
    with casework().reading() as present:
        # What a viewer may see is judged by what is known now, whatever time is looked at.
        until = seen_until(
            person(present.snapshot.conn, present.snapshot.k, child_id), viewer().reach, today()
        )
    with casework().reading(known_at_of(known)) as reading:
        values = _values(reading, child_id, until)
    engine, now = casework().store.engine, casework().store.now()
    note_reading(engine, viewer().actor, at=now, what=CASE_OPENED, child_id=child_id, detail=known)
    return render_template("case.html", child_id=child_id, known=known, today=today(), **values)


def _values(reading: Reading, child_id: str, until: Day) -> dict[str, Any]:
    who = person(reading.snapshot.conn, reading.snapshot.k, child_id)
    history = history_of(reading.snapshot, child_id, open_private=not viewer().masked)
    day = day_of(reading.known_at)
    gone = until if until < FOREVER else ""
    return {
        "portrait": portrait_of(who, reading.reference, viewer(), _last_seen(who, day, until)),
        "status": _status(history, min(day, until)) if not gone else None,
        "history": moments(history, reading.reference, until),
        "known_at": reading.known_at,
        "gone": gone,
    }


def _last_seen(who: Person, day: Day, until: Day) -> Day:
    """The day the place is told of: today, or the last one in the viewer's reach."""
    inside = [row.valid_from for row in who.stretches if row.valid_from < until]
    return day if until >= FOREVER else max(inside, default=day)


def _status(history: CaseHistory, day: Day) -> dict[str, Any] | None:
    status, since = status_days(history, day)
    return {"code": status, "since": since, "days": days_between(since, day)} if status else None
