"""Events as bytes: clear fields in canonical JSON, personal data sealed and left unopened."""

import json
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from eventsourcing.domain import ProgrammingError
from eventsourcing.persistence import MapperDeserialisationError, StoredEvent

from casework.domain.events import NO_TIME, Aggregate
from casework.store.database import writing
from casework.store.keys import Tampered
from casework.store.mapper import Sealed, SealingMapper, clear_of, is_sealed, to_json
from casework.store.recorder import hex_of
from tests.store.example import Diary

OTHER = uuid4()


@pytest.fixture
def mapper(engine, keys):
    with writing(engine) as conn:
        yield SealingMapper(keys.on(conn))


def stored_visit(mapper: SealingMapper, words: str | None = "家长说下周送来", **fields) -> StoredEvent:
    diary = Diary(school="S01")
    diary.note_visit(**{"on": "2026-09-14", "words": words} | fields)
    return mapper.to_stored_event(diary.collect_events()[-1])


def test_the_clear_part_is_canonical_json_of_everything_but_the_personal_data(mapper):
    stored = stored_visit(mapper, met=("母亲",))
    clear, _, sealed = stored.state.partition(b"\0")
    assert clear == '{"met":["母亲"],"on":"2026-09-14"}'.encode()
    assert "家长".encode() not in sealed
    assert (stored.topic, stored.originator_version) == ("diary.VisitNoted", 2)
    assert is_sealed(stored.state) and clear_of(stored.topic, stored.state) == json.loads(clear)


def test_an_event_without_personal_data_is_clear_json_only(mapper):
    stored = stored_visit(mapper, words=None)
    assert not is_sealed(stored.state)
    assert mapper.open_private(stored) is None
    assert mapper.to_domain_event(stored).private is None


def test_what_is_loaded_is_what_was_decided(mapper):
    diary = Diary(school="S01")
    diary.note_visit("2026-09-14", met=("父亲", "邻居"))
    events = diary.collect_events()
    loaded = [mapper.to_domain_event(mapper.to_stored_event(event)) for event in events]
    assert loaded == events
    assert [vars(event) for event in loaded] == [vars(event) for event in events]
    assert {event.timestamp for event in loaded} == {NO_TIME}


def test_loading_opens_no_personal_data_until_someone_reads_it(mapper, monkeypatch):
    stored = stored_visit(mapper)
    with monkeypatch.context() as patched:
        patched.setattr(type(mapper._keys), "open", lambda *_: pytest.fail("opened"))
        loaded = mapper.to_domain_event(stored)
    assert isinstance(loaded.private, Sealed)
    assert loaded.private.open() == {"words": "家长说下周送来"} == mapper.open_private(stored)


def test_a_nul_in_the_words_or_fields_does_not_end_the_clear_part(mapper):
    stored = stored_visit(mapper, words="a\0b", on="x\0y")
    assert clear_of(stored.topic, stored.state)["on"] == "x\0y"
    assert mapper.open_private(stored) == {"words": "a\0b"}


@pytest.mark.parametrize(
    "moved",
    [
        {"topic": "diary.SiblingNoted"},
        {"originator_id": OTHER},
        {"originator_version": 3},
    ],
    ids=lambda moved: next(iter(moved)),
)
def test_sealed_words_moved_to_another_event_do_not_open(mapper, moved):
    stored = stored_visit(mapper)
    mapper._keys.seal(OTHER.hex, b"", b"")  # the other child has a key too
    with pytest.raises(Tampered):
        if "originator_id" in moved:  # as if the other child's key were copied over this one's
            mapper._keys._known[OTHER.hex] = mapper._keys._known[hex_of(stored.originator_id)]
        mapper.open_private(replace(stored, **moved))


def test_sealed_words_about_a_child_do_not_open_in_another_diary_about_the_same_child(mapper):
    diary = Diary(school="S01")
    diary.note_sibling(OTHER.hex, "弟弟也在家")
    stored = mapper.to_stored_event(diary.collect_events()[-1])
    with pytest.raises(Tampered):
        mapper.open_private(replace(stored, originator_id=uuid4()))


def test_personal_data_are_sealed_under_the_child_the_event_concerns(mapper):
    diary = Diary(school="S01")
    diary.note_sibling(OTHER.hex, "弟弟也在家")
    stored = mapper.to_stored_event(diary.collect_events()[-1])
    mapper._keys.destroy(diary.id.hex)
    assert mapper.open_private(stored) == {"words": "弟弟也在家"}
    mapper._keys.destroy(OTHER.hex)
    assert mapper.open_private(stored) is None
    changed = stored.state.replace(OTHER.hex.encode(), diary.id.hex.encode())
    assert mapper.open_private(replace(stored, state=changed)) is None


@pytest.mark.parametrize("met", [[("母亲",)], [{1: "母亲"}]], ids=["nested tuple", "numeric key"])
def test_a_field_that_json_would_change_is_refused(mapper, met):
    with pytest.raises(TypeError, match=r"diary\.VisitNoted"):
        stored_visit(mapper, met=met)


def test_a_field_that_is_no_json_is_refused(mapper):
    with pytest.raises(TypeError):
        stored_visit(mapper, met=[UUID(int=1)])
    with pytest.raises(ValueError, match="JSON"):
        to_json(float("nan"))


def test_personal_data_that_are_no_mapping_are_refused(mapper):
    diary = Diary(school="S01")
    diary.trigger_event(Diary.VisitNoted, on="2026-09-14", private="words")
    with pytest.raises(TypeError, match="private"):
        mapper.to_stored_event(diary.collect_events()[-1])


def test_an_unknown_topic_or_broken_state_names_the_event(mapper):
    stored = stored_visit(mapper, words=None)
    with pytest.raises(MapperDeserialisationError, match=r"no\.Such"):
        mapper.to_domain_event(replace(stored, topic="no.Such"))
    with pytest.raises(MapperDeserialisationError, match="version 2"):
        mapper.to_domain_event(replace(stored, state=b"{"))


def test_an_event_of_an_older_version_is_brought_up_to_date_when_loaded(mapper):
    old = StoredEvent(OTHER, 1, "grown.Opened", to_json({"originator_topic": "grown", "place": "S01"}))
    loaded = mapper.to_domain_event(old)
    assert loaded.school == "S01"
    new = mapper.to_stored_event(loaded)
    assert clear_of(new.topic, new.state)["class_version"] == 2
    assert mapper.to_domain_event(new) == loaded


def test_an_event_without_a_topic_of_its_own_is_refused_at_import():
    with pytest.raises(ProgrammingError, match="topic"):

        class Careless(Aggregate):
            TOPIC = "careless"

            class Event(Aggregate.Event):
                TOPIC = "careless.Event"

            class Opened(Event, Aggregate.Created):
                TOPIC = "careless.Opened"

            class Forgotten(Event):
                pass
