"""What the stored clear part of an event leaves out, because the event's class tells it.

Empty defaults ("", 0, false, [], None), the aggregate's topic in the first event (it begins the event's own),
and a fact's `key` when it is made of the event's other fields in the usual way (`USUAL_KEY`). So a field
that is not there is empty: a class may gain fields with an empty default, and its stored events stay as
they are; a default that is not empty is always written.
"""

from functools import cache
from typing import Any, NamedTuple

from eventsourcing.utils import resolve_topic

from casework.domain import aggregates  # noqa: F401 - so that every topic is known

NOT_CLEAR = frozenset({"originator_id", "originator_version", "timestamp", "private"})
_MISSING = object()


class _LeftOut(NamedTuple):
    """Of one class of events: the fields left out when they have these values, and of what `key` is made."""

    values: dict[str, Any]
    key: tuple[str, ...]


@cache
def _left_out(topic: str) -> _LeftOut:
    cls = resolve_topic(topic)
    fields = cls.__dataclass_fields__
    values: dict[str, Any] = {
        name: list(field.default) if isinstance(field.default, tuple) else field.default
        for name, field in fields.items()
        if name not in NOT_CLEAR and not field.default
    }
    if "originator_topic" in fields:
        values["originator_topic"] = topic.partition(".")[0]
    return _LeftOut(values, getattr(cls, "USUAL_KEY", ()))


def shortened(topic: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields to be stored. Raises eventsourcing's TopicError for an unknown topic."""
    absent, key = _left_out(topic)
    kept = {
        name: value
        for name, value in fields.items()
        if value != absent.get(name, _MISSING) or type(value) is not type(absent[name])
    }
    if key and kept.get("key") == _usual(key, fields):
        del kept["key"]
    return kept


def completed(topic: str, kept: dict[str, Any]) -> dict[str, Any]:
    """The fields as they were decided: the inverse of `shortened`."""
    absent, key = _left_out(topic)
    fields = {**absent, **kept}
    if key and "key" not in fields:
        fields["key"] = _usual(key, fields)
    return fields


def _usual(key: tuple[str, ...], fields: dict[str, Any]) -> str:
    return " ".join([fields[name] for name in key])
