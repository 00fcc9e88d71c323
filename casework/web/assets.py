"""Static files as they are sent: each with a gzipped copy beside it, made when the server starts.

There is no build step, and a teacher on a hill pays for every kilobyte. Pages themselves are not
compressed: they carry form tokens beside what others typed (BREACH).
"""

import atexit
import fcntl
import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from whitenoise.compress import Compressor

STATIC = Path(__file__).parent / "static"
_PREFIX = "casework-files-"


@cache
def served() -> Path:
    """A folder of this process with the static files and their compressed copies."""
    _clear_after_the_dead()
    folder = _own_folder()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(STATIC, folder, dirs_exist_ok=True)
    compressor = Compressor(use_brotli=False, quiet=True)
    for file in folder.rglob("*"):
        if file.is_file() and compressor.should_compress(file.name) and not Path(f"{file}.gz").exists():
            list(compressor.compress(str(file)))
    return folder


@cache
def address(name: str) -> str:
    """The address of a static file; it changes with the content, so browsers keep it for a year."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def _own_folder() -> Path:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        if _held(folder) is not None:
            return folder


def _clear_after_the_dead() -> None:
    """A process that was killed could not remove its folder: whoever starts next does."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            handle = _held(folder)
            if handle is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(handle)


def _held(folder: Path) -> int | None:
    """The handle by which this process holds a folder, until it ends, however it ends.

    None: another process holds it, or removed it a moment ago, or it is another user's. What is held, the
    clearing of old temporary files by systemd leaves alone too.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except (FileNotFoundError, PermissionError):
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_ours_and_there = os.fstat(handle).st_nlink and os.fstat(handle).st_uid == os.geteuid()
    except BlockingIOError:
        is_ours_and_there = False
    if is_ours_and_there:
        return handle
    os.close(handle)
    return None
