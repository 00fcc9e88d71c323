"""法律措施决定: after an order's deadline passed the bureau decides the next step that the law allows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from casework.commands import one_child
from casework.commands.rights import needs
from casework.domain.case_file import DECISIONS
from casework.domain.ledger import Fact, fact_of
from casework.domain.permissions import RECORD_DECISION
from casework.domain.values import Day
from casework.errors import BadInput
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.store import Reply

_TAKEN = "这一天已经登记过决定；如要改它，请打开那条决定更正"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One decision as typed. `step`: of the county's dictionary. `private`: why, recorder."""

    on: Day
    step: str
    private: Mapping[str, str] = field(default_factory=dict)


@needs(RECORD_DECISION)
def record_decision(act: Act, reference: Reference, *, child_id: str, decision: Decision) -> Reply:
    """Records what was decided; the reason is asked for. Reply: child, no, verb."""
    at_hand = one_child.take_up(act, reference, child_id)
    _check(reference, decision)
    return one_child.record(act, at_hand, DECISIONS, _fact(act, decision), taken=_TAKEN)


@needs(RECORD_DECISION)
def correct_decision(
    act: Act, reference: Reference, *, child_id: str, no: int, decision: Decision, reason: str
) -> Reply:
    """Corrects decision `no`; both versions stay."""
    at_hand = one_child.take_up(act, reference, child_id)
    _check(reference, decision)
    return one_child.correct(act, at_hand, DECISIONS, no, _fact(act, decision), reason)


@needs(RECORD_DECISION)
def void_decision(act: Act, reference: Reference, *, child_id: str, no: int, reason: str) -> Reply:
    """Voids decision `no`: nothing was decided."""
    at_hand = one_child.take_up(act, reference, child_id)
    return one_child.void(act, at_hand, DECISIONS, no, reason)


def _check(reference: Reference, decision: Decision) -> None:
    words = reference.dictionaries(decision.on).legal_steps
    if decision.step not in words:
        raise BadInput(f"法律措施应为县里字典中的一项：{'、'.join(words) or '（字典 legal_steps 还是空的）'}")
    if not decision.private.get("why", "").strip():
        raise BadInput("请写明作出这个决定的理由和依据")


def _fact(act: Act, decision: Decision) -> Fact:
    body = {"on": decision.on, "step": decision.step}
    return fact_of(decision.on, body, decision.private, act.mark)
