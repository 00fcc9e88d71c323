"""在册重点学生: the open files in the viewer's reach, filtered by the address."""

from typing import Any

from flask import Blueprint, render_template, request, url_for

from casework.domain.permissions import READ_CHILDREN
from casework.domain.statuses import STATUS_NAMES
from casework.errors import BadInput
from casework.projections.case_list import OPEN_STATUSES, CaseFilter, counts_by_status, open_cases
from casework.web.access import allow, casework, today, viewer
from casework.web.children.shown import shown_cases

pages = Blueprint("children", __name__, template_folder="templates")

_ROWS = 50


@pages.get("/children")
@allow(READ_CHILDREN)
def children() -> str:
    """One page of open files by name."""
    asked = _asked()
    with casework().reading() as reading:
        conn, k = reading.snapshot.conn, reading.snapshot.k
        counts = counts_by_status(conn, k, viewer().reach, today(), asked)
        page = open_cases(conn, k, viewer().reach, today(), asked, after=_after(), size=_ROWS)
        cases = list(shown_cases(page.cases, reading.reference.units, viewer(), today()))
    return render_template(
        "children.html",
        asked=asked,
        counts=[(status, STATUS_NAMES[status], counts.get(status, 0)) for status in OPEN_STATUSES],
        total=sum(counts.values()),
        cases=cases,
        href=_href,
        more=_href(after=list(page.after)) if page.after else "",
        after=request.args.getlist("after"),
    )


def _asked() -> CaseFilter:
    status = request.args.get("status", "")
    name = request.args.get("name", "").strip()[:40]
    # A masked viewer must not find out a name by guessing its beginning.
    return CaseFilter(status=status if status in OPEN_STATUSES else "", name="" if viewer().masked else name)


def _after() -> tuple[str, str] | None:
    after = request.args.getlist("after")
    if not after:
        return None
    if len(after) != 2:
        raise BadInput("翻页的地址不完整，请回到第一页")
    return after[0], after[1]


def _href(**changes: Any) -> str:
    """This list with some filters changed; a changed filter begins at the first page."""
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name in ("status", "name")}
    return url_for("children.children", **{**kept, **changes})
