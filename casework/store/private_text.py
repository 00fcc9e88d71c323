"""Personal data of an event as the bytes that are sealed: JSON, deflated when that is shorter.

Deflating knows the names of the fields beforehand (`_WORDS`), so they take next to nothing. How much shorter
a text becomes tells of its repetitions, no more than its length told before.
"""

import json
import zlib
from collections.abc import Mapping
from typing import Any, cast

_DEFLATED = b"\x01"
"""Stands before deflated JSON; plain JSON begins with a brace."""

_WORDS = (
    b'"agreement":"","application":"","papers":"","opinion":"","destination":"","approver":"","signatory":"",'
    b'"recipient":"","witness":"","text":"","reason":"","why":"","content":"","response":"","teachers":"",'
    b'"correction_reason":"","participants":"","place":"","note":"","recorder":"","talk":""}{"'
)
"""Part of the format: what was sealed with these words is opened with them, to the byte. Never changed."""

_RAW, _MEMORY = -15, 5


def packed(private: Mapping[str, str]) -> bytes:
    """The bytes to be sealed."""
    plain = json.dumps(dict(private), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    deflate = zlib.compressobj(6, zlib.DEFLATED, _RAW, _MEMORY, zlib.Z_DEFAULT_STRATEGY, _WORDS)
    shorter = _DEFLATED + deflate.compress(plain) + deflate.flush()
    return min(plain, shorter, key=len)


def unpacked(opened: bytes) -> dict[str, Any]:
    """The inverse of `packed`."""
    if opened.startswith(_DEFLATED):
        opened = zlib.decompressobj(_RAW, _WORDS).decompress(opened[1:])
    return cast("dict[str, Any]", json.loads(opened))
