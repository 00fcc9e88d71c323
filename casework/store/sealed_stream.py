"""A sealed stream (加密文件): any length, written and read in parts, nothing of it believed before its check.

    magic · format · salt · mark of the key · SHA-256 of these   then parts of a megabyte, AES-256-GCM

The key of one file is derived from the backup key and the file's own salt, so a counter is a nonce: parts
that were changed, exchanged, left out or added fail their check, and the last part is sealed as the last,
so a file cut short between two parts is known. The head tells a wrong key from a damaged file.
"""

import hashlib
import io
import os
import struct
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from casework.errors import BadInput

PART = 1 << 20
FORMAT = 1
_MAGIC = b"casework-backup\n"
_HEAD = struct.Struct(">16sH32s16s")
_SUM = 32
_TAG = 16
_KEY = 32

HEAD_SIZE = _HEAD.size + _SUM


class DamagedFile(BadInput):
    """The file is not as it was written: changed, cut short or put together from others."""


class WrongKey(BadInput):
    """The file is whole at its head, but sealed under another key."""


class SealedWriter(io.RawIOBase):
    """Seals what is written to it into `file`; only `finish` ends the stream, `close` alone leaves it cut."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        super().__init__()
        salt = os.urandom(32)
        self._file = file
        self._cipher, mark = _keys(key, salt)
        self._head = _HEAD.pack(_MAGIC, FORMAT, salt, mark)
        self._waiting = bytearray()
        self._number = 0
        file.write(self._head + hashlib.sha256(self._head).digest())

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, plain: object, /) -> int:
        """Takes all bytes given; a part is written once it is full and known not to be the last."""
        given = bytes(plain)  # type: ignore[call-overload]
        self._waiting += given
        while len(self._waiting) > PART:
            self._seal(bytes(self._waiting[:PART]), last=False)
            del self._waiting[:PART]
        return len(given)

    def finish(self) -> None:
        """Writes the last part."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, part: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last), part, self._head))
        self._number += 1


class SealedReader(io.RawIOBase):
    """The plain bytes of a sealed `file`, each part only after its check.

    Raises DamagedFile or WrongKey at once for the head, DamagedFile while reading for the rest.
    """

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        super().__init__()
        self._file = file
        self._head = _checked_head(file)
        _, _, salt, mark = _HEAD.unpack(self._head)
        self._cipher, expected = _keys(key, salt)
        if mark != expected:
            raise WrongKey("备份密钥与这份备份不符：请换用做这份备份时的 CASEWORK_BACKUP_KEY")
        self._ahead = file.read(PART + _TAG)
        self._plain = memoryview(b"")
        self._number = 0
        self._ended = False

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: object, /) -> int:
        """Fills the buffer from the next checked part; 0 only after the last."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        while not self._plain and not self._ended:
            self._plain = memoryview(self._open_next())
        taken = min(len(view), len(self._plain))
        view[:taken] = self._plain[:taken]
        self._plain = self._plain[taken:]
        return taken

    def _open_next(self) -> bytes:
        sealed, self._ahead = self._ahead, self._file.read(PART + _TAG)
        self._ended = not self._ahead
        try:
            plain = self._cipher.decrypt(_nonce(self._number, self._ended), sealed, self._head)
        except (InvalidTag, ValueError) as error:
            raise damaged() from error
        self._number += 1
        return plain


def damaged() -> DamagedFile:
    """What is said of a file that fails any of its checks."""
    return DamagedFile("备份文件已损坏或不完整，不能使用：请换用另一份备份")


def _checked_head(file: BinaryIO) -> bytes:
    head, total = file.read(_HEAD.size), file.read(_SUM)
    if not head.startswith(_MAGIC):
        raise DamagedFile("这不是 casework 的备份文件，或文件开头已损坏")
    if hashlib.sha256(head).digest() != total:
        raise damaged()
    if _HEAD.unpack(head)[1] > FORMAT:
        raise BadInput("这份备份由更新版本的程序写成，请先升级本程序，再恢复")
    return head


def _keys(key: bytes, salt: bytes) -> tuple[AESGCM, bytes]:
    """The file's cipher, and the mark by which the right key is known."""
    made = HKDF(hashes.SHA256(), _KEY + 16, salt=salt, info=b"casework/1 backup file").derive(key)
    return AESGCM(made[:_KEY]), made[_KEY:]


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if last else b"\0")
