"""导入: choose and upload, watch, look at what would happen, write it, look back at who imported what."""

import io
from typing import Any

from flask import Blueprint, current_app, jsonify, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from casework.documents.sheets import Sheet, write_workbook
from casework.domain.permissions import IMPORT
from casework.errors import BadInput, ChangedMeanwhile, NotFound
from casework.importers.guide import WORKBOOKS
from casework.importers.outcome import REFUSED
from casework.importers.refused import REFUSED_TITLE, RefusedRow, refused_table
from casework.importers.source import MAX_BYTES
from casework.importers.uploaded import open_about
from casework.importers.uploads import ask_to_write, drop, receive
from casework.projections.children import records_of
from casework.projections.import_rows import all_of, page_of
from casework.projections.import_runs import PREVIEWED, ImportRun, run_of, runs_of
from casework.service import Reading
from casework.store.sealed_files import SealedFiles
from casework.web.access import allow, casework, roomy, today, viewer
from casework.web.filters import file_name
from casework.web.imports.forms import UploadForm, new_run
from casework.web.imports.seen import is_own, kinds_for, seen_run, units_for
from casework.web.imports.shown import ShownRun, filters_of, shown_rows, shown_run
from casework.web.imports.template_books import template_book
from casework.web.noted import note_export

pages = Blueprint("imports", __name__, template_folder="templates")

_ROWS, _RUNS, _RECENT = 100, 50, 5
_LARGEST_BODY = MAX_BYTES + (4 << 20)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_RUN = "<string(length=32):run_id>"


def uploads() -> SealedFiles:
    """Where uploaded files wait."""
    return current_app.extensions["uploads"]


@pages.get("/import")
@allow(IMPORT)
def choose() -> str:
    """The form, and the viewer's last imports."""
    kind = request.args.get("kind", "")
    return _form(UploadForm(formdata=None, run=new_run(), kind=kind if kind in kinds_for(viewer()) else None))


@pages.post("/import")
@roomy(_LARGEST_BODY, back="/import")
@allow(IMPORT)
def upload() -> Response | tuple[str, int]:
    """Takes a file in and shows its run; the form again when it can not be a workbook."""
    form = UploadForm()
    form.kind.choices = [(kind, WORKBOOKS[kind].title) for kind in kinds_for(viewer())]
    if not form.validate_on_submit():
        return _form(form, form.faults), 400
    run_id = form.run.data
    with casework().reading() as reading:
        before = run_of(reading.snapshot.conn, run_id)
    if before is not None and not is_own(before, viewer()):
        raise NotFound("没有这次导入", run=run_id)
    if before is None:
        try:
            _receive(form, run_id)
        except BadInput as refused:
            form.run.data = new_run()
            return _form(form, [refused.message]), 400
    return redirect(url_for("imports.run", run_id=run_id))


def _receive(form: UploadForm, run_id: str) -> None:
    receive(
        casework(),
        uploads(),
        run_id=run_id,
        kind=form.kind.data,
        file_name=form.file.data.filename[-200:],
        plain=form.file.data.stream,
        actor=viewer().actor,
        choices=form.choices,
    )


def _form(form: UploadForm, faults: list[str] | None = None) -> str:
    kinds = kinds_for(viewer())
    form.kind.choices = [(kind, WORKBOOKS[kind].title) for kind in kinds]
    with casework().reading() as reading:
        found = runs_of(reading.snapshot.conn, units=[], account=viewer().login, kinds=kinds, size=_RECENT)
        recent = [shown_run(run, reading.reference.units) for run in found.runs]
    return render_template(
        "import.html",
        form=form,
        faults=faults or [],
        workbooks={kind: WORKBOOKS[kind] for kind in kinds},
        recent=recent,
    )


@pages.get("/import/templates/<kind>.xlsx")
@allow(IMPORT)
def template(kind: str) -> Response:
    """An empty workbook of a kind, and how to fill it in."""
    if kind not in kinds_for(viewer()):
        raise NotFound("没有这种模板", kind=kind)
    with casework().reading() as reading:
        book = template_book(kind, reading.reference.dictionaries(today()), reading.known_at)
    return send_file(
        book, _XLSX, as_attachment=True, download_name=file_name(f"{WORKBOOKS[kind].title}模板.xlsx")
    )


@pages.get("/import/history")
@allow(IMPORT)
def history() -> str:
    """Who imported what when, newest first."""
    with casework().reading() as reading:
        units = reading.reference.units
        page = runs_of(
            reading.snapshot.conn,
            units=units_for(viewer(), units),
            account=viewer().login,
            kinds=kinds_for(viewer()),
            after=_after(),
            size=_RUNS,
        )
        runs = [shown_run(run, units) for run in page.runs]
    more = url_for("imports.history", after=list(page.after)) if page.after else ""
    return render_template("import_history.html", runs=runs, more=more, later="after" in request.args)


def _after() -> tuple[int, str] | None:
    after = request.args.getlist("after")
    if not after:
        return None
    if len(after) != 2 or not after[0].isdigit():
        raise BadInput("翻页的地址不完整，请回到第一页")
    return int(after[0]), after[1]


@pages.get(f"/import/{_RUN}")
@allow(IMPORT)
def run(run_id: str) -> str:
    """One run: how far it is; what would happen, or happened, to each row."""
    with casework().reading() as reading:
        found = seen_run(reading, viewer(), run_id)
        shown = shown_run(found, reading.reference.units)
        own = is_own(found, viewer())
        if shown.under_way:
            return render_template("import_progress.html", run=shown)
        return render_template("import_run.html", run=shown, own=own, **_rows(reading, found, shown))


def _rows(reading: Reading, found: ImportRun, shown: ShownRun) -> dict[str, Any]:
    filters = filters_of(found.counts) if shown.kept else []
    asked = request.args.get("rows", "")
    codes = [code for code, _, _ in filters]
    chosen = asked if asked in codes else (codes or [""])[0]
    after = request.args.get("after", "0")
    if not after.isdigit():
        raise BadInput("翻页的地址不完整，请回到第一页")
    keys, conn = casework().store.keys, reading.snapshot.conn
    rows = page_of(conn, keys, found.run_id, chosen, after=int(after), size=_ROWS + 1) if filters else []
    records = records_of(conn, (row.child_id for row in rows if row.child_id))
    names = {child_id: row.name for child_id, row in records.items()}
    more = rows[_ROWS - 1].number if len(rows) > _ROWS else 0
    return {
        "filters": filters,
        "chosen": chosen,
        "rows": list(shown_rows(rows[:_ROWS], reading.reference.units, names)),
        "numbers": {child_id: row.student_no for child_id, row in records.items()},
        "notes": open_about(casework().store, found)["notes"],
        "more": url_for("imports.run", run_id=found.run_id, rows=chosen, after=more) if more else "",
        "later": after != "0",
    }


@pages.get(f"/import/{_RUN}/progress")
@allow(IMPORT)
def progress(run_id: str) -> Response:
    """How far a run is, for the page that waits."""
    with casework().reading() as reading:
        shown = shown_run(seen_run(reading, viewer(), run_id), reading.reference.units)
    return jsonify(state=shown.state, under_way=shown.under_way, done=shown.rows_done, total=shown.rows_total)


@pages.get(f"/import/{_RUN}/refused.xlsx")
@allow(IMPORT)
def refused(run_id: str) -> Response:
    """The refused rows as a workbook to be corrected and imported again; that it was taken is logged."""
    with casework().reading() as reading:
        found = seen_run(reading, viewer(), run_id)
        if not found.about:
            raise NotFound("退回的行已到期删除", run=run_id)
        headers = open_about(casework().store, found)["headers"]
        judged = all_of(reading.snapshot.conn, casework().store.keys, run_id, REFUSED)
        table = refused_table(headers, (_refused_row(row.number, row.told) for row in judged))
        book = io.BytesIO()
        rows = write_workbook(
            book, [Sheet(REFUSED_TITLE, table.headers, table.rows)], created=reading.known_at
        )
    note_export(f"/import/refused.xlsx?kind={found.kind}", rows)
    book.seek(0)
    name = f"退回的行-{found.file_name.rsplit('.', 1)[0]}.xlsx"
    return send_file(book, _XLSX, as_attachment=True, download_name=file_name(name))


def _refused_row(number: int, told: Any) -> RefusedRow:
    reasons = [f"{column}：{why}" if column else why for column, _, why in told.get("faults", ())]
    return RefusedRow(number, told["cells"], reasons)


@pages.post(f"/import/{_RUN}/apply")
@allow(IMPORT)
def apply(run_id: str) -> Response:
    """What was previewed is to be written; asked twice it is written once."""
    found = _own_run(run_id)
    if found.state == PREVIEWED and found.all_or_nothing and found.counts.get(REFUSED):
        raise ChangedMeanwhile("选择了“全部接受才写入”，还有退回的行：请改正后重新上传", run=run_id)
    ask_to_write(casework(), found)
    return redirect(url_for("imports.run", run_id=run_id))


@pages.post(f"/import/{_RUN}/drop")
@allow(IMPORT)
def give_up(run_id: str) -> Response:
    """Nothing is to be written: the file and its preview are deleted."""
    if not drop(casework(), uploads(), _own_run(run_id)):
        raise ChangedMeanwhile("这次导入正在处理或已经结束，不能放弃；请刷新页面查看", run=run_id)
    return redirect(url_for("imports.choose"))


def _own_run(run_id: str) -> ImportRun:
    with casework().reading() as reading:
        found = seen_run(reading, viewer(), run_id)
    if not is_own(found, viewer()):
        raise NotFound("没有这次导入", run=run_id)
    return found
