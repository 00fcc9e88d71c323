"""What the case page offers of visits."""

from collections.abc import Iterator

from casework.domain.permissions import RECORD_VISIT
from casework.web.cases.offer import Asked, Offer


def offers(asked: Asked) -> Iterator[Offer]:
    """记家访: always possible for who may."""
    if asked.viewer.may(RECORD_VISIT):
        yield Offer("记家访", f"/children/{asked.child_id}/visits/new")
