"""How large the benchmarked counties are: a full run shows the issue's figures, a quick one that it runs."""

from dataclasses import dataclass
from datetime import date

GENERATOR = 4
"""Raised whenever the generator would write something else: kept databases are then made anew."""

SEED = "casework"
LAST_FRIDAY = date(2026, 9, 18)
"""The history ends on this Friday morning, when reporting week 2026-W38 is being filed."""


@dataclass(frozen=True)
class Size:
    """A county of `pupils` that records `events_a_year`, for `years` years up to `LAST_FRIDAY`."""

    pupils: int
    events_a_year: int
    years: int

    @property
    def name(self) -> str:
        """The kept database's file name."""
        return f"county-{self.pupils}-{self.events_a_year}x{self.years}-v{GENERATOR}"


@dataclass(frozen=True)
class Plan:
    """What one run measures. `small` is `large`'s last years alone, so their present weeks are alike.

    `counties` times `county` is the province: the files of children taught at home, ten times as long as
    others, in the first `counties_with_long` of them.
    """

    small: Size
    large: Size
    roster_rows: int
    runs: int
    pupils_of_pages: int
    files_of_pages: tuple[int, int]
    pupils_of_duties: int
    duties: int
    writers: tuple[int, ...]
    writer_seconds: float
    writer_passes: int
    county: Size
    counties: int
    counties_with_long: int


FULL = Plan(
    Size(200_000, 52_000, 2),
    Size(200_000, 52_000, 20),
    roster_rows=100_000,
    runs=5,
    pupils_of_pages=120_000,
    files_of_pages=(1_000, 100_000),
    pupils_of_duties=20_000,
    duties=1_000_000,
    writers=(1, 2, 4, 8),
    writer_seconds=5,
    writer_passes=3,
    county=Size(50_000, 52_000, 5),
    counties=69,
    counties_with_long=5,
)
QUICK = Plan(
    Size(4_000, 2_000, 1),
    Size(4_000, 2_000, 4),
    roster_rows=3_000,
    runs=5,
    pupils_of_pages=4_000,
    files_of_pages=(200, 2_000),
    pupils_of_duties=4_000,
    duties=20_000,
    writers=(1, 2),
    writer_seconds=0.5,
    writer_passes=1,
    county=Size(4_000, 2_000, 1),
    counties=3,
    counties_with_long=1,
)
