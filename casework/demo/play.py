"""Playing the demo county: its workbooks imported week by week with the story's clock, then ticking on.

The workbooks are written as real files and taken in by the ordinary importers, so there is a real past:
late entries, corrections and "as known then" come from the acts, not from a script.
"""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from casework.bootstrap import initialise, make_casework
from casework.config import Settings
from casework.demo import ACCOUNTS, Batch, batches, write
from casework.domain.values import LOCAL_OPERATOR
from casework.importers.columns import COLUMNS
from casework.importers.run import Options, import_table
from casework.importers.tables import open_table
from casework.service import Casework

PASSWORD = "yunling-demo-2026"
"""The password of every demo account; the demo is reachable from this machine only."""

_STATE = "demo.json"


@dataclass(frozen=True)
class Played:
    """What was imported, and how far the demo's clock runs ahead of (or behind) the real one."""

    files: int
    rows: int
    refused: int
    shift: timedelta


def shift_of(data_dir: Path) -> timedelta | None:
    """The demo clock's distance from the real one; None while the story has not been imported whole."""
    file = data_dir / _STATE
    if not file.exists():
        return None
    return timedelta(seconds=float(json.loads(file.read_text(encoding="utf-8"))["shift_seconds"]))


def forget(data_dir: Path) -> None:
    """Removes the demo county and everything that was entered into it."""
    for name in ("casework.db", "casework.db-wal", "casework.db-shm", _STATE):
        (data_dir / name).unlink(missing_ok=True)
    shutil.rmtree(data_dir / "demo", ignore_errors=True)


def play(settings: Settings, tell: Callable[[str], None]) -> Played:
    """Imports the whole story into an empty database; `tell` gets a line of progress per batch."""
    story = [*batches()]
    at = [story[0].at]
    casework = make_casework(settings, lambda: at[0])
    initialise(casework)
    _make_accounts(casework, at[0])
    files = rows = refused = 0
    for number, batch in enumerate(story, start=1):
        at[0] = batch.at
        started = time.monotonic()
        taken, back = _import_batch(casework, batch, settings.data_dir / "demo" / f"{number:02d}")
        files, rows, refused = files + len(batch.files), rows + taken, refused + back
        took = time.monotonic() - started
        tell(
            f"[{number:2d}/{len(story)}] {batch.at:%m月%d日 %H:%M} {batch.title}：{taken} 行（{took:.1f} 秒）"
        )
    shift = at[0] - datetime.now(UTC)
    state = {"shift_seconds": shift.total_seconds(), "story_ends": at[0].isoformat()}
    (settings.data_dir / _STATE).write_text(json.dumps(state), encoding="utf-8")
    casework.store.engine.dispose()
    return Played(files, rows, refused, shift)


def _import_batch(casework: Casework, batch: Batch, folder: Path) -> tuple[int, int]:
    folder.mkdir(parents=True, exist_ok=True)
    rows = refused = 0
    for file, path in zip(batch.files, write(batch, folder), strict=True):
        table = open_table(path, path.name, COLUMNS[file.kind])
        options = Options(LOCAL_OPERATOR, apply=True, full=file.full, confirm_names=file.confirm_names)
        outcome = import_table(casework, file.kind, table, options, name=path.name)
        rows += outcome.counts["read"]
        refused += outcome.counts["refused"]
    return rows, refused


def _make_accounts(casework: Casework, now: datetime) -> None:
    for account in ACCOUNTS:
        casework.accounts.make(account.login, account.name, PASSWORD, now=now)
