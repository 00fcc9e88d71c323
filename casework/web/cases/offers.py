"""Everything that can be done for a child, by group, in the order of the page (办理).

A capability adds its maker here: one line. The first group's first offer that can be done is the
page's primary button.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from casework.web.absences.offers import offers as absence_offers
from casework.web.aid.offers import offers as aid_offers
from casework.web.cases.offer import Asked, Offer, Offers
from casework.web.checks.offers import offers as check_offers
from casework.web.decisions.offers import offers as decision_offers
from casework.web.letters.offers import offers as letter_offers
from casework.web.proposals.offers import offers as proposal_offers
from casework.web.sessions.offers import offers as session_offers
from casework.web.status.offers import offers as status_offers
from casework.web.transfers.offers import offers as transfer_offers
from casework.web.visits.offers import offers as visit_offers


class Group(NamedTuple):
    """A heading and the makers of what stands under it."""

    title: str
    makers: Sequence[Offers]


GROUPS: tuple[Group, ...] = (
    Group("走访和考勤", (visit_offers, absence_offers, check_offers, session_offers)),
    Group("状态", (status_offers,)),
    Group("文书", (letter_offers, decision_offers)),
    Group("须另一人批准", (proposal_offers,)),
    Group("转学", (transfer_offers,)),
    Group("资助", (aid_offers,)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offered:
    """What the page shows: acts by group, and those that cannot be done now, with their reasons."""

    groups: list[tuple[str, list[Offer]]]
    refused: list[Offer]

    def __bool__(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.groups or self.refused)


NOTHING = Offered([], [])


def offered(asked: Asked) -> Offered:
    """All offers for this child and viewer."""
    groups, refused = [], []
    for title, makers in GROUPS:
        offers = [offer for maker in makers for offer in maker(asked)]
        refused += [offer for offer in offers if offer.why_not]
        open_ones = [offer for offer in offers if not offer.why_not]
        if open_ones:
            groups.append((title, open_ones))
    return Offered(groups, refused)
