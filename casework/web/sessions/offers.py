"""What the case page offers of home teaching."""

from collections.abc import Iterator

from casework.domain.case_file import SESSIONS
from casework.domain.permissions import RECORD_SESSION
from casework.domain.statuses import HOME_TEACHING
from casework.web.cases.offer import Asked, Offer


def offers(asked: Asked) -> Iterator[Offer]:
    """记送教, for children who are taught at home or were: sessions may be told late."""
    taught = asked.status == HOME_TEACHING or bool(asked.file.ledgers[SESSIONS].live)
    if asked.viewer.may(RECORD_SESSION) and taught:
        yield Offer("记送教", f"/cases/{asked.child_id}/sessions/new")
