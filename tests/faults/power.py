"""A disk whose power may go at any moment: what was not synced is there, or not, or half.

Each write to a file waits until the file is synced. When the power goes, every waiting write is kept or
lost by chance, each for itself and in any order, and one may be torn at a sector; a new file whose folder
was not synced may be gone.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.traced import Call

_SECTOR = 512


@dataclass
class File:
    """What is on the disk for certain, and what waits."""

    there: bytearray = field(default_factory=bytearray)
    waiting: list[Call] = field(default_factory=list)
    named: bool = True


class Disk:
    """The files of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = {
            str(path): File(bytearray(path.read_bytes())) for path in folder.iterdir() if path.is_file()
        }
        self.synced = 0

    @property
    def waits(self) -> int:
        """How many writes wait."""
        return sum(len(file.waiting) for file in self._files.values())

    def take(self, call: Call) -> None:
        """What a program did."""
        if call.name in ("fsync", "fdatasync"):
            self._sync(call.path)
        elif Path(call.path).parent == self._folder:
            file = self._files.setdefault(call.path, File(named=False))
            if call.name in ("pwrite64", "ftruncate"):
                file.waiting.append(call)
            elif call.name == "write":
                raise AssertionError(f"written without saying where: {call.path}")

    def _sync(self, path: str) -> None:
        self.synced += 1
        if path == str(self._folder):
            for file in self._files.values():
                file.named = True
        elif path in self._files:
            file = self._files[path]
            for call in file.waiting:
                _apply(file.there, call)
            file.waiting.clear()

    def after_power_loss(self, chance: random.Random, kept: float) -> Mapping[str, bytes]:
        """Name → content, as it may be found; `kept`: how likely a waiting write has reached the disk."""
        found = {}
        for path, file in self._files.items():
            content = bytearray(file.there)
            for call in file.waiting:
                if chance.random() < kept:
                    _apply(content, _torn(call, chance) if chance.random() < 0.2 else call)
            if file.named or chance.random() < kept:
                found[Path(path).name] = bytes(content)
        return found


def _torn(call: Call, chance: random.Random) -> Call:
    return Call(call.pid, call.name, call.path, call.content[: _SECTOR * chance.randrange(9)], call.at)


def _apply(content: bytearray, call: Call) -> None:
    if call.name == "ftruncate":
        del content[call.at :]
        content.extend(bytes(call.at - len(content)))
        return
    end = call.at + len(call.content)
    content.extend(bytes(max(0, end - len(content))))
    content[call.at : end] = call.content
