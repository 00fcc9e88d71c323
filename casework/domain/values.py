"""Plain values used everywhere: days, known time, the actor of an act.

A *day* is ISO text (`"2026-09-14"`): it sorts as it reads, is the same in events, SQLite and
PostgreSQL, and costs nothing to decode when a million events are folded. Ranges of days are
half-open `[from, to)`. *Known time* is an act's number; `OPEN` ends what is still believed.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Day = str

SINCE_EVER: Day = "0001-01-01"
FOREVER: Day = "9999-12-31"
OPEN = 2**31 - 1
"""`known_to` of what is believed now: no act has so high a number."""

SHANGHAI = ZoneInfo("Asia/Shanghai")


@lru_cache(maxsize=1 << 16)
def day_after(day: Day, days: int = 1) -> Day:
    """The day `days` calendar days after `day` (before it when negative)."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def days_between(first: Day, last: Day) -> int:
    """Whole days from one day to another."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def day_of(instant: datetime) -> Day:
    """The business day of an aware instant, in Asia/Shanghai."""
    return instant.astimezone(SHANGHAI).date().isoformat()


@dataclass(frozen=True)
class Actor:
    """Who acts: the account, the name shown, and the post and unit code acted in (岗位, 单位)."""

    account: str
    name: str
    post: str
    unit: str


LOCAL_OPERATOR = Actor(account="local", name="本机操作员", post="本机操作员", unit="")
