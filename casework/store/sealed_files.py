"""Uploaded files at rest (上传文件): sealed in parts, readable by their owner only.

A file is `<name>.sealed` in the folder: parts of a megabyte, each with its length before it and bound
to the file's name and its number; the last part is empty, so a file cut short is known.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from casework.store.keys import KeyRing, Tampered

PART = 1 << 20
_LENGTH = 4
_SUFFIX, _DRAFT = ".sealed", ".part"


@dataclass(frozen=True)
class Written:
    """What was written: bytes of the plain file, and its SHA-256 in hex."""

    size: int
    sha256: str


class SealedFiles:
    """The folder of sealed files."""

    def __init__(self, folder: Path, keys: KeyRing) -> None:
        self._folder = folder
        self._keys = keys

    def write(self, name: str, plain: BinaryIO) -> Written:
        """Seals a whole file under a new name; under its name there is all of it or nothing."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = self._path(name)
        draft = target.with_suffix(_DRAFT)
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        digest, size = hashlib.sha256(), 0
        try:
            with os.fdopen(handle, "wb") as file:
                for number, part in enumerate(_parts(plain)):
                    digest.update(part)
                    size += len(part)
                    sealed = self._keys.seal_upload(part, f"{name} {number}")
                    file.write(len(sealed).to_bytes(_LENGTH, "big") + sealed)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        return Written(size, digest.hexdigest())

    def read(self, name: str) -> bytes:
        """The plain file. Raises FileNotFoundError, or Tampered when it is not as it was written."""
        parts: list[bytes] = []
        with self._path(name).open("rb") as file:
            while True:
                length = int.from_bytes(file.read(_LENGTH), "big")
                if not length:
                    raise Tampered("a sealed file ends before its last part")
                part = self._keys.open_upload(file.read(length), f"{name} {len(parts)}")
                if not part:
                    return b"".join(parts)
                parts.append(part)

    def delete(self, name: str) -> None:
        """Removes a file and what a killed writer left of it; one that is gone is no fault."""
        self._path(name).unlink(missing_ok=True)
        self._path(name).with_suffix(_DRAFT).unlink(missing_ok=True)

    def older_than(self, instant_s: float) -> Iterator[str]:
        """Names of files last written before an instant (seconds since 1970), half-written ones too.

        For clearing what nobody claims.
        """
        for path in sorted(each for kind in (_SUFFIX, _DRAFT) for each in self._folder.glob(f"*{kind}")):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < instant_s:
                    yield path.stem

    def _path(self, name: str) -> Path:
        if not name.isalnum():
            raise ValueError(f"not the name of a sealed file: {name}")
        return self._folder / f"{name}{_SUFFIX}"


def _parts(plain: BinaryIO) -> Iterator[bytes]:
    """The file in parts, and an empty one to end it."""
    while part := plain.read(PART):
        yield part
    yield b""
