"""等您办理: one thing on the first page that waits for whoever looks, and how a capability names its own.

A capability writes `waiting.py` with a function of the shape `Source` and is named in `sources.py`.
A source asks only what one indexed query answers: the first page stays quick for a whole county.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from casework.domain.values import Day
from casework.service import Reading
from casework.web.access import Viewer


@dataclass(frozen=True, slots=True)
class Waiting:
    """`count` children or papers wait behind `href`; `text` says for what. `urgent`: a day has passed."""

    text: str
    href: str
    count: int
    urgent: bool = False


Source = Callable[[Reading, Viewer, Day], Iterable[Waiting]]
"""What waits for a viewer on a day. It asks the viewer's rights and reach itself."""


def waiting_for(sources: Iterable[Source], reading: Reading, viewer: Viewer, today: Day) -> list[Waiting]:
    """What really waits, in the order of the sources; what is urgent comes first."""
    found = [each for source in sources for each in source(reading, viewer, today) if each.count]
    return sorted(found, key=lambda each: not each.urgent)
