"""The weekly report of a county with 1 million events, beside the same county with its last two years.

Asked for a present and an old week, now and as known then; of the county, a township and a school.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Engine, func, select

from benchmarks.generate import open_county
from benchmarks.land import COUNTY_CODE, land_of
from benchmarks.measure import Line, in_turn
from benchmarks.size import LAST_FRIDAY, Plan, Size
from casework.domain.values import SHANGHAI
from casework.service import Casework
from casework.store.schema import stored_event

TARGET_S = 0.300
TARGET_GROWTH = 1.3


@dataclass(frozen=True)
class Question:
    """One report, named for the table. Old questions are `years` years back."""

    name: str
    unit: str
    week: str
    known_at: datetime | None
    years: int = 0


def questions(size: Size) -> Iterator[Question]:
    """The reports asked for."""
    land = land_of(size.pupils)
    last = LAST_FRIDAY - timedelta(days=1)
    for name, unit in (("县", COUNTY_CODE), ("乡镇", land.townships[0]), ("学校", land.primary[0].code)):
        yield Question(f"{name}，本周", unit, week_of(last), None)
    yield Question("县，本周，三周前所知", COUNTY_CODE, week_of(last), _then(last, -21))
    for years in (1, 10):
        old = last - timedelta(weeks=52 * years)
        if years < size.years:
            yield Question(f"县，{years} 年前的一周，今日所知", COUNTY_CODE, week_of(old), None, years)
            then = _then(old, 1)
            yield Question(f"县，{years} 年前的一周，当时所知", COUNTY_CODE, week_of(old), then, years)


def week_of(thursday: date) -> str:
    """The reporting week that ends on this Thursday."""
    year, week, _ = thursday.isocalendar()
    return f"{year}-W{week:02d}"


def _then(thursday: date, days: int) -> datetime:
    return datetime.combine(thursday + timedelta(days=days), time(12), SHANGHAI)


def measure(plan: Plan, where: str, small: Engine, large: Engine) -> Iterator[Line]:
    """One line a question: large's time, its growth over small's when small knows the answer too."""
    now = datetime.combine(LAST_FRIDAY, time(18), SHANGHAI)
    counties = [open_county(engine, lambda: now) for engine in (large, small)]
    events = [_events(engine) for engine in (large, small)]
    for question in questions(plan.large):
        shared = question.years < plan.small.years
        asked = [_ask(county, question) for county in counties[: 2 if shared else 1]]
        times = in_turn(2 * plan.runs + 1, *asked)
        growth = times[0].median / times[1].median if shared else None
        yield Line(
            what=f"周报：{question.name}",
            where=where,
            value=times[0].median * 1000,
            unit="ms",
            p95=times[0].p95 * 1000,
            peer=f"同县 {events[1]:,} 个事件" if shared else "",
            peer_value=times[1].median * 1000 if shared else None,
            target=f"< {TARGET_S * 1000:.0f} ms" + (f"，< {TARGET_GROWTH} 倍" if shared else ""),
            met=times[0].median < TARGET_S and (growth is None or growth < TARGET_GROWTH),
            notes={"events": events[0], "pupils": plan.large.pupils},
        )


def _ask(county: Casework, question: Question) -> Callable[[], object]:
    return lambda: county.weekly_report(question.unit, question.week, known_at=question.known_at)


def _events(engine: Engine) -> int:
    with engine.connect() as conn:
        return conn.scalar(select(func.count()).select_from(stored_event)) or 0
