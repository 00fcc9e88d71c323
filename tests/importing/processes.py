"""Imports in processes of their own, on a database file or server, to be killed or run side by side."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import func, select

from casework.bootstrap import initialise
from casework.domain.values import LOCAL_OPERATOR
from casework.importers.columns import COLUMNS
from casework.importers.run import Options, import_table
from casework.importers.tables import open_table
from casework.projections.import_runs import import_run
from casework.projections.reconcile import reconcile
from casework.service import Casework, make_store
from casework.store.database import make_engine, reading
from casework.store.keys import KeyRing
from casework.store.schema import act, metadata
from tests.cli.files import csv_file
from tests.importing.small import NOW, Small
from tests.support.county import MASTER_KEY
from tests.support.rows import FAR, NEAR, UNITS, Row, pupil, status

Rows = Sequence[Mapping[str, str]]
Process = subprocess.Popen[str]

WEEKS = ("2026-W37", "2026-W38", "2026-W39")


def children(count: int) -> list[Row]:
    """A roster of this many children of two schools."""
    return [pupil(f"K{at:05d}", "", NEAR if at % 3 else FAR) for at in range(count)]


def histories(count: int) -> list[Row]:
    """Three status acts of every second child, one of which moves the child; some rows are refused."""
    rows = []
    for at in range(0, count, 2):
        number = f"K{at:05d}"
        rows += [status("2026-09-04", "疑似辍学", number), status("2026-09-10", "辍学", number, 原因="失联")]
        rows.append(status("2026-09-20", "复学", number, 接收学校代码=FAR if at % 5 else ""))
        if at % 50 == 0:
            rows.append(status("2027-01-01", "辍学", number))
    return rows


class Site:
    """A county's database, reached by processes of its own."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.engine = make_engine(url)
        self._environment = {
            **os.environ,
            "CASEWORK_DATABASE_URL": url,
            "CASEWORK_DATA_DIR": str(folder),
            "CASEWORK_MASTER_KEY": MASTER_KEY.hex(),
            "CASEWORK_SECRET_KEY": "k" * 40,
            "CASEWORK_MODE": "test",
            "CASEWORK_NOW": NOW.isoformat(),
        }

    @property
    def casework(self) -> Casework:
        """The application over the same database, in this process."""
        return Casework(make_store(self.engine, KeyRing(MASTER_KEY), lambda: NOW))

    def close(self) -> None:
        """Lets go of the database."""
        self.engine.dispose()

    def start(self, *arguments: str | Path) -> Process:
        """Starts `casework` with these arguments."""
        command = [sys.executable, "-m", "casework.cli", *map(str, arguments)]
        return subprocess.Popen(
            command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def run(self, *arguments: str | Path) -> tuple[int, str]:
        """Runs `casework` to its end: (exit code, what it printed)."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        return process.returncode, out + err

    def file(self, name: str, rows: Rows) -> Path:
        """Rows as a CSV file."""
        return csv_file(self.folder / name, rows)

    def acts(self) -> int:
        """How many acts are stored."""
        with reading(self.engine) as conn:
            return conn.scalar(select(func.count()).select_from(act)) or 0

    def counts(self) -> dict[str, int]:
        """How many rows every table holds; the log of runs aside, which tells every start."""
        with reading(self.engine) as conn:
            return {
                table.name: conn.scalar(select(func.count()).select_from(table)) or 0
                for table in metadata.sorted_tables
                if table is not import_run
            }

    def differences(self) -> list[str]:
        """What does not follow from the events."""
        with self.casework.reading() as reading_now:
            return reconcile(reading_now.snapshot)


def uninterrupted(*imports: tuple[str, Rows]) -> tuple[dict[str, int], list[str]]:
    """Row counts and report digests after these imports, each in one go."""
    county = Small("sqlite:///:memory:", children=False)
    for kind, rows in imports:
        county.take(kind, rows)
    counts = {name: count for name, count in county.rows().items() if name != import_run.name}
    told = counts, digests(county.casework)
    county.clean()
    county.close()
    return told


def digests(casework: Casework) -> list[str]:
    """The digests of the county's weekly reports."""
    return [casework.weekly_report("C", week)["digest"] for week in WEEKS]


def prepared(url: str, folder: Path, *imports: tuple[str, Rows]) -> Site:
    """A site with its units and what else is imported first, in this process."""
    site = Site(url, folder)
    casework = site.casework
    initialise(casework)
    for kind, rows in (("units", UNITS), *imports):
        table = open_table(site.file(f"{kind}.csv", rows), f"{kind}.csv", COLUMNS[kind])
        outcome = import_table(casework, kind, table, Options(actor=LOCAL_OPERATOR, apply=True))
        assert outcome.all_taken
    return site
