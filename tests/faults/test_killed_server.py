"""The server killed (kill -9) while eight people write: every acknowledged write is there once."""

import random
import time
from pathlib import Path

import pytest

from tests.faults.clients import People, Sent
from tests.faults.proof import all_there_once, sound, verified_against_heads
from tests.faults.site import FaultSite

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
) -> Sent:
    """Serves, kills at random moments, serves again; the people end when the last server has come back.

    `most`: how many writes there may be between two kills. `at_once`: how often the next server is begun at
    once; else so late that nobody waits for the leases of the dead.
    """
    chance = random.Random(seed)
    with FaultSite(url, folder, processes=processes) as site:
        site.start()
        people = People(site, seed)
        people.begin()
        for _ in range(kills):
            people.wait_for(chance.randrange(3, most))
            time.sleep(chance.uniform(0, LONGEST_S))
            site.kill()
            sound(site)
            if chance.random() >= at_once:
                site.leases_run_out()
            site.start()
        people.wait_for(5)
        sent = people.end()
        sound(site)
        all_there_once(site, sent)
        verified_against_heads(site)
    print(f"seed {seed}: {kills} kills, {sent.acknowledged} acknowledged, {dict(sent.lost)}")
    return sent


def test_a_killed_server_loses_nothing_acknowledged_and_writes_nothing_twice(
    database_url: str, tmp_path: Path
):
    seed = random.randrange(10**6)
    sent = killed(database_url, tmp_path, kills=1, seed=seed, most=12, at_once=0, processes=2)
    assert sent.lost["broken"], "the kill met nobody"


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 21))
def test_a_server_killed_again_and_again_loses_nothing(database_url: str, tmp_path: Path, seed: int):
    killed(database_url, tmp_path, kills=10, seed=seed, processes=(0, 1, 2)[seed % 3])
