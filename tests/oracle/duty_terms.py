"""The numbers of the default rules, and policies that replace some of them from a day on.

"Every line here is a row of the shipped default policy (dated, replaceable by a county)": what begins on or
after the day of a policy follows its numbers, what began before keeps its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files

from tests.oracle.duty_calendar import SHIPPED as CALENDAR

SHIPPED = (files("casework") / "policy" / "duties.toml").read_text(encoding="utf-8")

NUMBERS: dict[str, tuple[int, ...]] = {
    "absence.joint_visit": (2,),
    "absence.report": (3,),
    "absence.decide": (7,),
    "letter.issue": (7,),
    "letter.serve": (7,),
    "letter.failed_report": (3,),
    "order.issue": (7,),
    "order.decide": (15,),
    "returned.check": (1, 3, 5, 10, 20),
    "deferral.end": (10,),
    "closure.decide": (5,),
}
_SETTING = r"(nth_school_day|days_before|(?:school_|working_)?days)( = )(\[[^\]]*\]|\d+)"


@dataclass(frozen=True)
class Terms:
    """The numbers in force on a day."""

    changed: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def of(self, rule: str) -> tuple[int, ...]:
        """All numbers of a rule."""
        return self.changed.get(rule, NUMBERS[rule])

    def __getitem__(self, rule: str) -> int:
        """The number of a rule that has one."""
        return self.of(rule)[0]


def told(changed: dict[str, tuple[int, ...]]) -> str:
    """The numbers as a cell."""
    return ";".join(f"{rule}={','.join(map(str, numbers))}" for rule, numbers in changed.items())


def read(cell: str) -> Terms:
    """The numbers of a cell."""
    pairs = (part.split("=") for part in cell.split(";") if part)
    return Terms({rule: tuple(map(int, numbers.split(","))) for rule, numbers in pairs})


def policy_text(version: str, changed: dict[str, tuple[int, ...]]) -> str:
    """The shipped text with other numbers."""
    blocks = re.split(r"(?=^\[\[rules\]\])", SHIPPED, flags=re.M)
    for at, block in enumerate(blocks):
        name = re.search(r'^name = "(.+)"', block, re.M)
        numbers = changed.get(name.group(1)) if name and at else None
        if numbers:
            value = str(numbers[0]) if len(numbers) == 1 else str(list(numbers))
            blocks[at] = re.sub(
                _SETTING, lambda found, value=value: found[1] + found[2] + value, block, count=1
            )
    return "".join(blocks).replace('"duties-2026.1"', f'"{version}"')


def calendar_text(version: str, closed: Iterable[date], made_up: Iterable[date]) -> str:
    """The shipped 校历 with an autumn of its own: days closed and weekend days made up."""
    year = ['terms = [["2026-03-02", "2026-07-03"], ["2026-08-31", "2026-12-31"]]']
    year += [f"closed = {sorted(map(str, closed))}", f"make_up = {sorted(map(str, made_up))}"]
    text = CALENDAR.replace("calendar-2026.1", f"calendar-{version}")
    return text.replace("\n[statutory]", "\n[years.2026]\n" + "\n".join(year) + "\n\n[statutory]", 1)
