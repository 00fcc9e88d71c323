"""Claims: one owner per key, whoever comes first; given back only by a release or a rollback."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from casework.errors import RuleBroken
from casework.store import Taken
from tests.store.example import do

KIND = "student_number"


def claim(store, key, owner):
    return do(store, lambda act: act.claim(KIND, key, owner))


def owner_of(store, key):
    return do(store, lambda act: {"owner": act.owner_of(KIND, key)})["owner"]


def test_a_key_belongs_to_who_claimed_it_first(store):
    claim(store, "G1", "child a")
    with pytest.raises(Taken) as refused:
        claim(store, "G1", "child b")
    assert isinstance(refused.value, RuleBroken)
    assert (refused.value.kind, refused.value.key, refused.value.owner) == (KIND, "G1", "child a")
    assert "G1" not in str(refused.value.ids), "the key may be a child's number"
    assert owner_of(store, "G1") == "child a"


def test_the_same_owner_claims_again_without_leaving_an_act(store, rows):
    claim(store, "G1", "child a")
    claim(store, "G1", "child a")
    assert rows() == {"act": 1, "claim": 1}


def test_equal_keys_of_different_kinds_do_not_meet(store):
    claim(store, "G1", "child a")
    do(store, lambda act: act.claim("letter", "G1", "child b"))
    assert owner_of(store, "G1") == "child a"


def test_a_released_key_is_free_again(store, rows):
    claim(store, "G1", "child a")
    do(store, lambda act: act.release(KIND, "G1"))
    assert owner_of(store, "G1") is None
    claim(store, "G1", "child b")
    assert rows() == {"act": 3, "claim": 1}


def test_releasing_what_nobody_holds_leaves_no_act(store, rows):
    do(store, lambda act: act.release(KIND, "G1"))
    assert rows() == {}


def test_many_keys_are_claimed_all_or_none_in_few_queries(store, rows, queries):
    claim(store, "G700", "other")
    wanted = {f"G{n}": f"child {n}" for n in range(1200)}
    with pytest.raises(Taken, match="已被占用"):
        do(store, lambda act: act.claim_many(KIND, wanted))
    assert rows() == {"act": 1, "claim": 1}
    del wanted["G700"]
    queries.clear()
    do(store, lambda act: act.claim_many(KIND, wanted))
    assert len(queries) < 12
    assert rows() == {"act": 2, "claim": 1200}
    found = do(store, lambda act: act.owners_of(KIND, ["G1", "G700", "none"]))
    assert found == {"G1": "child 1", "G700": "other"}


def test_of_eight_who_claim_at_once_one_gets_it(store):
    def attempt(n: int) -> str:
        try:
            claim(store, "G1", f"child {n}")
        except Taken as refused:
            return refused.owner
        return f"child {n}"

    with ThreadPoolExecutor(8) as pool:
        owners = set(pool.map(attempt, range(8)))
    assert owners == {owner_of(store, "G1")}
