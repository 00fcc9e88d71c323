"""School days and working days, by the adopted calendar (校历, 工作日).

A year without a calendar of its own uses the default: the weekdays outside the breaks and the
statutory holidays. Working days then are Monday to Friday except statutory holidays, all year.
"""

from bisect import bisect_left, bisect_right
from calendar import isleap, monthrange
from datetime import date
from functools import cached_property, lru_cache

from pydantic import BaseModel, ConfigDict, Field

from casework.domain.policy import Document, Weekday, weekday_number
from casework.domain.values import Day, day_after


class DefaultYear(BaseModel):
    """Weekdays taught, and breaks `[MM-DD, MM-DD]` with both days; `02-end` is the last day of February."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    weekdays: tuple[Weekday, ...]
    breaks: tuple[tuple[str, str], ...]


class SchoolYearDays(BaseModel):
    """One adopted year: taught stretches (both days), days in them without school, weekend days made up."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    terms: tuple[tuple[Day, Day], ...]
    closed: frozenset[Day] = frozenset()
    make_up: frozenset[Day] = frozenset()


class Calendar(Document):
    """校历: `years` are adopted, `statutory` the holidays `MM-DD` of each year."""

    default: DefaultYear
    years: dict[str, SchoolYearDays] = Field(default_factory=dict)
    statutory: dict[str, frozenset[str]] = Field(default_factory=dict)

    def is_holiday(self, day: Day) -> bool:
        """Whether a day is a statutory holiday (or a working day given free for one)."""
        return day[5:] in self.statutory.get(day[:4], frozenset())

    def is_working_day(self, day: Day) -> bool:
        """Monday to Friday except statutory holidays; a weekend day made up is one."""
        year = self.years.get(day[:4])
        if year and day in year.make_up:
            return True
        return _weekday(day) < 5 and not self.is_holiday(day)

    def is_school_day(self, day: Day) -> bool:
        """Whether there is school on a day."""
        days = self._school_days(day[:4])
        at = bisect_left(days, day)
        return at < len(days) and days[at] == day

    def _school_days(self, year: str) -> list[Day]:
        """The school days of a year in order, found once: duties ask for the same years over and over."""
        days = self._days_of_year.get(year)
        if days is None:
            first = f"{year}-01-01"
            every = (day_after(first, n) for n in range(365 + isleap(int(year))))
            days = [day for day in every if self._is_taught(day)]
            self._days_of_year[year] = days
        return days

    @cached_property
    def _days_of_year(self) -> dict[str, list[Day]]:
        return {}

    def _is_taught(self, day: Day) -> bool:
        year = self.years.get(day[:4])
        if year is None:
            return self._taught_by_default(day)
        if day in year.make_up:
            return True
        taught = any(first <= day <= last for first, last in year.terms)
        weekdays = {weekday_number(name) for name in self.default.weekdays}
        return taught and _weekday(day) in weekdays and day not in year.closed and not self.is_holiday(day)

    def school_day(self, day: Day, n: int) -> Day:
        """The n-th school day after `day`; n = 0: the day itself, or the next school day when it is none."""
        year, days = day[:4], self._school_days(day[:4])
        at = bisect_right(days, day) + n - 1 if n else bisect_left(days, day)
        while at >= len(days):
            at -= len(days)
            year = f"{int(year) + 1:04d}"
            days = self._school_days(year)
        return days[at]

    def working_day(self, day: Day, n: int) -> Day:
        """The n-th working day after `day`."""
        at = day
        for _ in range(n):
            at = self.working_day_from(day_after(at))
        return at

    def working_day_from(self, day: Day) -> Day:
        """The day itself when it is a working day, else the next one: where a letter's last day moves."""
        while not self.is_working_day(day):
            day = day_after(day)
        return day

    def _taught_by_default(self, day: Day) -> bool:
        weekdays = {weekday_number(name) for name in self.default.weekdays}
        if _weekday(day) not in weekdays or self.is_holiday(day):
            return False
        return not self.in_break(day)

    def in_break(self, day: Day) -> bool:
        """Whether a day lies in one of the default's breaks."""
        return any(
            _month_day(day, first) <= day[5:] <= _month_day(day, last) for first, last in self.default.breaks
        )


@lru_cache(maxsize=4096)
def _weekday(day: Day) -> int:
    return date.fromisoformat(day).weekday()


def _month_day(day: Day, text: str) -> str:
    month, _, number = text.partition("-")
    return text if number != "end" else f"{month}-{monthrange(int(day[:4]), int(month))[1]:02d}"
