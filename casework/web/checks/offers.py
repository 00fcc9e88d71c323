"""What the case page offers of checks."""

from collections.abc import Iterator

from casework.domain import statuses as s
from casework.domain.permissions import RECORD_CHECK
from casework.web.cases.offer import Asked, Offer


def offers(asked: Asked) -> Iterator[Offer]:
    """到校检查 while the child stands in its stabilisation period."""
    if asked.viewer.may(RECORD_CHECK):
        why = "" if asked.status == s.RETURNED else "复学以后的巩固期里才做到校检查"
        yield Offer("到校检查", f"/cases/{asked.child_id}/checks/new", why)
