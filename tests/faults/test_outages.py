"""Disk full, database away, clock set back, two servers: nothing half saved, clear words, and it recovers."""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

import pytest
from sqlalchemy import func, select

from casework.store import lease
from casework.store.failures import AWAY, BUSY, FULL
from casework.store.schema import act
from tests.faults.browser import Answer
from tests.faults.clients import People, Sent
from tests.faults.own_postgres import fill_up, own_postgres, small_disk
from tests.faults.proof import all_there_once, sound, verified_against_heads
from tests.faults.site import HOUR, FaultSite

pytestmark = pytest.mark.soak
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="a disk of its own is mounted")
AWAY_S = 30


@contextmanager
def at_work(url: str, folder: Path, *, servers: int = 1) -> Iterator[tuple[FaultSite, People]]:
    """A served county with eight people writing; at the end all is proved."""
    folder.mkdir(exist_ok=True)
    with FaultSite(url, folder, servers=servers) as site:
        site.start()
        people = People(site, seed=1)
        people.begin()
        people.wait_for(8)
        yield site, people
        people.wait_for(8)
        sent = people.end()
        sound(site)
        all_there_once(site, sent)
        verified_against_heads(site)
        print(f"{sent.acknowledged} acknowledged, {dict(sent.lost)}, {len(sent.refusals)} pages said: later")


def said_clearly(answers: list[Answer], *sentences: str) -> None:
    """Whoever was refused read what is wrong, in these words and on a whole page."""
    for answer in answers:
        assert answer.status == 503 and "暂时用不了" in answer.text and "</html>" in answer.text, answer
        assert any(sentence in answer.text for sentence in sentences), re.sub("<[^>]*>", "", answer.text)


def wait_until(true: Callable[[], bool], patience_s: float) -> None:
    """Raises when it takes longer."""
    patience = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < patience
        time.sleep(0.1)


def saved_during(sent: Sent, seconds: float) -> int:
    """How many writes were told to be saved in a stretch of time."""
    before = sent.acknowledged
    time.sleep(seconds)
    return sent.acknowledged - before


def test_a_database_away_for_half_a_minute_is_told_and_comes_back(tmp_path: Path):
    with own_postgres() as (server, url), at_work(url, tmp_path / "site") as (site, people):
        server.stop()
        time.sleep(2)  # what was on its way has come to its end
        assert saved_during(people.sent, AWAY_S - 2) == 0
        assert site.servers[0].ready()[0] == 503
        server.start()
        wait_until(lambda: site.servers[0].ready()[0] == 200, 20)
        assert people.sent.refusals
        said_clearly(people.sent.refusals, AWAY, BUSY)


def test_a_database_that_answers_nothing_for_half_a_minute_is_waited_for(tmp_path: Path):
    with own_postgres() as (server, url), at_work(url, tmp_path / "site") as (site, people):
        server.freeze()
        time.sleep(1)
        assert saved_during(people.sent, AWAY_S - 1) == 0
        assert site.servers[0].ready()[0] == 503
        server.thaw()
        wait_until(lambda: site.servers[0].ready()[0] == 200, 20)
        said_clearly(people.sent.refusals, AWAY, BUSY)


def test_a_restarted_postgresql_costs_nothing_acknowledged(tmp_path: Path):
    with own_postgres() as (server, url), at_work(url, tmp_path / "site") as (_, people):
        for _ in range(3):
            server.restart()
            people.wait_for(5)
        said_clearly(people.sent.refusals, AWAY, BUSY)


def disk_filled(disk: Path, site: FaultSite, people: People, back: Callable[[], None]) -> None:
    """Fills the disk until somebody is refused, looks at what is said, makes room again."""
    filler = fill_up(disk, leave=300_000)
    try:
        wait_until(lambda: bool(people.sent.refusals), 120)
        time.sleep(5)
    finally:
        filler.unlink()
    back()
    wait_until(lambda: site.servers[0].ready()[0] == 200, 30)
    said_clearly(people.sent.refusals, FULL, AWAY, BUSY)
    assert any(FULL in answer.text for answer in people.sent.refusals)


@needs_root
def test_a_full_disk_under_sqlite_is_told_and_half_saves_nothing(tmp_path: Path):
    with small_disk(tmp_path / "disk", 100) as disk:
        url = f"sqlite:///{disk / 'casework.db'}"
        with at_work(url, disk) as (site, people):
            disk_filled(disk, site, people, lambda: None)


@needs_root
def test_a_full_disk_under_postgresql_is_told_and_half_saves_nothing(tmp_path: Path):
    with small_disk(Path(mkdtemp(prefix="casework-pg-", dir="/tmp")), 400) as disk:
        folder = disk / "pg"
        folder.mkdir()
        disk.chmod(0o755)
        with own_postgres(folder) as (server, url), at_work(url, tmp_path / "site") as (site, people):
            disk_filled(disk, site, people, server.start)


def test_a_clock_set_back_an_hour_turns_no_order_round(database_url: str, tmp_path: Path):
    with at_work(database_url, tmp_path / "site") as (site, people):
        server = site.servers[0]
        server.kill()
        server.start(CASEWORK_CLOCK_SHIFT=str(site.shift - HOUR))
        people.wait_for(20)
        with site.casework.reading() as reading:
            last = reading.snapshot.conn.scalar(select(func.max(act.c.recorded_us))) or 0
        now = datetime.now(UTC).timestamp() + site.shift
        assert now - last / 1e6 < HOUR / 2, "after the clock was set back, acts go on from the last"


def test_two_servers_on_one_database_share_it_and_one_may_die(database_url: str, tmp_path: Path):
    with at_work(database_url, tmp_path / "site", servers=2) as (site, people):
        for server in site.servers:
            server.kill()
            people.wait_for(3)  # by the other one
            server.start()
            people.wait_for(6)


def test_worker_and_web_take_over_from_each_other(database_url: str, tmp_path: Path):
    def led() -> bool:
        return lease.is_held(site.engine, lease.WORKER)

    with at_work(database_url, tmp_path / "site") as (site, people):
        wait_until(led, 10)
        assert site.worker is not None
        site.worker.kill()
        wait_until(led, 10)  # by a process of the server
        site.start_worker()
        time.sleep(3)
        site.servers[0].kill()
        time.sleep(lease.LASTS_S)
        wait_until(led, 10)  # by the worker
        site.servers[0].start()
        people.wait_for(5)
