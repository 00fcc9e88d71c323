"""Static files as they are sent: each with a gzipped copy beside it, made when the server starts.

There is no build step, and a teacher on a hill pays for every kilobyte. Pages themselves are not
compressed: they carry form tokens beside what others typed (BREACH).
"""

import atexit
import hashlib
import shutil
import tempfile
from functools import cache
from pathlib import Path

from whitenoise.compress import Compressor

STATIC = Path(__file__).parent / "static"


@cache
def served() -> Path:
    """A folder of this process with the static files and their compressed copies."""
    folder = Path(tempfile.mkdtemp(prefix="casework-static-"))
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
