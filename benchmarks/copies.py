"""One county's history as that of another county: other children, other codes, other keys, own order of acts.

`Copy` number i turns rows of the source county into rows of its own: ids of children, codes of units,
numbers and act numbers are translated, sealed parts are opened and sealed again under the new child's
key. What is translated is what a rule or a figure reads; names and words stay.
"""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from benchmarks.land import COUNTY_CODE
from casework.domain.values import OPEN
from casework.store.keys import KeyRing
from casework.store.mapper import NUL

FIRST_ACT = 3
"""The source's acts before it are of the place itself: policies and units."""

_NONCE = 12
_TIME = 12  # hex digits of an id that tell the millisecond of its entering
_HOURS_BETWEEN = 3 * 3_600_000
_COUNTY, _SCHOOL, _VISIT = COUNTY_CODE[:4], "31000", "编号 "


class Copy:
    """County `number` of `of`; its acts are those of the source, in turn with the other copies'."""

    def __init__(self, number: int, of: int, base: int, ring: KeyRing) -> None:
        self.number, self._of, self._base, self._ring = number, of, base, ring
        self.county, self.school = f"5{number:03d}", f"31{number:03d}"
        self._replaced = (
            (f'"{COUNTY_CODE}'.encode(), f'"{self.county}00'.encode()),
            (f'"{_SCHOOL}'.encode(), f'"{self.school}'.encode()),
            (f'"{_VISIT}'.encode(), f'"{_VISIT}{number:03d}/'.encode()),
        )

    def act(self, source: int) -> int:
        """An act's number; what is believed without an end stays so."""
        return source if source == OPEN else self._base + (source - FIRST_ACT) * self._of + self.number + 1

    def child(self, source: str) -> str:
        """A child's id: entered some hours after the copy before, the rest by chance."""
        entered = int(source[:_TIME], 16) + self.number * _HOURS_BETWEEN
        rest = hashlib.blake2b(f"{source}{self.number}".encode(), digest_size=10).hexdigest()
        return f"{entered:0{_TIME}x}{rest}"

    def data_key(self, child: str) -> bytes:
        """A child's key: follows from the new id, so that none need be held in memory."""
        return hashlib.blake2b(child.encode(), digest_size=32, person=b"benchmark").digest()

    def code(self, source: str) -> str:
        """A unit's code."""
        if source.startswith(COUNTY_CODE):
            return f"{self.county}{source[len(_COUNTY) :]}"
        return f"{self.school}{source[len(_SCHOOL) :]}" if source.startswith(_SCHOOL) else source

    def clear(self, source: bytes) -> bytes:
        """The clear part of an event, or any JSON of the history."""
        for before, after in self._replaced:
            source = source.replace(before, after)
        return source

    def sealed(self, child: str, plain: bytes, aad: bytes) -> bytes:
        """A private part under the new child's key, as the store seals it."""
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self.data_key(child)).encrypt(nonce, plain, aad)

    def event(self, source: "SourceEvent") -> tuple[str, bytes]:
        """Originator and state of an event of a file."""
        child = self.child(source.originator)
        state = self.clear(source.clear)
        if source.plain is None:
            return child, state
        aad = "\0".join((child, source.topic, child, str(source.version))).encode()
        return child, state + NUL + self.sealed(child, source.plain, aad)

    def translators(self, table: str, names: Sequence[str]) -> list[tuple[int, Callable[[Any], Any]]]:
        """Which columns of a table are translated, and how; the others are the source's."""
        known = self._common()
        if table == "roster_entry":  # one that a roster states is numbered by its act
            known |= {"no": self.act, "fields": self._json}
        elif table == "child":
            known["student_no"] = self.student_no
        return [(at, known[name]) for at, name in enumerate(names) if name in known]

    def entry(self, source: tuple[Any, ...]) -> list[Any]:
        """A roster entry, in the order of `ENTRY`."""
        made = list(source)
        for at, translate in self._entry:
            made[at] = translate(made[at])
        return made

    @cached_property
    def _entry(self) -> list[tuple[int, Callable[[Any], Any]]]:
        return self.translators("roster_entry", ENTRY)

    def claim(self, kind: str, key: str) -> str:
        """The key of a claim. A certificate is claimed by its hash: a made-up one stands for it."""
        if kind == "student_no":
            return self.student_no(key)
        if kind == "visit_number":
            return f"{self.number:03d}/{key}"
        if kind == "letter_number":
            return self.clear(f'"{key}'.encode()).decode()[1:]
        return hashlib.sha256(f"{self.number}{key}".encode()).hexdigest()

    def wrapped(self, child: str) -> bytes:
        """A child's key as the table holds it."""
        return self._ring.wrap(child, self.data_key(child))

    def student_no(self, source: str) -> str:
        """学籍号."""
        return f"G{self.number:03d}{source[4:]}"

    def _json(self, source: str) -> str:
        return self.clear(source.encode()).decode()

    def _common(self) -> dict[str, Callable[[Any], Any]]:
        codes = ("county", "township", "village", "school", "residence", "registration", "issuer")
        acts = ("act", "known_from", "known_to", "changed_by")
        held = _Codes(self.code)
        return {
            **dict.fromkeys(codes, held.__getitem__),
            **dict.fromkeys(acts, self.act),
            **dict.fromkeys(("child_id", "owner"), self.child),
        }


class _Codes(dict[str, str]):
    """A county has a few hundred codes: each is translated once."""

    def __init__(self, translate: Callable[[str], str]) -> None:
        self._translate = translate

    def __missing__(self, code: str) -> str:
        self[code] = made = self._translate(code)
        return made


ENTRY = ("child_id", "no", "changed_on", "fields", "source")
"""What the chain of acts covers of a roster entry."""

TABLES = (
    *("claim", "child_key", "number_series"),
    *("child", "child_elsewhere", "roster_entry", "roster_span", "pupil_ledger", "pupil_total"),
)
"""Tables copied row by row, besides acts and events."""


class SourceEvent:
    """An event of the source, its private part opened once for all copies."""

    __slots__ = ("clear", "originator", "plain", "topic", "version")

    def __init__(self, originator: str, version: int, topic: str, state: bytes, keys: "SourceKeys") -> None:
        self.originator, self.version, self.topic = originator, version, topic
        end = state.find(NUL)
        self.clear, self.plain = state, None
        if end >= 0:
            self.clear = state[:end]
            aad = "\0".join((originator, topic, originator, str(version))).encode()
            self.plain = keys.open(originator, state[end + 1 :], aad)


class SourceKeys:
    """The keys of the source's children."""

    def __init__(self, ring: KeyRing, wrapped: Mapping[str, bytes]) -> None:
        self._ring, self._wrapped = ring, wrapped

    def open(self, child: str, sealed: bytes, aad: bytes) -> bytes:
        """What was sealed for a child."""
        key = AESGCM(self._ring.unwrap(child, self._wrapped[child]))
        return key.decrypt(sealed[:_NONCE], sealed[_NONCE:], aad)
