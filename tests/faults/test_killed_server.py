"""The server killed (kill -9) while eight people write: every acknowledged write is there once."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from casework.projections.import_runs import APPLYING, UNDER_WAY, import_run
from casework.store.database import is_sqlite
from tests.faults.clients import People
from tests.faults.figures import Figures
from tests.faults.proof import all_there_once, sound, verified_against_heads
from tests.faults.site import FaultSite
from tests.soak import seeds

LONGEST_S = 1.5
MANY = 40


def killed(
    url: str,
    folder: Path,
    *,
    kills: int,
    seed: int,
    most: int = MANY,
    at_once: float = 0.5,
    processes: int = 0,
) -> Figures:
    """Serves, kills at random moments, serves again; the people end when the last server has come back.

    `most`: how many writes there may be between two kills. `at_once`: how often the next server is begun at
    once; else so late that nobody waits for the leases of the dead.
    """
    chance = random.Random(seed)
    with FaultSite(url, folder, processes=processes) as site:
        site.start()
        people = People(site, seed)
        people.begin()
        found = Figures("SQLite" if is_sqlite(site.engine) else "PostgreSQL", seeds=[seed])
        for _ in range(kills):
            people.wait_for(chance.randrange(3, most))
            time.sleep(chance.uniform(0, LONGEST_S))
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


def note_imports_hit(site: FaultSite, found: Figures) -> None:
    """How many imports were under way when the kill came, and how many had written some of their rows."""
    with site.engine.connect() as conn:
        for run in conn.execute(select(import_run).where(import_run.c.state.in_(UNDER_WAY))):
            found.imports_hit += 1
            found.imports_half_written += run.state == APPLYING and 0 < run.rows_done < run.rows_total


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
    found = killed(database_url, tmp_path, kills=10, seed=seed, processes=(0, 1, 2)[seed % 3])
    record_property(*found.noted())
