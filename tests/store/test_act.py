"""One command, one act: what it loads, saves and leaves behind, and what it does not."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from casework.errors import ChangedMeanwhile, NotFound, RuleBroken
from casework.store import KeyDestroyed, Store, make_engine, metadata
from casework.store.database import reading
from casework.store.schema import act as act_table
from casework.store.schema import stored_event
from tests.store.conftest import OWN_TABLES, no_projections
from tests.store.example import TEACHER, Diary, Stranger, do, erase, open_diary


def test_an_act_keeps_who_did_what_when_and_its_events_carry_its_number(store, engine):
    id = open_diary(store, "2026-09-14")
    with reading(engine) as conn:
        row = conn.execute(select(act_table)).one()
        events = conn.execute(select(stored_event).order_by(stored_event.c.position)).all()
    assert (row.id, row.command, row.account, row.name, row.post, row.unit) == (
        1, "diary", TEACHER.account, TEACHER.name, TEACHER.post, TEACHER.unit,
    )  # fmt: skip
    assert [(e.position, e.originator_id, e.version, e.act) for e in events] == [(1, id, 1, 1), (2, id, 2, 1)]


def test_asked_twice_in_one_act_it_is_the_same_object(store):
    id = open_diary(store)

    def body(act):
        first = act.get(Diary, id)
        first.note_visit("2026-09-14")
        act.save(first)
        again = act.load_many(Diary, [id])[id]
        assert again is first is act.find(Diary, id)
        again.note_visit("2026-09-15")
        act.save(again)

    do(store, body)
    with store.snapshot() as snapshot:
        assert snapshot.get(Diary, id).days == ["2026-09-14", "2026-09-15"]


def test_what_is_replayed_equals_what_was_saved(store):
    made = []

    def body(act):
        diary = Diary(school="S01")
        diary.note_visit("2026-09-14", met=("母亲",), words="门锁着")
        act.save(diary)
        made.append(diary)
        return {"id": diary.id.hex}

    id = do(store, body)["id"]
    with store.snapshot() as snapshot:
        assert snapshot.get(Diary, id) == made[0]


def test_what_does_not_exist_or_is_something_else_is_not_found(store):
    id = open_diary(store)

    def body(act):
        assert act.find(Diary, uuid4()) is None
        assert act.find(Stranger, id) is None
        assert act.load_many(Diary, [uuid4().hex]) == {}
        with pytest.raises(NotFound):
            act.get(Stranger, id)

    do(store, body)
    with store.snapshot() as snapshot, pytest.raises(NotFound):
        snapshot.get(Diary, uuid4().hex)


def test_hundreds_of_files_are_loaded_saved_and_sealed_in_few_queries(store, queries, rows):
    def open_all(act):
        diaries = [Diary(school="S01") for _ in range(450)]
        act.save(*diaries)
        return {"ids": [diary.id.hex for diary in diaries]}

    ids = do(store, open_all)["ids"]

    def note_all(act):
        queries.clear()
        for diary in act.load_many(Diary, ids).values():
            diary.note_visit("2026-09-14", words="在家")
            act.save(diary)

    do(store, note_all)
    assert rows() == {"act": 2, "stored_event": 900, "child_key": 450}
    assert len(queries) < 20


def test_an_act_that_wrote_nothing_leaves_no_row(store, rows):
    id = open_diary(store)
    before = rows()
    assert do(store, lambda act: {"days": act.get(Diary, id).days}) == {"days": []}
    do(store, lambda act: act.save(act.get(Diary, id)))
    assert rows() == before


def test_rows_written_besides_events_keep_the_act_when_it_says_so(make_store, rows):
    seen = []
    store = make_store(project=lambda act, recorded: seen.append((act.id, recorded)))
    do(store, lambda act: act.touch())
    assert rows() == {"act": 1}
    assert seen == [(1, [])]


def test_projections_are_called_once_per_act_with_its_events_in_order(make_store):
    seen = []
    store = make_store(
        project=lambda act, recorded: seen.append([(r.version, r.topic, r.act) for r in recorded])
    )

    def body(act):
        diary = Diary(school="S01")
        act.save(diary)
        diary.note_visit("2026-09-14", met=("母亲",), words="门锁着")
        act.save(diary)

    do(store, body)
    assert seen == [[(1, "diary.Opened", 1), (2, "diary.VisitNoted", 1)]]


def test_projections_see_the_clear_part_only_and_the_same_as_a_rebuild(make_store):
    live = []
    store = make_store(project=lambda act, recorded: live.extend(recorded))
    open_diary(store, "2026-09-14", "2026-09-15", words="门锁着")
    with store.snapshot() as snapshot:
        assert list(snapshot.stream()) == live
    assert live[1].clear == {"met": [], "on": "2026-09-14"}


def write_everything(act):
    diary = Diary(school="S01")
    diary.note_visit("2026-09-14", words="门锁着")
    act.save(diary)
    act.claim("student_number", "G123", diary.id.hex)
    act.next_number("S01", "letter", 2026)
    act.flush()
    return {}


@pytest.mark.parametrize("where", ["body", "projection", "reply"])
def test_an_act_that_fails_leaves_nothing_behind(make_store, rows, where):
    def project(_act, _recorded):
        if where == "projection":
            raise RuleBroken("不行")

    def body(act):
        write_everything(act)
        if where == "body":
            raise RuleBroken("不行")
        return {"x": object()} if where == "reply" else {}

    with pytest.raises(TypeError if where == "reply" else RuleBroken):
        do(make_store(project=project), body)
    assert rows() == {}


def test_after_a_failed_act_the_next_has_its_number_and_a_new_key(store, rows):
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            do(store, lambda act: write_everything(act) or 1 / 0)
    do(store, write_everything)
    assert rows() == {"act": 1, "stored_event": 2, "claim": 1, "number_series": 1, "child_key": 1}
    with store.snapshot() as snapshot:
        assert snapshot.k == 1
        (event,) = [e for e in snapshot.stream() if e.version == 2]
        row = snapshot.events_of(event.originator)[1]
        assert snapshot.open_private(row) == {"words": "门锁着"}


def test_a_failed_save_cannot_be_swallowed(store, rows):
    id = open_diary(store, "2026-09-14", words="门锁着")
    erase(store, id)
    before = rows()

    def body(act):
        diary = act.get(Diary, id)
        diary.note_visit("2026-09-15", words="又去了")
        with pytest.raises(KeyDestroyed):
            act.save(diary)
        act.save(Diary(school="S02"))

    with pytest.raises(RuntimeError, match="save of this act failed"):
        do(store, body)
    assert rows() == before


def test_two_objects_of_one_aggregate_in_an_act_are_refused(store):
    id = uuid4()

    def body(act):
        first, second = (Diary._create(Diary.Opened, id=id, school="S01") for _ in range(2))
        act.save(first)
        act.save(second)

    with pytest.raises(RuntimeError, match="two objects"):
        do(store, body)


def test_an_aggregate_opened_over_an_existing_one_is_refused(store):
    id = open_diary(store)
    with pytest.raises(ChangedMeanwhile, match="刷新"):
        do(store, lambda act: act.save(Diary._create(Diary.Opened, id=UUID(id), school="S02")))


def test_an_act_inside_an_act_is_refused_before_it_waits_for_itself(store):
    with pytest.raises(RuntimeError, match="inside an act"):
        do(store, lambda act: open_diary(store) and {})
    assert open_diary(store)


def test_a_store_in_memory_serves_one_thread(keys):
    engine = make_engine("sqlite:///:memory:")
    metadata.create_all(engine, tables=OWN_TABLES)
    store = Store(engine, keys, None, no_projections)
    id = open_diary(store, "2026-09-14", words="门锁着")
    with store.snapshot() as snapshot:
        assert snapshot.k == 1
        assert snapshot.open_private(snapshot.events_of(id)[1]) == {"words": "门锁着"}
    engine.dispose()
