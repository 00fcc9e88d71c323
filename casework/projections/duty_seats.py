"""The places of the chain (责任链的位置): a role at a unit, who fills it, and who stands above it.

A place that nobody fills is a vacancy (空缺): what falls to it is shown to the level above.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from casework.domain.duty_policy import DutyPolicy
from casework.domain.units import COUNTY, SCHOOL, TOWNSHIPS, UPPER_SECONDARY, VILLAGE, Unit, Units
from casework.domain.values import Day
from casework.projections.duty_holders import Holder, Holders
from casework.projections.duty_lines import Line
from casework.projections.reference import Reference

LEVEL_KINDS: Mapping[str, tuple[str, ...]] = {
    "county": (COUNTY,),
    "township": TOWNSHIPS,
    "village": (VILLAGE,),
    "school": (SCHOOL,),
    "class": (SCHOOL,),
    "guardian": (SCHOOL,),
    "helper": (SCHOOL,),
}
"""Level of a role → the kinds of unit at which it is looked for."""

WITHOUT_ACCOUNT = ("guardian", "helper")
"""Levels whose people have no post: they are told of by child, not by unit."""


class Seat(NamedTuple):
    """A place of the chain: a role at a unit, of a class where the role is a class's.

    `unit` is "" for children without a school.
    """

    role: str
    unit: str
    grade: str = ""
    klass: str = ""

    @property
    def whole(self) -> "Seat":
        """The same role at the whole unit."""
        return Seat(self.role, self.unit)


NOWHERE = Seat("", "")


def seat_of(line: Line) -> Seat:
    """Where a duty falls."""
    return Seat(line.role, line.unit, line.grade, line.klass)


def units_of(units: Units, codes: Iterable[str], level: str, day: Day) -> Iterator[Unit]:
    """The units of these at which a role of a level is to be filled on a day."""
    kinds = LEVEL_KINDS[level]
    for code in sorted(codes):
        unit = units.get(code)
        if unit and unit.kind in kinds and unit.category not in UPPER_SECONDARY:
            if unit.opened_on <= day < unit.closed_on:
                yield unit


def above(policy: DutyPolicy, units: Units, seat: Seat) -> list[Seat]:
    """The places above one, in the policy's order; none above the top, or for children without a school."""
    found = []
    for name in policy.role(seat.role).above:
        code = _unit_above(units, seat.unit, policy.role(name).level)
        if code:
            found.append(Seat(name, code))
    return found


def _unit_above(units: Units, code: str, level: str) -> str:
    unit = units.get(code)
    if unit is None:
        return ""
    if level == "township" and unit.kind == SCHOOL:
        return unit.township
    return units.ancestor(code, *LEVEL_KINDS[level])


def holders_on(
    conn: Connection, k: int, reference: Reference, seats: Iterable[Seat], day: Day
) -> dict[Seat, list[Holder]]:
    """Who fills each place on a day, as known at act `k`; [] is a vacancy."""
    lines = {
        seat: Line(
            rule="",
            policy="",
            role=seat.role,
            unit=seat.unit,
            case="",
            begins=day,
            due_day=day,
            grade=seat.grade,
            klass=seat.klass,
        )
        for seat in seats
    }
    holders = Holders(conn, k, reference, list(lines.values()), day)
    return {seat: holders.of(line) for seat, line in lines.items()}
