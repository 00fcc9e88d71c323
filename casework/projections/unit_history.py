"""What happened to a unit, act by act (单位沿革), and which children it ever placed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select

from casework.domain.units import Unit
from casework.domain.values import FOREVER
from casework.projections.registers import unit as table
from casework.projections.roster import roster_span
from casework.store.clock import instant
from casework.store.schema import act as act_table

_u, _a, _s = table.c, act_table.c, roster_span.c
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class UnitVersion:
    """The unit as one act left it; `by`: who recorded it, with post."""

    act: int
    recorded_at: datetime
    by: str
    unit: Unit


def versions_of(conn: Connection, k: int, code: str) -> list[UnitVersion]:
    """Every version known at act `k`, the oldest first."""
    names = tuple(Unit.__dataclass_fields__)
    query = (
        select(_u.known_from, _a.recorded_us, _a.name, _a.post, *(_u[name] for name in names))
        .join(act_table, _a.id == _u.known_from)
        .where(_u.code == code, _u.known_from <= k)
        .order_by(_u.known_from)
    )
    return [
        UnitVersion(act, instant(us), f"{name}（{post}）" if post != name else name, Unit(*values))
        for act, us, name, post, *values in conn.execute(query)
    ]


def closing_act(versions: Iterable[UnitVersion]) -> int:
    """The act that recorded the closing now in force; 0 when the unit is open."""
    found, closed = 0, (FOREVER, "")
    for version in versions:
        now = (version.unit.closed_on, version.unit.successor)
        if now != closed:
            found, closed = version.act, now
    return found if closed[0] != FOREVER else 0


def ever_placed(conn: Connection, codes: Iterable[str]) -> set[str]:
    """Children whom any stretch, believed now or once, placed at one of these units."""
    found: set[str] = set()
    wanted = sorted(codes)
    for start in range(0, len(wanted), _AT_ONCE):
        chunk = wanted[start : start + _AT_ONCE]
        query = select(_s.child_id).where(
            or_(_s.school.in_(chunk), _s.residence.in_(chunk), _s.registration.in_(chunk))
        )
        found.update(conn.scalars(query.distinct()))
    return found
