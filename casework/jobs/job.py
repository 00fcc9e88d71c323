"""Something done by the clock (后台任务)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

SETTLING = timedelta(seconds=5)


@dataclass(frozen=True)
class Job:
    """Something looked at again and again; `first` so long after the start, which is not slowed."""

    name: str
    every: timedelta
    run: Callable[[], object]
    first: timedelta = SETTLING
