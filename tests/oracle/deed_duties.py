"""Acts about duties themselves: excused by the level above, demanded again; a unit's own duties done."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tests.oracle.deed import Deed, Forbidden
from tests.oracle.duties import judge
from tests.oracle.duty_county import Done, UnitDuty
from tests.oracle.duty_life import Life
from tests.oracle.duty_rules import Raised, raised
from tests.oracle.world import day

if TYPE_CHECKING:
    from tests.oracle.deeds import ActCounty


def excuse(county: ActCounty, deed: Deed) -> None:
    """A duty still to be done that the level above lets be."""
    life = Life(county, county.child_named(deed.child), county.today())
    duty = _named(life, deed)
    if judge(life, duty).state not in ("open", "overdue"):
        raise Forbidden(f"{deed}: {judge(life, duty).state}")
    county.excuses[life.child.id, duty.rule, duty.name] = county.today()
    county.excused[life.child.id, deed.cells["项"]] = (life.child.id, duty.rule, duty.name)


def demand(county: ActCounty, deed: Deed) -> None:
    """The duty stands as if it had never been excused."""
    child = county.child_named(deed.child)
    del county.excuses[county.excused.pop((child.id, deed.cells["项"]))]


def _named(life: Life, deed: Deed) -> Raised:
    said = deed.cells
    asked = (said["rule"], said["begins"], said["due"])
    found = [each for each in raised(life) if (each.rule, f"{each.begins.on}", f"{each.due_day}") == asked]
    if len(found) != 1:
        raise Forbidden(f"{deed}: {found}")
    return found[0]


def complete(county: ActCounty, deed: Deed) -> None:
    """办结, or its correction, which keeps the day of the first recording."""
    held = county.completed.get(_unit_duty(deed))
    if (held is None) != (deed.verb == "completed"):
        raise Forbidden(f"{deed}: {held}")
    on = day(deed.cells["日期"])
    county.completed[_unit_duty(deed)] = Done(on, held.at if held else county.at)


def uncomplete(county: ActCounty, deed: Deed) -> None:
    """The record never counted."""
    del county.completed[_unit_duty(deed)]


def excuse_unit(county: ActCounty, deed: Deed) -> None:
    """免办."""
    county.unit_excuses[_unit_duty(deed)] = county.today()


def demand_unit(county: ActCounty, deed: Deed) -> None:
    """撤销免办."""
    del county.unit_excuses[_unit_duty(deed)]


def _unit_duty(deed: Deed) -> UnitDuty:
    due: date = day(deed.cells["due"])
    return deed.cells["单位代码"], deed.cells["rule"], due
