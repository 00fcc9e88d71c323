"""A page of the board with everything its lines say: who the child is, and who answers for it today.

What the rows lack is read for the whole page at once: four queries, however many lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, select

from casework.domain.values import Day
from casework.projections.children import records_of
from casework.projections.responsible import (
    PRINCIPAL,
    VILLAGE_HEAD,
    Responsible,
    names,
    responsible_at,
)
from casework.projections.roster import roster_span

_AT_ONCE = 500
_s = roster_span.c
_DAY: BindParameter[Day] = bindparam("day")
_K: BindParameter[int] = bindparam("k")
_ON_DAY = select(roster_span).where(
    _s.child_id.in_(bindparam("children", expanding=True)),
    _s.valid_from <= _DAY,
    _s.valid_to > _DAY,
    _s.known_from <= _K,
    _s.known_to > _K,
)


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One child: its row of `case_board`, of `child` (None once erased), its roster stretch of the day.

    The people are names joined by 、, "" for a vacancy.
    """

    case: Row[Any]
    child: Row[Any] | None
    roster: Row[Any] | None
    teacher: str
    principal: str
    village_head: str

    @property
    def helper(self) -> str:
        """帮扶责任人 as the roster names it."""
        return self.roster.helper if self.roster is not None else ""


def board_lines(conn: Connection, k: int, rows: Sequence[Row[Any]], today: Day) -> list[BoardLine]:
    """Completes rows of the board, in their order."""
    cases = [row.case_id for row in rows]
    children = records_of(conn, cases)
    places = stretches_on(conn, k, cases, today)
    units = {unit for row in rows for unit in (row.school, row.village)}
    people = responsible_at(conn, k, units, today)
    return [_line(row, children.get(row.case_id), places.get(row.case_id), people) for row in rows]


def _line(row: Row[Any], child: Row[Any] | None, roster: Row[Any] | None, people: Responsible) -> BoardLine:
    return BoardLine(
        case=row,
        child=child,
        roster=roster,
        teacher=names(people.class_teachers(row.school, row.grade, row.klass)),
        principal=names(people.holders(row.school, PRINCIPAL)),
        village_head=names(people.holders(row.village, VILLAGE_HEAD)),
    )


def stretches_on(conn: Connection, k: int, children: Sequence[str], day: Day) -> dict[str, Row[Any]]:
    """Child → its stretch of the roster on a day, as known at act `k`."""
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(children), _AT_ONCE):
        asked = {"children": children[start : start + _AT_ONCE], "day": day, "k": k}
        found.update({row.child_id: row for row in conn.execute(_ON_DAY, asked).all()})
    return found
