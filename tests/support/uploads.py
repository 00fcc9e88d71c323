"""Uploading workbooks in tests: files made in memory, taken in and worked off as the server would."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from xlsxwriter import Workbook

from casework.domain.values import Actor
from casework.importers.uploaded import work_off
from casework.importers.uploads import Choices, ask_to_write, receive
from casework.projections.import_rows import JudgedRow, page_of
from casework.projections.import_runs import ImportRun, run_of
from casework.store.sealed_files import SealedFiles
from tests.support.county import County


def workbook(rows: Sequence[Mapping[str, str]]) -> bytes:
    """A workbook of one sheet, all cells text."""
    file = io.BytesIO()
    headers = list(dict.fromkeys(header for row in rows for header in row))
    with Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("表")
        for at, cells in enumerate([headers, *([row.get(name, "") for name in headers] for row in rows)]):
            for column, text in enumerate(cells):
                sheet.write_string(at, column, text)
    return file.getvalue()


class Desk:
    """One county's import desk: uploads by persons, and a worker that does what waits."""

    def __init__(self, county: County, folder: Path) -> None:
        self.county = county
        self.files = SealedFiles(folder / "uploads", county.casework.store.keys)

    def upload(
        self,
        actor: Actor,
        kind: str,
        rows: Sequence[Mapping[str, str]] | bytes,
        name: str = "表.xlsx",
        **chosen: bool,
    ) -> str:
        """Takes a file in; its run."""
        run_id = uuid4().hex
        content = rows if isinstance(rows, bytes) else workbook(rows)
        receive(
            self.county.casework,
            self.files,
            run_id=run_id,
            kind=kind,
            file_name=name,
            plain=io.BytesIO(content),
            actor=actor,
            choices=Choices(**chosen),
        )
        return run_id

    def work(self, owner: str = "one") -> int:
        """Does everything that waits; how many pieces of work that was."""
        done = 0
        while work_off(self.county.casework, self.files, owner):
            done += 1
        return done

    def run(self, run_id: str) -> ImportRun:
        """How the run stands."""
        with self.county.casework.reading() as reading:
            found = run_of(reading.snapshot.conn, run_id)
        assert found is not None
        return found

    def write(self, run_id: str) -> None:
        """The uploader asks for it to be written."""
        ask_to_write(self.county.casework, self.run(run_id))

    def rows(self, run_id: str, chosen: str = "") -> list[JudgedRow]:
        """What is said of the rows."""
        keys = self.county.casework.store.keys
        with self.county.casework.reading() as reading:
            return page_of(reading.snapshot.conn, keys, run_id, chosen, after=0, size=1000)

    def preview(self, actor: Actor, kind: str, rows: Sequence[Mapping[str, str]], **chosen: Any) -> ImportRun:
        """Uploads and previews."""
        run_id = self.upload(actor, kind, rows, **chosen)
        self.work()
        return self.run(run_id)
