"""A whole random history typed at the command line, a process a command: the figures are the oracle's.

Nothing is shared between the processes but the database: what one wrote, the next one reads.
"""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from casework.documents.sheets import Sheet, write_workbook
from casework.domain.values import SHANGHAI
from casework.importers.columns import COLUMNS
from tests.oracle import histories, judge, report
from tests.oracle.world import Import

MADE = datetime(2026, 1, 1, tzinfo=SHANGHAI)
IMPORTS = 8


class Shell:
    """The command line over one data folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environ = {**os.environ, "CASEWORK_DATA_DIR": str(folder / "var"), "CASEWORK_MODE": "test"}

    def __call__(self, now: datetime, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs one command at an instant."""
        command = [sys.executable, "-m", "casework.cli", *arguments]
        environ = {**self._environ, "CASEWORK_NOW": now.isoformat()}
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    def workbook(self, number: int, each: Import) -> str:
        """The rows as a file: every third a GB18030 CSV, the others workbooks with a title row.

        A file has every column it must have, also one that none of its rows fills.
        """
        needed = [column.name for column in COLUMNS[each.kind] if column.required and not column.unless]
        headers = list(dict.fromkeys([*(header for row in each.rows for header in row), *needed]))
        rows = [[row.get(header, "") for header in headers] for row in each.rows]
        if number % 3 == 0:
            path = self._folder / f"{number}.csv"
            lines = [",".join(f'"{cell}"' for cell in line) for line in (headers, *rows)]
            path.write_text("\n".join(lines), encoding="gb18030")
        else:
            path = self._folder / f"{number}.xlsx"
            write_workbook(path, [Sheet("表", headers, rows, title_lines=("某县台账",))], created=MADE)
        return str(path)


@pytest.mark.parametrize(
    "seed", [6, pytest.param(7, marks=pytest.mark.soak), pytest.param(8, marks=pytest.mark.soak)]
)
def test_the_command_line_alone_gives_the_oracles_figures(tmp_path: Path, seed: int) -> None:
    imports = histories.county_of_seed(seed)[:IMPORTS]
    shell, judged = Shell(tmp_path), judge.County()
    assert shell(imports[0].at, "init").returncode == 0
    for number, each in enumerate(imports):
        refused = any(verdict.what == "refused" for verdict in judged.take(each))
        done = shell(each.at, "import", each.kind, shell.workbook(number, each), "--apply")
        assert done.returncode == (3 if refused else 0), done.stdout + done.stderr
    end = imports[-1].at + timedelta(days=1)
    for unit, week, at in histories.questions(Random(seed), imports, 3):
        asked = ("--unit", unit, "--week", week, "--known-at", at.isoformat(), "--format", "json")
        told = json.loads(shell(end, "report", "weekly", *asked).stdout)
        wanted = report.weekly(imports, unit, week, at)
        assert (told["tables"], told["total"]) == (wanted["tables"], wanted["total"])
    assert shell(end, "reconcile").stdout.strip() == "一致"
