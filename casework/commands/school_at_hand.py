"""The school that an act concerns: in the actor's reach, open, of this county (本校、下属学校).

A school out of reach and one that does not exist are refused alike.
"""

from casework.domain.permissions import Reach
from casework.domain.units import SCHOOL, UPPER_SECONDARY, Unit, Units
from casework.domain.values import Day, day_of
from casework.errors import NotFound, RuleBroken
from casework.projections.reach import reach_for
from casework.projections.reference import Reference
from casework.store.act import Act


def school_at_hand(act: Act, reference: Reference, code: str) -> Unit:
    """The school, open today. Raises NotFound out of reach, RuleBroken once it is merged or closed."""
    today, actor = day_of(act.recorded_at), act.actor
    reach = reach_for(
        act.conn, act.id, reference.units, login=actor.account, post=actor.post, unit=actor.unit, day=today
    )
    return open_school(reference.units, reach, code, today)


def open_school(units: Units, reach: Reach, code: str, day: Day) -> Unit:
    """The school in reach, open on a day."""
    unit = units.get(code)
    if unit is None or unit.kind != SCHOOL or not holds_school(units, reach, code):
        raise NotFound("没有这所学校", school=code)
    if unit.closed_on <= day:
        heir = units.standing(code, day)
        where = f"请在{units.name(heir)}办理" if heir != code else "不再办理"
        raise RuleBroken(f"{unit.name}已于 {unit.closed_on} 停用或并入他校，{where}", school=code)
    return unit


def holds_school(units: Units, reach: Reach, code: str) -> bool:
    """Whether a school is in reach as a whole: by itself, or by its county."""
    return code in reach.schools or units.county_of(code) in reach.counties


def schools_in_reach(units: Units, reach: Reach, day: Day) -> list[Unit]:
    """The schools of compulsory education in reach that are open on a day, by code."""
    return sorted(
        (
            unit
            for unit in units
            if unit.kind == SCHOOL
            and unit.category not in UPPER_SECONDARY
            and unit.opened_on <= day < unit.closed_on
            and holds_school(units, reach, unit.code)
        ),
        key=lambda unit: unit.code,
    )
