"""Every figure of random counties against the slow, obvious oracle, at any known time, on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.projections.rebuild import rebuild
from casework.projections.reconcile import reconcile
from tests.oracle import histories, judge, report
from tests.oracle.world import Import
from tests.soak import seeds
from tests.support.county import County

QUESTIONS = 6


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """An empty county on either database."""
    opened = County(database_url)
    yield opened
    opened.close()


def play(county: County, imports: list[Import]) -> None:
    """Imports a whole history; every row is taken or refused as the oracle judges."""
    judged = judge.County()
    for each in imports:
        outcome = county.take(each.kind, each.rows, each.at)
        refused = {row.number: row.reasons for row, _ in outcome.refused}
        verdicts = dict(enumerate(judged.take(each), start=2))
        wrong = {number for number, verdict in verdicts.items() if verdict.what == "refused"}
        assert set(refused) == wrong, (each.at, each.kind, refused, verdicts)
    county.now += timedelta(days=1)


def agree(county: County, imports: list[Import], seed: int) -> list[str]:
    """Asks random questions of both; returns the digests."""
    digests = []
    for unit, week, at in histories.questions(Random(seed), imports, QUESTIONS):
        ours = county.casework.weekly_report(unit, week, known_at=at, detail=True)
        theirs = report.weekly(imports, unit, week, at, detail=True)
        assert ours["total"] == theirs["total"], (unit, week, at)
        assert ours["tables"] == theirs["tables"], (unit, week, at)
        digests.append(ours["digest"])
    return digests


def differences(county: County) -> list[str]:
    """What `reconcile` finds."""
    with county.casework.store.snapshot() as snapshot:
        return reconcile(snapshot)


@pytest.mark.parametrize("seed", range(12))
def test_every_figure_equals_the_oracles_and_survives_a_rebuild(county: County, seed: int) -> None:
    imports = histories.county_of_seed(seed)
    play(county, imports)
    before = agree(county, imports, seed)
    assert differences(county) == []
    rebuild(county.casework.store)
    assert differences(county) == []
    assert agree(county, imports, seed) == before


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(imports=histories.counties(), seed=st.integers(0, 10**6))
def test_any_random_county_agrees_with_the_oracle(imports: list[Import], seed: int) -> None:
    county = County("sqlite:///:memory:")
    try:
        play(county, imports)
        agree(county, imports, seed)
    finally:
        county.close()


def test_the_digest_is_the_same_on_both_databases(sqlite_url: str, postgres_url: str) -> None:
    imports = histories.county_of_seed(77)
    found = []
    for url in (sqlite_url, postgres_url):
        county = County(url)
        play(county, imports)
        found.append(agree(county, imports, 77))
        county.close()
    assert found[0] == found[1]


@pytest.mark.soak
@pytest.mark.parametrize("start", seeds(10_000, 5, step=20))
def test_hundreds_of_counties_agree_with_the_oracle(start: int) -> None:
    for seed in range(start, start + 20):
        imports = histories.county_of_seed(seed)
        county = County("sqlite:///:memory:")
        play(county, imports)
        agree(county, imports, seed)
        county.close()
