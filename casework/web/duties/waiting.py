"""What the first page says of duties: how many are overdue, how many fall due today."""

from collections.abc import Iterator

from casework.domain.permissions import READ_DUTIES
from casework.domain.values import Day
from casework.service import Reading
from casework.web.access import Viewer
from casework.web.duties.asked import OVERDUE, TODAY, WEEK, Asked, days_of
from casework.web.duties.sitting import queue_of
from casework.web.home.waiting import Waiting

_MOST = 99


def waiting(reading: Reading, viewer: Viewer, today: Day) -> Iterator[Waiting]:
    """逾期、今天到期、本周到期: what the viewer owes; beyond 99 the number stays there."""
    if not viewer.may(READ_DUTIES):
        return
    words = {OVERDUE: "项待办已逾期", TODAY: "项待办今天到期", WEEK: "项待办本周到期"}
    days = [days_of(part, reading.reference, today) for part in words]
    found = queue_of(reading, viewer, today).mine_of(days, _MOST)
    for (part, text), lines in zip(words.items(), found, strict=True):
        yield Waiting(text, Asked(when=part).address(), len(lines), urgent=part == OVERDUE)
