"""What a case page and a rebuild read: events with their acts, in order, as far as known."""

from casework.store import history
from tests.store.example import TEACHER, Diary, do, erase, open_diary


def note(store, id, day, words=None):
    def body(act):
        diary = act.get(Diary, id)
        diary.note_visit(day, words=words)
        act.save(diary)

    do(store, body)


def test_a_case_is_told_with_who_and_when(store):
    id = open_diary(store, "2026-09-14")
    open_diary(store)
    note(store, id, "2026-09-15", words="门锁着")
    with store.snapshot() as snapshot:
        events = snapshot.events_of(id)
        acts = snapshot.acts(events)
        assert [(e.version, e.topic, e.act) for e in events] == [
            (1, "diary.Opened", 1), (2, "diary.VisitNoted", 1), (3, "diary.VisitNoted", 3),
        ]  # fmt: skip
        assert sorted(acts) == [1, 3]
        assert (acts[3].actor, acts[3].command, acts[3].recorded_at) == (TEACHER, "diary", snapshot.known_at)
        assert events[2].clear == {"met": [], "on": "2026-09-15"}
        assert [snapshot.open_private(event) for event in events] == [None, None, {"words": "门锁着"}]


def test_erased_words_read_as_none_and_the_rest_stays(store):
    id = open_diary(store, "2026-09-14", words="门锁着")
    erase(store, id)
    with store.snapshot() as snapshot:
        row = snapshot.events_of(id)[1]
        assert snapshot.open_private(row) is None
        assert snapshot.get(Diary, id).days == ["2026-09-14"]


def test_events_are_streamed_in_the_order_they_were_recorded(store, monkeypatch):
    monkeypatch.setattr(history, "_STREAM_ROWS", 3)
    first = open_diary(store, "2026-09-01", "2026-09-02")
    second = open_diary(store, "2026-09-03")
    note(store, first, "2026-09-04")
    with store.snapshot() as snapshot:
        told = [(event.act, event.originator, event.version) for event in snapshot.stream()]
        later = [(event.act, event.originator, event.version) for event in snapshot.stream(after_act=1)]
        assert list(snapshot.stream(after_act=3)) == []
    assert told == [
        (1, first, 1),
        (1, first, 2),
        (1, first, 3),
        (2, second, 1),
        (2, second, 2),
        (3, first, 4),
    ]
    assert later == told[3:]
    with store.snapshot(k=2) as snapshot:
        assert [event.act for event in snapshot.stream()] == [1, 1, 1, 2, 2]
        assert [event.act for event in snapshot.stream(after_act=1)] == [2, 2]


def test_acts_of_many_events_are_read_together(store, engine):
    for _ in range(3):
        open_diary(store)
    with store.snapshot() as snapshot:
        assert sorted(history.acts(snapshot.conn, range(1000))) == [1, 2, 3]
