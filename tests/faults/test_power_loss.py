"""What was told to be saved had reached the disk: everything else may be lost, and the act is there."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from casework.projections.reconcile import reconcile
from casework.service import Casework, make_store
from casework.store.database import make_engine
from casework.store.keys import KeyRing
from tests.faults.acknowledging import TOLD
from tests.faults.own_postgres import own_postgres
from tests.faults.power import Disk
from tests.faults.traced import Call, calls_in, traced, watched
from tests.support.county import MASTER_KEY, County
from tests.support.field import fill_field

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not shutil.which("strace"), reason="strace tells what is written and synced"),
]
ACTS = 150
MOMENTS = 0.02
"""How often the power goes between two answers, after a call."""
LOOKED_AT = 0.1
"""How often all read models are compared with the events."""
NAME, LOG = "casework.db", "/pg_wal/"
ENVIRON = {**os.environ, "PYTHONPATH": os.getcwd()}


def acknowledging(url: str) -> tuple[str, ...]:
    """The program that records visits."""
    return sys.executable, "-m", "tests.faults.acknowledging", url, str(ACTS)


def saved_in(call: Call) -> int:
    """The act that the program told to be saved, 0 when the call tells none."""
    words = call.content.decode(errors="replace").split() if call.name == "write" else []
    return int(words[1]) if len(words) == 2 and words[0] == TOLD else 0


def acts_found(files: Mapping[str, bytes], folder: Path) -> int:
    """Opens what a power loss left; how many acts there are. Raises when anything is broken."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        if not name.endswith("-shm"):  # only memory; made anew from the log
            (folder / name).write_bytes(content)
    conn = sqlite3.connect(folder / NAME)
    try:
        assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        count, last = conn.execute("SELECT count(*), max(id) FROM act").fetchone()
        assert count == last
        return int(last)
    finally:
        conn.close()


def differences(folder: Path) -> list[str]:
    """Where the read models do not follow from the events."""
    engine = make_engine(f"sqlite:///{folder / NAME}")
    county = Casework(make_store(engine, KeyRing(MASTER_KEY), lambda: County.now))
    with county.reading() as reading:
        found = reconcile(reading.snapshot)
    engine.dispose()
    return found


@pytest.mark.parametrize("seed", range(3))
def test_whatever_a_power_loss_takes_sqlite_has_every_act_that_was_told_to_be_saved(
    tmp_path: Path, seed: int
) -> None:
    folder, chance = tmp_path / "data", random.Random(seed)
    folder.mkdir()
    url = f"sqlite:///{folder / NAME}"
    county = County(url)
    fill_field(county)
    county.close()
    disk = Disk(folder)
    traced(acknowledging(url), tmp_path / "told", ENVIRON)
    saved = losses = at_stake = 0
    for call in calls_in(tmp_path / "told"):
        disk.take(call)
        told = saved_in(call)
        saved = told or saved
        if told or (saved and disk.waits and chance.random() < MOMENTS):
            for kept in (0.0, chance.random()):
                at_stake += disk.waits
                losses += 1
                assert acts_found(disk.after_power_loss(chance, kept), tmp_path / "after") >= saved
            if chance.random() < LOOKED_AT:
                assert not differences(tmp_path / "after")
    print(f"{ACTS} acts, {disk.synced} syncs, {losses} power losses, {at_stake} writes at stake")
    assert saved and losses > ACTS and at_stake


@pytest.mark.skipif(os.geteuid() != 0, reason="a server that runs already is watched")
def test_postgresql_answers_a_commit_when_its_log_has_reached_the_disk(tmp_path: Path) -> None:
    with own_postgres() as (server, url):
        county = County(url)
        fill_field(county)
        county.close()
        with watched(server.pids(), tmp_path / "told"):
            subprocess.run(acknowledging(url), env=ENVIRON, check=True, stdout=subprocess.DEVNULL)
    answered, unsynced, synced = 0, set[tuple[int, str]](), False
    for call in calls_in(tmp_path / "told"):
        if call.name == "pwrite64" and LOG in call.path:
            unsynced.add((call.pid, call.path))
        elif call.name in ("fsync", "fdatasync") and LOG in call.path:
            unsynced = {each for each in unsynced if each[1] != call.path}
            synced = True
        elif call.name == "sendto" and b"COMMIT\0" in call.content and synced:
            assert not [path for pid, path in unsynced if pid == call.pid]
            answered, synced = answered + 1, False
    print(f"{ACTS} acts, {answered} commits answered after a sync")
    assert answered >= ACTS
