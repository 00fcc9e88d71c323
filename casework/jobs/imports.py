"""Uploaded workbooks are previewed and written in a process of their own (导入任务), niced below the pages.

`start` in every server process watches for work; the work itself runs in `python -m casework.jobs.imports`,
so that a sheet of a hundred thousand rows neither slows the pages nor takes them down.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from uuid import uuid4

from casework.bootstrap import from_environment
from casework.config import Settings
from casework.domain.values import day_of
from casework.importers.uploaded import work_off
from casework.importers.uploads import forget
from casework.projections.import_queue import is_waiting
from casework.projections.import_runs import move, stale_runs, uploads_kept
from casework.service import Casework
from casework.store import lease
from casework.store.clock import micros
from casework.store.database import reading
from casework.store.sealed_files import SealedFiles
from casework.telemetry import logs, metrics

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
CLEAR_EVERY_S = 3600.0
_AFTER_FAULT_S = 5.0
_UNCLAIMED_S = 24 * 3600.0
_NICENESS = 5


def clear(casework: Casework, files: SealedFiles) -> int:
    """Deletes uploads and previews whose days are over, and files that no run names; how many runs."""
    now = casework.store.now()
    with casework.reading() as moment:
        conn = moment.snapshot.conn
        kept = timedelta(days=moment.reference.imports(day_of(now)).keep_days)
        stale, named = stale_runs(conn, micros(now - kept)), uploads_kept(conn)
    for run in stale:
        if move(casework.store.engine, run.run_id, (run.state,), upload="", about=None):
            forget(casework, files, run)
    for name in files.older_than(time.time() - _UNCLAIMED_S):
        if name not in named:
            files.delete(name)
    return len(stale)


class Watch(threading.Thread):
    """Looks for waiting imports and has them done, one process at a time.

    Every server process has a watch; the lease keeps all of them from starting a process for the same
    upload. While one is at work another may start its own for what still waits.
    """

    def __init__(self, casework: Casework, files: SealedFiles) -> None:
        super().__init__(name="imports", daemon=True)
        self._casework = casework
        self._files = files
        self._owner = uuid4().hex
        self._ended = threading.Event()
        self._cleared = 0.0

    def run(self) -> None:
        """Until `end`; a fault is logged and the watch goes on."""
        while not self._ended.wait(LOOK_EVERY_S):
            try:
                self.look()
            except Exception:
                log.exception("the watch over imports failed")
                self._ended.wait(_AFTER_FAULT_S)

    def end(self) -> None:
        """Stops looking; what is under way goes on in its process."""
        self._ended.set()

    def look(self) -> None:
        """Has done what waits, unless another has just begun with it; now and then clears away."""
        if time.monotonic() > self._cleared + CLEAR_EVERY_S:
            self._cleared = time.monotonic()
            clear(self._casework, self._files)
        engine = self._casework.store.engine
        with reading(engine) as conn:
            waiting = is_waiting(conn)
        if waiting and lease.take(engine, lease.IMPORTS, self._owner):
            ended = subprocess.run([sys.executable, "-m", "casework.jobs.imports"], check=False)
            if ended.returncode:
                log.error("the import process ended with %s", ended.returncode)
                self._ended.wait(_AFTER_FAULT_S)


def start(casework: Casework, settings: Settings) -> Watch:
    """The watch of one server process."""
    watch = Watch(casework, SealedFiles(settings.uploads, casework.store.keys))
    watch.start()
    return watch


def main() -> int:
    """Does what waits, then ends."""
    os.nice(_NICENESS)
    settings = Settings.from_env(os.environ)
    logs.begin(settings.log_level)
    metrics.share_with_parent()
    casework = from_environment(os.environ)
    files, owner = SealedFiles(settings.uploads, casework.store.keys), uuid4().hex
    while work_off(casework, files, owner):
        pass
    casework.store.engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main())
