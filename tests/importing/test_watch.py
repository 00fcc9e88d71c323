"""The watches over waiting imports: of many servers' one starts a process, and a dead one keeps nobody."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from casework.domain.values import Actor
from casework.jobs.imports import Watch
from casework.store.lease import lease
from tests.support.county import County
from tests.support.uploads import Desk
from tests.web.small_county import ROSTER, fill

OFFICE = Actor("jijiao", "路知遥", "基教股", "C1")


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    county = County(database_url)
    fill(county)
    yield Desk(county, tmp_path)
    county.close()


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The processes that are started; none of them does anything."""
    found: list[list[str]] = []

    def run(command: list[str], check: bool) -> subprocess.CompletedProcess[str]:
        found.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    return found


def test_one_of_many_watches_starts_a_process_and_when_it_dies_another_does(
    desk: Desk, begun: list[list[str]]
) -> None:
    watches = [Watch(desk.county.casework, desk.files) for _ in range(4)]
    for watch in watches:
        watch.look()
    assert not begun, "nothing waits"
    desk.upload(OFFICE, "roster", ROSTER)
    for watch in watches:
        watch.look()
    assert len(begun) == 1
    watches[0].look()
    assert len(begun) == 2, "the one that began goes on as long as something waits"
    with desk.county.casework.store.engine.begin() as conn:
        conn.execute(update(lease).values(until_us=1))  # it has died, and its time is over
    watches[3].look()
    assert len(begun) == 3
