"""Commands against the real application, on both databases."""

from collections.abc import Iterator

import pytest

from tests.support.county import County
from tests.support.field import field_county, ids_of


@pytest.fixture
def field(database_url: str) -> Iterator[County]:
    """The small county with its people in the field, to write in."""
    with field_county(database_url) as county:
        yield county


@pytest.fixture
def children(field: County) -> dict[str, str]:
    """Name → child id."""
    return ids_of(field)
