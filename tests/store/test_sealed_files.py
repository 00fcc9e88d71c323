"""Sealed uploads at rest: all of a file or nothing, also when its writer was killed."""

import io
import os
import time
from pathlib import Path

from casework.store.keys import KeyRing
from casework.store.sealed_files import SealedFiles
from tests.support.county import MASTER_KEY


def test_what_a_killed_writer_left_is_found_by_its_age_and_deleted(tmp_path: Path):
    files = SealedFiles(tmp_path, KeyRing(MASTER_KEY))
    files.write("whole", io.BytesIO(b"x" * 100))
    half = tmp_path / "half.part"
    half.write_bytes(b"cut off")
    long_ago = time.time() - 100_000
    os.utime(half, (long_ago, long_ago))
    assert list(files.older_than(time.time() - 1000)) == ["half"]
    files.delete("half")
    assert [path.name for path in tmp_path.iterdir()] == ["whole.sealed"]
    assert files.read("whole") == b"x" * 100
