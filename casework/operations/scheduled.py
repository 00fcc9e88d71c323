"""The scheduled backup (定时备份): made when it is due, old ones cleared away, and told when it is late."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from casework.config import Settings
from casework.domain.backup_policy import BackupPolicy
from casework.domain.values import SHANGHAI, day_of
from casework.errors import CaseworkError
from casework.operations.backup import Made, back_up
from casework.operations.files import clear_drafts, unwritable
from casework.service import Casework, Reading
from casework.store.backup_log import SCHEDULED, BackupNote, first_recorded, last_backup, note_backup

_NAME = "casework-%Y%m%d-%H%M%S.backup"
_PATTERN = "casework-*.backup"


@dataclass(frozen=True)
class Standing:
    """How the county stands with its backups; `failed`: the last attempt, when it was no good one."""

    last: BackupNote | None
    failed: BackupNote | None
    is_old: bool
    after_hours: int

    @property
    def warning(self) -> str:
        """What people are told; empty while all is well."""
        if not self.is_old:
            return ""
        last = (
            f"最近一次成功的备份是 {self.last.ended_at:%Y-%m-%d %H:%M}" if self.last else "还没有成功的备份"
        )
        failed = f"；{self.failed.ended_at:%m-%d %H:%M} 备份失败：{self.failed.fault}" if self.failed else ""
        return f"{last}，已超过 {self.after_hours} 小时{failed}"


def standing(reading: Reading) -> Standing:
    """How the backups stand at a moment."""
    conn, policy = reading.snapshot.conn, _policy(reading)
    last, tried = last_backup(conn), last_backup(conn, good=False)
    since = last.ended_at if last else first_recorded(conn)
    return Standing(
        last,
        tried if tried and tried.fault else None,
        policy.is_old(reading.known_at, since),
        policy.alarm.after_hours,
    )


def is_due(reading: Reading) -> bool:
    """Whether the scheduled backup is owed now; what was backed up by hand does not stand for it."""
    conn = reading.snapshot.conn
    last = last_backup(conn, how=SCHEDULED)
    tried = last_backup(conn, good=False, how=SCHEDULED)
    since = last.ended_at if last else first_recorded(conn)
    failed_at = tried.ended_at if tried and tried.fault else None
    return _policy(reading).is_due(reading.known_at, since, failed_at)


def back_up_when_due(casework: Casework, settings: Settings) -> Made | None:
    """Makes the backup that is due and clears old ones away; a failure is noted and raised."""
    with casework.reading() as reading:
        due, policy, now = is_due(reading), _policy(reading), reading.known_at
    if not due:
        return None
    folder = settings.backups
    target = folder / f"{now.astimezone(SHANGHAI):{_NAME}}"
    try:
        made = _make(casework, settings, target)
    except CaseworkError as fault:
        note = BackupNote(casework.store.now(), SCHEDULED, target.name, fault=fault.message)
        note_backup(casework.store.engine, note)
        raise
    rotate(folder, policy)
    return made


def _make(casework: Casework, settings: Settings, target: Path) -> Made:
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(target.parent, error) from error
    clear_drafts(target.parent, _PATTERN)
    return back_up(casework, settings, target, how=SCHEDULED)


def rotate(folder: Path, policy: BackupPolicy) -> list[Path]:
    """Deletes the scheduled backups that need not stay; other files are not touched. Returns what went."""
    made = {at: file for file in folder.glob(_PATTERN) if (at := made_at(file)) is not None}
    kept = policy.kept(made)
    gone = [file for at, file in sorted(made.items()) if at not in kept]
    for file in gone:
        file.unlink(missing_ok=True)
    return gone


def made_at(file: Path) -> datetime | None:
    """When a scheduled backup was made, by its name; None for any other file."""
    with suppress(ValueError):
        return datetime.strptime(file.name, _NAME).replace(tzinfo=SHANGHAI)
    return None


def _policy(reading: Reading) -> BackupPolicy:
    return reading.reference.backups(day_of(reading.known_at))
