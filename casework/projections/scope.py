"""A viewer's reach as a condition on a table that carries places, and the counties it lies in."""

from functools import lru_cache

from sqlalchemy import ColumnElement, FromClause, and_, false, or_

from casework.domain.permissions import Reach
from casework.domain.units import SCHOOL, TOWNSHIPS, Units


def within(table: FromClause, reach: Reach) -> ColumnElement[bool]:
    """Rows of children in reach: by county, township, village, school, class or child.

    A table that names the receiving school (转学办理中) shows its rows to that school too. No row for
    an empty reach.
    """
    c = table.c
    child = c.child_id if "child_id" in c else c.case_id
    chosen: list[ColumnElement[bool]] = [
        c[name].in_(sorted(values))
        for name, values in (
            ("county", reach.counties),
            ("township", reach.townships),
            ("village", reach.villages),
            ("school", reach.schools),
            ("receiver", reach.schools if "receiver" in c else ()),
        )
        if values
    ]
    chosen += [and_(c.school == s, c.grade == g, c.klass == k) for s, g, k in sorted(reach.rooms)]
    if reach.children:
        chosen.append(child.in_(sorted(reach.children)))
    return or_(false(), *chosen)


@lru_cache(256)
def counties_of(units: Units, reach: Reach) -> tuple[str, ...]:
    """Every county in which a child of the reach may be placed; a unit's county never changes.

    A township's and a village's too may have merged, and the schools in a township may be another county's.
    """
    codes = {*reach.townships, *reach.schools, *(school for school, _, _ in reach.rooms)}
    for village in reach.villages:
        codes.update(heir.code for heir in units.heirs(units.ancestor(village, *TOWNSHIPS)))
    located = (each for each in units if reach.townships and each.kind == SCHOOL)
    codes.update(
        school.code
        for school in located
        if any(heir.code in reach.townships for heir in units.heirs(school.township))
    )
    return tuple(sorted({*reach.counties, *map(units.county_of, codes)} - {""}))
