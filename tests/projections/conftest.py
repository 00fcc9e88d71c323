"""The eventful week, played once in memory for those tests that only read it."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from casework.store.database import make_engine
from tests.oracle.eventful import ALL_TOLD, eventful_county
from tests.projections.test_against_oracle import play
from tests.support.county import County

KEPT = "EVENTFUL_WEEK"
"""A file that keeps the played week from one run to the next: `./run mutate` asks it a thousand times."""


@pytest.fixture(scope="session")
def eventful() -> Iterator[County]:
    """Two counties in the week in which everything happens. Read only."""
    file = os.environ.get(KEPT, "")
    if file and Path(file).exists():
        county = County.over(make_engine(f"sqlite:///{file}"), ALL_TOLD + timedelta(days=1))
    else:
        county = County(f"sqlite:///{file or ':memory:'}")
        play(county, eventful_county())
    yield county
    county.close()
