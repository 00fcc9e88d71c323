"""Letter numbers: 1, 2, 3 … by issuer, kind and year; no gap, no repeat, whoever asks at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.store.example import do

SERIES = ("T01", "notice", 2026)


def next_number(store, series=SERIES) -> int:
    return do(store, lambda act: {"no": act.next_number(*series)})["no"]


def raise_to(store, at_least: int) -> None:
    do(store, lambda act: act.raise_number(*SERIES, at_least))


def test_numbers_follow_one_another(store):
    assert [next_number(store) for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("other", [("T02", "notice", 2026), ("T01", "order", 2026), ("T01", "notice", 2027)])
def test_each_issuer_kind_and_year_counts_for_itself(store, other):
    assert [next_number(store), next_number(store, other), next_number(store)] == [1, 1, 2]


def test_an_act_that_fails_gives_its_number_back(store):
    assert next_number(store) == 1
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            do(store, lambda act: {"no": act.next_number(*SERIES) // 0})
    assert next_number(store) == 2


def test_eight_at_once_leave_no_gap_and_no_repeat(store):
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: next_number(store), range(64)))
    assert sorted(given) == list(range(1, 65))


def test_several_in_one_act_follow_one_another(store):
    assert do(store, lambda act: {"nos": [act.next_number(*SERIES) for _ in range(3)]}) == {"nos": [1, 2, 3]}


def test_an_imported_number_raises_the_series_and_never_lowers_it(store):
    raise_to(store, 17)
    assert next_number(store) == 18
    raise_to(store, 5)
    assert next_number(store) == 19
    raise_to(store, 30)
    assert next_number(store) == 31


def test_a_number_already_passed_leaves_no_act(store, rows):
    raise_to(store, 17)
    raise_to(store, 17)
    assert rows() == {"act": 1, "number_series": 1}
