"""Playing the demo county: its workbooks imported week by week with the story's clock, then ticking on.

The workbooks are written as real files and taken in by the ordinary importers, so there is a real past:
late entries, corrections and "as known then" come from the acts, not from a script.
"""

import json
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from casework.bootstrap import initialise, make_casework
from casework.config import Settings
from casework.demo import ACCOUNTS, Account, Batch, DemoFile, batches, write
from casework.demo.by_hand import declare_year, last_day, look_in
from casework.demo.staff import BY_HAND
from casework.domain.statuses import SUSPECTED
from casework.domain.values import LOCAL_OPERATOR, Actor, day_of
from casework.importers.columns import COLUMNS
from casework.importers.run import Options, import_table
from casework.importers.tables import open_table
from casework.projections.case_board import RANKS, case_board
from casework.projections.postings import holders_of
from casework.service import Casework
from casework.store import turns

PASSWORD = "yunling-demo-2026"
"""The password of every demo account; the demo is reachable from this machine only."""

_STATE = "demo.json"

_DESKS = {
    "roster": "yl-xueji",
    "staff": "yl-jijiao2",
    "visits": "yl-jijiao2",
    "sessions": "yl-tejiao",
    "aid": "yl-zizhu",
}
"""Kind of ledger → the county desk that takes it in; the others come through 基教股."""

_TEACHER = "手机上：我的学生、记家访"
_VILLAGE_HEAD = "手机上：逐个确认本村适龄儿童、报告线索"


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


def field_accounts(data_dir: Path) -> list[Account]:
    """The teacher's and the village head's accounts of the story that was played."""
    state = json.loads((data_dir / _STATE).read_text(encoding="utf-8"))
    return [Account(**each) for each in state.get("field", [])]


def forget(data_dir: Path) -> None:
    """Removes the demo county and everything that was entered into it."""
    database = ("casework.db" + suffix for suffix in ("", "-wal", "-shm", *turns.FILES))
    for name in (*database, _STATE):
        (data_dir / name).unlink(missing_ok=True)
    for name in ("demo", "backups"):
        shutil.rmtree(data_dir / name, ignore_errors=True)


def play(settings: Settings, tell: Callable[[str], None]) -> Played:
    """Imports the whole story into an empty database; `tell` gets a line of progress per batch."""
    story = [*batches()]
    at = [story[0].at]
    casework = make_casework(settings, lambda: at[0])
    initialise(casework)
    _make_accounts(casework, ACCOUNTS, at[0])
    files = rows = refused = 0
    looked = day_of(at[0])
    for number, batch in enumerate(story, start=1):
        at[0] = batch.at
        started = time.monotonic()
        folder = settings.data_dir / "demo" / f"{number:02d}"
        taken, back = _import_batch(casework, batch, folder, first=number == 1)
        files, rows, refused = files + len(batch.files), rows + taken, refused + back
        look_in(casework, looked, day_of(batch.at))
        looked = day_of(batch.at)
        if number == 1:
            declare_year(casework, at)
        took = time.monotonic() - started
        tell(
            f"[{number:2d}/{len(story)}] {batch.at:%m月%d日 %H:%M} {batch.title}：{taken} 行（{took:.1f} 秒）"
        )
    last_day(casework, day_of(at[0]))
    field = _field_accounts(casework)
    _make_accounts(casework, field, at[0])
    shift = at[0] - datetime.now(UTC)
    state = {
        "shift_seconds": shift.total_seconds(),
        "story_ends": at[0].isoformat(),
        "field": [asdict(account) for account in field],
    }
    (settings.data_dir / _STATE).write_text(json.dumps(state), encoding="utf-8")
    casework.store.engine.dispose()
    return Played(files, rows, refused, shift)


def _import_batch(casework: Casework, batch: Batch, folder: Path, *, first: bool) -> tuple[int, int]:
    """The first batch sets the county up at the machine; after that each desk sends in its own ledgers."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = refused = 0
    for file, path in zip(batch.files, write(batch, folder), strict=True):
        table = open_table(path, path.name, COLUMNS[file.kind])
        actor = LOCAL_OPERATOR if first else _clerk(file)
        options = Options(actor, apply=True, full=file.full, confirm_names=file.confirm_names)
        outcome = import_table(casework, file.kind, table, options, name=path.name)
        rows += outcome.counts["read"]
        refused += outcome.counts["refused"]
    return rows, refused


def _clerk(file: DemoFile) -> Actor:
    """Whose desk a ledger comes from."""
    login = _DESKS.get(file.kind, "yl-jijiao")
    name, post, unit = next((name, post, unit) for each, name, post, unit, _ in BY_HAND if each == login)
    return Actor(login, name, post, unit)


def _make_accounts(casework: Casework, accounts: Iterable[Account], now: datetime) -> None:
    for account in accounts:
        casework.accounts.make(account.login, account.name, PASSWORD, now=now)


def _field_accounts(casework: Casework) -> list[Account]:
    """A class teacher and a village head who have a child out of school: whom the phone pages are for."""
    with casework.reading() as reading:
        conn, units = reading.snapshot.conn, reading.reference.units
        out = conn.execute(
            select(case_board.c.school, case_board.c.grade, case_board.c.klass, case_board.c.village)
            .where(case_board.c.rank <= RANKS[SUSPECTED], case_board.c.school != "")
            .order_by(case_board.c.rank, case_board.c.since)
            .limit(1)
        ).one()
        k, day = reading.snapshot.k, day_of(reading.known_at)
        teachers = holders_of(conn, k, "班主任", out.school, day)
        heads = holders_of(conn, k, "村长", out.village, day)
    found = [(each, _TEACHER) for each in teachers if each.klass == out.grade + out.klass]
    found += [(each, _VILLAGE_HEAD) for each in heads]
    return [
        Account(each.login, each.name, each.post, each.unit, units.name(each.unit), look)
        for each, look in found
    ]
