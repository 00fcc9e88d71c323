"""The weekly report, its workbook, and the children behind its numbers (周监测报告)."""

import io
from typing import Any

from flask import Blueprint, render_template, request, send_file
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from casework.documents.weekly_xlsx import weekly_workbook
from casework.domain.permissions import EXPORT, READ_CHILDREN, READ_REPORT, report_units
from casework.errors import BadInput
from casework.projections.reference import Reference
from casework.projections.weekly_children import PUPILS, Cell
from casework.projections.weekly_report import weekly_report
from casework.web.access import allow, casework, today, viewer
from casework.web.filters import file_name
from casework.web.noted import note_export
from casework.web.weekly import columns as c
from casework.web.weekly.asked import Asked, neighbours
from casework.web.weekly.behind import BehindNumber
from casework.web.weekly.sheet import balance_of, named_counts, sheet_of

pages = Blueprint("weekly", __name__, template_folder="templates")


@pages.get("/weekly")
@allow(READ_REPORT)
def report() -> str:
    """The report of a unit and a week."""
    asked, values = _report(request.args)
    tables = [name for name in c.TABLES if name in values["report"]["tables"]]
    table = asked.by if asked.by in tables else _first_table(values["report"], tables)
    sheet = sheet_of(values["report"], asked, table, (code for code, _ in values["units"]))
    shown = {
        "suspected": balance_of(values["report"], asked, c.SUSPECTED_BALANCE),
        "dropped_out": balance_of(values["report"], asked, c.DROPPED_BALANCE),
        "causes": named_counts(values["report"], asked, "d_by_cause"),
        "reasons": named_counts(values["report"], asked, "closed_by_reason"),
    }
    choices = {"views": c.VIEWS, "stages": c.STAGES, "tables": {name: c.TABLES[name] for name in tables}}
    return render_template("weekly.html", asked=asked, table=table, sheet=sheet, **values, **shown, **choices)


def _report(args: MultiDict[str, str]) -> tuple[Asked, dict[str, Any]]:
    with casework().reading() as present:
        asked = Asked.of(args, viewer(), present.reference, today())
        units = _units(present.reference)
    with casework().printing(asked.known_at) as reading:
        found = weekly_report(
            reading.snapshot,
            reading.reference,
            unit=asked.unit,
            week=asked.week,
            known_at=reading.known_at,
        )
        previous, following = neighbours(reading.reference, asked.week)
    weeks = {"previous": previous, "following": following if following <= asked_week_of_today() else ""}
    return asked, {"report": found, "units": units, **weeks}


def asked_week_of_today() -> str:
    """The present reporting week: there is no report of a week that has not begun."""
    with casework().reading() as reading:
        return reading.reference.weekly(today()).week_of(today())


def _units(reference: Reference) -> list[tuple[str, str]]:
    codes = report_units(reference.units, viewer().unit)
    return [(code, reference.units.name(code)) for code in codes]


def _first_table(found: dict[str, Any], tables: list[str]) -> str:
    return "counties" if "counties" in tables else "schools"


@pages.get("/weekly/children")
@allow(READ_CHILDREN)
def children() -> str:
    """The children behind one number."""
    args = request.args
    cell = Cell(
        args.get("table", ""),
        args.get("row", ""),
        args.get("stage", "all"),
        args.get("figure", ""),
        args.get("name", ""),
    )
    cell.check()
    with casework().reading() as present:
        asked = Asked.of(args, viewer(), present.reference, today())
    with casework().printing(asked.known_at) as reading:
        behind = BehindNumber(reading, asked, cell, viewer())
        page = behind.pupils(_after(args)) if cell.figure in PUPILS else behind.entries(_page(args))
    return render_template("weekly_children.html", asked=asked, cell=cell, **page)


def _after(args: MultiDict[str, str]) -> tuple[str, ...] | None:
    after = tuple(args.getlist("after"))
    if after and len(after) != 5:
        raise BadInput("翻页的地址不完整，请从周报页面重新点击数字进入")
    return after or None


def _page(args: MultiDict[str, str]) -> int:
    text = args.get("page", "1")
    if not (text.isdecimal() and 0 < int(text) < 100_000):
        raise BadInput("页码应为正整数，请从第一页重新翻页")
    return int(text)


@pages.get("/weekly.xlsx")
@allow(EXPORT)
def workbook() -> Response:
    """The report as a workbook."""
    with casework().reading() as present:
        asked = Asked.of(request.args, viewer(), present.reference, today())
        name = present.reference.units.name(asked.unit)
    file = io.BytesIO()
    actor = viewer().actor
    by = f"{actor.name}（{actor.post}，{viewer().unit_name}）"
    with casework().printing(asked.known_at) as reading:
        rows = weekly_workbook(file, reading, unit=asked.unit, week=asked.week, by=by)
    note_export(asked.download(), rows)
    file.seek(0)
    return send_file(
        file, as_attachment=True, download_name=file_name(f"周监测报告_{name}_{asked.week}.xlsx")
    )
