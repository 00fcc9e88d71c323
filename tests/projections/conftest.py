"""The eventful week, played once in memory for those tests that only read it."""

from collections.abc import Iterator

import pytest

from tests.oracle.eventful import eventful_county
from tests.projections.test_against_oracle import play
from tests.support.county import County


@pytest.fixture(scope="session")
def eventful() -> Iterator[County]:
    """Two counties in the week in which everything happens. Read only."""
    county = County("sqlite:///:memory:")
    play(county, eventful_county())
    yield county
    county.close()
