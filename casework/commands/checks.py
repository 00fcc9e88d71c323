"""到校检查: after a return the school looks, on the policy's days, whether the child sits in class."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from casework.commands import one_child
from casework.commands.one_child import AtHand
from casework.commands.rights import needs
from casework.domain import statuses as s
from casework.domain.case_file import CHECKS
from casework.domain.ledger import Fact, fact_of
from casework.domain.permissions import RECORD_CHECK
from casework.domain.timeline import status_on
from casework.domain.values import Day
from casework.errors import RuleBroken
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.store import Reply


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check as typed. `private`: note, recorder."""

    on: Day
    present: bool
    private: Mapping[str, str] = field(default_factory=dict)


_TAKEN = "这一天已经检查过；如要改它，请打开那条检查更正"


@needs(RECORD_CHECK)
def record_check(act: Act, reference: Reference, *, child_id: str, check: Check) -> Reply:
    """Records a check of a day on which the child stood in its stabilisation period (巩固期)."""
    at_hand = one_child.take_up(act, reference, child_id)
    _check_status(at_hand, check)
    return one_child.record(act, at_hand, CHECKS, _fact(act, check), taken=_TAKEN)


@needs(RECORD_CHECK)
def correct_check(
    act: Act, reference: Reference, *, child_id: str, no: int, check: Check, reason: str
) -> Reply:
    """Corrects check `no`; both versions stay."""
    at_hand = one_child.take_up(act, reference, child_id)
    _check_status(at_hand, check)
    return one_child.correct(act, at_hand, CHECKS, no, _fact(act, check), reason)


@needs(RECORD_CHECK)
def void_check(act: Act, reference: Reference, *, child_id: str, no: int, reason: str) -> Reply:
    """Voids check `no`: nobody looked that day."""
    at_hand = one_child.take_up(act, reference, child_id)
    return one_child.void(act, at_hand, CHECKS, no, reason)


def _fact(act: Act, check: Check) -> Fact:
    body = {"on": check.on, "present": check.present}
    return fact_of(check.on, body, check.private, act.mark)


def _check_status(at_hand: AtHand, check: Check) -> None:
    status = status_on(at_hand.case.file.entries.values(), check.on)
    if status != s.RETURNED:
        held = s.STATUS_NAMES[status] if status else "还没有登记过状态"
        raise RuleBroken(
            f"到校检查只在复学后的巩固期里做；{check.on} 这一天是：{held}", child=at_hand.case.child_id
        )
