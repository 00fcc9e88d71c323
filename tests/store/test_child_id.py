"""Ids of children: never twice the same, and those entered earlier come first."""

from datetime import datetime, timedelta
from uuid import RFC_4122, UUID

from casework.domain.values import SHANGHAI
from casework.store.child_id import new_child_id

ENTERED = datetime(2026, 9, 1, 8, 30, tzinfo=SHANGHAI)


def test_children_entered_by_one_act_have_ids_of_their_own() -> None:
    assert len({new_child_id(ENTERED) for _ in range(20_000)}) == 20_000


def test_children_entered_earlier_come_first_in_every_index() -> None:
    moments = [ENTERED + timedelta(milliseconds=each) for each in (0, 1, 2, 50, 10**4, 10**9, 10**12)]
    ids = [new_child_id(moment) for moment in moments]
    assert ids == sorted(ids)
    assert [bytes.fromhex(each) for each in ids] == sorted(bytes.fromhex(each) for each in ids)


def test_an_id_is_a_uuid_of_the_time_and_chance_kind() -> None:
    made = UUID(new_child_id(ENTERED))
    assert (made.version, made.variant) == (7, RFC_4122)
    assert len(made.hex) == 32
