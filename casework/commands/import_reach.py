"""What a person may import (导入范围): asked once, by every door, before any row is judged.

Units and postings need a right of their own and lie below the person's unit. A roster or a ledger is
about the children the person reaches today: another's child is as unknown as one that does not exist.
The local operator (本机操作员) may import everything; the administrator without a unit, who sets a
county up, every unit and posting.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from casework.domain.permissions import ADMINISTRATOR, IMPORT_LEDGERS, IMPORT_UNITS, Reach, may
from casework.domain.units import Unit, Units
from casework.domain.values import LOCAL_OPERATOR, OPEN, Actor, Day
from casework.errors import NotAllowed
from casework.projections.case_board import case_board
from casework.projections.reach import reach_for
from casework.projections.roster import roster_span
from casework.projections.scope import within

REGISTERS = frozenset({"units", "staff"})
"""Kinds of workbook that are about units and who works there, not about children."""

_AT_ONCE = 500
_s = roster_span.c


def right_to(kind: str) -> str:
    """The action that importing a kind of workbook needs."""
    return IMPORT_UNITS if kind in REGISTERS else IMPORT_LEDGERS


@dataclass(frozen=True)
class ImportReach:
    """Whose rows an importer may write; `reach` None: everybody's."""

    unit: str
    reach: Reach | None
    day: Day

    def hidden(self, conn: Connection, children: Iterable[str]) -> set[str]:
        """Those of these children whom the importer does not reach."""
        wanted = set(children)
        return set() if self.reach is None else wanted - self._seen(conn, sorted(wanted), self.reach)

    def _seen(self, conn: Connection, children: list[str], reach: Reach) -> set[str]:
        """By the roster as believed now, today; the receiving school sees a child under way to it."""
        seen: set[str] = set()
        today = (_s.known_to == OPEN, _s.valid_from <= self.day, _s.valid_to > self.day)
        on_roll = select(_s.child_id).where(*today, within(roster_span, reach))
        coming = select(case_board.c.case_id).where(within(case_board, reach))
        for start in range(0, len(children), _AT_ONCE):
            chunk = children[start : start + _AT_ONCE]
            seen.update(conn.scalars(on_roll.where(_s.child_id.in_(chunk))))
            seen.update(conn.scalars(coming.where(case_board.c.case_id.in_(chunk))))
        return seen

    def holds_unit(self, units: Units, code: str) -> bool:
        """Whether a unit is the importer's own, or lies below it or in it."""
        if self.reach is None:
            return True
        unit = units.get(code)
        above = {each.code for each in units.with_ancestors(code)}
        located = unit is not None and unit.township == self.unit
        return bool(self.unit) and (self.unit in above or located)

    def holds_place(self, units: Units, school: str, residence: str, registration: str) -> bool:
        """Whether a child that sits or lives here would be reached."""
        if self.reach is None:
            return True
        standing = units.standing(school, self.day)
        if school:
            return self.holds_unit(units, standing)
        county, township, village = units.home("", residence, registration, self.day)
        at = _At(county, township, village)
        return self.reach.holds("", at)


@dataclass(frozen=True)
class _At:
    """A place without a school."""

    county: str
    township: str
    village: str
    school: str = ""
    grade: str = ""
    klass: str = ""


EVERYBODY = ImportReach("", None, "")
"""What the local operator may import."""


def import_reach(conn: Connection, k: int, units: Units, *, actor: Actor, kind: str, day: Day) -> ImportReach:
    """What this person may import of a kind. Raises NotAllowed when the post does not carry the right."""
    if actor == LOCAL_OPERATOR or (actor.post == ADMINISTRATOR and not actor.unit and kind in REGISTERS):
        return EVERYBODY
    if not may(actor.post, right_to(kind)):
        raise NotAllowed("您的岗位不能导入这种表；如有需要，请联系县级管理员", kind=kind)
    reach = reach_for(conn, k, units, login=actor.account, post=actor.post, unit=actor.unit, day=day)
    return ImportReach(reach.unit, reach, day)


def outside(reach: ImportReach, units: Units, stated: Iterable[Unit]) -> set[str]:
    """Codes of stated units that neither are nor lie below the importer's unit, the sheet's own included."""
    if reach.reach is None:
        return set()
    sheet = list(stated)
    tree = Units([*sheet, *units])
    return {unit.code for unit in sheet if not reach.holds_unit(tree, unit.code)}
