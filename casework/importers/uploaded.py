"""The work on an uploaded file (预览、复核、写入), by one worker that holds the run's lease.

What is written is what was previewed: when anything happened in between, the rows are judged again
first, and if one is judged otherwise the person is asked again. A worker that dies is replaced: a
preview begins anew, a write goes on under its run, whose acts know what they have done.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from casework.errors import CaseworkError
from casework.importers.columns import COLUMNS
from casework.importers.judging import Judging
from casework.importers.outcome import ImportOutcome
from casework.importers.run import Options, import_table
from casework.importers.tables import Table, open_table
from casework.projections import import_queue as queue
from casework.projections.import_rows import delete_rows
from casework.projections.import_runs import APPLYING, CHECKING, DONE, FAILED, PREVIEWED, ImportRun, Run
from casework.service import Casework
from casework.store.clock import micros
from casework.store.database import reading
from casework.store.sealed_files import SealedFiles
from casework.store.side import side_writing
from casework.store.store import Store

BEAT_S = 4.0
_GONE = "上传的文件已不在服务器上，请重新上传"


class Work:
    """One run in one worker's hands."""

    def __init__(self, casework: Casework, files: SealedFiles, run: ImportRun, owner: str) -> None:
        self._casework = casework
        self._files = files
        self._run = run
        self._owner = owner

    def do(self) -> None:
        """Brings the run to its next rest. Raises LeaseLost when another worker has it."""
        with self._beating():
            try:
                self._go_on(self._table())
            except CaseworkError as refusal:
                self._end(FAILED, fault=refusal.message)
            except FileNotFoundError:
                self._end(FAILED, fault=_GONE)

    def _go_on(self, table: Table) -> None:
        if self._run.state == CHECKING:
            if not self._is_as_previewed(table):
                return
            self._keep(state=APPLYING, rows_done=0, furthest=0, attempts=1)
            self._apply(table)
        elif self._run.state == APPLYING:
            self._apply(table)
        else:
            self._preview(table)

    def _preview(self, table: Table) -> None:
        act = self._last_act()
        with side_writing(self._engine) as conn:
            delete_rows(conn, self._run.run_id)
        judging = Judging(self._casework, self._run, self._owner, table, comparing=False)
        outcome = self._import(table, judging)
        judging.finish(outcome.unexplained)
        about = {"headers": outcome.headers, "notes": outcome.notes}
        self._release(
            state=PREVIEWED,
            counts=_counts(judging),
            about=seal_about(self._casework.store, self._run.run_id, about),
            judged_act=act,
        )

    def _is_as_previewed(self, table: Table) -> bool:
        """Judges the rows again if anything happened since; hands them back when one is judged otherwise."""
        act = self._last_act()
        if act == self._run.judged_act:
            return True
        judging = Judging(self._casework, self._run, self._owner, table, comparing=True)
        outcome = self._import(table, judging)
        judging.finish(outcome.unexplained)
        if not judging.differing:
            return True
        self._release(state=PREVIEWED, counts=_counts(judging), judged_act=act)
        return False

    def _apply(self, table: Table) -> None:
        judging = Judging(self._casework, self._run, self._owner, table, comparing=True)
        outcome = self._import(table, judging, run=Run(self._run.run_id))
        judging.finish(outcome.unexplained)
        if outcome.applied:
            self._end(DONE, counts=_counts(judging))
        else:  # all or nothing, and a row has become bad since it was looked at
            self._release(state=PREVIEWED, counts=_counts(judging), judged_act=self._last_act())

    def _import(self, table: Table, judging: Judging, run: Run | None = None) -> ImportOutcome:
        asked = self._run
        options = Options(
            actor=asked.actor,
            apply=run is not None,
            all_or_nothing=asked.all_or_nothing,
            full=asked.full,
            confirm_names=asked.confirm_names,
            counted=judging.counted,
            each=judging.each,
            run=run,
        )
        return import_table(self._casework, asked.kind, table, options, name=asked.file_name)

    def _table(self) -> Table:
        content = self._files.read(self._run.upload)
        return open_table(content, self._run.file_name, COLUMNS[self._run.kind])

    def _end(self, state: str, **values: Any) -> None:
        """The run is over: its file goes, what was said of its rows stays for some days."""
        finished = micros(self._casework.store.now())
        self._release(state=state, finished_us=finished, upload="", **values)
        self._files.delete(self._run.upload)

    @property
    def _engine(self) -> Any:
        return self._casework.store.engine

    def _last_act(self) -> int:
        with self._casework.reading() as moment:
            return moment.snapshot.k

    def _keep(self, **values: Any) -> None:
        with side_writing(self._engine) as conn:
            queue.keep(conn, self._run.run_id, self._owner, **values)

    def _release(self, **values: Any) -> None:
        with side_writing(self._engine) as conn:
            queue.release(conn, self._run.run_id, self._owner, **values)

    @contextmanager
    def _beating(self) -> Iterator[None]:
        """Keeps the lease up while the work goes on; who has lost it learns so at the next row."""
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(BEAT_S):
                try:
                    self._keep()
                except queue.LeaseLost:
                    return

        heart = threading.Thread(target=beat, name="import lease", daemon=True)
        heart.start()
        try:
            yield
        finally:
            ended.set()
            heart.join()


def work_off(casework: Casework, files: SealedFiles, owner: str) -> bool:
    """Does the run this worker holds, or takes one that waits; False when there is none."""
    engine = casework.store.engine
    with reading(engine) as conn:
        run = queue.held(conn, owner)
    if run is None:
        if not queue.take(engine, owner):
            return False
        with reading(engine) as conn:
            run = queue.held(conn, owner)
    if run is not None:
        try:
            Work(casework, files, run, owner).do()
        except queue.LeaseLost:
            return True
    return True


def seal_about(store: Store, run_id: str, about: Mapping[str, Any]) -> bytes:
    """Headers and notes of a file, sealed: a header may hold anything."""
    plain = json.dumps(about, ensure_ascii=False).encode()
    return store.keys.seal_upload(plain, f"{run_id} about")


def open_about(store: Store, run: ImportRun) -> dict[str, Any]:
    """Headers and notes of a run's file; empty ones once they are deleted."""
    if run.about is None:
        return {"headers": [], "notes": []}
    return dict(json.loads(store.keys.open_upload(run.about, f"{run.run_id} about")))


def _counts(judging: Judging) -> str:
    return json.dumps(dict(judging.counts), sort_keys=True)
