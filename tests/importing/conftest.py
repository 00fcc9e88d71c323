"""A small county in memory, with its units and three children on the roster; the import desk of another."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.importing.small import Small
from tests.support.copied import filled_county
from tests.support.uploads import Desk
from tests.web.small_county import fill


@pytest.fixture(scope="session")
def made() -> Iterator[Small]:
    """The county every test begins with; tests get copies."""
    small = Small("sqlite:///:memory:")
    yield small
    small.close()


@pytest.fixture
def county(made: Small) -> Iterator[Small]:
    """Units, and the children G1, G2 (近小) and G3 (远小)."""
    small = Small.copy(made)
    yield small
    small.close()


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """The small county's import desk."""
    with filled_county(database_url, fill) as county:
        yield Desk(county, tmp_path)
