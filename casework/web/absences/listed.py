"""当前缺勤: who is away now, for how many school days; its workbook; and what waits on the first page."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, render_template, send_file
from werkzeug.wrappers import Response

from casework.documents.absent_list import write_absent
from casework.domain.attendance import school_days
from casework.domain.permissions import EXPORT, RECORD_ABSENCE
from casework.domain.values import Day
from casework.projections.absent import absent_count, absent_now
from casework.projections.board_lines import BoardLine, board_lines
from casework.projections.placements import Where
from casework.projections.weekly_report import NO_SCHOOL
from casework.service import Reading
from casework.web.access import Viewer, allow, casework, this_moment, today, viewer
from casework.web.board.choices import options
from casework.web.deferrals.asked import asked_of
from casework.web.filters import instant_text, masked_name
from casework.web.home.waiting import Waiting
from casework.web.noted import note_export

pages = Blueprint("absent", __name__, template_folder="templates")

_PATH = "/absences"
_SIZE, _CHUNK = 50, 500


@dataclass(frozen=True, slots=True)
class AbsentLine:
    """A child who is away: since when, for how many school days."""

    child_id: str
    name: str
    sex: str
    room: str
    status: str
    since: Day
    days: int


@pages.get(_PATH)
@allow(RECORD_ABSENCE)
def absent() -> str:
    """The list, longest away first."""
    with this_moment() as reading:
        asked = asked_of(_PATH, reading)
        conn, k = reading.snapshot.conn, reading.snapshot.k
        rows, after = absent_now(conn, viewer().reach, asked.where, after=asked.after, size=_SIZE)
        lines = [_shown(line, reading) for line in board_lines(conn, k, rows, today())]
    more = asked.address(after) if after else ""
    return render_template("absent.html", lines=lines, asked=asked, options=options, more=more)


@pages.get(f"{_PATH}.xlsx")
@allow(EXPORT)
def workbook() -> Response:
    """The whole list; who took it is logged before it leaves."""
    file, actor = io.BytesIO(), viewer().actor
    with this_moment() as reading:
        asked = asked_of(_PATH, reading)
        said = asked.said(reading)
        notes = (
            f"{viewer().unit_name}当前缺勤",
            f"截至 {instant_text(reading.known_at)}{f'；{said}' if said else ''}",
            f"{actor.name}（{actor.post}，{viewer().unit_name}）导出。含学生个人信息，请勿外传。",
        )
        lines, days = _all(reading, asked.where), partial(_days, reading)
        units, now = reading.reference.units, casework().store.now()
        rows = write_absent(file, lines, units, days=days, notes=notes, at=now)
    note_export(asked.address(path=f"{_PATH}.xlsx"), rows)
    file.seek(0)
    name = f"当前缺勤_{viewer().unit_name}_{today()}.xlsx"
    return send_file(file, as_attachment=True, download_name=name)


def waiting(reading: Reading, viewer: Viewer, today: Day) -> Iterator[Waiting]:
    """How many are away, for who records it."""
    if viewer.may(RECORD_ABSENCE):
        count = absent_count(reading.snapshot.conn, viewer.reach)
        yield Waiting("名学生缺勤，还没有登记返校", _PATH, count)


def _all(reading: Reading, where: Where) -> Iterator[BoardLine]:
    conn, k, after = reading.snapshot.conn, reading.snapshot.k, None
    while True:
        rows, after = absent_now(conn, viewer().reach, where, after=after, size=_CHUNK)
        yield from board_lines(conn, k, rows, today())
        if after is None:
            return


def _days(reading: Reading, since: Day) -> int:
    return school_days(reading.reference.calendar(today()), since, today())


def _shown(line: BoardLine, reading: Reading) -> AbsentLine:
    case, units = line.case, reading.reference.units
    name = line.child.name if line.child is not None else ""
    return AbsentLine(
        child_id=case.case_id,
        name=(masked_name(name) if viewer().masked else name) or "已清除",
        sex=line.child.sex if line.child is not None else "",
        room=f"{units.name(case.school) or NO_SCHOOL} {case.grade}{case.klass}".strip(),
        status=case.status,
        since=case.absent_since,
        days=_days(reading, case.absent_since),
    )
