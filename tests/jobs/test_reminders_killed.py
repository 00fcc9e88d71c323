"""Two workers killed at random, again and again: nothing is sent twice, and every message comes to an end."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from casework.store import lease, reminder_log
from casework.store.reminder_log import reminder
from tests.jobs.receivers import Taken, gateway, mail_server
from tests.jobs.reminded import adopt, policy_text, reminded_county
from tests.support.county import County

ENDED = {"sent", "failed", "unknown", "suppressed"}
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
        adopt(county, policy_text(*ports, {"[1, 5, 15, 60]": "[0, 0, 0]"}))
        workers = Workers(url, ports[1])
        stack.callback(workers.close)
        done = 0
        while done < kills:
            workers.begin(county.now)
            workers.begin(county.now)
            for _ in range(min(2, kills - done)):
                _until_something_is_sent(county, mail, web)
                time.sleep(rng.random() * 0.4)
                workers.kill(rng.randrange(2))
                workers.begin(county.now)
                done += 1
            workers.kill_all()
            county.now += timedelta(hours=10 if county.now.hour < 12 else 14)
        _finish(county, workers)
        told = [(row.channel, row.state) for row in _rows(county)]
        states = Counter(state for channel, state in told if channel != "in_app")
        print(f"seed {seed}: {kills} kills, {dict(states)}, {len(mail.got) + len(web.got)} arrived")
        assert {state for _, state in told} <= ENDED, told
        assert {channel for channel, _ in told} == {"in_app", "email", "robot", "sms"}
        assert not _twice(county, mail, web)


def _until_something_is_sent(county: County, mail: Taken, web: Taken) -> None:
    """So that a kill falls into the work; not when all of it is done."""
    before, patience = mail.tries + web.tries, time.monotonic() + 60
    while mail.tries + web.tries == before and (waiting(county, "planned") or not before):
        assert time.monotonic() < patience, "nobody sends anything"
        time.sleep(0.01)


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
@pytest.mark.parametrize("seed", range(8))
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
        workers = Workers(sqlite_url, ports[1])
        stack.callback(workers.close)
        workers.begin(county.now)
        while not mail.got:
            time.sleep(0.02)
        workers.begin(county.now)
        workers.kill(0)
        began, had = time.monotonic(), len(mail.got)
        while len(mail.got) <= had + 1 and waiting(county):
            assert time.monotonic() - began < 10
            time.sleep(0.02)
        assert lease.is_held(engine, lease.WORKER)
        assert not mail.twice()
