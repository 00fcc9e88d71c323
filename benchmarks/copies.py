"""One county's history as that of another county: other children, other codes, other keys, own order of acts.

`Copy` number i turns rows of the source county into rows of its own: ids of children, codes of units,
numbers and act numbers are translated, sealed parts are opened and sealed again under the new child's
key. What is translated is what a rule or a figure reads; names and words stay.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
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
_COUNTY, _SCHOOL, _VISIT = COUNTY_CODE[:4], "31000", "编号 "

Row = dict[str, Any]


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
        """A child's id."""
        return hashlib.blake2b(f"{source}{self.number}".encode(), digest_size=16).hexdigest()

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

    def row(self, table: str, row: Row) -> Row:
        """A row of one of `TABLES`; `plain` stands for an opened `private`."""
        made = {name: self._translated[name](value) for name, value in row.items() if name != "plain"}
        return _FINISH.get(table, _as_it_is)(self, row, made)

    @cached_property
    def _translated(self) -> Mapping[str, Callable[[Any], Any]]:
        codes = ("county", "township", "village", "school", "residence", "registration", "issuer")
        acts = ("act", "known_from", "known_to", "changed_by")
        known: dict[str, Callable[[Any], Any]] = _Same()
        known.update(dict.fromkeys(codes, self.code) | dict.fromkeys(acts, self.act))
        return known | {"child_id": self.child}

    def _student_no(self, source: str) -> str:
        return f"G{self.number:03d}{source[4:]}"

    def _claim(self, row: Row, made: Row) -> Row:
        kind, key = row["kind"], row["key"]
        keys = {
            "student_no": lambda: self._student_no(key),
            "visit_number": lambda: f"{self.number:03d}/{key}",
            "letter_number": lambda: self.clear(f'"{key}'.encode()).decode()[1:],
            "certificate": lambda: hashlib.sha256(f"{self.number}{key}".encode()).hexdigest(),
        }
        return {**made, "key": keys[kind](), "owner": self.child(row["owner"])}

    def _child(self, row: Row, made: Row) -> Row:
        private = self.sealed(made["child_id"], row["plain"], b"child") if row["plain"] else None
        return {**made, "student_no": self._student_no(row["student_no"]), "private": private}

    def _key(self, row: Row, made: Row) -> Row:
        child = made["child_id"]
        return {**made, "wrapped": self._ring.wrap(child, self.data_key(child))}

    def _entry(self, row: Row, made: Row) -> Row:
        # An entry that a roster states is numbered by its act.
        return {**made, "no": self.act(row["no"]), "fields": self.clear(row["fields"].encode()).decode()}


class _Same(dict[str, Callable[[Any], Any]]):
    """Columns that are not named stay as they are."""

    def __missing__(self, name: str) -> Callable[[Any], Any]:
        return lambda value: value

    def __or__(self, other: Any) -> "_Same":
        self.update(other)
        return self


def _as_it_is(_copy: Copy, _row: Row, made: Row) -> Row:
    return made


_FINISH: dict[str, Callable[[Copy, Row, Row], Row]] = {
    "claim": Copy._claim,
    "child": Copy._child,
    "child_key": Copy._key,
    "roster_entry": Copy._entry,
}

TABLES = (
    *("claim", "child_key", "number_series"),
    *("child", "roster_entry", "roster_span", "pupil_ledger", "pupil_total"),
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
