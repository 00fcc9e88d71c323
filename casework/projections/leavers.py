"""小升初未衔接: children who left 小学 and whom no junior school's roster has named since.

They carry the 就读情况 小学毕业 that 学年升级 gave them, until a roster or a case says where they are.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Connection, Index, Select, func, literal_column, select

from casework.domain.roster import LEFT_PRIMARY
from casework.domain.statuses import CLOSED
from casework.domain.values import Day
from casework.projections.bitemporal import believed_at
from casework.projections.case_board import case_board
from casework.projections.roster import child, roster_span

_s, _c, _b = roster_span.c, child.c, case_board.c
_LEFT = _s.enrolment == literal_column(f"'{LEFT_PRIMARY}'")

# They are few and soon placed: an index of nobody else finds them.
Index("ix_roster_span_left_primary", _s.child_id, sqlite_where=_LEFT, postgresql_where=_LEFT)


class Leaver(NamedTuple):
    """One child between two schools: from which school and class it left, on which day.

    `status` is that of its file since `since`, "" without one.
    """

    child_id: str
    name: str
    sex: str
    school: str
    grade: str
    klass: str
    left_on: Day
    township: str
    village: str
    status: str
    since: Day

    @property
    def followed(self) -> bool:
        """Whether its file is open, or was closed since it left: somebody has looked into it."""
        return self.status != "" and (self.status != CLOSED or self.since >= self.left_on)


def leavers(
    conn: Connection, k: int, day: Day, of_school: Callable[[str], bool], child_id: str = ""
) -> list[Leaver]:
    """The children who left 小学 and sit nowhere on a day, as known at act `k`, by school and name.

    `of_school` says of a school code whether its children are asked for.
    """
    before = roster_span.alias("before")
    known = (before.c.known_from <= k, before.c.known_to > k)
    query: Select[Any] = (
        select(
            _s.child_id, _c.name, _c.sex, before.c.school, before.c.grade, before.c.klass, _s.valid_from,
            _s.township, _s.village, func.coalesce(_b.status, "").label("status"),
            func.coalesce(_b.since, "").label("since"),
        )
        .join_from(roster_span, child, _c.child_id == _s.child_id)
        .join(before, (before.c.child_id == _s.child_id) & (before.c.valid_to <= _s.valid_from))
        .join(case_board, _b.case_id == _s.child_id, isouter=True)
        .where(_LEFT, _s.valid_from <= day, _s.valid_to > day, *believed_at(roster_span, k), *known)
        .where(before.c.school != "")
        .order_by(_c.pinyin, _s.child_id, before.c.valid_from)
    )  # fmt: skip
    if child_id:
        query = query.where(_s.child_id == child_id)
    latest = {row.child_id: Leaver(*row) for row in conn.execute(query)}
    return sorted((each for each in latest.values() if of_school(each.school)), key=lambda each: each.school)
