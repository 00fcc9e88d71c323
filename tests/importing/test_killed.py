"""An import killed in the middle and started again ends as if nothing had happened (kill -9, 断点续传)."""

import random
import signal
import time
from pathlib import Path

import pytest

from tests.importing.processes import (
    Process,
    Rows,
    Site,
    children,
    digests,
    histories,
    prepared,
    uninterrupted,
)


def import_killed(site: Site, kind: str, rows: Rows, *, kills: int, chance: random.Random) -> tuple[int, str]:
    """Imports rows, killed at random moments while it writes; at last left alone."""
    path = site.file(f"{kind}-被杀.csv", rows)
    killed = 0
    for _ in range(kills):
        before = site.acts()
        process = site.start("import", kind, path, "--apply")
        _wait_for_an_act(site, before, process)
        time.sleep(chance.uniform(0, 0.15))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
    assert killed, "every process had ended before it was killed"
    return site.run("import", kind, path, "--apply")


def _wait_for_an_act(site: Site, before: int, process: Process) -> None:
    while process.poll() is None and site.acts() == before:
        time.sleep(0.01)


def ends_as_uninterrupted(site: Site, expected: tuple[dict[str, int], list[str]]) -> None:
    """Every table as long, every report's digest equal, the read models clean."""
    counts, figures = expected
    assert site.counts() == counts
    assert digests(site.casework) == figures
    assert site.differences() == []


def test_a_killed_import_of_histories_ends_as_uninterrupted(database_url: str, tmp_path: Path):
    roster, acts = children(900), histories(900)
    expected = uninterrupted(("roster", roster), ("status", acts))
    site = prepared(database_url, tmp_path, ("roster", roster))
    code, said = import_killed(site, "status", acts, kills=2, chance=random.Random())
    assert code == 3 and "退回 18" in said and "日期“2027-01-01”" in said
    ends_as_uninterrupted(site, expected)
    site.close()


@pytest.mark.soak
@pytest.mark.parametrize("kills", [1, 5, 20])
def test_killed_imports_of_every_size_end_as_uninterrupted(database_url: str, tmp_path: Path, kills: int):
    roster, acts = children(6000), histories(6000)
    expected = uninterrupted(("roster", roster), ("status", acts))
    site = prepared(database_url, tmp_path)
    chance = random.Random(kills)
    assert import_killed(site, "roster", roster, kills=min(kills, 5), chance=chance)[0] == 0
    assert import_killed(site, "status", acts, kills=kills, chance=chance)[0] == 3
    ends_as_uninterrupted(site, expected)
    site.close()
