"""Two workers killed at random, again and again: nothing is sent twice, and every message comes to an end."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from casework.domain.reminders import STATES
from casework.store import lease, reminder_log
from casework.store.reminder_log import reminder
from casework.store.reminder_settings import Contact, keep_contact
from tests.jobs.receivers import Taken, gateway, mail_server
from tests.jobs.reminded import adopt, policy_text, reminded_county
from tests.soak import seeds
from tests.support.county import County

ENDED = {"sent", "failed", "unknown", "suppressed"}
WHILE_PLANNED, SOON_OVER = 0.3, 0.8
"""How often one is killed while a digest is planned; how often nobody waits for the lease of the dead."""
OUTSIDE = ("email", "sms", "robot")


class Workers:
    """Processes that remind; one that is killed is begun anew. To be closed with `close`."""

    def __init__(self, url: str, port: int) -> None:
        self._url, self._port = url, port
        self.running: list[int] = []
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.reminder_worker"], text=True, cwd=os.getcwd(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def begin(self, now: datetime) -> None:
        """One more, by this clock; returns when it is up."""
        assert self._nursery.stdin and self._nursery.stdout
        print(self._url, now.isoformat(), self._port, file=self._nursery.stdin, flush=True)
        self.running.append(int(self._nursery.stdout.readline()))

    def kill(self, which: int) -> None:
        """SIGKILL; returns when it is gone."""
        pid = self.running.pop(which)
        os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.002)

    def kill_all(self) -> None:
        """None is left."""
        while self.running:
            self.kill(0)

    def close(self) -> None:
        """For good."""
        self.kill_all()
        self._nursery.communicate()


def waiting(county: County, *states: str) -> int:
    with county.casework.reading() as reading:
        query = select(func.count()).where(reminder.c.state.in_(states or ("planned", "handing")))
        return reading.snapshot.conn.scalar(query) or 0


def slowly() -> str:
    time.sleep(0.2)
    return "take"


def killed_at_random(url: str, seed: int, kills: int) -> None:
    """Digest after digest, with one of the two killed while it is planned or sent."""
    rng = random.Random(seed)
    mail, web = Taken(), Taken()

    def mood() -> str:
        time.sleep(rng.random() * 0.05)
        return rng.choice(["take"] * 9 + ["busy", "vanish", "refuse"])

    mail.mood = web.mood = mood
    with ExitStack() as stack:
        ports = stack.enter_context(mail_server(mail)), stack.enter_context(gateway(web))
        county = County(url)
        stack.callback(county.close)
        reminded_county(county, *ports)
        _many_heads(county)
        adopt(county, policy_text(*ports, {"[1, 5, 15, 60]": "[0, 0, 0]"}))
        workers = Workers(url, ports[1])
        stack.callback(workers.close)
        killing = Killing(county, workers, rng, kills)
        while killing.left:
            killing.digest(lambda: mail.tries + web.tries)
            county.now += timedelta(hours=10 if county.now.hour < 12 else 14)
        _finish(county, workers)
        told = [(row.channel, row.state) for row in _rows(county)]
        states = Counter(state for channel, state in told if channel != "in_app")
        print(f"seed {seed}: {kills} kills, {dict(states)}, {len(mail.got) + len(web.got)} arrived")
        assert {state for _, state in told} <= ENDED, told
        assert {channel for channel, _ in told} == {"in_app", "email", "robot", "sms"}
        assert not _twice(county, mail, web)


class Killing:
    """Kills one of two workers again and again, so many times; it is begun anew."""

    def __init__(self, county: County, workers: Workers, rng: random.Random, kills: int) -> None:
        self.left = kills
        self._county, self._workers, self._rng = county, workers, rng

    def digest(self, tries: Callable[[], int]) -> None:
        """One digest, until nothing of it waits or there have been enough kills."""
        had = waiting(self._county, *STATES)
        for _ in range(2):
            self._workers.begin(self._county.now)
        if self._rng.random() < WHILE_PLANNED:
            self._kill(0.3)
        _until(lambda: waiting(self._county, *STATES) > had, "nobody plans anything")

        def went_on(tried: int) -> bool:
            return tries() > tried or not waiting(self._county, "planned")

        while self.left and waiting(self._county, "planned"):
            _until(partial(went_on, tries()), "nobody sends")
            self._kill(0.1)
        self._workers.kill_all()

    def _kill(self, within_s: float) -> None:
        time.sleep(self._rng.random() * within_s)
        self._workers.kill(self._rng.randrange(2))
        if self._rng.random() < SOON_OVER:  # the time of the dead is over; it may be that of the living, too
            with self._county.casework.store.engine.begin() as conn:
                conn.execute(update(lease.lease).values(until_us=1))
        self._workers.begin(self._county.now)
        self.left -= 1


def _until(true: Callable[[], bool], otherwise: str) -> None:
    patience = time.monotonic() + 60
    while not true():
        assert time.monotonic() < patience, otherwise
        time.sleep(0.005)


def _many_heads(county: County) -> None:
    """Twenty more who answer for a school, so that a digest is many messages."""
    heads = [f"head{number:02d}" for number in range(20)]
    rows = [
        {"登录名": login, "姓名": "苗自强", "岗位": "校长", "单位代码": "S2", "任职日期": "2026-08-01"}
        for login in heads
    ]
    assert county.take("staff", rows).all_taken
    store = county.casework.store
    for number, login in enumerate(heads):
        contact = Contact(f"{login}@example.gov.cn", f"1380000{number:04d}")
        keep_contact(store.engine, store.keys, login, contact, county.now)


def _finish(county: County, workers: Workers) -> None:
    """What the killed left behind: given up after its time, and the rest delivered by one that lives."""
    with county.casework.store.engine.begin() as conn:
        conn.execute(update(reminder).where(reminder.c.state == "handing").values(handed_us=1))
    reminder_log.give_up_old(county.casework.store.engine)
    workers.begin(county.now)
    patience = time.monotonic() + 90
    while waiting(county):
        assert time.monotonic() < patience, "something never ended"
        time.sleep(0.05)


def _rows(county: County) -> list:
    with county.casework.reading() as reading:
        return list(reading.snapshot.conn.execute(select(reminder)))


def _twice(county: County, mail: Taken, web: Taken) -> list[str]:
    """Who got a message more often than one was planned, or the very same words again."""
    planned: Counter[str] = Counter()
    arrived = Counter(to.partition("@")[0] for to, _ in mail.got)
    for row in _rows(county):
        planned["" if row.channel in ("sms", "robot") else row.recipient] += row.channel in OUTSIDE
    arrived[""] = len(web.got)
    again = [to for to, _ in (*mail.twice(), *web.twice())]
    return [*again, *(who for who, times in arrived.items() if times > planned[who])]


@pytest.mark.parametrize("seed", range(2))
def test_two_workers_killed_a_few_times_send_nothing_twice(database_url: str, seed: int) -> None:
    killed_at_random(database_url, seed, 4)


@pytest.mark.soak
@pytest.mark.parametrize("seed", seeds(0, 8))
def test_two_workers_killed_two_hundred_times_send_nothing_twice(database_url: str, seed: int) -> None:
    killed_at_random(database_url, 100 + seed, 25)


@pytest.mark.soak
def test_when_the_one_that_schedules_is_killed_another_sends_within_ten_seconds(sqlite_url: str) -> None:
    mail, web = Taken(), Taken()
    with ExitStack() as stack:
        ports = stack.enter_context(mail_server(mail)), stack.enter_context(gateway(web))
        county = County(sqlite_url)
        stack.callback(county.close)
        engine = county.casework.store.engine
        mail.mood = slowly
        reminded_county(county, *ports)
        _many_heads(county)
        workers = Workers(sqlite_url, ports[1])
        stack.callback(workers.close)
        workers.begin(county.now)
        while not mail.got:
            time.sleep(0.02)
        workers.begin(county.now)
        workers.kill(0)
        began, had = time.monotonic(), len(mail.got)
        assert waiting(county, "planned") > 2, "there is something to take over"
        while len(mail.got) <= had + 1:  # one was on its way
            assert time.monotonic() - began < 10
            time.sleep(0.02)
        print(f"taken over after {time.monotonic() - began:.1f} s")
        assert lease.is_held(engine, lease.WORKER)
        assert not mail.twice()
