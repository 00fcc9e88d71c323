"""A page of the board with everything its lines say: who the child is, and who answers for it today.

What the rows lack is read for the whole page at once: four queries, however many lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from casework.domain.values import Day
from casework.projections.bitemporal import believed_at
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
    s = roster_span.c
    found: dict[str, Row[Any]] = {}
    for start in range(0, len(children), _AT_ONCE):
        query = select(roster_span).where(
            s.child_id.in_(children[start : start + _AT_ONCE]),
            s.valid_from <= day,
            s.valid_to > day,
            *believed_at(roster_span, k),
        )
        found.update({row.child_id: row for row in conn.execute(query)})
    return found
