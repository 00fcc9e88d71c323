"""Keys: one data key per child, wrapped by the master key; destroying it erases the child's words.

Derived from the master key by HKDF, each for one purpose: wrapping data keys, keyed hashes (an
identity number is claimed by its hash, never kept readable in a claim), and sealing what waits for
an import (uploaded workbooks and previews of their rows: whole sheets of many children), and chaining
the acts (whoever can write the tables but has no master key cannot make a history that verifies).

Data keys are read once per transaction and forgotten with it. So a rolled-back act leaves no key
behind, and a key destroyed by another process is gone for this one from its next transaction on.
"""

import hmac
import os
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, insert, select, update

from casework.errors import RuleBroken
from casework.store.lookup import Lookup
from casework.store.schema import child_key

MASTER_KEY_BYTES = 32
_NONCE = 12
_MARK = 16
_DATA_KEY_BITS = 256
_KEYS = Lookup(select(child_key), child_key.c.child_id)


class KeyDestroyed(RuleBroken):
    """Personal data cannot be added for a child whose data were erased (已清除)."""


class Tampered(Exception):
    """Sealed bytes do not belong where they stand, or the master key is another one."""


class KeyRing:
    """The keys that follow from the master key (32 bytes). Holds no child's key."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != MASTER_KEY_BYTES:
            raise ValueError(f"the master key has {MASTER_KEY_BYTES} bytes, not {len(master_key)}")
        self._wrapping = AESGCM(_derive(master_key, b"casework/1 wrap child keys"))
        self._hashing = _derive(master_key, b"casework/1 keyed hashes")
        self._uploads = AESGCM(_derive(master_key, b"casework/1 seal uploads"))
        self._settings = AESGCM(_derive(master_key, b"casework/1 seal settings"))
        self._chaining = _derive(master_key, b"casework/1 chain of acts")

    def hmac(self, kind: str, text: str | bytes) -> str:
        """A keyed hash, 64 hex characters; equal texts of different kinds give different hashes."""
        content = text.encode() if isinstance(text, str) else text
        return hmac.digest(self._hashing, kind.encode() + b"\0" + content, "sha256").hex()

    def mark(self, content: str) -> str:
        """The keyed fingerprint of a fact: it tells the facts of one file apart, for which 64 bits do."""
        return self.hmac("fact", content)[:_MARK]

    def link(self, content: bytes) -> bytes:
        """A keyed hash of 32 bytes (HMAC-SHA256) for the chain of acts."""
        return hmac.digest(self._chaining, content, "sha256")

    def wrap(self, child_id: str, data_key: bytes) -> bytes:
        """The data key as the table holds it: nonce · AES-256-GCM, bound to the child."""
        return _encrypt(self._wrapping, data_key, child_id.encode())

    def unwrap(self, child_id: str, wrapped: bytes) -> bytes:
        """The data key. Raises Tampered for another child's or another master key's."""
        return _decrypt(self._wrapping, wrapped, child_id.encode())

    def seal_upload(self, plaintext: bytes, place: str) -> bytes:
        """nonce · AES-256-GCM of a part of an upload, bound to its place (run and part)."""
        return _encrypt(self._uploads, plaintext, place.encode())

    def open_upload(self, sealed: bytes, place: str) -> bytes:
        """The plaintext of a part. Raises Tampered when it was changed or stood elsewhere."""
        return _decrypt(self._uploads, sealed, place.encode())

    def seal_setting(self, plaintext: bytes, place: str) -> bytes:
        """nonce · AES-256-GCM of an address or a channel's secret, bound to its place."""
        return _encrypt(self._settings, plaintext, place.encode())

    def open_setting(self, sealed: bytes, place: str) -> bytes:
        """The plaintext of a setting. Raises Tampered when it was changed or stood elsewhere."""
        return _decrypt(self._settings, sealed, place.encode())

    def on(self, conn: Connection) -> "ChildKeys":
        """The children's keys as one transaction sees them."""
        return ChildKeys(self, conn)


class ChildKeys:
    """Children's data keys in one transaction: read on first need, made on first sealing.

    New keys are kept here until `flush` inserts them together.
    """

    def __init__(self, ring: KeyRing, conn: Connection) -> None:
        self._ring = ring
        self._conn = conn
        self._known: dict[str, AESGCM | None] = {}  # None: destroyed, or never made
        self._destroyed: set[str] = set()
        self._new: dict[str, bytes] = {}

    def seal(self, child_id: str, plaintext: bytes, aad: bytes) -> bytes:
        """nonce · AES-256-GCM(plaintext) under the child's key, bound to `aad`.

        Raises KeyDestroyed when the child's data were erased.
        """
        return _encrypt(self._key_or_new(child_id), plaintext, aad)

    def open(self, child_id: str, sealed: bytes, aad: bytes) -> bytes | None:
        """The plaintext, or None when the key is destroyed (已清除).

        Raises Tampered when the bytes were changed or moved to another place.
        """
        key = self._key(child_id)
        return None if key is None else _decrypt(key, sealed, aad)

    def hmac(self, kind: str, text: str | bytes) -> str:
        """A keyed hash of the ring, see `KeyRing.hmac`."""
        return self._ring.hmac(kind, text)

    def mark(self, content: str) -> str:
        """The fingerprint of a fact, see `KeyRing.mark`."""
        return self._ring.mark(content)

    def link(self, content: bytes) -> bytes:
        """A keyed hash of the ring for the chain of acts, see `KeyRing.link`."""
        return self._ring.link(content)

    def fetch(self, child_ids: Iterable[str]) -> None:
        """Read the keys of many children in one query, before sealing or opening them one by one."""
        missing = sorted(set(child_ids) - self._known.keys())
        if not missing:
            return
        rows = list(_KEYS.rows(self._conn, missing))
        self._known.update(dict.fromkeys(missing))
        for child_id, wrapped in rows:
            if wrapped is None:
                self._destroyed.add(child_id)
            else:
                self._known[child_id] = AESGCM(self._ring.unwrap(child_id, bytes(wrapped)))

    def destroy(self, child_id: str) -> bool:
        """Destroy the child's key for ever; False when it had none.

        What it sealed reads as 已清除, and nothing more can be sealed for this child.
        """
        self.flush()
        self._known.pop(child_id, None)
        row = child_key.c.child_id == child_id
        wrapped = self._conn.execute(select(child_key.c.wrapped).where(row)).first()
        if wrapped is None:
            self._conn.execute(insert(child_key).values(child_id=child_id, wrapped=None))
        else:
            self._conn.execute(update(child_key).where(row).values(wrapped=None))
        return wrapped is not None and wrapped[0] is not None

    def flush(self) -> None:
        """Insert the keys made since the last call."""
        if self._new:
            rows = [{"child_id": child_id, "wrapped": wrapped} for child_id, wrapped in self._new.items()]
            self._conn.execute(insert(child_key), rows)
            self._new.clear()

    def forget(self) -> None:
        """Forget every key read or made: the transaction went back to before this moment's changes."""
        self._new.clear()
        self._known.clear()
        self._destroyed.clear()

    def _key(self, child_id: str) -> AESGCM | None:
        self.fetch([child_id])
        return self._known[child_id]

    def _key_or_new(self, child_id: str) -> AESGCM:
        key = self._key(child_id)
        if key is not None:
            return key
        if child_id in self._destroyed:
            raise KeyDestroyed("该生的个人信息已清除，不能再登记姓名、号码或文字说明", child=child_id)
        data_key = AESGCM.generate_key(_DATA_KEY_BITS)
        self._new[child_id] = self._ring.wrap(child_id, data_key)
        self._known[child_id] = made = AESGCM(data_key)
        return made


def _derive(master_key: bytes, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), MASTER_KEY_BYTES, salt=None, info=purpose).derive(master_key)


def _encrypt(key: AESGCM, plaintext: bytes, aad: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + key.encrypt(nonce, plaintext, aad)


def _decrypt(key: AESGCM, sealed: bytes, aad: bytes) -> bytes:
    try:
        return key.decrypt(sealed[:_NONCE], sealed[_NONCE:], aad)
    except (InvalidTag, ValueError) as error:
        raise Tampered("sealed data fail their check") from error
