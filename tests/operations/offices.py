"""A county's computer for backups: data folder, keys, database; made once, copied for each test."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from casework.bootstrap import make_casework
from casework.config import Settings
from casework.domain.values import LOCAL_OPERATOR
from casework.importers.run import Options, import_table
from casework.projections.reconcile import reconcile
from casework.service import Casework
from tests.importing.processes import children, digests, histories, prepared
from tests.importing.small import NOW
from tests.support.county import MASTER_KEY, RowsTable
from tests.support.rows import visit

BACKUP_KEY = bytes([7]) * 32
CHILDREN = 40


def settings_of(folder: Path, url: str = "") -> Settings:
    """What the program is told there."""
    return Settings(
        mode="test",
        data_dir=folder,
        database_url=url or f"sqlite:///{folder / 'casework.db'}",
        secret_key="k" * 40,
        master_key=MASTER_KEY,
        now=NOW,
        backup_key=BACKUP_KEY,
    )


def make_county(folder: Path, url: str) -> None:
    """Forty children, half of them with histories."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [row for row in histories(CHILDREN) if row["日期"] < "2027"]
    prepared(url, folder, ("roster", children(CHILDREN)), ("status", rows)).close()


@contextmanager
def at_work(settings: Settings) -> Iterator[Casework]:
    """The application over its database."""
    casework = make_casework(settings)
    try:
        yield casework
    finally:
        casework.store.engine.dispose()


def told(settings: Settings) -> tuple[int, list[str], list[str]]:
    """The last act, the digests of the reports, what does not agree."""
    with at_work(settings) as casework, casework.reading() as reading:
        return reading.snapshot.k, digests(casework), reconcile(reading.snapshot)


def record_visit(casework: Casework, on: str, child: int) -> None:
    """One visit of one child, as an import takes it."""
    rows: Any = RowsTable("visits", [visit(on, f"K{child:05d}")])
    options = Options(actor=LOCAL_OPERATOR, apply=True)
    outcome = import_table(casework, "visits", rows, options, name="家访.csv")
    assert outcome.all_taken


def elsewhere(settings: Settings, folder: Path, url: str = "") -> Settings:
    """A new, empty computer that was given the keys."""
    folder.mkdir()
    return replace(settings, data_dir=folder, database_url=url or f"sqlite:///{folder / 'casework.db'}")


def left_in(folder: Path) -> list[str]:
    """Every file below a folder."""
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def copied(template: Path, folder: Path) -> Settings:
    """The county of a template, on another computer."""
    shutil.copytree(template, folder)
    return settings_of(folder)
