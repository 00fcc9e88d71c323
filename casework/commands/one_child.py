"""Acts of a person on one child's file: the file it concerns, recording and correcting (单个学生的登记).

A child out of reach and a child that does not exist are refused alike.
"""

from dataclasses import dataclass

from casework.commands.case_facts import Child, cases_of, children_of, date_fault
from casework.domain.ledger import REFUSED, UNCHANGED, Fact
from casework.domain.permissions import Reach
from casework.domain.places import place_on
from casework.domain.student_case import StudentCase
from casework.domain.values import Day, day_of
from casework.errors import BadInput, NotFound, RuleBroken
from casework.projections.reach import reach_for
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.store import Reply


@dataclass(frozen=True)
class AtHand:
    """A child's file with what limits it, loaded for one act."""

    case: StudentCase
    child: Child
    today: Day


def take_up(act: Act, reference: Reference, child_id: str) -> AtHand:
    """The child's file for an act of this person. Raises NotFound out of reach."""
    today = day_of(act.recorded_at)
    try:
        child = children_of(act, {child_id: ()})[child_id]
    except RuleBroken as unknown:
        raise _not_found(child_id) from unknown
    place = place_on(child.places, today)
    if place is None or not _reach(act, reference, today).holds(child_id, place):
        raise _not_found(child_id)
    return AtHand(cases_of(act, {child_id: child})[child_id], child, today)


def _reach(act: Act, reference: Reference, day: Day) -> Reach:
    """What the actor sees today in the post acted in, which must be held."""
    actor = act.actor
    return reach_for(
        act.conn, act.id, reference.units, login=actor.account, post=actor.post, unit=actor.unit, day=day
    )


def _not_found(child_id: str) -> NotFound:
    return NotFound("没有这名学生", child=child_id)


def record(act: Act, at_hand: AtHand, ledger: str, fact: Fact, *, taken: str) -> Reply:
    """Records a new fact. `taken` is said when another holds the same key: no page corrects silently."""
    _check_day(at_hand, fact)
    case = at_hand.case
    held = case.file.ledgers[ledger]
    no = held.find(fact.key)
    if no is not None and held.live[no]["mark"] != fact.mark:
        raise RuleBroken(taken, no=no)
    verdict = case.take(ledger, [fact])[0]
    if verdict.verb == REFUSED:
        raise RuleBroken(verdict.note)
    if verdict.verb != UNCHANGED:
        act.save(case)
    return {"child": case.child_id, "no": verdict.no, "verb": verdict.verb}


def correct(act: Act, at_hand: AtHand, ledger: str, no: int, fact: Fact, reason: str) -> Reply:
    """Corrects a fact with a reason; both versions stay in the history."""
    _need_reason(reason)
    _check_day(at_hand, fact)
    changed = at_hand.case.correct(ledger, no, fact, reason.strip())
    if changed:
        act.save(at_hand.case)
    return {"child": at_hand.case.child_id, "no": no, "verb": "corrected" if changed else UNCHANGED}


def void(act: Act, at_hand: AtHand, ledger: str, no: int, reason: str) -> Reply:
    """Voids a fact with a reason; it stays in the history."""
    _need_reason(reason)
    at_hand.case.void(ledger, no, reason.strip())
    act.save(at_hand.case)
    return {"child": at_hand.case.child_id, "no": no, "verb": "voided"}


def _check_day(at_hand: AtHand, fact: Fact) -> None:
    fault = date_fault(fact, at_hand.child, at_hand.today)
    if fault:
        raise BadInput(fault)


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise BadInput("请填写更正或作废的原因")
