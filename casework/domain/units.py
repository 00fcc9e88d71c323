"""The unit tree as it stood at one known time (单位树): who lies below whom, and where a child belongs.

A unit's code, kind and parent never change; a school has an administrative parent (上级代码: its
学区 or the county) and a location (所在乡镇代码). A closed school's children go to its successor.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from casework.domain.values import FOREVER, SINCE_EVER, Day

PROVINCE, CITY, COUNTY = "province", "city", "county"
TOWNSHIP, SUBDISTRICT, VILLAGE = "township", "subdistrict", "village"
DISTRICT, SCHOOL = "district", "school"

KINDS = {
    "省": PROVINCE,
    "市": CITY,
    "县": COUNTY,
    "乡镇": TOWNSHIP,
    "街道": SUBDISTRICT,
    "村": VILLAGE,
    "学区": DISTRICT,
    "学校": SCHOOL,
}
"""类型: Chinese → code."""

TOWNSHIPS = (TOWNSHIP, SUBDISTRICT)
PARENT_KINDS = {
    PROVINCE: (),
    CITY: (PROVINCE,),
    COUNTY: (CITY, PROVINCE),
    TOWNSHIP: (COUNTY,),
    SUBDISTRICT: (COUNTY,),
    VILLAGE: TOWNSHIPS,
    DISTRICT: (COUNTY,),
    SCHOOL: (DISTRICT, COUNTY),
}
"""Which kinds of unit may stand above a kind."""

UPPER_SECONDARY = frozenset({"普高", "中职"})
"""School categories (学校类别) that are not part of the weekly report."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit as known at one act. `closed_on` is the first day it is no longer open (FOREVER = open)."""

    code: str
    name: str
    kind: str
    parent: str = ""
    category: str = ""
    township: str = ""
    reports_for: str = ""
    poor_village: bool = False
    opened_on: Day = SINCE_EVER
    closed_on: Day = FOREVER
    successor: str = ""

    def open_between(self, first: Day, last: Day) -> bool:
        """Open on any day from `first` to `last`, both included."""
        return self.opened_on <= last and self.closed_on > first

    @property
    def reported_kind(self) -> str:
        """The kind as printed in reports: a 街道 is reported as township."""
        return TOWNSHIP if self.kind == SUBDISTRICT else self.kind


NO_UNIT = Unit(code="", name="", kind="")


class Units:
    """Lookups over all units known at one act."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self._by_code = {unit.code: unit for unit in units}

    def __iter__(self) -> Iterator[Unit]:
        return iter(self._by_code.values())

    def __contains__(self, code: str) -> bool:
        return code in self._by_code

    def __len__(self) -> int:
        return len(self._by_code)

    def get(self, code: str) -> Unit | None:
        """The unit with this code, if known."""
        return self._by_code.get(code)

    def name(self, code: str) -> str:
        """The unit's name; the code itself when the unit is unknown."""
        unit = self._by_code.get(code)
        return unit.name if unit else code

    @cached_property
    def _children(self) -> dict[str, list[Unit]]:
        below: dict[str, list[Unit]] = {}
        for unit in sorted(self, key=lambda unit: unit.code):
            below.setdefault(unit.parent, []).append(unit)
        return below

    def with_ancestors(self, code: str) -> Iterator[Unit]:
        """The unit and those above it, nearest first."""
        unit = self._by_code.get(code)
        while unit:
            yield unit
            unit = self._by_code.get(unit.parent)

    def ancestor(self, code: str, *kinds: str) -> str:
        """The code of the nearest unit of these kinds at or above `code`; "" when there is none."""
        return next((unit.code for unit in self.with_ancestors(code) if unit.kind in kinds), "")

    def county_of(self, code: str) -> str:
        """The county a unit lies in (itself when it is one)."""
        return self.ancestor(code, COUNTY)

    def below(self, code: str, *kinds: str) -> list[Unit]:
        """Units of these kinds at or below `code`, by code."""
        found: list[Unit] = []
        waiting = [self._by_code[code]] if code in self._by_code else []
        while waiting:
            unit = waiting.pop()
            if unit.kind in kinds:
                found.append(unit)
            waiting.extend(self._children.get(unit.code, ()))
        return sorted(found, key=lambda unit: unit.code)

    def standing(self, code: str, day: Day) -> str:
        """The unit that stands for `code` on `day`: its successor's successor once it has merged."""
        seen = set()
        unit = self._by_code.get(code)
        while unit and unit.successor and unit.closed_on <= day and unit.code not in seen:
            seen.add(unit.code)
            unit = self._by_code.get(unit.successor)
        return unit.code if unit else code

    def heirs(self, code: str) -> Iterator[Unit]:
        """The unit and all that stand for it on some day, each the successor of the one before."""
        seen = set()
        unit = self._by_code.get(code)
        while unit and unit.code not in seen:
            yield unit
            seen.add(unit.code)
            unit = self._by_code.get(unit.successor)

    def cuts(self, *codes: str) -> list[Day]:
        """The days on which one of these units, one above it or its township was replaced by a successor."""
        days: set[Day] = set()
        waiting = [code for code in codes if code]
        seen: set[str] = set()
        while waiting:
            for unit in self.with_ancestors(waiting.pop()):
                if unit.code in seen:
                    continue
                seen.add(unit.code)
                if unit.township:
                    waiting.append(unit.township)
                if unit.successor:
                    days.add(unit.closed_on)
                    waiting.append(unit.successor)
        return sorted(days)

    def home(self, school: str, residence: str, registration: str, day: Day) -> tuple[str, str, str]:
        """(county, township, village) of a child on a day.

        County: the school's, else the residence's, else the registration's. Township: the present
        residence's when it lies in this county, else the registration's when it does, else the
        school's location. Codes that are unknown or lie elsewhere give nothing.
        """
        county = next((c for c in map(self.county_of, (school, residence, registration)) if c), "")
        for code in (residence, registration):
            standing = self.standing(code, day)
            township = self.standing(self.ancestor(standing, *TOWNSHIPS), day)
            if township and self.county_of(township) == county:
                return county, township, self.ancestor(standing, VILLAGE)
        unit = self._by_code.get(school)
        return county, self.standing(unit.township, day) if unit else "", ""
