"""Who answers for a child on a day (责任人): holders of posts at its units, read together for a page.

Only names of postings and of the roster; a post that nobody holds is a vacancy (空缺) and says so.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import BindParameter, Connection, bindparam, or_, select

from casework.domain.values import Day
from casework.projections.postings import HeldPost
from casework.projections.registers import posting

CLASS_TEACHER, PRINCIPAL, VILLAGE_HEAD, TOWNSHIP_HEAD, BUREAU_HEAD = "班主任", "校长", "村长", "镇长", "局长"
_POSTS = (CLASS_TEACHER, PRINCIPAL, VILLAGE_HEAD, TOWNSHIP_HEAD, BUREAU_HEAD)
_AT_ONCE = 500
_p = posting.c
_DAY: BindParameter[Day] = bindparam("day")
_K: BindParameter[int] = bindparam("k")
_HELD = (
    select(_p.posting_id, _p.login, _p.name, _p.post, _p.unit, _p.klass, _p.area)
    .where(_p.unit.in_(bindparam("units", expanding=True)), _p.post.in_(_POSTS))
    .where(_p.since <= _DAY, or_(_p.until == "", _p.until >= _DAY), _p.known_from <= _K, _p.known_to > _K)
    .order_by(_p.since, _p.posting_id)
)


@dataclass
class Responsible:
    """The holders of posts at some units on a day, by (unit, post)."""

    held: dict[tuple[str, str], list[HeldPost]] = field(default_factory=lambda: defaultdict(list))

    def holders(self, unit: str, post: str) -> list[HeldPost]:
        """Who holds a post at a unit; [] is a vacancy."""
        return self.held.get((unit, post), []) if unit else []

    def class_teachers(self, school: str, grade: str, klass: str) -> list[HeldPost]:
        """班主任 of a class: written 年级+班级, or 班级 alone where that is unique in the school."""
        teachers = self.holders(school, CLASS_TEACHER)
        exact = [each for each in teachers if each.klass and each.klass == f"{grade}{klass}"]
        return exact or [each for each in teachers if each.klass and each.klass == klass]


def names(holders: Iterable[HeldPost]) -> str:
    """The names, joined."""
    return "、".join(dict.fromkeys(each.name for each in holders))


def responsible_at(conn: Connection, k: int, units: Iterable[str], day: Day) -> Responsible:
    """The holders of the chain's posts at these units on a day, as known at act `k`."""
    found = Responsible()
    wanted = sorted({unit for unit in units if unit})
    for start in range(0, len(wanted), _AT_ONCE):
        asked = {"units": wanted[start : start + _AT_ONCE], "day": day, "k": k}
        for row in conn.execute(_HELD, asked):
            found.held[row.unit, row.post].append(HeldPost(*row))
    return found
