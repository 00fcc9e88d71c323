"""One of many holds a lease; one that is not kept up goes to the next."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, update

from casework.store import lease, make_engine
from casework.store.clock import now_us
from casework.store.database import writing

ONE, TWO = "a" * 32, "b" * 32


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    lease.lease.create(engine)
    yield engine
    engine.dispose()


def _move(engine: Engine, seconds: float) -> None:
    """The lease's end, so far from now."""
    with writing(engine) as conn:
        conn.execute(update(lease.lease).values(until_us=now_us(conn, None) + int(seconds * 1_000_000)))


def test_only_one_of_many_who_ask_at_once_gets_it(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as many:
        got = list(many.map(lambda n: lease.take(engine, "job", f"{n:032d}"), range(8)))
    assert got.count(True) == 1


def test_its_holder_keeps_it_up_and_others_wait(engine: Engine) -> None:
    assert lease.take(engine, "job", ONE)
    assert lease.take(engine, "job", ONE)
    assert not lease.take(engine, "job", TWO)
    assert lease.take(engine, "another", TWO)


def test_a_lease_that_ended_goes_to_the_next_and_the_first_learns_so(engine: Engine) -> None:
    lease.take(engine, "job", ONE)
    _move(engine, -0.001)
    assert not lease.is_held(engine, "job")
    assert lease.take(engine, "job", TWO)
    assert not lease.take(engine, "job", ONE)


def test_who_gives_up_makes_room_at_once_but_only_for_their_own(engine: Engine) -> None:
    lease.take(engine, "job", ONE)
    lease.give_up(engine, "job", TWO)
    assert lease.is_held(engine, "job")
    lease.give_up(engine, "job", ONE)
    assert lease.take(engine, "job", TWO)


def test_a_lease_written_before_the_clock_was_set_back_holds_up_nobody(engine: Engine) -> None:
    lease.take(engine, "job", ONE)
    _move(engine, 3600)
    assert lease.take(engine, "job", TWO)
