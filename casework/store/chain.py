"""The chain of acts (防篡改链): each act carries a keyed hash over what it wrote and over the act before.

Covered: every field of the act's row, its events byte for byte in order with their positions, and the
roster entries it began and ended. Not covered: what the erasure of a child blanks (三项 of a roster entry,
`ERASABLE`; the wrapped data keys), so an erased history still verifies; and read models, which
`reconcile` proves against the events. The key follows from the master key: who can write the tables
but does not have it cannot make a history that verifies.

An event's bytes are hashed plainly and roster entries are summed up by keyed hashes, whatever order they
are read back in; both go into the act's one keyed hash.
"""

import hashlib
import json
import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Keyed = Callable[[bytes], bytes]
RosterLine = tuple[str, int, str, Mapping[str, str], int]
"""child, no, day, fields, source of a roster entry."""

SIZE = 32
BEGINNING = bytes(SIZE)
"""What stands for the act before the first."""

ERASABLE = ("helper", "outside_school", "outside_place")
"""Fields of a roster entry that may name people or places in free words: erased, so not covered."""

ACT_FIELDS = (
    "id", "recorded_us", "command_id", "command", "content_hmac", "account", "name", "post", "unit", "reply",
)  # fmt: skip

_EVENT = struct.Struct(">qqII")
_LENGTH = struct.Struct(">I")
_MODULO = 1 << 8 * SIZE


class Link:
    """What one act has written so far; `closed` gives the columns of its row."""

    __slots__ = ("_events", "_hash", "_keyed", "_roster")

    def __init__(self, keyed: Keyed) -> None:
        self._keyed = keyed
        self._hash = hashlib.sha256()
        self._events = 0
        self._roster = 0

    def copy(self) -> "Link":
        """The same so far; what is added to one is not added to the other."""
        made = Link(self._keyed)
        made._hash, made._events, made._roster = self._hash.copy(), self._events, self._roster
        return made

    def event(self, position: int, originator: str, version: int, topic: str, state: bytes) -> None:
        """Adds an event as it is stored."""
        said = f"{originator}{topic}".encode()
        self._hash.update(_EVENT.pack(position, version, len(said), len(state)))
        self._hash.update(said)
        self._hash.update(state)
        self._events += 1

    def roster(self, gone: Iterable[RosterLine], new: Iterable[RosterLine]) -> None:
        """Adds roster entries that end with the act, and those that begin with it; in any order."""
        for mark, lines in ((b"-", gone), (b"+", new)):
            for child, no, on, fields, source in lines:
                said = {name: value for name, value in fields.items() if name not in ERASABLE}
                line = json.dumps([child, no, on, source, said], ensure_ascii=False, sort_keys=True)
                self._roster += int.from_bytes(self._keyed(mark + line.encode()), "big")

    def closed(self, before: bytes, act: Mapping[str, Any]) -> dict[str, Any]:
        """The columns that seal the act's row; `before` is the chain value of the act before it."""
        sealed = {
            "events": self._events,
            "events_hash": self._hash.digest(),
            "roster_hash": (self._roster % _MODULO).to_bytes(SIZE, "big"),
        }
        return {**sealed, "chain": chain_value(self._keyed, before, {**act, **sealed})}


def chain_value(keyed: Keyed, before: bytes, act: Mapping[str, Any]) -> bytes:
    """The keyed hash of an act's row and of the act before it."""
    fields = [str(act[name]).encode() for name in ACT_FIELDS]
    parts = [before, act["events_hash"], act["roster_hash"], _LENGTH.pack(act["events"])]
    parts += [part for field in fields for part in (_LENGTH.pack(len(field)), field)]
    return keyed(b"".join(parts))
