"""A small county in memory, with its units and three children on the roster."""

from collections.abc import Iterator

import pytest

from tests.importing.small import Small


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
