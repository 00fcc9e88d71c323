"""What every sentence of a child's history is made with (用词)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from casework.domain.units import Units
from casework.domain.values import Day
from casework.projections.case_history import Step, Version

Detail = tuple[str, str]
"""A label and its text."""


@dataclass(frozen=True, slots=True)
class Told:
    """One version in words: the kind (for its colour), the sentence, and labelled details."""

    kind: str
    sentence: str
    details: list[Detail]


@dataclass(frozen=True, slots=True)
class Words:
    """What sentences need besides the fact: units, letters by number, steps of statuses, duties by rule.

    `programme`: the name of a 资助项目 by its code, as it was called on a day.
    """

    units: Units
    letters: Mapping[int, Mapping[str, Any]]
    steps: Mapping[int, Step]
    programme: Callable[[str, Day], str]
    duties: Mapping[str, str] = field(default_factory=dict)


def joined(*parts: str) -> str:
    """The parts that say something, with commas."""
    return "，".join(part for part in parts if part)


def said(version: Version, *labels: Detail) -> list[Detail]:
    """The personal details that were said, by (field, label); 已清除 once they were erased."""
    if version.erased:
        return [("个人信息", "已清除")]
    texts = version.said or {}
    return [(label, str(texts[name])) for name, label in labels if texts.get(name)]
