"""The server killed (kill -9) while eight people write: every acknowledged write is there once."""

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from casework.projections.import_runs import APPLYING, CHECKING, UNDER_WAY, import_run
from casework.store.database import is_sqlite
from tests.faults.clients import People
from tests.faults.figures import Figures
from tests.faults.proof import all_there_once, sound, verified_against_heads
from tests.faults.site import FaultSite
from tests.soak import seeds

LONGEST_S = 1.5
MANY = 40
AT_AN_IMPORT = 0.3
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
            if chance.random() < at_an_import:
                wait_for_an_import(site)
                time.sleep(chance.uniform(0, LONGEST_S / 10))
            else:
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


def states_under_way(site: FaultSite) -> list[str]:
    """Of each import that has not ended and waits for nobody, what it is at."""
    with site.engine.connect() as conn:
        asked = select(import_run.c.state).where(import_run.c.state.in_(UNDER_WAY))
        return list(conn.scalars(asked))


def wait_for_an_import(site: FaultSite) -> None:
    """Until one is being written."""
    patience = time.monotonic() + _UNTIL_AN_IMPORT_S
    while APPLYING not in states_under_way(site):
        assert time.monotonic() < patience, "no import gets so far as to be written"
        time.sleep(0.01)


def note_imports_hit(site: FaultSite, found: Figures) -> None:
    """How many imports were under way when the kill came, and how many of them were being written."""
    hit = states_under_way(site)
    found.imports_hit += len(hit)
    found.imports_writing += sum(state in (CHECKING, APPLYING) for state in hit)


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
    found = killed(
        database_url, tmp_path, kills=10, seed=seed, at_an_import=AT_AN_IMPORT, processes=(0, 1, 2)[seed % 3]
    )
    record_property(*found.noted())
