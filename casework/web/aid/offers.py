"""What the case page offers of aid."""

from collections.abc import Iterator

from casework.domain.permissions import RECORD_AID
from casework.web.cases.offer import Asked, Offer


def offers(asked: Asked) -> Iterator[Offer]:
    """登记资助: always possible for who may."""
    if asked.viewer.may(RECORD_AID):
        yield Offer("登记资助", f"/cases/{asked.child_id}/aid/new")
