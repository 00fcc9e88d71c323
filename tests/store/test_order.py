"""Commit order, act order and time order are one order, whoever writes; what was read stays true."""

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from casework.domain.values import SHANGHAI
from casework.store.clock import instant, micros
from casework.store.database import reading
from casework.store.schema import act as act_table
from casework.store.schema import stored_event
from tests.store.example import Diary, do, open_diary

WRITERS = 8
NOON = datetime(2026, 9, 14, 12, 0, tzinfo=SHANGHAI)


def acts_and_events(engine) -> tuple[Sequence[Any], Sequence[Any]]:
    with reading(engine) as conn:
        acts = conn.execute(select(act_table.c.id, act_table.c.recorded_us).order_by(act_table.c.id)).all()
        events = conn.execute(select(stored_event.c.position, stored_event.c.act).order_by("position")).all()
    return acts, events


def assert_one_order(engine, acts_expected: int) -> None:
    acts, events = acts_and_events(engine)
    assert [id for id, _ in acts] == list(range(1, acts_expected + 1))
    times = [us for _, us in acts]
    assert times == sorted(set(times))
    assert [position for position, _ in events] == list(range(1, len(events) + 1))
    assert [act for _, act in events] == sorted(act for _, act in events)


def in_threads(work: Callable[[int], object]) -> None:
    with ThreadPoolExecutor(WRITERS) as pool:
        for done in [pool.submit(work, n) for n in range(WRITERS)]:
            done.result()


def count_known(snapshot) -> int:
    known = select(func.count()).select_from(stored_event).where(stored_event.c.act <= snapshot.k)
    return snapshot.conn.scalar(known)


def test_with_eight_writers_a_report_at_a_given_time_never_changes(store, engine):
    reports: list[tuple[datetime, int, int]] = []
    stop = threading.Event()

    def report() -> None:
        while not stop.is_set():
            known_at = store.now()
            with store.snapshot(known_at) as snapshot:
                reports.append((known_at, snapshot.k, count_known(snapshot)))

    def write(n: int) -> None:
        for day in range(12):
            open_diary(store, f"2026-09-{day + 1:02}")

    reader = threading.Thread(target=report)
    reader.start()
    in_threads(write)
    stop.set()
    reader.join()
    assert_one_order(engine, WRITERS * 12)
    assert len(reports) > 5
    for known_at, k, count in reports:
        with store.snapshot(known_at) as snapshot:
            assert (snapshot.k, count_known(snapshot)) == (k, count)


def test_processes_too_write_in_one_order(store, engine, database_url):
    script = (
        "import sys; from tests.store.example import open_diary\n"
        "from casework.store import KeyRing, Store, make_engine\n"
        "engine = make_engine(sys.argv[1])\n"
        "store = Store(engine, KeyRing(bytes(range(32))), None, lambda act, recorded: None)\n"
        "[open_diary(store, '2026-09-14', words='在家') for _ in range(15)]\n"
        "engine.dispose()\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", script, database_url]) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert_one_order(engine, 45)


def test_writers_of_one_file_never_overwrite_each_other(store):
    id = open_diary(store)

    def note(act):
        diary = act.get(Diary, id)
        diary.note_visit(f"2026-09-{len(diary.days) + 1:02}")
        act.save(diary)

    in_threads(lambda _: [do(store, note) for _ in range(3)])
    with store.snapshot() as snapshot:
        assert snapshot.get(Diary, id).days == [f"2026-09-{n + 1:02}" for n in range(WRITERS * 3)]


def test_a_clock_set_back_or_standing_still_does_not_turn_time_around(make_store, engine):
    times = iter([NOON, NOON, NOON - timedelta(days=1), NOON + timedelta(hours=1)])
    store = make_store(clock=lambda: next(times))
    for _ in range(4):
        open_diary(store)
    _, second, third = timedelta(0), timedelta(microseconds=1), timedelta(microseconds=2)
    acts, _ = acts_and_events(engine)
    assert [instant(us) for _, us in acts] == [
        NOON, NOON + second, NOON + third, NOON + timedelta(hours=1),
    ]  # fmt: skip


def test_an_act_knows_its_number_and_time_while_it_works(make_store):
    store = make_store(clock=lambda: NOON.astimezone(UTC))
    seen = []
    do(store, lambda act: seen.append((act.id, act.recorded_at, act.recorded_at.tzinfo)))
    assert seen == [(1, NOON, SHANGHAI)]


def test_without_a_fixed_clock_the_time_is_now(store):
    before = datetime.now(UTC)
    assert before - timedelta(seconds=5) < store.now() < before + timedelta(seconds=60)


@pytest.mark.parametrize("moment", [NOON, datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)])
def test_instants_are_kept_to_the_microsecond(moment):
    assert instant(micros(moment)) == moment
    assert instant(micros(moment) + 1) - moment == timedelta(microseconds=1)
