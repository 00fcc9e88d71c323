"""Events as bytes: clear JSON for rules and figures, sealed text for what names a child.

`clear · NUL · nonce · AES-256-GCM(private)`. JSON writes a NUL as an escape, so the first NUL byte
ends the clear part; what that leaves out is told by `event_fields`. The sealed part is bound to child,
topic, aggregate and version: copied anywhere else it does not open. Loading an aggregate opens nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import JSONTranscoder, Mapper, MapperDeserialisationError, StoredEvent
from eventsourcing.utils import get_topic, resolve_topic

from casework.domain.events import NO_TIME
from casework.store.event_fields import NOT_CLEAR, completed, shortened
from casework.store.keys import ChildKeys
from casework.store.private_text import packed, unpacked
from casework.store.recorder import hex_of

NUL = b"\0"
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_DECODER = json.JSONDecoder()


def to_json(value: object) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8."""
    return _ENCODER.encode(value).encode()


def clear_of(topic: str, state: bytes) -> dict[str, Any]:
    """The clear part of a stored event: its fields except ids, version and `private`."""
    end = state.find(NUL)
    return completed(topic, _DECODER.decode((state if end < 0 else state[:end]).decode()))


def is_sealed(state: bytes) -> bool:
    """Whether the stored event has personal data (open or 已清除)."""
    return NUL in state


def upcast(cls: type, fields: dict[str, Any]) -> dict[str, Any]:
    """Bring an old version's fields to the event class's `class_version`, in place; the library's way."""
    version = fields.pop("class_version", 1)
    while version < getattr(cls, "class_version", 1):
        getattr(cls, f"upcast_v{version}_v{version + 1}")(fields)
        version += 1
    return fields


@dataclass(frozen=True)
class Sealed:
    """`private` of a loaded event, unopened."""

    keys: ChildKeys
    child_id: str
    blob: bytes
    aad: bytes

    def open(self) -> dict[str, Any] | None:
        """The personal data, or None when they were erased (已清除). Raises Tampered."""
        plaintext = self.keys.open(self.child_id, self.blob, self.aad)
        return None if plaintext is None else unpacked(plaintext)


class SealingMapper(Mapper[UUID]):
    """The library's mapper with `private` sealed under the key of the child concerned."""

    def __init__(self, keys: ChildKeys) -> None:
        super().__init__(JSONTranscoder())
        self._keys = keys

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        """Raises TypeError for a field that JSON would change, KeyDestroyed for an erased child."""
        topic = get_topic(domain_event.__class__)
        fields = {name: value for name, value in vars(domain_event).items() if name not in NOT_CLEAR}
        state = _clear_bytes(topic, fields, getattr(type(domain_event), "class_version", 1))
        private = vars(domain_event).get("private")
        stored = StoredEvent(domain_event.originator_id, domain_event.originator_version, topic, state)
        if private is None:
            return stored
        if not isinstance(private, Mapping):
            raise TypeError(
                f"{topic}: private maps names of fields to words, it is no {type(private).__name__}"
            )
        child_id, aad = _binding(stored, fields)
        blob = self._keys.seal(child_id, packed(private), aad)
        return StoredEvent(stored.originator_id, stored.originator_version, topic, state + NUL + blob)

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[UUID]:
        """The event as it was decided, `private` unopened (`Sealed`) or None."""
        try:
            cls = resolve_topic(stored_event.topic)
            fields = clear_of(stored_event.topic, stored_event.state)
        except Exception as error:
            where = f"{stored_event.originator_id} version {stored_event.originator_version}"
            raise MapperDeserialisationError(f"{stored_event.topic} of {where}: {error}") from error
        sealed = self._sealed(stored_event, fields)
        fields = upcast(cls, fields)
        if "private" in cls.__dataclass_fields__:
            fields["private"] = sealed
        fields["originator_id"] = stored_event.originator_id
        fields["originator_version"] = stored_event.originator_version
        fields["timestamp"] = NO_TIME
        domain_event = object.__new__(cls)
        object.__setattr__(domain_event, "__dict__", fields)
        return cast("DomainEventProtocol[UUID]", domain_event)

    def open_private(self, stored_event: StoredEvent) -> dict[str, Any] | None:
        """The personal data of a stored event; None when it has none or they were erased (已清除)."""
        sealed = self._sealed(stored_event, clear_of(stored_event.topic, stored_event.state))
        return None if sealed is None else sealed.open()

    def _sealed(self, stored: StoredEvent, fields: dict[str, Any]) -> Sealed | None:
        end = stored.state.find(NUL)
        if end < 0:
            return None
        child_id, aad = _binding(stored, fields)
        return Sealed(self._keys, child_id, stored.state[end + 1 :], aad)


def _clear_bytes(topic: str, fields: dict[str, Any], class_version: int) -> bytes:
    if class_version > 1:
        fields["class_version"] = class_version
    state = to_json(shortened(topic, fields))
    if clear_of(topic, state) != fields:  # live and replayed state would differ
        raise TypeError(f"{topic}: fields of events are JSON values, these are not: {sorted(fields)}")
    return state


def _binding(stored: StoredEvent, fields: dict[str, Any]) -> tuple[str, bytes]:
    """The child concerned, and what the sealed bytes are bound to."""
    originator = hex_of(stored.originator_id)
    child_id: str = fields.get("child_id") or originator
    aad = "\0".join((child_id, stored.topic, originator, str(stored.originator_version))).encode()
    return child_id, aad
