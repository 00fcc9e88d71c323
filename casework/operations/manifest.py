"""What a backup says of itself (备份清单): who wrote it, how far it goes, what must come out of it again."""

from collections.abc import Iterable
from datetime import timedelta
from importlib.metadata import version
from typing import Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, func, select, table

from casework.domain.units import COUNTY
from casework.domain.values import day_of
from casework.projections.reference import ReferenceReader
from casework.projections.weekly_report import RULES, weekly_report
from casework.store.database import is_sqlite
from casework.store.keys import KeyRing
from casework.store.lease import lease
from casework.store.migration import revision_of
from casework.store.snapshot import Snapshot
from casework.tables import metadata

WEEKS = 4
"""How many weeks' reports of every county are held against what was restored."""

LASTING = [each for each in metadata.sorted_tables if each is not lease]
"""Every table whose rows mean something after the processes that wrote them."""

Kind = Literal["sqlite", "postgresql"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Report(_Part):
    """The figures of one 周报 as one digest."""

    unit: str
    week: str
    digest: str


class Facts(_Part):
    """What stands in a database at one moment: enough to tell whether another holds the same."""

    kind: Kind
    migration: str
    act: int
    recorded_at: str
    rows: dict[str, int]
    rules: str
    reports: list[Report]


class Stored(_Part):
    """One file in the backup."""

    size: int
    sha256: str


class Manifest(_Part):
    """备份清单; `master_mark` tells which 主密钥 belongs to it without telling the key."""

    program: str
    made_at: str
    master_mark: str
    facts: Facts
    files: dict[str, Stored]


def facts_of(snapshot: Snapshot) -> Facts:
    """The facts of a moment, all read from the one snapshot."""
    conn = snapshot.conn
    return Facts(
        kind="sqlite" if is_sqlite(conn) else "postgresql",
        migration=revision_of(conn),
        act=snapshot.k,
        recorded_at=snapshot.known_at.isoformat() if snapshot.known_at else "",
        rows={table.name: conn.scalar(select(func.count()).select_from(table)) or 0 for table in LASTING},
        rules=RULES,
        reports=reports_of(snapshot),
    )


def count_rows(conn: Connection, names: Iterable[str]) -> dict[str, int]:
    """How many rows each of these tables has."""
    return {name: conn.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}


def reports_of(snapshot: Snapshot) -> list[Report]:
    """The digests of every county's reports of the last weeks up to the snapshot's act."""
    at = snapshot.known_at
    if at is None:
        return []
    reference = ReferenceReader().at(snapshot.conn, snapshot.k)
    days = [day_of(at - timedelta(weeks=back)) for back in range(WEEKS)]
    weeks = [reference.weekly(day).week_of(day) for day in days]
    counties = sorted(unit.code for unit in reference.units if unit.kind == COUNTY)
    return [
        Report(
            unit=unit,
            week=week,
            digest=weekly_report(snapshot, reference, unit=unit, week=week, known_at=at)["digest"],
        )
        for unit in counties
        for week in weeks
    ]


def master_mark(keys: KeyRing) -> str:
    """By which a master key is known again."""
    return keys.hmac("backup", "the master key of this backup")[:32]


def program() -> str:
    """The version of this program."""
    return version("casework")


def is_newer(other: str) -> bool:
    """Whether a version is later than this program's."""
    return _numbers(other) > _numbers(program())


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(".") if part.isdigit()]
