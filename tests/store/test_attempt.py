"""One row among many in an act: all of it or nothing of it, and the act goes on."""

import contextlib

import pytest

from casework.errors import RuleBroken
from casework.store import KeyDestroyed
from tests.store.example import Diary, do, erase, open_diary


def test_a_refused_row_leaves_nothing_and_the_others_are_kept(make_store, rows):
    projected = []
    store = make_store(project=lambda act, recorded: projected.extend(recorded))
    id = open_diary(store)
    projected.clear()
    before = rows()

    def body(act):
        diary = act.get(Diary, id)
        diary.note_visit("2026-09-14", words="第一行")
        act.save(diary)
        with pytest.raises(RuleBroken), act.attempt():
            refused = Diary(school="S02")
            refused.note_visit("2026-09-15", words="第二行")
            act.save(refused)
            act.claim("student_number", "G1", refused.id.hex)
            act.next_number("S01", "letter", 2026)
            act.flush()
            act.get(Diary, id).note_visit("2026-09-15")
            raise RuleBroken("这一行不对")
        with act.attempt():
            diary = act.get(Diary, id)
            assert diary.days == ["2026-09-14"]
            diary.note_visit("2026-09-16", words="第三行")
            act.save(diary)
            assert act.next_number("S01", "letter", 2026) == 1

    do(store, body)
    assert rows() == {**before, "act": 2, "stored_event": 3, "child_key": 1, "number_series": 1}
    assert [event.clear["on"] for event in projected] == ["2026-09-14", "2026-09-16"]
    with store.snapshot() as snapshot:
        opened = [snapshot.open_private(row) for row in snapshot.events_of(id)]
    assert opened == [None, {"words": "第一行"}, {"words": "第三行"}]


def test_when_every_row_is_refused_there_is_no_act(store, rows):
    def body(act):
        with pytest.raises(RuleBroken), act.attempt():
            act.save(Diary(school="S01"))
            raise RuleBroken("不行")

    do(store, body)
    assert rows() == {}


def test_a_save_that_fails_spoils_its_row_only(store):
    erased, other = open_diary(store, "2026-09-14", words="x"), open_diary(store)
    erase(store, erased)

    def body(act):
        for id in (erased, other):
            try:
                with act.attempt():
                    diary = act.get(Diary, id)
                    diary.note_visit("2026-09-15", words="又去了")
                    act.save(diary)
            except KeyDestroyed:
                refused = id
        return {"refused": refused}

    assert do(store, body) == {"refused": erased}
    with store.snapshot() as snapshot:
        assert snapshot.get(Diary, other).days == ["2026-09-15"]
        assert snapshot.get(Diary, erased).days == ["2026-09-14"]


@pytest.mark.parametrize("flushed", [False, True], ids=["not yet written", "written"])
def test_a_key_made_for_a_refused_row_is_made_anew_for_the_next(store, flushed):
    id = open_diary(store)

    def body(act):
        for day in ("2026-09-14", "2026-09-15"):
            with contextlib.suppress(RuleBroken), act.attempt():
                diary = act.get(Diary, id)
                diary.note_visit(day, words="去了")
                act.save(diary)
                if day == "2026-09-14":
                    if flushed:
                        act.flush()
                    raise RuleBroken("不行")

    do(store, body)
    with store.snapshot() as snapshot:
        assert snapshot.open_private(snapshot.events_of(id)[1]) == {"words": "去了"}
