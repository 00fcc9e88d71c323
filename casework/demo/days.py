"""The demo's calendar: its first and last day, its school days and the instants its workbooks arrive.

All fixed: the story must read the same on every machine and in every year.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count

from casework.domain.values import SHANGHAI, Day, day_after

TERM_START: Day = "2026-09-01"
STORY_END: Day = "2026-11-19"
"""The Thursday of 2026-W47; nothing in the demo happens later."""

# Mid-autumn (中秋) and the national holiday (国庆) of 2026.
_HOLIDAYS = frozenset(["2026-09-25", *(f"2026-10-0{n}" for n in range(1, 8))])


def is_school_day(day: Day) -> bool:
    """Whether schools teach on `day` in the autumn term."""
    return day >= TERM_START and day not in _HOLIDAYS and date.fromisoformat(day).weekday() < 5


def school_day(start: Day, days: int = 0) -> Day:
    """The school day `days` school days after the first one on or after `start`."""
    left = days
    for step in count():
        day = day_after(start, step)
        if is_school_day(day):
            if left == 0:
                return day
            left -= 1
    raise AssertionError("count() does not end")


def school_week(day: Day) -> str:
    """The reporting week of `day` (Friday to Thursday), named by the ISO week of its Thursday."""
    one = date.fromisoformat(day)
    year, week, _ = (one + timedelta(days=(3 - one.weekday()) % 7)).isocalendar()
    return f"{year}-W{week:02d}"


@dataclass(frozen=True)
class Delivery:
    """One instant at which workbooks arrive; `scope` names whose (township code), `""` = everybody's."""

    at: datetime
    title: str
    scope: str = ""

    @property
    def day(self) -> Day:
        """The business day on which the workbooks arrive."""
        return self.at.date().isoformat()


def _weekly(at: str, week: int) -> Delivery:
    return _delivery(at, f"第{week}周：各校、乡镇周报台账")


def _delivery(at: str, title: str, scope: str = "") -> Delivery:
    return Delivery(at=datetime.fromisoformat(at).replace(tzinfo=SHANGHAI), title=title, scope=scope)


LEADS_SCOPE = "leads"
"""Scope of the county's list of children found on no school's roll (比对名单)."""

# After a holiday Friday the schools send on the next working day, as they do in life.
DELIVERIES: tuple[Delivery, ...] = (
    _delivery("2026-08-28T09:00", "启用：单位、人员岗位、学生花名册和上学期结转个案"),
    _weekly("2026-09-04T10:00", 36),
    _delivery("2026-09-09T16:00", "县级比对：未见入学的适龄儿童名单", LEADS_SCOPE),
    _weekly("2026-09-11T10:00", 37),
    _weekly("2026-09-18T10:00", 38),
    _weekly("2026-09-28T09:00", 39),
    _weekly("2026-10-08T10:00", 40),
    _weekly("2026-10-09T15:00", 41),
    _delivery("2026-10-12T16:00", "撤点并校：柳树湾教学点并入青麦镇中心小学", "990126101"),
    _weekly("2026-10-16T10:00", 42),
    _delivery("2026-10-20T16:00", "望霞乡学校校长交接，乡镇补报", "990126201"),
    _weekly("2026-10-23T10:00", 43),
    _weekly("2026-10-30T10:00", 44),
    _weekly("2026-11-06T10:00", 45),
    _delivery("2026-11-11T16:00", "青麦镇周中补报", "990126101"),
    _weekly("2026-11-13T10:00", 46),
    _weekly("2026-11-20T10:00", 47),
)


def delivery_of(known: Day, scopes: frozenset[str]) -> int | None:
    """Index of the first delivery after the day `known` that carries one of `scopes`; None when none does."""
    for index, delivery in enumerate(DELIVERIES):
        if delivery.day > known and (not delivery.scope or delivery.scope in scopes):
            return index
    return None
