"""What a case page offers to do: one `Offer` an act, and what its makers are asked with (办理)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from casework.domain.case_file import CaseFile
from casework.domain.timeline import Span
from casework.domain.values import Day
from casework.projections.case_people import Person
from casework.projections.reference import Reference
from casework.web.access import Viewer


@dataclass(frozen=True, slots=True)
class Offer:
    """An act and the page where it is done; with `why_not` it cannot be done now, and says why.

    Acts that the viewer's post does not carry are not offered at all; `why_not` is for what the
    child's own situation forbids.
    """

    label: str
    href: str = ""
    why_not: str = ""


@dataclass(frozen=True)
class Asked:
    """A child's file as it stands today, and who looks: all that a maker of offers decides by.

    `file` is empty (no entries) while no file is open; `who` is the child on the roster; `status` is
    "" before the first status.
    """

    child_id: str
    who: Person
    day: Day
    viewer: Viewer
    reference: Reference
    file: CaseFile = field(default_factory=CaseFile)

    @property
    def status(self) -> str:
        """The status now held."""
        return self.spans[-1].status if self.spans else ""

    @property
    def place(self) -> Any:
        """The stretch of the roster that holds today (school, grade, klass, township …), or None."""
        return self.who.on(self.day)

    @cached_property
    def spans(self) -> list[Span]:
        """The stretches of the file, oldest first."""
        return self.file.spans()


Offers = Callable[[Asked], Iterable[Offer]]
"""A capability's maker: `offers` in its own web/<capability>/offers.py."""
