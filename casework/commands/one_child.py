"""Acts of a person on one child's file: the file it concerns, recording and correcting (单个学生的登记).

A child out of reach and a child that does not exist are refused alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from casework.commands.case_facts import Child, cases_of, children_of, date_fault
from casework.commands.roster import RosterChange, follow_case
from casework.domain import case_answers as answers
from casework.domain import case_events as events
from casework.domain.case_file import receiver_of
from casework.domain.ledger import REFUSED, UNCHANGED, Fact
from casework.domain.permissions import Reach
from casework.domain.places import place_on
from casework.domain.student_case import StudentCase
from casework.domain.values import Day, day_of
from casework.errors import BadInput, ChangedMeanwhile, NotFound, RuleBroken
from casework.projections.reach import reach_for
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.store import Reply

STALE = "此个案已被他人更新，请核对现在的情况后再办"

MOVING = (events.StatusRecorded, events.StatusVoided, answers.TransferAskEnded)
"""Events that may move the child on the roster; corrections and approvals are kinds of the first."""


@dataclass(frozen=True)
class AtHand:
    """A child's file with what limits it, loaded for one act; `reach`: what the actor sees today."""

    case: StudentCase
    child: Child
    today: Day
    reference: Reference
    reach: Reach


def take_up(
    act: Act, reference: Reference, child_id: str, *, seen: int | None = None, receiving: bool = False
) -> AtHand:
    """The child's file for an act of this person. Raises NotFound out of reach.

    `seen`: what the form showed of `CaseFile.judged`, for acts that judge the present state; another
    act in between is ChangedMeanwhile. `receiving`: the school asked to take the child may act too.
    """
    at_hand = _opened(act, reference, child_id, receiving)
    # A file that this act would open was shown as none.
    judged = 0 if at_hand.case.pending_events else at_hand.case.file.judged
    if seen is not None and seen != judged:
        raise ChangedMeanwhile(STALE, child=child_id, seen=seen, now=judged)
    return at_hand


def take_up_fact(
    act: Act, reference: Reference, child_id: str, no: int, *, written: int | None = None
) -> AtHand:
    """The file, to correct or void fact `no`; `written`: the version of it that the form showed."""
    at_hand = _opened(act, reference, child_id, receiving=False)
    now = at_hand.case.file.written.get(no, 0)
    if written is not None and written != now:
        raise ChangedMeanwhile("这条记录已被他人更正，请核对后再改", child=child_id, seen=written, now=now)
    return at_hand


def _opened(act: Act, reference: Reference, child_id: str, receiving: bool) -> AtHand:
    today = day_of(act.recorded_at)
    try:
        child = children_of(act, {child_id: ()})[child_id]
    except RuleBroken as unknown:
        raise _not_found(child_id) from unknown
    place, reach = place_on(child.places, today), reach_now(act, reference, today)
    case = cases_of(act, {child_id: child})[child_id]
    theirs = place is not None and reach.holds(child_id, place)
    # A receiving school that has merged is stood for by its successor.
    receiver = reference.units.standing(receiver_of(case.file), today) if receiving else ""
    if not theirs and receiver not in reach.schools:
        raise _not_found(child_id)
    return AtHand(case, child, today, reference, reach)


def reach_now(act: Act, reference: Reference, day: Day) -> Reach:
    """What the actor sees today in the post acted in, which must be held."""
    actor = act.actor
    return reach_for(
        act.conn, act.id, reference.units, login=actor.account, post=actor.post, unit=actor.unit, day=day
    )


def _not_found(child_id: str) -> NotFound:
    return NotFound("没有这名学生", child=child_id)


def record(
    act: Act,
    at_hand: AtHand,
    ledger: str,
    fact: Fact,
    *,
    taken: str,
    room: Mapping[str, str] | None = None,
) -> Reply:
    """Records a new fact. `taken` is said when another holds the same key: no page corrects silently.

    `room`: grade and klass at the school to which the fact moves the child.
    """
    _check_day(at_hand, fact)
    case = at_hand.case
    held = case.file.ledgers[ledger]
    no = held.find(fact.key)
    if no is not None and held.live[no]["mark"] != fact.mark:
        raise RuleBroken(taken, no=no)
    if no is None and any(held.voided[each]["mark"] == fact.mark for each in held.voided_with(fact.key)):
        # A workbook's row that comes again still means the fact that was voided; a person means a new one.
        fact = replace(fact, mark=act.mark(f"{fact.mark} {act.id}"))
    verdict = case.take(ledger, [fact])[0]
    if verdict.verb == REFUSED:
        raise RuleBroken(verdict.note)
    if verdict.verb != UNCHANGED:
        save(act, at_hand, room)
    return {"child": case.child_id, "no": verdict.no, "verb": verdict.verb}


def correct(act: Act, at_hand: AtHand, ledger: str, no: int, fact: Fact, reason: str) -> Reply:
    """Corrects a fact with a reason; both versions stay in the history."""
    _need_reason(reason)
    _check_day(at_hand, fact)
    changed = at_hand.case.correct(ledger, no, fact, reason.strip())
    if changed:
        save(act, at_hand)
    return {"child": at_hand.case.child_id, "no": no, "verb": "corrected" if changed else UNCHANGED}


def void(act: Act, at_hand: AtHand, ledger: str, no: int, reason: str) -> Reply:
    """Voids a fact with a reason; it stays in the history."""
    _need_reason(reason)
    at_hand.case.void(ledger, no, reason.strip())
    save(act, at_hand)
    return {"child": at_hand.case.child_id, "no": no, "verb": "voided"}


def save(act: Act, at_hand: AtHand, room: Mapping[str, str] | None = None) -> None:
    """Stores the file; the roster follows where an act moves the child (复学, 转入接收), into `room`."""
    moves = any(isinstance(event, MOVING) for event in at_hand.case.pending_events)
    act.save(at_hand.case)
    if moves:
        change = RosterChange(act, at_hand.reference.units)
        change.load([at_hand.case.child_id])
        follow_case(change, act, at_hand.case, room or {})
        change.write()


def _check_day(at_hand: AtHand, fact: Fact) -> None:
    fault = date_fault(fact, at_hand.child, at_hand.today)
    if fault:
        raise BadInput(fault)


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise BadInput("请填写更正或作废的原因")
