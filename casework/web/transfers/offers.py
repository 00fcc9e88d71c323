"""What the case page offers of transfers."""

from collections.abc import Iterator

from casework.commands.transfers import OUT_OF_SCHOOL, answers_for
from casework.domain import statuses as s
from casework.domain.case_file import receiver_of
from casework.domain.permissions import TRANSFER
from casework.web.cases.offer import Asked, Offer


def offers(asked: Asked) -> Iterator[Offer]:
    """One page for both sides; its name says what is to be done there."""
    viewer, place, page = asked.viewer, asked.place, f"/cases/{asked.child_id}/transfer"
    if not viewer.may(TRANSFER) or place is None:
        return
    units, day = asked.reference.units, asked.day
    sends = answers_for(units, viewer.reach, place.school, day) or place.county in viewer.reach.counties
    receiver = receiver_of(asked.file)
    if receiver and answers_for(units, viewer.reach, receiver, day):
        yield Offer("接收转入", page)
    elif sends and asked.status == s.TRANSFERRING:
        yield Offer("看转学进展", page)
    elif sends and asked.file.open_asks():
        yield Offer("答复转入申请", page)
    elif sends and asked.status in s.OUT:
        yield Offer("办转学", "", OUT_OF_SCHOOL.format(status=s.STATUS_NAMES[asked.status]))
    elif sends and asked.status not in ("", s.CLOSED):
        yield Offer("办转学", page)
