"""When a letter counts as served, and the last day of its term (送达日期, 期限).

Source: the county plans (书2, 书3: N days from service), counted as the law counts days: the day of
service is not counted, and a last day on a holiday moves to the next working day (民法典第二百零一条、
第二百零三条). Deadlines of letters move; nothing else that is due in calendar days does.
"""

from collections.abc import Mapping
from typing import Any

from casework.domain.calendar import Calendar
from casework.domain.values import Day, day_after, days_between


def served_day(service: Mapping[str, Any]) -> Day:
    """The day a letter counts as served: a published one (公告) after the days its service names."""
    return day_after(service["on"], service.get("notice", 0))


def last_day_counted(served: Day, days: int) -> Day:
    """The last day of the term before it may move; "" for a letter without a term or not yet served."""
    return day_after(served, days) if served and days else ""


def deadline(calendar: Calendar, served: Day, days: int) -> Day:
    """The last day in time: `days` days after the day of service, moved off a holiday. "" without a term."""
    last = last_day_counted(served, days)
    return calendar.working_day_from(last) if last else ""


def last_counted_day_over(calendar: Calendar, today: Day) -> Day:
    """The latest `last_day_counted` whose deadline has passed today: for lists that ask by it."""
    day = day_after(today, -1)
    while not calendar.is_working_day(day):
        day = day_after(day, -1)
    return day


def days_left(due: Day, today: Day) -> int:
    """Days until the deadline: 0 on its last day, negative once it has passed."""
    return days_between(today, due)
