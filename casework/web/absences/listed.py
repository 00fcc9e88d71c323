"""当前缺勤: who is away now, for how many school days; and what waits on the first page."""

from collections.abc import Iterator

from flask import Blueprint, render_template, request, url_for

from casework.domain.attendance import school_days
from casework.domain.permissions import RECORD_ABSENCE
from casework.domain.values import Day
from casework.projections.absent import After, absent_count, absent_now
from casework.service import Reading
from casework.web.access import Viewer, allow, this_moment, today, viewer
from casework.web.home.waiting import Waiting

pages = Blueprint("absent", __name__, template_folder="templates")

_SIZE = 50


@pages.get("/absences")
@allow(RECORD_ABSENCE)
def absent() -> str:
    """The list, longest away first."""
    after: After | None = None
    if request.args.get("since") and request.args.get("child"):
        after = request.args["since"], request.args["child"]
    with this_moment() as reading:
        page = absent_now(reading.snapshot.conn, viewer().reach, after=after, size=_SIZE)
        calendar, units = reading.reference.calendar(today()), reading.reference.units
        lines = [
            {
                "child_id": row.case_id,
                "name": row.name or "已清除",
                "sex": row.sex or "",
                "room": f"{units.name(row.school)} {row.grade}{row.klass}",
                "status": row.status,
                "since": row.absent_since,
                "days": school_days(calendar, row.absent_since, today()),
            }
            for row in page.rows
        ]
    more = url_for("absent.absent", since=page.after[0], child=page.after[1]) if page.after else ""
    return render_template("absent.html", lines=lines, more=more, first=after is None)


def waiting(reading: Reading, viewer: Viewer, today: Day) -> Iterator[Waiting]:
    """How many are away, for who records it."""
    if viewer.may(RECORD_ABSENCE):
        count = absent_count(reading.snapshot.conn, viewer.reach)
        yield Waiting("缺勤中的学生，还没有登记返校", "/absences", count)
