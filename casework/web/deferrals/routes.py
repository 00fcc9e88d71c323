"""缓学休学名单, whose end comes first on top; 送教上门名单, what each child was taught; their workbooks."""

import io
from collections.abc import Callable, Iterator
from typing import Any

from flask import Blueprint, render_template, send_file
from werkzeug.wrappers import Response

from casework.documents.placement_lists import write_deferrals, write_home_teaching
from casework.domain.permissions import EXPORT, READ_BOARD, READ_CASE
from casework.projections.board_lines import BoardLine, board_lines
from casework.projections.placements import After, Taught, Where, deferred, taught, taught_at_home
from casework.service import Reading
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.board.choices import options
from casework.web.deferrals.asked import Asked, asked_of
from casework.web.deferrals.shown import deferral_line, taught_line
from casework.web.filters import file_name, instant_text
from casework.web.noted import note_export

pages = Blueprint("deferrals", __name__, template_folder="templates")

DEFERRALS, HOME_TEACHING = "/deferrals", "/home-teaching"
_ROWS, _CHUNK = 50, 500
Finds = Callable[..., tuple[list[Any], After | None]]


@pages.get(DEFERRALS)
@allow(READ_BOARD)
def deferrals() -> str:
    """缓学休学名单."""
    with this_moment() as reading:
        asked = asked_of(DEFERRALS, reading)
        lines, more = _page(deferred, reading, asked)
        soon = reading.reference.approvals(today()).deferral.renew_days_before
        units = reading.reference.units
        shown = [deferral_line(line, units, viewer(), today(), soon) for line in lines]
    return render_template("deferrals.html", lines=shown, asked=asked, options=options, soon=soon, more=more)


@pages.get(HOME_TEACHING)
@allow(READ_CASE)
def home_teaching() -> str:
    """送教上门名单."""
    with this_moment() as reading:
        asked = asked_of(HOME_TEACHING, reading)
        lines, more = _page(taught_at_home, reading, asked)
        what = _taught(reading, [line.case.case_id for line in lines])
        units = reading.reference.units
        shown = [taught_line(line, what, units, viewer()) for line in lines]
    return render_template("home_teaching.html", lines=shown, asked=asked, options=options, more=more)


@pages.get(f"{DEFERRALS}.xlsx")
@allow(EXPORT)
def deferrals_workbook() -> Response:
    """The whole list; who took it is logged before it leaves."""
    file = io.BytesIO()
    with this_moment() as reading:
        asked = asked_of(DEFERRALS, reading)
        notes = _notes(reading, asked, "缓学休学名单")
        rows = write_deferrals(
            file,
            _all(deferred, reading, asked.where),
            reading.reference.units,
            notes=notes,
            at=casework().store.now(),
            day=today(),
        )
    note_export(asked.address(path=f"{DEFERRALS}.xlsx"), rows)
    return _sent(file, "缓学休学名单")


@pages.get(f"{HOME_TEACHING}.xlsx")
@allow(EXPORT)
def home_teaching_workbook() -> Response:
    """The whole list; who took it is logged before it leaves."""
    file = io.BytesIO()
    with this_moment() as reading:
        asked = asked_of(HOME_TEACHING, reading)
        notes = _notes(reading, asked, "送教上门名单")
        lines = list(_all(taught_at_home, reading, asked.where))
        what = _taught(reading, [line.case.case_id for line in lines])
        units = reading.reference.units
        rows = write_home_teaching(file, lines, what, units, notes=notes, at=casework().store.now())
    note_export(asked.address(path=f"{HOME_TEACHING}.xlsx"), rows)
    return _sent(file, "送教上门名单")


def _page(find: Finds, reading: Reading, asked: Asked) -> tuple[list[BoardLine], str]:
    """One page of a list, and the address of the next ("" at the end)."""
    conn, k = reading.snapshot.conn, reading.snapshot.k
    rows, after = find(conn, viewer().reach, asked.where, after=asked.after, size=_ROWS)
    return board_lines(conn, k, rows, today()), asked.address(after) if after else ""


def _all(find: Finds, reading: Reading, where: Where) -> Iterator[BoardLine]:
    conn, k, after = reading.snapshot.conn, reading.snapshot.k, None
    while True:
        rows, after = find(conn, viewer().reach, where, after=after, size=_CHUNK)
        yield from board_lines(conn, k, rows, today())
        if after is None:
            return


def _taught(reading: Reading, cases: list[str]) -> dict[str, Taught]:
    """This month and this term, for children in parts that a statement takes."""
    found: dict[str, Taught] = {}
    term = reading.reference.weekly(today()).term_start(today())
    for start in range(0, len(cases), _CHUNK):
        chunk = cases[start : start + _CHUNK]
        found |= taught(reading.snapshot.conn, chunk, f"{today()[:7]}-01", term)
    return found


def _notes(reading: Reading, asked: Asked, title: str) -> tuple[str, ...]:
    """The workbook's head."""
    actor = viewer().actor
    said = asked.said(reading)
    return (
        f"{viewer().unit_name}{title}",
        f"截至 {instant_text(reading.known_at)}{f'；{said}' if said else ''}",
        f"{actor.name}（{actor.post}，{viewer().unit_name}）导出。含学生个人信息，请勿外传。",
    )


def _sent(file: io.BytesIO, title: str) -> Response:
    file.seek(0)
    name = f"{title}_{viewer().unit_name}_{today()}.xlsx"
    return send_file(file, as_attachment=True, download_name=file_name(name))
