"""The parts of what a county is given (组成): from the lock, and the vendored files of the pages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.licences import licence_of

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements" / "runtime.txt"
VENDORED = ROOT / "casework" / "web" / "static" / "vendor"
_ROW = re.compile(r"^\| `([^`]+)` \| (.*?) \| ([^|]+?) \| ([^|,]+)[^|]*\| `([0-9a-f]{64})` \|$", re.MULTILINE)
_NPM = re.compile(r"npm `([^`]+)`")


@dataclass(frozen=True)
class Part:
    """One package or file; `needs`: names of the packages it asks for itself."""

    name: str
    version: str
    source: str
    licence: str
    hashes: tuple[str, ...]
    needs: frozenset[str] = frozenset()
    here: bool = True
    summary: str = ""


def locked(lock: Path = LOCK) -> list[Part]:
    """Every package of a lock, with the digests pip accepts; `here` False: not for this system."""
    text = lock.read_text("utf-8").replace("\\\n", " ")
    return [_package(line) for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _package(line: str) -> Part:
    stated, *hashes = line.split("--hash=sha256:")
    asked = Requirement(stated.strip())
    name = canonicalize_name(asked.name)
    version = next(iter(asked.specifier)).version
    digests = tuple(each.strip() for each in hashes)
    if asked.marker is not None and not asked.marker.evaluate():
        return Part(name, version, "pypi", "", digests, here=False)
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return Part(name, version, "pypi", "", digests)
    needs = frozenset(_needs(found.requires or []))
    summary = str(found.metadata.json.get("summary") or "")
    return Part(name, version, "pypi", licence_of(name, found), digests, needs, summary=summary)


def _needs(requires: list[str]) -> Iterator[str]:
    for each in requires:
        asked = Requirement(each)
        if asked.marker is None or asked.marker.evaluate({"extra": ""}):
            yield canonicalize_name(asked.name)


def vendored(folder: Path = VENDORED) -> list[Part]:
    """The files that the pages bring to the browser, as the table beside them says."""
    parts, package = [], ""
    for name, whence, version, licence, digest in _ROW.findall((folder / "README.md").read_text("utf-8")):
        stated = _NPM.search(whence)
        package = stated[1] if stated else package  # "the same": of the row above
        parts.append(Part(name, version.strip(), f"npm {package}", licence.strip(), (digest,)))
    return parts
