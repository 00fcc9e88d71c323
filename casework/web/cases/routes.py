"""个案页: who, where, how things stand, who answers, and the whole history as known on a day."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template, request

from casework.domain.attendance import planned_checks
from casework.domain.permissions import READ_CASE, REVEAL
from casework.domain.values import FOREVER, Day, day_of, days_between
from casework.errors import BadInput, NotFound
from casework.projections.case_history import CaseHistory, history_of, status_days
from casework.projections.case_people import Person, person, sealed_of, seen_until
from casework.service import Reading
from casework.store.read_log import REVEALED
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.cases.links import links_of
from casework.web.cases.offer import Asked
from casework.web.cases.offers import NOTHING, offered
from casework.web.cases.portrait import REVEALED_FIELDS, portrait_of
from casework.web.cases.saved import SAVED
from casework.web.cases.standing import chain_of, steps_of
from casework.web.cases.timeline import moments
from casework.web.noted import note
from casework.web.weekly.asked import known_at_of

pages = Blueprint("cases", __name__, template_folder="templates")

_CHILD = "/cases/<string(length=32):child_id>"


@pages.get(_CHILD)
@allow(READ_CASE)
def case(child_id: str) -> str:
    """One child's file; who opened it is logged."""
    known = request.args.get("known_at", "")
    known = "" if known[:10] == today() and len(known) == 10 else known
    with this_moment() as present:
        # What a viewer may see is judged by what is known now, whatever time is looked at.
        until = seen_until(
            person(present.snapshot.conn, present.snapshot.k, child_id), viewer().reach, today()
        )
    with casework().reading(known_at_of(known)) as reading:
        values = _values(reading, child_id, until)
    saved = SAVED.get(request.args.get("saved", ""), "")
    return render_template("case.html", child_id=child_id, known=known, today=today(), saved=saved, **values)


@pages.post(f"{_CHILD}/reveal")
@allow(REVEAL)
def reveal(child_id: str) -> str:
    """The page with one masked value shown whole, in this answer only; logged before it is shown."""
    field, reason = request.form.get("field", ""), request.form.get("reason", "").strip()[:100]
    if field not in REVEALED_FIELDS:
        raise BadInput("没有这一项可以显示")
    with this_moment() as reading:
        who = person(reading.snapshot.conn, reading.snapshot.k, child_id)
        if viewer().masked or seen_until(who, viewer().reach, today()) < FOREVER:
            raise NotFound("没有这名学生", child=child_id)
        note(REVEALED, child_id=child_id, detail="：".join(filter(None, (REVEALED_FIELDS[field], reason))))
        value = sealed_of(reading.snapshot, who).get(field) or "没有登记"
        values = _values(reading, child_id, FOREVER, {field: value})
    return render_template(
        "case.html", child_id=child_id, known="", today=today(), shown=REVEALED_FIELDS[field], **values
    )


def _values(
    reading: Reading, child_id: str, until: Day, shown: Mapping[str, str] | None = None
) -> dict[str, Any]:
    conn, k = reading.snapshot.conn, reading.snapshot.k
    who = person(conn, k, child_id)
    history = history_of(reading.snapshot, child_id, open_private=not viewer().masked)
    day = day_of(reading.known_at)
    gone = until if until < FOREVER else ""
    seen = _last_seen(who, day, until)
    present = day == today() and not gone
    reference = reading.reference
    asked = Asked(child_id, who, day, viewer(), reference, history.file)
    policy, calendar = reference.returned(day), reference.calendar(day)
    checks = list(planned_checks(history.file, policy, calendar, day)) if present else []
    return {
        "portrait": portrait_of(who, reading.reference, viewer(), seen, shown),
        "status": _status(history, min(day, until)) if not gone else None,
        "history": moments(history, reading.reference, until),
        "chain": chain_of(who, reading.snapshot, reference, viewer(), seen),
        "chain_name": reference.duties(seen).chain.name,
        # The board knows the present only.
        "steps": steps_of(who.case, reference, checks, day) if who.case is not None and present else [],
        "checks": checks,
        "offered": offered(asked) if present else NOTHING,
        "links": links_of(child_id, viewer()) if present else {},
        "may_reveal": viewer().may(REVEAL) and not viewer().masked and present,
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
