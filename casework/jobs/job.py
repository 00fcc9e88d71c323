"""Something done by the clock (后台任务)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

SETTLING = timedelta(seconds=5)


@dataclass(frozen=True)
class Job:
    """Something looked at again and again; `first` so long after its process began, not to slow that."""

    name: str
    every: timedelta
    run: Callable[[], object]
    first: timedelta = SETTLING

    def first_run(self, since: datetime, now: datetime) -> datetime:
        """When it is run first in a process that began at `since` and may from now on."""
        return max(now, since + self.first)
