"""查阅记录 and its workbook. Exporting it is itself written down."""

import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, send_file, url_for
from sqlalchemy import Row
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from casework.documents.sheets import Sheet, write_workbook
from casework.domain.permissions import READ_LOG
from casework.domain.values import Day
from casework.errors import BadInput
from casework.projections.readings import LogFilter, log_page, names_in_reach
from casework.service import Reading
from casework.store.clock import instant
from casework.web.access import allow, casework, today, viewer
from casework.web.filters import file_name, instant_text
from casework.web.noted import note_export
from casework.web.read_log.words import WHAT, detail_of

pages = Blueprint("read_log", __name__, template_folder="templates")

UNSEEN = "不在查看范围内的学生"
_ROWS, _CHUNK = 50, 500
_HEADERS = ("时间", "姓名", "登录名", "岗位", "单位", "做了什么", "学生", "说明")


@dataclass(frozen=True, slots=True)
class ShownReading:
    """One line: when, who, in which post, what, about whom ("" about no single child)."""

    at: str
    name: str
    account: str
    post: str
    unit: str
    what: str
    kind: str
    child_id: str
    child: str
    detail: str


@pages.get("/read-log")
@allow(READ_LOG)
def readings() -> str:
    """One page, newest first."""
    asked, after = _asked(request.args), _after(request.args)
    with casework().reading() as reading:
        units = reading.reference.units
        page = log_page(reading.snapshot.conn, units, viewer().unit, asked, after=after, size=_ROWS)
        lines = list(_shown(reading, page.rows))
    return render_template(
        "read_log.html",
        asked=asked,
        what=WHAT,
        lines=lines,
        address=lambda **changes: _address(replace(asked, **changes)),
        download=url_for("read_log.workbook", **_args(asked)),
        more=_address(asked, after=page.after) if page.after else "",
        later=after is not None,
        today=today(),
    )


@pages.get("/read-log.xlsx")
@allow(READ_LOG)
def workbook() -> Response:
    """All that is asked for, as a workbook."""
    asked, actor, now = _asked(request.args), viewer().actor, casework().store.now()
    address = url_for("read_log.workbook", **_args(asked))
    file = io.BytesIO()
    with casework().reading() as reading:
        title = f"{viewer().unit_name}查阅记录"
        by = f"{actor.name}（{actor.post}，{viewer().unit_name}）{instant_text(now)}导出"
        sheet = Sheet("查阅记录", _HEADERS, _rows(reading, asked), (title, by))
        rows = write_workbook(file, [sheet], created=now)
    note_export(address, rows)
    file.seek(0)
    name = f"查阅记录_{viewer().unit_name}_{today()}.xlsx"
    return send_file(file, as_attachment=True, download_name=file_name(name))


def _rows(reading: Reading, asked: LogFilter) -> Iterator[list[str]]:
    conn, units, after = reading.snapshot.conn, reading.reference.units, None
    while True:
        page = log_page(conn, units, viewer().unit, asked, after=after, size=_CHUNK)
        for line in _shown(reading, page.rows):
            yield [line.at, line.name, line.account, line.post, line.unit, line.what, line.child, line.detail]
        after = page.after
        if after is None:
            return


def _shown(reading: Reading, rows: list[Row[Any]]) -> Iterator[ShownReading]:
    snapshot, units = reading.snapshot, reading.reference.units
    names = names_in_reach(snapshot.conn, snapshot.k, viewer().reach, rows, today())
    for row in rows:
        seen = row.child_id in names
        yield ShownReading(
            at=instant_text(instant(row.at_us)),
            name=row.name,
            account=row.account,
            post=row.post,
            unit=units.name(row.unit),
            what=WHAT.get(row.what, row.what),
            kind=row.what,
            child_id=row.child_id if seen else "",
            child=names.get(row.child_id, UNSEEN) if row.child_id else "",
            detail=detail_of(row.what, row.detail, units),
        )


def _asked(args: MultiDict[str, str]) -> LogFilter:
    given = {name: args.get(name, "").strip()[:100] for name in ("what", "account", "child", "first", "last")}
    asked = LogFilter(**given)
    return replace(
        asked,
        what=asked.what if asked.what in WHAT else "",
        first=_day(asked.first),
        last=_day(asked.last),
    )


def _day(text: str) -> Day:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError as error:
        raise BadInput(f"日期“{text}”看不懂，请写成 2026-09-18 这样的日期") from error


def _after(args: MultiDict[str, str]) -> int | None:
    text = args.get("after", "")
    if text and not (text.isdecimal() and len(text) < 19):
        raise BadInput("翻页的地址不完整，请回到第一页")
    return int(text) if text else None


def _args(asked: LogFilter) -> dict[str, Any]:
    return {name: value for name, value in asdict(asked).items() if value}


def _address(asked: LogFilter, after: int | None = None) -> str:
    return url_for("read_log.readings", **_args(asked), after=after)
