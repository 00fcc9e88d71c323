"""The file of a backup (备份文件): a sealed stream over a compressed tar, its manifest first.

Nothing read from it is used before the whole of it has passed its checks.
"""

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

from pydantic import ValidationError

from casework.operations.manifest import Manifest, Stored
from casework.store.sealed_stream import SealedReader, SealedWriter, damaged

DATABASE = "database"
UPLOADS = "uploads"
_MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 64 << 20
_READ = 1 << 20
_QUICK = 1  # sealed words do not compress, the rest does at any level


def stored(file: Path) -> Stored:
    """Size and hash of a file."""
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256")
    return Stored(size=file.stat().st_size, sha256=digest.hexdigest())


def write_archive(file: BinaryIO, key: bytes, manifest: Manifest, files: Mapping[str, Path]) -> None:
    """Writes the manifest and the files it names."""
    sealed = SealedWriter(file, key)
    with (
        gzip.GzipFile(fileobj=sealed, mode="wb", compresslevel=_QUICK, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        text = manifest.model_dump_json().encode()
        tar.addfile(_entry(_MANIFEST, len(text)), io.BytesIO(text))
        for name, path in files.items():
            with path.open("rb") as opened:
                tar.addfile(_entry(name, manifest.files[name].size), opened)
    sealed.finish()


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def unpack(file: BinaryIO, key: bytes, room: Path | None, accept: Callable[[Manifest], None]) -> Manifest:
    """Takes every file out into `room` (None: only checks them) and checks all to the last byte.

    `accept` sees the manifest before the rest is read, and may refuse by raising. Raises DamagedFile for
    a file that is not as it was written, WrongKey for another's key.
    """
    with _opened(file, key) as tar:
        manifest = _manifest(tar)
        accept(manifest)
        found = {}
        while entry := tar.next():  # iterating over it would begin with the manifest again
            target = None if room is None else _place(room, entry.name)
            found[entry.name] = _take(tar, entry, target)
    if found != manifest.files:
        raise damaged()
    return manifest


@contextmanager
def _opened(file: BinaryIO, key: bytes) -> Iterator[tarfile.TarFile]:
    """The tar inside; afterwards the rest is read, so that an end cut off or added is seen."""
    sealed = io.BufferedReader(SealedReader(file, key), _READ)
    try:
        with gzip.GzipFile(fileobj=cast(IO[bytes], sealed), mode="rb") as packed:
            with tarfile.open(fileobj=packed, mode="r|") as tar:
                yield tar
            while packed.read(_READ):
                pass
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise damaged() from error


def _manifest(tar: tarfile.TarFile) -> Manifest:
    entry = tar.next()
    inside = tar.extractfile(entry) if entry and entry.name == _MANIFEST and entry.isreg() else None
    if inside is None:
        raise damaged()
    try:
        return Manifest.model_validate_json(inside.read(_LARGEST_MANIFEST))
    except ValidationError as error:
        raise damaged() from error


def _place(room: Path, name: str) -> Path:
    """Where a member goes: the database, or a sealed upload; nothing else is ever written."""
    folder, _, last = name.rpartition("/")
    if name == DATABASE:
        return room / DATABASE
    if folder != UPLOADS or not last.removesuffix(".sealed").isalnum():
        raise damaged()
    (room / UPLOADS).mkdir(mode=0o700, exist_ok=True)
    return room / UPLOADS / last


def _take(tar: tarfile.TarFile, entry: tarfile.TarInfo, target: Path | None) -> Stored:
    inside = tar.extractfile(entry) if entry.isreg() else None
    if inside is None:
        raise damaged()
    digest, size = hashlib.sha256(), 0
    with open(target or "/dev/null", "wb") as out:
        while part := inside.read(_READ):
            digest.update(part)
            size += out.write(part)
    return Stored(size=size, sha256=digest.hexdigest())
