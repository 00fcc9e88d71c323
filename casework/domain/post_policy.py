"""Which posts a unit of each kind should have, and which only one person holds (岗位设置)."""

from typing import Literal

from casework.domain.policy import Document

UnitKind = Literal["province", "city", "county", "township", "subdistrict", "village", "district", "school"]


class PostPolicy(Document):
    """岗位: `expected` by kind of unit, the one who answers for the unit first; nobody in it is a vacancy.

    `one_holder`: posts with one holder at a time, stand-ins apart. `each_class`: posts that every
    class of a school should have.
    """

    expected: dict[UnitKind, list[str]] = {}
    one_holder: list[str] = []
    each_class: list[str] = []

    def expected_at(self, kind: str) -> list[str]:
        """The posts a unit of this kind should have."""
        return next((posts for each, posts in self.expected.items() if each == kind), [])
