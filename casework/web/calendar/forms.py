"""The form of one year's calendar: filled from what is adopted, else from the defaults and the holidays."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import holidays

from casework.domain.calendar import Calendar, SchoolYearDays
from casework.domain.values import Day, day_after
from casework.errors import BadInput

TERMS = 4
_BETWEEN = re.compile(r"[\s、，,；;]+")


@dataclass
class YearForm:
    """What the form holds: stretches of school, days without school, days made up, statutory holidays."""

    year: str
    terms: list[tuple[str, str]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    make_up: list[str] = field(default_factory=list)
    statutory: list[str] = field(default_factory=list)

    def days(self) -> SchoolYearDays:
        """The days it says."""
        return SchoolYearDays(
            terms=tuple(sorted(self.terms)),
            closed=frozenset(self.closed),
            make_up=frozenset(self.make_up),
        )


def adopted_form(calendar: Calendar, year: str) -> YearForm | None:
    """The year as it is adopted; None when it is not."""
    days = calendar.years.get(year)
    if days is None:
        return None
    statutory = sorted(f"{year}-{each}" for each in calendar.statutory.get(year, ()))
    return YearForm(year, list(days.terms), sorted(days.closed), sorted(days.make_up), statutory)


def suggested_form(calendar: Calendar, year: str) -> YearForm:
    """The default's stretches, and the holidays of China with the days made up for them."""
    known = holidays.country_holidays("CN", years=int(year), language="zh_CN")
    given = sorted(day.isoformat() for day in known if day.year == int(year) and day.weekday() < 5)
    statutory = sorted(f"{year}-{each}" for each in calendar.statutory.get(year, ())) or given
    worked = {day for day in known.weekend_workdays if day.year == int(year)}
    terms = _stretches(calendar, year)
    made_up = [
        day.isoformat()
        for day in sorted(worked)
        if any(first <= day.isoformat() <= last for first, last in terms)
    ]
    return YearForm(year, terms, [], made_up, statutory)


def holiday_names(year: str) -> Mapping[Day, str]:
    """Day → what holiday it is, as the package knows."""
    known = holidays.country_holidays("CN", years=int(year), language="zh_CN")
    return {day.isoformat(): name for day, name in known.items()}


def _stretches(calendar: Calendar, year: str) -> list[tuple[Day, Day]]:
    """The year outside the default breaks."""
    found: list[tuple[Day, Day]] = []
    day = date(int(year), 1, 1)
    while day.year == int(year):
        if not calendar.in_break(day.isoformat()):
            text = day.isoformat()
            joined = bool(found) and day_after(found[-1][1]) == text
            found = [*found[:-1], (found[-1][0], text)] if joined else [*found, (text, text)]
        day += timedelta(days=1)
    return found


def form_of(year: str, given: Mapping[str, str]) -> YearForm:
    """What was typed. Raises BadInput that names what is no day."""
    terms = []
    for number in range(TERMS):
        first, last = (given.get(f"{edge}{number}", "").strip() for edge in ("first", "last"))
        if first or last:
            terms.append((_day(year, first, f"第 {number + 1} 段"), _day(year, last, f"第 {number + 1} 段")))
    lists = {name: list(_days(year, given.get(name, ""), words)) for name, words in _LISTS.items()}
    return YearForm(year, terms, **lists)


_LISTS = {"closed": "不上课的日子", "make_up": "补课的日子", "statutory": "法定节假日"}


def _days(year: str, text: str, where: str) -> Iterable[Day]:
    for each in _BETWEEN.split(text.strip()):
        if each:
            yield _day(year, each, where)


def _day(year: str, text: str, where: str) -> Day:
    """`2027-02-05`, or `02-05` and `2-5` of the form's year."""
    parts = text.split("-")
    try:
        numbers = [int(part) for part in (parts if len(parts) == 3 else [year, *parts])]
        return date(*numbers).isoformat()
    except (ValueError, TypeError):
        raise BadInput(f"{where}：“{text[:20]}”不是日期，请写成 {year}-03-01 或 03-01") from None
