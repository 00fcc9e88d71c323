"""Files that are there whole or not at all, and private folders that leave nothing behind."""

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import BinaryIO

from casework.errors import BadInput

_ROOM = ".casework-room-"
_DRAFT = ".part"
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


@contextmanager
def private_room(parent: Path) -> Iterator[Path]:
    """A folder of our own in `parent`, readable by us only, gone afterwards with all that is in it.

    One that a killed program left is removed by the next: whoever lives holds a lock on theirs.
    """
    try:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _clear_abandoned(parent)
        room = Path(tempfile.mkdtemp(prefix=_ROOM, dir=parent))
    except OSError as error:
        raise unwritable(parent, error) from error
    handle = os.open(room, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)
        os.close(handle)


def _clear_abandoned(parent: Path) -> None:
    for room in parent.glob(f"{_ROOM}*"):
        if _is_free(room):
            shutil.rmtree(room, ignore_errors=True)


def clear_drafts(folder: Path, pattern: str) -> None:
    """Removes drafts of files named like `pattern` that a killed program left."""
    for draft in folder.glob(f".{pattern}{_DRAFT}"):
        if _is_free(draft):
            draft.unlink(missing_ok=True)


def _is_free(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(handle)


def write_new(target: Path, write: Callable[[BinaryIO], None], check: Callable[[BinaryIO], None]) -> int:
    """Writes a new file and its bytes' count; it gets its name when it is on the disk and was read again.

    Raises BadInput when there is one already, or it cannot be written; nothing stays then.
    """
    refuse_existing(target)
    draft = target.with_name(f".{target.name}{_DRAFT}")
    clear_drafts(target.parent, escape(target.name))
    try:
        handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise BadInput(f"{target} 正在由另一个程序写，请等它结束") from error
    except OSError as error:
        raise unwritable(target, error) from error
    try:
        with os.fdopen(handle, "w+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            write(file)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
            file.seek(0)
            check(file)
        put_in_place(draft, target)
    except OSError as error:
        raise unwritable(target, error) from error
    finally:
        draft.unlink(missing_ok=True)
    return size


def put_in_place(draft: Path, target: Path) -> None:
    """Gives a finished file its name, durably; never in place of another. Raises BadInput if there is one."""
    try:
        os.link(draft, target)
    except FileExistsError:
        refuse_existing(target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        refuse_existing(target)  # a memory stick knows no links: the look and the renaming are two steps
        draft.rename(target)
    _sync_folder(target.parent)


def refuse_existing(target: Path) -> None:
    """Raises BadInput when the place is taken."""
    if target.exists():
        raise BadInput(f"{target} 已经存在，不会覆盖：请换一个文件名或目录")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network drives keep no folders to wait for
            raise
    finally:
        os.close(handle)


def unwritable(place: Path, error: OSError) -> BadInput:
    """What is said of a place that cannot be written."""
    why = {
        errno.ENOSPC: "磁盘空间不足",
        errno.EACCES: "没有写入权限",
        errno.EROFS: "磁盘只读",
        errno.ENOENT: "没有这个目录",
        errno.EEXIST: "那里是一个文件，不是目录",
        errno.ENOTDIR: "那里是一个文件，不是目录",
    }.get(error.errno or 0, str(error))
    return BadInput(f"写不进 {place}：{why}")
