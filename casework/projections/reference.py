"""What rules and reports need to know besides a child's file: the unit tree and the policies, at one act.

Read once and kept by the last act that changed any of it: units and policies change a few times a
year, commands and reports come by the second.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from sqlalchemy import Connection, bindparam, func, select, union_all

from casework.domain.account_policy import AccountPolicy
from casework.domain.aid_policy import AidPolicy
from casework.domain.attendance import ReturnedPolicy
from casework.domain.backup_policy import BackupPolicy
from casework.domain.calendar import Calendar
from casework.domain.duty_policy import DutyPolicy
from casework.domain.duty_rulebook import StandingRules
from casework.domain.letter_policy import LetterPolicy
from casework.domain.policy import (
    ApprovalPolicy,
    Dictionaries,
    Document,
    ImportPolicy,
    WeeklyPolicy,
)
from casework.domain.policy_documents import parse
from casework.domain.post_policy import PostPolicy
from casework.domain.reminder_policy import ReminderPolicy
from casework.domain.school_year import SchoolYearPolicy
from casework.domain.units import Unit, Units
from casework.domain.values import FOREVER, SINCE_EVER, Day
from casework.errors import BadInput
from casework.projections.bitemporal import believed_at
from casework.projections.registers import policy, unit

D = TypeVar("D", bound=Document)
_KEPT = 8


@dataclass(frozen=True)
class Adoption:
    """One adopted text of a document."""

    name: str
    effective_from: Day
    document: Document


@dataclass(frozen=True)
class Reference:
    """The unit tree and every policy adoption known at one act, in order of adoption."""

    units: Units
    adoptions: tuple[Adoption, ...]

    def dictionaries(self, day: Day) -> Dictionaries:
        """字典 in force on a business day."""
        return self._in_force("dictionaries", day, Dictionaries)

    def weekly(self, day: Day) -> WeeklyPolicy:
        """周监测报告的规则 in force on a business day."""
        return self._in_force("weekly", day, WeeklyPolicy)

    def letters(self, day: Day) -> LetterPolicy:
        """文书规则 in force on a business day."""
        return self._in_force("letters", day, LetterPolicy)

    def calendar(self, day: Day) -> Calendar:
        """校历 in force on a business day."""
        return self._only_calendar or self._in_force("calendar", day, Calendar)

    @cached_property
    def _only_calendar(self) -> Calendar | None:
        """The one calendar ever adopted, which holds since ever; duties ask for it by the million."""
        adopted = [each.document for each in self.adoptions if each.name == "calendar"]
        first = adopted[0] if len(adopted) == 1 else None
        return first if isinstance(first, Calendar) else None

    def accounts(self, day: Day) -> AccountPolicy:
        """账号规则 in force on a business day."""
        return self._in_force("accounts", day, AccountPolicy)

    def imports(self, day: Day) -> ImportPolicy:
        """导入规则 in force on a business day."""
        return self._in_force("imports", day, ImportPolicy)

    def school_year(self, day: Day) -> SchoolYearPolicy:
        """学年规则 in force on a business day."""
        return self._in_force("school_year", day, SchoolYearPolicy)

    def backups(self, day: Day) -> BackupPolicy:
        """备份规则 in force on a business day."""
        return self._in_force("backups", day, BackupPolicy)

    def aid(self, day: Day) -> AidPolicy:
        """资助规则 in force on a business day."""
        return self._in_force("aid", day, AidPolicy)

    def approvals(self, day: Day) -> ApprovalPolicy:
        """审批规则 in force on a business day."""
        return self._in_force("approvals", day, ApprovalPolicy)

    def returned(self, day: Day) -> ReturnedPolicy:
        """巩固期规则 in force on a business day."""
        return self._in_force("returned", day, ReturnedPolicy)

    def posts(self, day: Day) -> PostPolicy:
        """岗位设置 in force on a business day."""
        return self._in_force("posts", day, PostPolicy)

    def reminders(self, day: Day) -> ReminderPolicy:
        """提醒规则 in force on a business day."""
        return self._in_force("reminders", day, ReminderPolicy)

    def duties(self, day: Day) -> DutyPolicy:
        """责任事项的规则 in force on a business day."""
        return self._in_force("duties", day, DutyPolicy)

    def duty_policies(self) -> Sequence[tuple[Day, Day, DutyPolicy]]:
        """The stretches `[from, to)` of days on which each duty policy is in force, in order."""
        return self._duty_stretches

    def duty_rules(self) -> StandingRules:
        """The rules of `duty_policies` whose duties arise once, made ready once."""
        return self._standing

    @cached_property
    def _standing(self) -> StandingRules:
        return StandingRules(self._duty_stretches)

    @cached_property
    def _duty_stretches(self) -> Sequence[tuple[Day, Day, DutyPolicy]]:
        days = sorted({each.effective_from for each in self.adoptions if each.name == "duties"})
        # The first adoption holds since ever.
        starts = [SINCE_EVER, *days[1:]] if days else []
        ends = [*starts[1:], FOREVER] if starts else []
        return [(start, end, self.duties(start)) for start, end in zip(starts, ends, strict=True)]

    def _in_force(self, name: str, day: Day, shape: type[D]) -> D:
        """The newest adoption with effective_from ≤ day; the first one holds since ever."""
        known = self._found.get((name, day))
        if isinstance(known, shape):
            return known
        first: Document | None = None
        found: Document | None = None
        for adoption in self.adoptions:
            if adoption.name == name:
                first = first or adoption.document
                if adoption.effective_from <= day:
                    found = adoption.document
        chosen = found or first
        if not isinstance(chosen, shape):
            raise BadInput(f"还没有采用政策文件“{name}”，请先运行 casework init")
        self._found[name, day] = chosen
        return chosen

    @cached_property
    def _found(self) -> dict[tuple[str, Day], Document]:
        """What was looked up before: lists ask for the same days line by line."""
        return {}


class ReferenceReader:
    """Reads `Reference` at an act, keeping the last few."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, Reference] = OrderedDict()
        self._last: tuple[int, Reference] | None = None

    def at(self, conn: Connection, k: int) -> Reference:
        """What was known at act `k`: the same for ever, so the same act is not asked about twice running."""
        last = self._last
        if last is not None and last[0] == k:
            return last[1]
        found = self._found(conn, k)
        self._last = (k, found)
        return found

    def _found(self, conn: Connection, k: int) -> Reference:
        version = _version(conn, k)
        held = self._kept.get(version)
        if held is None:
            held = Reference(_units(conn, k), adoptions_of(conn, k))
            self._kept[version] = held
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return held

    def within(self, conn: Connection, k: int) -> Reference:
        """What an unfinished act sees, its own writes included; never kept."""
        return Reference(_units(conn, k), adoptions_of(conn, k))


# Made once: every reading and every act asks.
_CHANGES = union_all(
    *(
        select(func.max(table.c.known_from)).where(table.c.known_from <= bindparam("k"))
        for table in (unit, policy)
    )
)


def _version(conn: Connection, k: int) -> int:
    """The last act up to `k` that wrote a unit or a policy: every change starts a new version of its row."""
    return max((row[0] or 0 for row in conn.execute(_CHANGES, {"k": k})), default=0)


def _units(conn: Connection, k: int) -> Units:
    names = Unit.__dataclass_fields__
    query = select(*(unit.c[name] for name in names)).where(*believed_at(unit, k))
    return Units(Unit(**row._mapping) for row in conn.execute(query))


def adoptions_of(conn: Connection, k: int) -> tuple[Adoption, ...]:
    """Every policy adoption known at act `k`, in order of adoption."""
    query = select(policy).where(policy.c.known_from <= k).order_by(policy.c.known_from)
    return tuple(
        Adoption(row.name, row.effective_from, parse(row.name, row.text)) for row in conn.execute(query)
    )
