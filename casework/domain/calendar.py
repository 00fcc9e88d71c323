"""School days and working days, by the adopted calendar (校历, 工作日).

A year without a calendar of its own uses the default: the weekdays outside the breaks and the
statutory holidays. Working days then are Monday to Friday except statutory holidays, all year.
"""

from calendar import monthrange
from datetime import date
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

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
    # A calendar never changes, and duties ask it for the same days over and over.
    _known: dict[Day, bool] = PrivateAttr(default_factory=dict)
    _counted: dict[tuple[Day, int], Day] = PrivateAttr(default_factory=dict)

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
        taught = self._known.get(day)
        if taught is None:
            taught = self._known[day] = self._is_taught(day)
        return taught

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
        found = self._counted.get((day, n))
        if found is None:
            found = self._counted[day, n] = self._count(day, n)
        return found

    def _count(self, day: Day, n: int) -> Day:
        at = day
        if n == 0 and self.is_school_day(at):
            return at
        for _ in range(max(n, 1)):
            at = day_after(at)
            while not self.is_school_day(at):
                at = day_after(at)
        return at

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
