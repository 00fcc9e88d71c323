"""The first page (首页): who you are here, this week's few figures, the children out of school longest."""

from collections import Counter
from functools import partial

from flask import Blueprint, render_template

from casework.domain.permissions import HOME, READ_BOARD, READ_REPORT, WATCH_SYSTEM
from casework.domain.statuses import COMPULSORY, DROPPED_OUT, RETURNED, SUSPECTED
from casework.operations.scheduled import standing
from casework.projections.board_lines import board_lines
from casework.projections.board_queries import BoardFilter, board_page, tallies
from casework.projections.weekly_queries import Asked as AskedWeek
from casework.projections.weekly_report import period_of, scope_of
from casework.service import Reading
from casework.web.access import allow, this_moment, today, viewer
from casework.web.board.shown import ShownLine, shown_lines
from casework.web.home.sources import SOURCES
from casework.web.home.waiting import waiting_for
from casework.web.weekly.asked import Asked, neighbours
from casework.web.weekly.columns import Column
from casework.web.weekly.sheet import Links, Number, number_of

pages = Blueprint("home", __name__, template_folder="templates")

_SHOWN = 8
_GLANCE = (
    Column("s_close", "疑似辍学", "现在疑似辍学的孩子"),
    Column("d_close", "辍学", "现在辍学的孩子"),
    Column("returned", "复学巩固", "已返校、在巩固期的孩子"),
    Column("visits", "本周走访", "本周家访劝返次数"),
)


@pages.get("/")
@allow(HOME)
def home() -> str:
    """The first page after signing in."""
    with this_moment() as reading:
        week = reading.reference.weekly(today()).week_of(today())
        first, last = reading.reference.weekly(today()).days_of(week)
        return render_template(
            "home.html",
            week=week,
            last_week=neighbours(reading.reference, week)[0],
            first=first,
            last=last,
            today=today(),
            warning=standing(reading).warning if viewer().may(WATCH_SYSTEM) else "",
            waiting=waiting_for(SOURCES, reading, viewer(), today()),
            glance=_glance(reading, week) if viewer().may(READ_REPORT) else [],
            cases=_cases(reading) if viewer().may(READ_BOARD) else [],
        )


def _glance(reading: Reading, week: str) -> list[Number]:
    """The report's figures of this moment, from the board: the whole report is a page of its own."""
    snapshot, unit = reading.snapshot, viewer().unit
    counts: Counter[str] = Counter()
    for tally in tallies(snapshot.conn, viewer().reach, BoardFilter(), today()):
        counts[tally.status] += tally.n if tally.stage in COMPULSORY else 0
    period = period_of(reading.reference, week)
    scope = scope_of(reading.reference.units, unit)
    asked = AskedWeek(snapshot.conn, snapshot.k, scope.counties, period.first, period.last)
    visits = sum(n for where, n in asked.visits() if where.stage in COMPULSORY and scope.holds(where))
    values = (counts[SUSPECTED], counts[DROPPED_OUT], counts[RETURNED], visits)
    links = Links(Asked(unit, week), {"known_at": reading.known_at.isoformat()})
    return [
        number_of(column, value, partial(links.to, "total", unit, column.key))
        for column, value in zip(_GLANCE, values, strict=True)
    ]


def _cases(reading: Reading) -> list[ShownLine]:
    """The top of the board: only children who are out of school."""
    snapshot = reading.snapshot
    page = board_page(snapshot.conn, viewer().reach, BoardFilter(), today(), size=_SHOWN)
    lines = board_lines(snapshot.conn, snapshot.k, page.rows, today())
    return [line for line in shown_lines(lines, reading.reference, viewer(), today()) if line.out]
