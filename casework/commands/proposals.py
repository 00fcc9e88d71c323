"""申报与审批: a closure, a deferral, a move to home teaching is asked for by one and decided by another.

Whoever may record a status proposes; the posts that policy names approve or decline, never their own.
Nothing enters the history before the approval.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from casework.commands import one_child
from casework.commands.one_child import AtHand
from casework.commands.rights import needs
from casework.domain.permissions import APPROVE_STATUS, RECORD_STATUS
from casework.domain.proposals import entry_day_fault, outcome_fault, papers_fault
from casework.domain.statuses import CHANGE_NAMES
from casework.domain.values import Day
from casework.errors import BadInput, ChangedMeanwhile, NotAllowed, RuleBroken
from casework.projections.reference import Reference
from casework.store import history
from casework.store.act import Act
from casework.store.store import Reply


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What is asked for, from day `on`. `until`: last day of a deferral; `reason`: why closed;
    `outcome`: how the verification of a lead ended (核查结果).

    `evidence` is the number of the paper (送教上门: the county's approval). `private`: papers (what the
    evidence is, where it has no number), application, opinion (numbers), why, recorder.
    """

    change: str
    on: Day
    until: Day = ""
    reason: str = ""
    evidence: str = ""
    outcome: str = ""
    private: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, str]:
        """The clear part, empty fields left out."""
        names = ("change", "on", "until", "reason", "evidence", "outcome")
        return {name: value for name in names if (value := getattr(self, name))}


@needs(RECORD_STATUS)
def propose_status(
    act: Act, reference: Reference, *, child_id: str, proposal: Proposal, seen: int | None = None
) -> Reply:
    """Asks for a second person's approval. Reply: child, no."""
    at_hand = one_child.take_up(act, reference, child_id, seen=seen)
    words, term = reference.dictionaries(proposal.on), reference.approvals(at_hand.today).deferral
    fault = (
        _day_fault(at_hand, proposal.on)
        or papers_fault(proposal.body, proposal.private, words, term)
        or outcome_fault(proposal.outcome, at_hand.case.file.status, words)
    )
    if fault:
        raise BadInput(fault)
    private = {name: text.strip() for name, text in proposal.private.items() if text.strip()}
    no = at_hand.case.propose(
        proposal.body, by=act.actor.account, proposed_on=at_hand.today, private=private or None
    )
    one_child.save(act, at_hand)
    return {"child": child_id, "no": no}


@needs(APPROVE_STATUS)
def approve_status(
    act: Act,
    reference: Reference,
    *,
    child_id: str,
    no: int,
    on: Day,
    note: str = "",
    seen: int | None = None,
) -> Reply:
    """Approves proposal `no`, which enters the history on day `on`. Reply: child, no (of the entry)."""
    at_hand = _to_decide(act, reference, child_id, no, seen)
    waiting = at_hand.case.pending(no)
    fault = entry_day_fault(waiting["on"], waiting.get("until", ""), on, at_hand.today)
    if fault:
        raise BadInput(fault)
    entry = at_hand.case.approve(
        no,
        by=act.actor.account,
        decided_on=at_hand.today,
        on=on,
        mark=act.mark,
        private={"approver": act.actor.name, "note": note.strip()},
    )
    one_child.save(act, at_hand)
    return {"child": child_id, "no": entry}


@needs(APPROVE_STATUS)
def decline_status(
    act: Act, reference: Reference, *, child_id: str, no: int, reason: str, seen: int | None = None
) -> Reply:
    """Declines proposal `no`, with a reason that the proposer reads. Reply: child, no."""
    at_hand = _to_decide(act, reference, child_id, no, seen)
    if not reason.strip():
        raise BadInput("请写明退回的理由，申报人要据此补正")
    at_hand.case.decline(no, by=act.actor.account, decided_on=at_hand.today, reason=reason.strip())
    one_child.save(act, at_hand)
    return {"child": child_id, "no": no}


@needs(RECORD_STATUS)
def withdraw_status(act: Act, reference: Reference, *, child_id: str, no: int, reason: str = "") -> Reply:
    """Takes proposal `no` back: who made it, or somebody of the same unit. Reply: child, no."""
    at_hand = one_child.take_up(act, reference, child_id)
    made_by = at_hand.case.pending(no)["by"]
    if made_by != act.actor.account and _unit_of(act, child_id, no) != act.actor.unit:
        raise NotAllowed("只有申报人或申报单位可以撤回；审批人请用“退回”", child=child_id, no=no)
    at_hand.case.withdraw(no, by=act.actor.account, decided_on=at_hand.today, reason=reason.strip())
    one_child.save(act, at_hand)
    return {"child": child_id, "no": no}


def _to_decide(act: Act, reference: Reference, child_id: str, no: int, seen: int | None) -> AtHand:
    """The file with proposal `no` waiting, for a post that decides it, and seen as it now stands.

    That it was withdrawn or answered is said before that the form is stale: it is why.
    """
    at_hand = one_child.take_up(act, reference, child_id)
    change = at_hand.case.pending(no)["change"]
    posts = reference.approvals(at_hand.today).posts(CHANGE_NAMES[change])
    if act.actor.post not in posts:
        raise NotAllowed(f"“{CHANGE_NAMES[change]}”由{'、'.join(posts)}审批", child=child_id, no=no)
    judged = at_hand.case.file.judged
    if seen is not None and seen != judged:
        raise ChangedMeanwhile(one_child.STALE, child=child_id, seen=seen, now=judged)
    return at_hand


def _day_fault(at_hand: AtHand, on: Day) -> str:
    if on > at_hand.today:
        return f"日期 {on} 在将来（今天是 {at_hand.today}），到了那天再申报"
    return ""


def _unit_of(act: Act, child_id: str, no: int) -> str:
    """The unit in which the proposer acted."""
    rows = history.events_of(act.conn, child_id)
    told = next((row.act for row in rows if row.version == no), None)
    if told is None:
        raise RuleBroken("没有这项申报，请刷新后再看", child=child_id, no=no)
    return history.acts(act.conn, [told])[told].actor.unit
