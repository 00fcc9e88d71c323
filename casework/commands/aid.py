"""资助发放: a grant, or the reason why there is none, entered on the case, corrected, or reversed (冲销).

Runs and rates come from elsewhere; here stands what was paid to one child. An amount is whole 分.
"""

from collections.abc import Mapping

from casework.commands import one_child
from casework.commands.rights import needs
from casework.domain.aid import Grant, grant_faults
from casework.domain.case_file import AID
from casework.domain.ledger import Fact, fact_of
from casework.domain.permissions import RECORD_AID
from casework.domain.values import FOREVER
from casework.errors import BadInput
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.store import Reply

_TAKEN = "同一学期、同一项目、同一天已有一笔；如要改它，请打开那一笔更正"


@needs(RECORD_AID)
def record_aid(act: Act, reference: Reference, *, child_id: str, grant: Grant, note: str = "") -> Reply:
    """Records a grant. Reply: child, no, verb ("unchanged" when the very same grant is there)."""
    at_hand = one_child.take_up(act, reference, child_id)
    fact = _fact(act, reference, grant, {"note": note.strip()})
    return one_child.record(act, at_hand, AID, fact, taken=_TAKEN)


@needs(RECORD_AID)
def correct_aid(
    act: Act,
    reference: Reference,
    *,
    child_id: str,
    no: int,
    grant: Grant,
    reason: str,
    note: str = "",
    written: int | None = None,
) -> Reply:
    """Corrects grant `no`; both versions stay."""
    at_hand = one_child.take_up_fact(act, reference, child_id, no, written=written)
    fact = _fact(act, reference, grant, {"note": note.strip()})
    return one_child.correct(act, at_hand, AID, no, fact, reason)


@needs(RECORD_AID)
def reverse_aid(
    act: Act, reference: Reference, *, child_id: str, no: int, reason: str, written: int | None = None
) -> Reply:
    """冲销: grant `no` was paid back or never paid; it no longer counts and stays in the history."""
    at_hand = one_child.take_up_fact(act, reference, child_id, no, written=written)
    return one_child.void(act, at_hand, AID, no, reason)


def _fact(act: Act, reference: Reference, grant: Grant, said: Mapping[str, str]) -> Fact:
    policy = reference.aid(grant.on or FOREVER)
    faults = [why for _, why in grant_faults(policy, grant)]
    if faults:
        raise BadInput("；".join(faults))
    private = {**grant.said(policy), **said}
    return fact_of(grant.key, grant.body(policy), private, act.mark)
