"""A deferred child, or one taught at home, as a line of its list."""

from collections.abc import Mapping
from dataclasses import dataclass

from casework.domain.statuses import DEFERRED, SUSPENDED
from casework.domain.units import Units
from casework.domain.values import Day, days_between
from casework.projections.board_lines import BoardLine
from casework.projections.placements import Taught
from casework.projections.weekly_report import NO_SCHOOL
from casework.web.access import Viewer
from casework.web.filters import masked_name


@dataclass(frozen=True, slots=True)
class Who:
    """What both lists say of the child."""

    child_id: str
    name: str
    sex: str
    where: str
    home: str
    since: Day
    proposed: bool


@dataclass(frozen=True, slots=True)
class DeferralLine:
    """`left` says how far off the end is; `urgent`: it is close or has passed; `renewal`: what to ask for."""

    who: Who
    until: Day
    left: str
    urgent: bool
    renewal: str


@dataclass(frozen=True, slots=True)
class TaughtLine:
    """Sessions and 课时 in words; `none_yet`: nothing this month."""

    who: Who
    month: str
    term: str
    last_on: Day
    none_yet: bool


def deferral_line(line: BoardLine, units: Units, viewer: Viewer, today: Day, soon: int) -> DeferralLine:
    """One line of 缓学休学名单, counted from today; `soon`: days before the end when it is close."""
    until = line.case.until
    # Who sits in no school yet is deferred (缓学); who does, suspended (休学).
    renewal = SUSPENDED if line.case.school else DEFERRED
    if not until:
        return DeferralLine(_who(line, units, viewer), "", "没有登记截止日期", True, renewal)
    left = days_between(today, until)
    said = "今天到期" if left == 0 else f"还有 {left} 天" if left > 0 else f"已过 {-left} 天"
    return DeferralLine(_who(line, units, viewer), until, said, left <= soon, renewal)


def taught_line(line: BoardLine, what: Mapping[str, Taught], units: Units, viewer: Viewer) -> TaughtLine:
    """One line of 送教上门名单."""
    held = what.get(line.case.case_id, Taught())
    return TaughtLine(
        _who(line, units, viewer),
        _amount(held.month, held.month_tenths),
        _amount(held.term, held.term_tenths),
        held.last_on,
        not held.month,
    )


def _amount(times: int, tenths: int) -> str:
    return f"{times} 次，{tenths / 10:g} 课时" if times else "还没有"


def _who(line: BoardLine, units: Units, viewer: Viewer) -> Who:
    case = line.case
    name = line.child.name if line.child is not None else ""
    return Who(
        child_id=case.case_id,
        name=(masked_name(name) if viewer.masked else name) or "已清除",
        sex=line.child.sex if line.child is not None else "",
        where=f"{units.name(case.school) or NO_SCHOOL} {case.grade}{case.klass}".strip(),
        home="".join(units.name(code) for code in (case.township, case.village) if code),
        since=case.since,
        proposed=bool(case.proposed),
    )
