"""The server killed (kill -9) while eight people write: every acknowledged write is there once."""

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from casework.projections.import_queue import MOST_ATTEMPTS
from casework.projections.import_runs import APPLYING, CHECKING, UNDER_WAY, import_run
from casework.store.database import is_sqlite
from tests.faults.clients import People
from tests.faults.figures import Figures
from tests.faults.proof import all_there_once, sound, verified_against_heads
from tests.faults.site import FaultSite
from tests.soak import seeds

LONGEST_S = 1
MANY = 24
AT_AN_IMPORT = 0.1
"""How often the kill waits for an import that is being written: that is over in a moment."""
_UNTIL_AN_IMPORT_S = 900


def killed(
    url: str,
    folder: Path,
    *,
    kills: int,
    seed: int,
    most: int = MANY,
    at_once: float = 0.5,
    at_an_import: float = 0,
    processes: int = 0,
    worker: bool = True,
) -> Figures:
    """Serves, kills at random moments, serves again; the people end when the last server has come back.

    `most`: how many writes there may be between two kills. `at_once`: how often the next server is begun at
    once; else so late that nobody waits for the leases of the dead.
    """
    chance = random.Random(seed)
    with FaultSite(url, folder, processes=processes, has_worker=worker) as site:
        site.start()
        people = People(site, seed)
        people.begin()
        found = Figures("SQLite" if is_sqlite(site.engine) else "PostgreSQL", seeds=[seed])
        for _ in range(kills):
            people.wait_for(chance.randrange(3, most))
            moment_to_kill(site, chance, found, at_an_import)
            site.kill()
            sound(site)
            note_imports_hit(site, found)
            if chance.random() >= at_once:
                site.leases_run_out()
            begun = time.monotonic()
            found.answered_s.append(site.start())
            people.wait_for(1)
            found.saved_s.append(time.monotonic() - begun)
            found.kills += 1
        people.wait_for(5)
        sent = people.end()
        sound(site)
        all_there_once(site, sent)
        verified_against_heads(site)
    found.acknowledged, found.imports_done = sent.acknowledged, sum(sent.imported.values())
    found.broken, found.given_up = sent.lost["broken"], sent.lost["given up"]
    return found


def imports_under_way(site: FaultSite) -> Sequence[Any]:
    """Each import that has not ended and waits for nobody: what it is at, who works on it, for which time."""
    run = import_run.c
    asked = select(run.state, run.lease_owner, run.attempts).where(run.state.in_(UNDER_WAY))
    with site.engine.connect() as conn:
        return conn.execute(asked).all()


def wait_until(site: FaultSite, true: Callable[[Sequence[Any]], bool], otherwise: str) -> None:
    """Until the imports are so. Raises with these words when they never are."""
    patience = time.monotonic() + _UNTIL_AN_IMPORT_S
    while not true(imports_under_way(site)):
        assert time.monotonic() < patience, otherwise
        time.sleep(0.01)


def moment_to_kill(site: FaultSite, chance: random.Random, found: Figures, at_an_import: float) -> None:
    """Comes at random, or while an import is being written.

    What was interrupted five times without getting further is given up by design, so the same import is not
    hit that often.
    """
    if chance.random() < at_an_import:
        wait_until(
            site,
            lambda runs: any(run.state == APPLYING and run.lease_owner not in found.hit for run in runs),
            "no import gets so far as to be written",
        )
        time.sleep(chance.uniform(0, LONGEST_S / 10))
    else:
        time.sleep(chance.uniform(0, LONGEST_S))
    spared = MOST_ATTEMPTS - 1
    wait_until(site, lambda runs: all(run.attempts < spared for run in runs), "an import does not go on")


def note_imports_hit(site: FaultSite, found: Figures) -> None:
    """Those that the kill took from whoever worked on them, and how many of them were being written."""
    for run in imports_under_way(site):
        if run.lease_owner and run.lease_owner not in found.hit:
            found.hit.append(run.lease_owner)
            found.imports_hit += 1
            found.imports_writing += run.state in (CHECKING, APPLYING)


def test_a_killed_server_loses_nothing_acknowledged_and_writes_nothing_twice(
    database_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
):
    seed = random.randrange(10**6)
    found = killed(database_url, tmp_path, kills=1, seed=seed, most=12, at_once=0, processes=2)
    record_property(*found.noted())
    assert found.broken, "the kill met nobody"


@pytest.mark.soak
@pytest.mark.parametrize("seed", seeds(1, 20))
def test_a_server_killed_again_and_again_loses_nothing(
    database_url: str, tmp_path: Path, seed: int, record_property: Callable[[str, object], None]
):
    processes, worker = (0, 1, 2, 1)[seed % 4], seed % 2 == 0
    found = killed(
        database_url,
        tmp_path,
        kills=10,
        seed=seed,
        at_an_import=AT_AN_IMPORT,
        processes=processes,
        worker=worker,
    )
    record_property(*found.noted())
