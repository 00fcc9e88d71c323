"""The schools a viewer acts for in transfers."""

from casework.domain.permissions import Reach
from casework.domain.units import SCHOOL, Unit, Units
from casework.domain.values import Day


def schools_of(units: Units, reach: Reach, day: Day) -> list[str]:
    """Codes of the viewer's schools, and of those that merged into them."""
    return [each.code for each in units if each.kind == SCHOOL and _theirs(units, reach, each, day)]


def open_schools(units: Units, reach: Reach, day: Day) -> list[Unit]:
    """The viewer's schools that stand today, by name."""
    codes = (units.get(code) for code in schools_of(units, reach, day))
    return sorted(
        (each for each in codes if each and each.open_between(day, day)), key=lambda unit: unit.name
    )


def _theirs(units: Units, reach: Reach, unit: Unit, day: Day) -> bool:
    return units.standing(unit.code, day) in reach.schools or units.county_of(unit.code) in reach.counties
