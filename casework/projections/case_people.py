"""Who a child is and where, for one page: the roster's row and its stretches as known at an act."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Connection, Row, String, bindparam, select

from casework.domain.permissions import Reach
from casework.domain.values import FOREVER, Day
from casework.errors import NotFound
from casework.projections.case_board import case_board
from casework.projections.roster import child, roster_span
from casework.store.snapshot import Snapshot


@dataclass(frozen=True)
class Person:
    """`child`: the row of the table; `stretches`: the roster's, oldest first, as known at the act.

    `case`: its row of `case_board`, None while no file is open: as things stand now.
    """

    child: Row[Any]
    stretches: list[Row[Any]]
    case: Row[Any] | None = None

    @property
    def receiver(self) -> str:
        """The receiving school while 转学办理中."""
        return str(self.case.receiver) if self.case is not None else ""

    def on(self, day: Day) -> Row[Any] | None:
        """The stretch that holds on a day."""
        return next((row for row in self.stretches if row.valid_from <= day < row.valid_to), None)


# Made once: every page of a child asks.
_ID: BindParameter[str] = bindparam("child", type_=String)
_K: BindParameter[int] = bindparam("k", type_=BigInteger)
_CHILD = select(child).where(child.c.child_id == _ID)
_CASE = select(case_board).where(case_board.c.case_id == _ID)
_STRETCHES = (
    select(roster_span)
    .where(roster_span.c.child_id == _ID, roster_span.c.known_from <= _K, roster_span.c.known_to > _K)
    .order_by(roster_span.c.valid_from)
)


def person(conn: Connection, k: int, child_id: str) -> Person:
    """Raises NotFound for a child that is not on the roster."""
    row = conn.execute(_CHILD, {"child": child_id}).first()
    if row is None:
        raise NotFound("没有这名学生", child=child_id)
    case = conn.execute(_CASE, {"child": child_id}).first()
    return Person(row, list(conn.execute(_STRETCHES, {"child": child_id, "k": k})), case)


def sealed_of(snapshot: Snapshot, person: Person) -> dict[str, str]:
    """The whole numbers, telephone and addresses of a child; {} when there are none or they were erased.

    Only for a value shown on request, each noted in the read log.
    """
    sealed = person.child.private
    plain = snapshot.keys.open(person.child.child_id, bytes(sealed), b"child") if sealed else None
    return dict(json.loads(plain)) if plain else {}


def seen_until(person: Person, reach: Reach, day: Day) -> Day:
    """The first day of the child's history that a viewer no longer sees; FOREVER while it is in reach.

    A unit keeps seeing what happened up to the day the child moved on; a person (class teacher …) sees
    the children of the present day only. Raises NotFound when the child is not to be seen: the same
    answer as for a child that does not exist.
    """
    now, child = person.on(day), person.child.child_id
    if person.receiver in reach.schools or (now is not None and reach.holds(child, now)):
        return FOREVER
    held: list[Day] = [row.valid_to for row in person.stretches if reach.past and reach.holds(child, row)]
    if not held:
        raise NotFound("没有这名学生", child=child)
    return max(held)
