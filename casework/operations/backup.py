"""Backing up while the county works (备份): one moment of the database, and the files waiting for import.

SQLite: `VACUUM INTO`, a reader like any other under WAL. PostgreSQL: `pg_dump` of an exported snapshot. What
the manifest tells of the database is read from that same moment. The 主密钥 is not in it.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from casework.bootstrap import make_casework
from casework.config import Settings
from casework.errors import BadInput
from casework.operations import postgres_tools
from casework.operations.archive import DATABASE, UPLOADS, stored, unpack, write_archive
from casework.operations.files import private_room, refuse_existing, write_new
from casework.operations.manifest import Facts, Manifest, facts_of, master_mark, program
from casework.service import Casework
from casework.store.backup_log import BY_HAND, BackupNote, note_backup
from casework.store.database import LOCK_PATIENCE_S, is_sqlite


@dataclass(frozen=True)
class Made:
    """A finished backup."""

    file: Path
    size: int
    manifest: Manifest


def back_up(casework: Casework, settings: Settings, target: Path, *, how: str = BY_HAND) -> Made:
    """Writes a backup under a new name and notes it; it has been read again before it gets the name.

    Raises BadInput that says why there is none; nothing of it stays then.
    """
    key = settings.key_of_backups()
    refuse_existing(target)
    now = casework.store.now()
    with private_room(settings.data_dir) as room:
        _keep_uploads(settings.uploads, room)
        facts = _dump(casework, settings, room / DATABASE)
        _keep_uploads(settings.uploads, room)
        files = _files_in(room)
        manifest = _manifest(casework, facts, now, files)
        size = write_new(
            target,
            lambda file: write_archive(file, key, manifest, files),
            lambda file: _read_again(file, key),
        )
    ended = max(now, casework.store.now())
    note_backup(casework.store.engine, BackupNote(ended, how, target.name, size, facts.act))
    return Made(target, size, manifest)


def _manifest(casework: Casework, facts: Facts, now: datetime, files: dict[str, Path]) -> Manifest:
    return Manifest(
        program=program(),
        made_at=now.isoformat(),
        master_mark=master_mark(casework.store.keys),
        facts=facts,
        files={name: stored(path) for name, path in files.items()},
    )


def _read_again(file: object, key: bytes) -> None:
    unpack(file, key, None, lambda manifest: None)  # type: ignore[arg-type]


def _keep_uploads(uploads: Path, room: Path) -> None:
    """Holds on to the sealed uploads of this moment, though an import may finish with one meanwhile.

    Asked before and after the database is copied: every upload that the copy names is then held.
    """
    kept = room / UPLOADS
    kept.mkdir(exist_ok=True)
    for file in sorted(uploads.glob("*.sealed")):
        with suppress(FileExistsError, FileNotFoundError):
            _link_or_copy(file, kept / file.name)


def _link_or_copy(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except (FileExistsError, FileNotFoundError):
        raise
    except OSError:
        shutil.copyfile(file, target)


def _files_in(room: Path) -> dict[str, Path]:
    uploads = {f"{UPLOADS}/{file.name}": file for file in sorted((room / UPLOADS).iterdir())}
    return {DATABASE: room / DATABASE, **uploads}


def _dump(casework: Casework, settings: Settings, target: Path) -> Facts:
    if is_sqlite(casework.store.engine):
        _vacuum_into(casework.store.engine.url.database or "", target)
        with _over(settings, target) as copy, copy.store.snapshot() as snapshot:
            return facts_of(snapshot)
    with casework.store.snapshot() as snapshot:
        exported = snapshot.conn.scalar(select(func.pg_export_snapshot()))
        postgres_tools.dump(casework.store.engine, str(exported), target)
        return facts_of(snapshot)


def _vacuum_into(source: str, target: Path) -> None:
    if source in ("", ":memory:"):
        raise BadInput("内存里的数据库不能备份")
    try:
        with closing(sqlite3.connect(source, timeout=LOCK_PATIENCE_S, isolation_level=None)) as raw:
            raw.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise BadInput(f"数据库没有复制成：{error}（常见原因：磁盘空间不足）") from error
    target.chmod(0o600)


@contextmanager
def _over(settings: Settings, database: Path) -> Iterator[Casework]:
    """The application over a copy of the database."""
    casework = make_casework(replace(settings, database_url=f"sqlite:///{database.absolute()}"))
    try:
        yield casework
    finally:
        casework.store.engine.dispose()
