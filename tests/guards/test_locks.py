"""The locks pin what pyproject.toml asks for, by hash, and name no machine or mirror."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = {"runtime": ["build"], "dev": ["build", "dev"]}


def _asked(groups: list[str]) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    grouped = [line for group in groups for line in project["dependency-groups"][group]]
    return [Requirement(line) for line in [*project["project"]["dependencies"], *grouped]]


def _pinned(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[.*\])?==([^ ;]+)", text, re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_asked_for_is_pinned_within_its_range(lock):
    pinned = _pinned(lock)
    for asked in _asked(LOCKS[lock]):
        version = pinned.get(canonicalize_name(asked.name))
        assert version, f"{asked.name}: run ./run lock"
        assert asked.specifier.contains(version), f"{asked}: {version} is pinned; run ./run lock"


def test_tests_run_on_the_versions_that_users_get():
    assert _pinned("runtime").items() <= _pinned("dev").items()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_only_pins_and_their_hashes(lock):
    line = re.compile(r"[a-z0-9-]+==[\w.+]+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    text = (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8")
    assert [found for found in text.splitlines() if not line.fullmatch(found)] == []
