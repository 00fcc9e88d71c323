"""校历: the county's school days of one year, adopted as an event from today on."""

from collections.abc import Collection

from casework.commands.policies import adopt_policy
from casework.commands.rights import needs
from casework.domain.calendar import SchoolYearDays
from casework.domain.calendar_text import with_year
from casework.domain.permissions import MANAGE_CALENDAR
from casework.domain.values import Day, day_of
from casework.errors import BadInput
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.store import Reply


@needs(MANAGE_CALENDAR)
def adopt_calendar(
    act: Act,
    reference: Reference,
    /,
    *,
    year: str,
    days: SchoolYearDays,
    statutory: Collection[Day],
) -> Reply:
    """Adopts one year's days; the other years stay as they are. What is judged from today on goes by it."""
    check_days(year, days, statutory)
    today = day_of(act.recorded_at)
    text = with_year(reference.calendar(today), year, days, statutory)
    return {"adopted": adopt_policy(act, name="calendar", text=text, effective_from=today)}


def check_days(year: str, days: SchoolYearDays, statutory: Collection[Day]) -> None:
    """Refuses days of another year, a term that ends before it begins, and terms that overlap."""
    every = [*(day for term in days.terms for day in term), *days.closed, *days.make_up, *statutory]
    for day in sorted(every):
        if day[:4] != year:
            raise BadInput(f"{day} 不在 {year} 年：跨年的学期请分成两段，各写在自己的年份里")
    if not days.terms:
        raise BadInput("至少要写一段上课时间")
    before = ""
    for first, last in sorted(days.terms):
        if last < first:
            raise BadInput(f"上课时间 {first} 至 {last} 的起止颠倒")
        if first <= before:
            raise BadInput(f"上课时间有重叠：{first} 在前一段结束（{before}）之前")
        before = last
    for day in sorted(days.make_up & frozenset(days.closed)):
        raise BadInput(f"{day} 既写了不上课，又写了补课")
