"""When backups were made and how they ended (备份记录): the age of the last good one, and what went wrong.

A row is no act: nothing about the county changes by being backed up.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    String,
    Table,
    Text,
    insert,
    select,
)

from casework.store.clock import instant, micros
from casework.store.schema import act, metadata
from casework.store.side import side_writing

BY_HAND, SCHEDULED = "by_hand", "scheduled"

backup_log = Table(
    "backup_log",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("ended_us", BigInteger, nullable=False),
    Column("how", String(12), nullable=False),
    Column("file", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("act", Integer, nullable=False),
    Column("fault", Text, nullable=False),
    Index(None, "ended_us"),
    comment="fault: empty for a good backup, else what the person was told",
)

_c = backup_log.c


@dataclass(frozen=True, slots=True)
class BackupNote:
    """How one backup ended; `fault` is empty for a good one, `act` the last act in it."""

    ended_at: datetime
    how: str
    file: str
    size: int = 0
    act: int = 0
    fault: str = ""


def note_backup(engine: Engine, note: BackupNote) -> None:
    """Adds one row."""
    with side_writing(engine) as conn:
        conn.execute(
            insert(backup_log).values(
                ended_us=micros(note.ended_at),
                how=note.how,
                file=note.file,
                size=note.size,
                act=note.act,
                fault=note.fault,
            )
        )


def last_backup(conn: Connection, *, good: bool = True, how: str = "") -> BackupNote | None:
    """The last good backup; with `good=False` the last attempt, good or not; `how`: only of that kind."""
    query = select(backup_log).order_by(_c.ended_us.desc(), _c.id.desc()).limit(1)
    query = query.where(_c.fault == "") if good else query
    row = conn.execute(query.where(_c.how == how) if how else query).first()
    if row is None:
        return None
    return BackupNote(instant(row.ended_us), row.how, row.file, row.size, row.act, row.fault)


def first_recorded(conn: Connection) -> datetime | None:
    """When the first act was recorded: from then on there was something to lose."""
    us = conn.scalar(select(act.c.recorded_us).order_by(act.c.id).limit(1))
    return None if us is None else instant(us)
