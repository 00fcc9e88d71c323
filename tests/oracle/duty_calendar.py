"""School days and working days as duties.md counts them, day by day; calendars may change on a day."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files

DAY = timedelta(days=1)
SHIPPED = (files("casework") / "policy" / "calendar.toml").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Calendar:
    """One adopted text: the county's data, read without the program's help."""

    text: str = SHIPPED

    def is_working_day(self, on: date) -> bool:
        """Mon–Fri except statutory holidays, all year; a weekend day made up counts."""
        if on.isoformat() in self._year(on).get("make_up", []):
            return True
        return on.weekday() < 5 and not self._holiday(on)

    def is_school_day(self, on: date) -> bool:
        """By the adopted year, else weekdays outside the default breaks."""
        year = self._year(on)
        if on.isoformat() in year.get("make_up", []):
            return True
        if on.weekday() > 4 or self._holiday(on) or on.isoformat() in year.get("closed", []):
            return False
        if year:
            return any(first <= on.isoformat() <= last for first, last in year["terms"])
        return not any(
            first <= f"{on:%m-%d}" <= last.replace("02-end", "02-29")
            for first, last in self._data["default"]["breaks"]
        )

    def school_day(self, on: date, n: int) -> date:
        """The n-th school day after a day; "n = 0: of d itself, or of the next school day when d is none"."""
        if n == 0 and self.is_school_day(on):
            return on
        return _nth(on, max(n, 1), self.is_school_day)

    def working_day(self, on: date, n: int) -> date:
        """The n-th working day after a day."""
        return _nth(on, n, self.is_working_day)

    def moved(self, on: date) -> date:
        """ "a last day on a holiday moves to the next working day"."""
        return on if self.is_working_day(on) else self.working_day(on, 1)

    @property
    def _data(self) -> dict:
        if self.text not in _READ:
            _READ[self.text] = tomllib.loads(self.text)
        return _READ[self.text]

    def _year(self, on: date) -> dict:
        return self._data.get("years", {}).get(str(on.year), {})

    def _holiday(self, on: date) -> bool:
        return f"{on:%m-%d}" in self._data["statutory"].get(str(on.year), [])


_READ: dict[str, dict] = {}


def _nth(on: date, n: int, counts) -> date:
    while n:
        on += DAY
        n -= counts(on)
    return on


def week_end(on: date) -> date:
    """The Thursday of the reporting week (Friday 00:00 – Thursday 24:00)."""
    return on + ((3 - on.weekday()) % 7) * DAY


def month_end(on: date) -> date:
    """The last day of the month."""
    return (on.replace(day=28) + 4 * DAY).replace(day=1) - DAY


def quarter_end(on: date) -> date:
    """The last day of the calendar quarter."""
    return month_end(on.replace(month=(on.month + 2) // 3 * 3, day=1))
