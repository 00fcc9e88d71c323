"""An adopted calendar as text: the whole document, with one year written anew (校历成文)."""

from collections.abc import Iterable, Mapping, Sequence

from casework.domain.calendar import Calendar, SchoolYearDays
from casework.domain.values import Day

_LINE = 6


def with_year(calendar: Calendar, year: str, days: SchoolYearDays, statutory: Iterable[Day]) -> str:
    """The document's text with one year's days and statutory holidays replaced, the others as they are."""
    years = {**calendar.years, year: days}
    holidays = {**calendar.statutory, year: frozenset(day[5:] for day in statutory)}
    return "\n".join(
        [
            "# 校历：由“校历”页面写成，整份采用。",
            f"version = {_quoted(_next_version(calendar.version))}",
            "",
            "[default]",
            f"weekdays = {_list(calendar.default.weekdays)}",
            f"breaks = [{', '.join(_list(each) for each in calendar.default.breaks)}]",
            *_years(years),
            "",
            "[statutory]",
            *(f"{each} = {_lines(sorted(holidays[each]))}" for each in sorted(holidays)),
            "",
        ]
    )


def _years(years: Mapping[str, SchoolYearDays]) -> Iterable[str]:
    for year in sorted(years):
        days = years[year]
        yield ""
        yield f"[years.{year}]"
        yield f"terms = [{', '.join(_list(each) for each in days.terms)}]"
        yield f"closed = {_lines(sorted(days.closed))}"
        yield f"make_up = {_lines(sorted(days.make_up))}"


def _next_version(version: str) -> str:
    """`calendar-2026.1` → `calendar-2026.2`: every adoption has a version of its own."""
    base, _, number = version.rpartition(".")
    return f"{base}.{int(number) + 1}" if base and number.isdecimal() else f"{version}.1"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(_quoted(text) for text in texts)}]"


def _lines(texts: Sequence[str]) -> str:
    """A list that one can read: a few a line."""
    if len(texts) <= _LINE:
        return _list(texts)
    rows = [", ".join(_quoted(each) for each in texts[at : at + _LINE]) for at in range(0, len(texts), _LINE)]
    return "[\n  " + ",\n  ".join(rows) + ",\n]"
