"""备份规则: when a backup is due, which old ones stay, and when their age is an alarm."""

from collections.abc import Callable, Collection, Hashable
from datetime import datetime, time, timedelta

from pydantic import BaseModel, ConfigDict, Field

from casework.domain.policy import Document
from casework.domain.values import SHANGHAI

RETRY_AFTER = timedelta(hours=1)
"""A backup that failed is tried again, but not at every look."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Kept(_Part):
    """保留: of how many days, weeks and months the last backup stays."""

    daily: int = Field(ge=1, le=366)
    weekly: int = Field(ge=0, le=520)
    monthly: int = Field(ge=0, le=240)


class Alarm(_Part):
    """报警: hours without a good backup."""

    after_hours: int = Field(ge=1, le=24 * 31)


class BackupPolicy(Document):
    """备份规则; `hour` is the hour of day, Asia/Shanghai, from which the day's backup is made."""

    hour: int = Field(ge=0, le=23)
    keep: Kept
    alarm: Alarm

    def is_due(self, now: datetime, since: datetime | None, last_try: datetime | None) -> bool:
        """Whether a backup is owed: none since the last appointed hour, so one missed is made up for.

        `since`: the last good one; before there is one, the county's first act, None without any.
        """
        if last_try is not None and last_try <= now < last_try + RETRY_AFTER:
            return False
        return since is not None and since < self._appointed(now)

    def is_old(self, now: datetime, since: datetime | None) -> bool:
        """Whether the last good backup (or without one the first act) is so long ago that people are told."""
        return since is not None and now - since > timedelta(hours=self.alarm.after_hours)

    def kept(self, made: Collection[datetime]) -> set[datetime]:
        """Which of these backups stay: the newest of each of the newest days, weeks and months that have one.

        The newest of all always stays.
        """
        rules: tuple[tuple[int, Callable[[datetime], Hashable]], ...] = (
            (self.keep.daily, lambda at: at.date()),
            (self.keep.weekly, lambda at: at.isocalendar()[:2]),
            (self.keep.monthly, lambda at: (at.year, at.month)),
        )
        return {at for count, period in rules for at in _newest_of_each(made, period, count)}

    def _appointed(self, now: datetime) -> datetime:
        """The last appointed hour that is not after `now`."""
        today = datetime.combine(now.astimezone(SHANGHAI).date(), time(self.hour), SHANGHAI)
        return today if today <= now else today - timedelta(days=1)


def _newest_of_each(
    made: Collection[datetime], period: Callable[[datetime], Hashable], count: int
) -> list[datetime]:
    newest: dict[Hashable, datetime] = {}
    for at in sorted(made, reverse=True):
        newest.setdefault(period(at.astimezone(SHANGHAI)), at)
    return list(newest.values())[:count]
