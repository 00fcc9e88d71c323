"""What letters ask of whoever looks at the first page: some to be served, some whose term is over."""

from collections.abc import Iterator

from casework.domain.permissions import READ_LETTERS, SERVE_LETTER
from casework.domain.values import Day
from casework.projections.letter_register import OVER, UNSERVED, state_counts
from casework.service import Reading
from casework.web.access import Viewer
from casework.web.home.waiting import Waiting
from casework.web.letters.register_asked import Asked
from casework.web.letters.states import today_of


def waiting(reading: Reading, viewer: Viewer, today: Day) -> Iterator[Waiting]:
    """The unit's own letters: to be served, and those whose deadline passed without a return."""
    if not (viewer.may(READ_LETTERS) and viewer.may(SERVE_LETTER)):
        return
    day = today_of(reading.reference, today)
    own = viewer.unit if not viewer.reach.counties else ""
    counts = state_counts(reading.snapshot.conn, viewer.reach, day, own)
    asked = Asked(issuer=own)
    yield Waiting("份期限已过还没有返校的文书", asked.address(state=OVER), counts[OVER], urgent=True)
    yield Waiting("份文书等送达", asked.address(state=UNSERVED), counts[UNSERVED])
