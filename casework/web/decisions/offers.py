"""What the case page offers of decisions."""

from collections.abc import Iterator

from casework.domain.case_file import LETTERS
from casework.domain.permissions import RECORD_DECISION
from casework.domain.statuses import OUT
from casework.web.cases.offer import Asked, Offer


def offers(asked: Asked) -> Iterator[Offer]:
    """登记法律措施决定, once a letter was issued and while the child is out."""
    if asked.viewer.may(RECORD_DECISION):
        needed = asked.status in OUT and asked.file.ledgers[LETTERS].live
        why = "" if needed else "签发过文书、孩子还没有返校的，才决定法律措施"
        yield Offer("登记法律措施决定", f"/cases/{asked.child_id}/decisions/new", why)
