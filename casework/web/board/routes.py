"""在册看板 and its workbook: what a township, school or county looks at every day."""

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file
from werkzeug.wrappers import Response

from casework.documents.person_list import write_person_list
from casework.domain.permissions import EXPORT, READ_BOARD
from casework.domain.statuses import STATUS_NAMES
from casework.domain.units import Units
from casework.projections.board_lines import BoardLine, board_lines
from casework.projections.board_queries import OPEN_STATUSES, BoardFilter, board_page, of_stage, tallies
from casework.projections.postings import HeldPost, posts_of
from casework.service import Reading
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.board.asked import (
    BY_SCHOOL,
    BY_TOWNSHIP,
    NO_TABLE,
    SILENT,
    STAGES,
    Asked,
    after_of,
    parts_of,
)
from casework.web.board.choices import choices, options
from casework.web.board.shown import shown_lines
from casework.web.board.tables import table_of, tables_for
from casework.web.filters import day_text, file_name, instant_text
from casework.web.noted import note_export

pages = Blueprint("board", __name__, template_folder="templates")

_ROWS, _CHUNK = 30, 500
_COUNTED_BY = {BY_TOWNSHIP: "township", BY_SCHOOL: "school"}


@pages.get("/board")
@allow(READ_BOARD)
def board() -> str:
    """One page of the board; on its first page the counts by place or person."""
    after = after_of(request.args)
    with this_moment() as reading:
        conn, k, units = reading.snapshot.conn, reading.snapshot.k, reading.reference.units
        asked = Asked.of(request.args, viewer(), units)
        person = _person(reading, asked)
        wanted = asked.filter(units, viewer().reach, person)
        tables = tables_for(viewer(), asked)
        by = asked.by if asked.by in tables else _first_table()
        counted = tallies(conn, viewer().reach, wanted, today(), by=_COUNTED_BY.get(by, ""))
        page = board_page(conn, viewer().reach, wanted, today(), after=after, size=_ROWS)
        lines = board_lines(conn, k, page.rows, today())
        shown = by != NO_TABLE and not after
        table = table_of(by, reading, viewer(), asked, wanted, counted) if shown else None
        values = {
            "lines": list(shown_lines(lines, reading.reference, viewer(), today())),
            "table": table,
            "choices": choices(reading.reference, viewer(), asked, today()),
            "parts": _parts(reading, asked),
        }
    counts: Counter[str] = Counter()
    for tally in counted:
        counts[tally.status] += tally.n if of_stage(tally, asked.stage) else 0
    return render_template(
        "board.html",
        asked=asked,
        by=by,
        tables=tables,
        counts=[(status, STATUS_NAMES[status], counts[status]) for status in OPEN_STATUSES],
        total=counts.total(),
        others=sum(tally.n for tally in counted if of_stage(tally, "other")),
        stages=STAGES,
        options=options,
        person=person[0].name if person else asked.person,
        more=asked.page_after(page.after) if page.after else "",
        later=bool(after),
        today=today(),
        **values,
    )


@pages.get("/children")
@allow(READ_BOARD)
def children() -> Response:
    """The list's former address."""
    kept = {name: request.args.get(name, "") for name in ("status", "name")}
    return redirect(Asked(**kept).address())


@pages.get("/board.xlsx")
@allow(EXPORT)
def workbook() -> Response:
    """Everything that is asked for, as 学生名单; who took it is logged before it leaves."""
    file = io.BytesIO()
    actor, now = viewer().actor, casework().store.now()
    with this_moment() as reading:
        asked = Asked.of(request.args, viewer(), reading.reference.units)
        units = reading.reference.units
        wanted = asked.filter(units, viewer().reach, _person(reading, asked))
        detail = replace(asked, name="").download()  # the log never holds a child's name
        notes = (
            f"截至 {instant_text(reading.known_at)}；{_said(asked, units)}",
            f"{actor.name}（{actor.post}，{viewer().unit_name}）导出。含学生个人信息，请勿外传。",
        )
        title = f"{viewer().unit_name}在册学生名单"
        rows = write_person_list(file, _all_lines(reading, wanted), units, title=title, notes=notes, at=now)
    note_export(detail, rows)
    file.seek(0)
    name = f"在册学生名单_{viewer().unit_name}_{today()}.xlsx"
    return send_file(file, as_attachment=True, download_name=file_name(name))


def _all_lines(reading: Reading, wanted: BoardFilter) -> Iterator[BoardLine]:
    conn, k, after = reading.snapshot.conn, reading.snapshot.k, None
    while True:
        page = board_page(conn, viewer().reach, wanted, today(), after=after, size=_CHUNK)
        yield from board_lines(conn, k, page.rows, today())
        after = page.after
        if after is None:
            return


def _first_table() -> str:
    reach = viewer().reach
    if reach.counties:
        return BY_TOWNSHIP
    return NO_TABLE


def _person(reading: Reading, asked: Asked) -> list[HeldPost]:
    """The posts of the responsible person asked for; one nobody holds leaves no child."""
    if not asked.person:
        return []
    snapshot = reading.snapshot
    held = posts_of(snapshot.conn, snapshot.k, asked.person, today())
    return held or [HeldPost("", asked.person, asked.person, "", "", "", "")]


def _parts(reading: Reading, asked: Asked) -> list[tuple[str, int]]:
    """Children beside the viewer's own, where there are any: (part, how many)."""
    conn = reading.snapshot.conn
    found = []
    for part in parts_of(viewer().reach):
        counted = tallies(conn, viewer().reach, BoardFilter(part=part), today())
        n = sum(tally.n for tally in counted if of_stage(tally, ""))
        if n or asked.part == part:
            found.append((part, n))
    return found


def _said(asked: Asked, units: Units) -> str:
    """The filters in words, for the workbook's head."""
    places = (asked.township, asked.village, asked.school)
    parts: list[Any] = [
        STATUS_NAMES.get(asked.status, ""),
        STAGES[asked.stage],
        *(units.name(code) for code in places if code),
        asked.group,
        asked.cause,
        f"{SILENT[asked.silent]}没有走访" if asked.silent else "",
        f"姓名“{asked.name}”" if asked.name else "",
        f"{day_text(today())}",
    ]
    return "，".join(part for part in parts if part)
