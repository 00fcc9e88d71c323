"""Known time: the same question at the same time has the same answer for ever, or is refused."""

import threading
from datetime import datetime, timedelta

import pytest

from casework.domain.values import SHANGHAI
from casework.errors import BadInput
from tests.store.example import Diary, do, open_diary

NOON = datetime(2026, 9, 14, 12, 0, tzinfo=SHANGHAI)
HOUR = timedelta(hours=1)


class Hands:
    """A clock one can set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock():
    return Hands()


@pytest.fixture
def store(make_store, clock):
    return make_store(clock=clock)


@pytest.fixture
def diary(store, clock):
    """Opened at noon with a visit (act 1); a second visit one hour later (act 2); now it is 14:00."""
    id = open_diary(store, "2026-09-14")
    clock.now += HOUR

    def note(act):
        diary = act.get(Diary, id)
        diary.note_visit("2026-09-15")
        act.save(diary)

    do(store, note)
    clock.now += HOUR
    return id


@pytest.mark.parametrize(
    ("after_noon", "k", "days"),
    [
        (-HOUR, 0, None),
        (timedelta(microseconds=-1), 0, None),
        (timedelta(0), 1, ["2026-09-14"]),
        (HOUR - timedelta(microseconds=1), 1, ["2026-09-14"]),
        (HOUR, 2, ["2026-09-14", "2026-09-15"]),
        (2 * HOUR, 2, ["2026-09-14", "2026-09-15"]),
    ],
)
def test_a_file_is_shown_as_it_was_known_then(store, diary, after_noon, k, days):
    with store.snapshot(NOON + after_noon) as snapshot:
        found = snapshot.find(Diary, diary)
        assert (snapshot.k, snapshot.known_at) == (k, NOON + after_noon)
        assert (found.days if found else None) == days
    assert store.act_at(NOON + after_noon) == k


def test_now_is_the_last_act_and_its_time(store, diary):
    with store.snapshot() as snapshot:
        assert (snapshot.k, snapshot.known_at) == (2, NOON + HOUR)


def test_before_the_first_act_nothing_is_known(store):
    with store.snapshot() as snapshot:
        assert (snapshot.k, snapshot.known_at) == (0, None)
        assert list(snapshot.stream()) == []


def test_a_filed_report_is_read_at_its_act(store, diary):
    with store.snapshot(k=1) as snapshot:
        assert (snapshot.known_at, snapshot.get(Diary, diary).days) == (NOON, ["2026-09-14"])
    with store.snapshot(k=0) as snapshot:
        assert (snapshot.k, snapshot.find(Diary, diary)) == (0, None)
    with pytest.raises(BadInput, match="第 7 号"), store.snapshot(k=7):
        pass


def test_the_future_is_refused(store, diary, clock):
    with pytest.raises(BadInput, match="晚于现在"), store.snapshot(clock.now + timedelta(microseconds=1)):
        pass


def test_a_clock_set_back_still_shows_what_was_recorded_after_it(store, diary, clock):
    clock.now = NOON - HOUR
    assert store.act_at(NOON + HOUR) == 2
    with pytest.raises(BadInput):
        store.act_at(NOON + 2 * HOUR)


def test_a_time_after_the_last_act_waits_for_who_is_writing(make_store):
    """What is stamped before the asked time and committed after the question must be in the answer."""
    store = make_store()
    open_diary(store)
    stamped, go_on = threading.Event(), threading.Event()

    def slow(act):
        stamped.set()
        go_on.wait(10)
        act.save(Diary(school="S01"))

    writer = threading.Thread(target=do, args=(store, slow))
    writer.start()
    stamped.wait(10)
    answers: list[int] = []
    known_at = store.now()
    reader = threading.Thread(target=lambda: answers.append(store.act_at(known_at)))
    reader.start()
    reader.join(0.2)
    assert reader.is_alive() and answers == []
    go_on.set()
    writer.join()
    reader.join()
    assert answers == [2] == [store.act_at(known_at)]


def test_the_present_is_never_earlier_than_the_last_act(store, diary, clock):
    assert store.present() == clock.now
    clock.now = NOON - HOUR
    assert store.act_at(store.present()) == 2


def test_a_time_up_to_the_last_act_waits_for_nobody(make_store):
    store = make_store()
    open_diary(store)
    with store.snapshot() as snapshot:
        known_at = snapshot.known_at

    def body(act):
        answers: list[int] = []
        reader = threading.Thread(target=lambda: answers.append(store.act_at(known_at)))
        reader.start()
        reader.join()
        return {"k": answers[0]}

    assert do(store, body) == {"k": 1}


def test_a_reader_sees_one_moment_while_others_write(store, diary):
    with store.snapshot() as snapshot:
        before = (
            snapshot.get(Diary, diary).days,
            snapshot.conn.exec_driver_sql("SELECT count(*) FROM act").scalar(),
        )
        writer = threading.Thread(target=open_diary, args=(store,))
        writer.start()
        writer.join()
        after = (
            snapshot.get(Diary, diary).days,
            snapshot.conn.exec_driver_sql("SELECT count(*) FROM act").scalar(),
        )
        assert after == before
    with store.snapshot() as snapshot:
        assert snapshot.k == 3


def test_what_a_reader_writes_is_never_kept(store, diary, rows):
    before = rows()
    with store.snapshot() as snapshot:
        snapshot.conn.exec_driver_sql("DELETE FROM act")
    assert rows() == before
