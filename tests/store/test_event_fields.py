"""A stored event leaves out what its class tells: empty defaults, usual keys, the aggregate's topic."""

import json

import pytest

from casework.domain.aggregates import AGGREGATES
from casework.domain.case_events import SessionRecorded, StatusCorrected
from casework.store.event_fields import completed, shortened

STATUS = {
    **{"key": "2026-09-14 suspected", "mark": "a", "on": "2026-09-14", "change": "suspected", "no": 3},
    **{"causes": [], "lost_type": "", "placement": "", "school": "", "until": "", "reason": "因病"},
    **{"evidence": "", "approved": False, "outcome": ""},
}


def test_empty_fields_and_a_usual_key_are_not_stored():
    kept = shortened(StatusCorrected.TOPIC, STATUS)
    assert kept == {"mark": "a", "on": "2026-09-14", "change": "suspected", "no": 3, "reason": "因病"}
    assert completed(StatusCorrected.TOPIC, kept) == STATUS


def test_a_key_of_its_own_is_stored():
    session = {"key": "编号 7", "mark": "a", "on": "2026-09-14", "tenths": 20}
    whole = completed(SessionRecorded.TOPIC, session)
    assert shortened(SessionRecorded.TOPIC, whole) == session
    assert whole == {**session, "start": "", "end": "", "signed": False}


@pytest.mark.parametrize("other", [0, None, "", {}], ids=repr)
def test_an_empty_value_of_another_kind_than_the_default_is_stored(other):
    fields = {**STATUS, "causes": other}
    kept = shortened(StatusCorrected.TOPIC, fields)
    assert type(kept["causes"]) is type(other)
    assert completed(StatusCorrected.TOPIC, json.loads(json.dumps(kept))) == fields


@pytest.mark.parametrize("topic", ["case.Opened", "unit.Added", "policy.Opened", "erasure.ChildErased"])
def test_the_first_event_does_not_say_again_of_which_aggregate_it_is(topic):
    first = {"originator_topic": topic.partition(".")[0]}
    assert first["originator_topic"] in {each.TOPIC for each in AGGREGATES}
    assert shortened(topic, first) == {}
    assert completed(topic, {})["originator_topic"] == first["originator_topic"]
