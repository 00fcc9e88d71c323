"""The aggregate of one child's erasure (清除个人信息): that it was done, under which act, and why.

It stands beside the child's file, which may not exist, and changes nothing of it: figures stay.
"""

from uuid import UUID, uuid5

from casework.domain.events import Aggregate
from casework.domain.values import Day

_NAMESPACE = UUID("5f1d7b1e-6f2e-4b5a-9f0a-0f8f6f0b2c55")


def erasure_id(child_id: str) -> UUID:
    """The aggregate's id: a child is erased once."""
    return uuid5(_NAMESPACE, child_id)


def coarse_birth(birth: Day) -> Day:
    """A day of birth that tells the school year a child begins in and no more (义务教育法 art. 11)."""
    return f"{birth[:4]}-01-01" if birth[5:] <= "08-31" else f"{birth[:4]}-09-01"


class Erasure(Aggregate):
    """One child whose personal data are no more."""

    TOPIC = "erasure"

    class Event(Aggregate.Event):
        """Anything that happens to it."""

        TOPIC = "erasure.Event"

    class ChildErased(Event, Aggregate.Created):
        """已清除: clear only; the reason names nobody."""

        TOPIC = "erasure.ChildErased"
        child_id: str
        reason: str

    def __init__(self, child_id: str, reason: str) -> None:
        self.child_id = child_id
        self.reason = reason

    @classmethod
    def of(cls, child_id: str, reason: str) -> "Erasure":
        """The erasure of a child."""
        return cls._create(cls.ChildErased, id=erasure_id(child_id), child_id=child_id, reason=reason)
