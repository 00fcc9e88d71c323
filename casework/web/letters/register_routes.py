"""文书登记簿 and its workbook: per issuer, kind and year; every number, voided ones too."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, render_template, request, send_file

from casework.documents.letter_list import LetterLine, write_letter_list
from casework.domain.permissions import EXPORT, READ_LETTERS
from casework.projections.letter_register import Key, register_page, registers_held
from casework.service import Reading
from casework.web.access import allow, casework, this_moment, today, viewer
from casework.web.filters import file_name, instant_text, masked_name
from casework.web.letters.register_asked import STATES, Asked, after_of
from casework.web.letters.states import LetterState, state_of, today_of
from casework.web.noted import note_export

pages = Blueprint("letter_register", __name__, template_folder="templates")

_ROWS, _CHUNK = 30, 500


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One letter as a line of the register."""

    row: Any
    child: str
    issuer: str
    state: LetterState
    voided: bool


@pages.get("/letters")
@allow(READ_LETTERS)
def register() -> str:
    """One page of the registers of the viewer's units, the newest on top."""
    asked, after = Asked.of(request.args), after_of(request.args)
    with this_moment() as reading:
        conn = reading.snapshot.conn
        page = register_page(
            conn, viewer().reach, asked.filter, today_of(reading.reference, today()), after=after, size=_ROWS
        )
        held = registers_held(conn, viewer().reach)
        units = reading.reference.units
        values = {
            "lines": list(_lines(reading, page.rows)),
            "issuers": sorted({(row.issuer, units.name(row.issuer)) for row in held}),
            "kind_choices": _choices(sorted({row.kind for row in held})),
            "year_choices": _choices(sorted({row.year for row in held}, reverse=True)),
            "total": sum(row.n for row in held),
        }
    more = asked.page_after(page.after) if page.after else ""
    return render_template(
        "letter_register.html", asked=asked, states=STATES, more=more, later=bool(after), **values
    )


def _choices(values: list[Any]) -> list[tuple[Any, str]]:
    return [("", "全部"), *((each, str(each)) for each in values)]


@pages.get("/letters.xlsx")
@allow(EXPORT)
def workbook() -> Response:
    """Everything that is asked for; who took it is logged before it leaves."""
    file = io.BytesIO()
    actor, now = viewer().actor, casework().store.now()
    asked = Asked.of(request.args)
    with this_moment() as reading:
        lines = (
            LetterLine(each.row, each.child, each.issuer, each.state.text, each.state.due)
            for each in _all(reading, asked)
        )
        notes = (
            f"截至 {instant_text(reading.known_at)}",
            f"{actor.name}（{actor.post}，{viewer().unit_name}）导出。含学生个人信息，请勿外传。",
        )
        rows = write_letter_list(file, lines, title=f"{viewer().unit_name}文书登记簿", notes=notes, at=now)
    note_export(asked.download(), rows)
    file.seek(0)
    name = f"文书登记簿_{viewer().unit_name}_{today()}.xlsx"
    return send_file(file, as_attachment=True, download_name=file_name(name))


def _all(reading: Reading, asked: Asked) -> Iterator[RegisterLine]:
    after: Key | None = None
    day = today_of(reading.reference, today())
    while True:
        page = register_page(
            reading.snapshot.conn, viewer().reach, asked.filter, day, after=after, size=_CHUNK
        )
        yield from _lines(reading, page.rows)
        after = page.after
        if after is None:
            return


def _lines(reading: Reading, rows: list[Any]) -> Iterator[RegisterLine]:
    units, day = reading.reference.units, today_of(reading.reference, today())
    for row in rows:
        name = row.name or "已清除"
        yield RegisterLine(
            row=row,
            child=masked_name(name) if viewer().masked else name,
            issuer=units.name(row.issuer),
            state=state_of(row, day.calendar, day.day, inner=row.kind in day.inner),
            voided=bool(row.voided),
        )
