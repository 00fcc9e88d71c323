"""The server killed (kill -9) while eight people write: every acknowledged write is there once."""

import random
import time
from pathlib import Path

import pytest

from tests.faults.clients import People, Sent
from tests.faults.proof import all_there_once, sound
from tests.faults.site import FaultSite

LONGEST_S = 1.5


def killed(url: str, folder: Path, *, kills: int, seed: int) -> Sent:
    """Serves, kills at random moments, serves again; the people end when the last server has come back."""
    chance = random.Random(seed)
    with FaultSite(url, folder) as site:
        site.start()
        people = People(site, seed)
        people.begin()
        for _ in range(kills):
            people.wait_for(chance.randrange(5, 40))
            time.sleep(chance.uniform(0, LONGEST_S))
            site.kill()
            sound(site)
            site.start()
        people.wait_for(8)
        sent = people.end()
        sound(site)
        all_there_once(site, sent)
        code, told = site.run("verify")
        assert code == 0, told
    print(f"seed {seed}: {kills} kills, {sent.acknowledged} acknowledged, {dict(sent.lost)}")
    return sent


def test_a_killed_server_loses_nothing_acknowledged_and_writes_nothing_twice(
    database_url: str, tmp_path: Path
):
    sent = killed(database_url, tmp_path, kills=1, seed=random.randrange(10**6))
    assert sent.lost["broken"], "the kill met nobody"


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 11))
def test_a_server_killed_a_hundred_times_loses_nothing(database_url: str, tmp_path: Path, seed: int):
    killed(database_url, tmp_path, kills=10, seed=seed)
