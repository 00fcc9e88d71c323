"""转学: asked for by the receiving school, released by the sender, accepted, refused or withdrawn.

A child with an open status is released (转出) and stays the sender's until the receiver accepts. A child
without one has nothing to hand over but its place on the roster: the sender agrees to a school's asking,
and the child moves that day. A child in 疑似辍学 or 辍学 can not be in transfer: once it sits at the new
school, 复学 there moves it.
"""

from collections.abc import Mapping

from casework.commands import one_child
from casework.commands.one_child import AtHand
from casework.commands.rights import needs
from casework.domain import statuses as s
from casework.domain.case_file import APPROVED, DECLINED, MOVED, STATUSES, receiver_of
from casework.domain.ledger import UNCHANGED, fact_of
from casework.domain.permissions import TRANSFER, Reach
from casework.domain.places import place_on
from casework.domain.units import SCHOOL, Units
from casework.domain.values import Day
from casework.errors import BadInput, NotFound, RuleBroken
from casework.projections.reference import Reference
from casework.projections.transfer_requests import end_requests, open_requests
from casework.store.act import Act
from casework.store.store import Reply

OUT_OF_SCHOOL = "该生现在是“{status}”，不能办理转学；孩子到新学校上课后，登记“复学”并选新学校，个案随之转过去"
_TAKEN = "同一天已有一条“{word}”登记；请改用另一天，或先更正那一条"
_VOIDED = "与一条已作废的登记完全一样；如果这次是真的，请在说明里写一句"
_BY_ASKING = "该生没有未销号的个案，不用转出：请接收学校在“转学”页申请，您同意后学生从那天起转到该校"
_ELSEWHERE = "该生没有未销号的个案；转往县外的，请在花名册里把就读情况改为“县外就读”"


def answers_for(units: Units, reach: Reach, school: str, day: Day) -> bool:
    """Whether somebody of this reach acts for a school: the school, its 学区, its county; once merged,
    those of the school that took it over."""
    return units.standing(school, day) in reach.schools or units.county_of(school) in reach.counties


@needs(TRANSFER)
def release_transfer(
    act: Act,
    reference: Reference,
    *,
    child_id: str,
    on: Day,
    school: str = "",
    destination: str = "",
    why: str = "",
    seen: int | None = None,
) -> Reply:
    """转出 to a school of the county, or outside it with 去向. Ends that school's asking as agreed."""
    at_hand = _sending(act, reference, child_id, seen)
    _check_receiver(at_hand, school, destination, on)
    status = at_hand.case.file.status
    if status in s.OUT:
        raise RuleBroken(OUT_OF_SCHOOL.format(status=s.STATUS_NAMES[status]), child=child_id)
    if status in ("", s.CLOSED):
        return _move(act, at_hand, school, on, why)
    _answer(act, at_hand, school, APPROVED, on, why)
    said = {"destination": "" if school else destination.strip(), "why": why.strip()}
    return _enter(act, at_hand, s.TRANSFERRING, on, {"school": school}, said)


@needs(TRANSFER)
def decline_asking(
    act: Act, reference: Reference, *, child_id: str, school: str, why: str, seen: int | None = None
) -> Reply:
    """The sender does not agree to a school's asking, and says why."""
    at_hand = _sending(act, reference, child_id, seen)
    if not why.strip():
        raise BadInput("请写明不同意的原因，申请学校会看到")
    if not _answer(act, at_hand, school, DECLINED, at_hand.today, why):
        raise RuleBroken("这项转入申请已经办结，请刷新后再看", child=child_id)
    one_child.save(act, at_hand)
    return {"child": child_id, "verb": DECLINED}


@needs(TRANSFER)
def withdraw_transfer(
    act: Act, reference: Reference, *, child_id: str, on: Day, why: str = "", seen: int | None = None
) -> Reply:
    """转出撤回: the sender keeps the child, in the status held before."""
    at_hand = _sending(act, reference, child_id, seen)
    _under_way(at_hand)
    return _enter(act, at_hand, s.TRANSFER_WITHDRAWN, on, {}, {"why": why.strip()})


@needs(TRANSFER)
def accept_transfer(
    act: Act,
    reference: Reference,
    *,
    child_id: str,
    on: Day,
    grade: str = "",
    klass: str = "",
    why: str = "",
    seen: int | None = None,
) -> Reply:
    """转入接收: from that day the child and its file are the receiving school's, in the status before."""
    at_hand, receiver = _receiving(act, reference, child_id, seen)
    _answer(act, at_hand, receiver, APPROVED, on, why)
    room = {name: text for name, text in (("grade", grade.strip()), ("klass", klass.strip())) if text}
    body = {"school": receiver}
    return _enter(act, at_hand, s.TRANSFER_ACCEPTED, on, body, {"why": why.strip()}, room)


@needs(TRANSFER)
def refuse_transfer(
    act: Act, reference: Reference, *, child_id: str, on: Day, why: str, seen: int | None = None
) -> Reply:
    """转入拒收, with the reason: the child stays the sender's, in the status before."""
    at_hand, _ = _receiving(act, reference, child_id, seen)
    if not why.strip():
        raise BadInput("请写明不能接收的原因，转出学校会看到")
    return _enter(act, at_hand, s.TRANSFER_REFUSED, on, {}, {"why": why.strip()})


def _sending(act: Act, reference: Reference, child_id: str, seen: int | None) -> AtHand:
    """The file, for somebody who acts for the school that has the child (the county, when none has)."""
    at_hand = one_child.take_up(act, reference, child_id, seen=seen)
    place = place_on(at_hand.child.places, at_hand.today)
    school = place.school if place else ""
    theirs = answers_for(reference.units, at_hand.reach, school, at_hand.today)
    if not theirs and not (place and place.county in at_hand.reach.counties):
        raise NotFound("没有这名学生", child=child_id)
    return at_hand


def _receiving(act: Act, reference: Reference, child_id: str, seen: int | None) -> tuple[AtHand, str]:
    """The file and the receiving school, for somebody who acts for that school."""
    at_hand = one_child.take_up(act, reference, child_id, seen=seen, receiving=True)
    receiver = receiver_of(at_hand.case.file)
    if receiver and not answers_for(reference.units, at_hand.reach, receiver, at_hand.today):
        raise RuleBroken("只有接收学校才能接收或拒收；转出学校可以撤回转出", child=child_id)
    _under_way(at_hand)
    if not receiver:
        raise RuleBroken("接收学校在县外：收到接收证明后，以“转学已接收”申报销号", child=child_id)
    _standing(at_hand, receiver)
    return at_hand, receiver


def _under_way(at_hand: AtHand) -> None:
    if at_hand.case.file.status != s.TRANSFERRING:
        raise RuleBroken("该生现在不在转学办理中，请刷新后再看", child=at_hand.case.child_id)


def _standing(at_hand: AtHand, school: str) -> None:
    """Refuses a school that was closed without another to take it over."""
    units = at_hand.reference.units
    stands = units.get(units.standing(school, at_hand.today))
    if stands is None or not stands.open_between(at_hand.today, at_hand.today):
        raise RuleBroken(
            f"接收学校{units.name(school)}已经停办，没有并入的学校：请转出学校撤回转出，另选接收学校",
            school=school,
        )


def _check_receiver(at_hand: AtHand, school: str, destination: str, on: Day) -> None:
    units, place = at_hand.reference.units, place_on(at_hand.child.places, on)
    if not school and not destination.strip():
        raise BadInput("请选择接收学校；转往县外的，写明去向")
    if not school:
        return
    unit = units.get(school)
    if unit is None or unit.kind != SCHOOL:
        raise BadInput("没有这个接收学校，请重新选择")
    if units.county_of(school) != (place.county if place else ""):
        raise BadInput("接收学校不在本县：请选“县外”，写明去向")
    if not unit.open_between(on, at_hand.today):
        stands = units.standing(school, at_hand.today)
        into = f"，已并入{units.name(stands)}，请改选该校" if stands != school else ""
        raise RuleBroken(f"{unit.name}已停办{into}", school=school)
    if place and place.school == school:
        raise BadInput(f"该生已在{unit.name}就读，不用转学")


def _move(act: Act, at_hand: AtHand, school: str, on: Day, why: str) -> Reply:
    """A child without an open status moves on the roster, by a school's asking and the sender's consent."""
    if not school:
        raise RuleBroken(_ELSEWHERE, child=at_hand.case.child_id)
    places = at_hand.child.places
    then, now = place_on(places, on), place_on(places, at_hand.today)
    if on > at_hand.today or then is None or now is None or then.school != now.school:
        raise BadInput(f"日期 {on} 不对：应在该生到现在的学校以后，且不晚于今天")
    if not _answer(act, at_hand, school, MOVED, on, why):
        raise RuleBroken(_BY_ASKING, child=at_hand.case.child_id)
    one_child.save(act, at_hand)
    return {"child": at_hand.case.child_id, "verb": MOVED}


def _answer(act: Act, at_hand: AtHand, school: str, how: str, on: Day, why: str) -> bool:
    """Ends this school's asking, if there is one, in the file and in the school's list."""
    case = at_hand.case
    asked = [no for no, body in case.file.open_asks().items() if body["school"] == school]
    private = {"why": why.strip()} if why.strip() else None
    for no in asked:
        case.end_asking(no, how, on=on, private=private)
    if asked:
        requests = open_requests(act, case.child_id, school)
        end_requests(act, requests, how, on=at_hand.today, answer=why.strip())
    return bool(asked)


def _enter(
    act: Act,
    at_hand: AtHand,
    change: str,
    on: Day,
    body: Mapping[str, str],
    said: Mapping[str, str],
    room: Mapping[str, str] | None = None,
) -> Reply:
    """Records one act of the transfer; the same act a second time that day is refused, whoever wrote it."""
    taken = _TAKEN.format(word=s.CHANGE_NAMES[change])
    key = f"{on} {change}"
    if at_hand.case.file.ledgers[STATUSES].find(key) is not None:
        raise RuleBroken(taken, child=at_hand.case.child_id)
    whole = {"on": on, "change": change, **{name: code for name, code in body.items() if code}}
    fact = fact_of(key, whole, said, act.mark)
    reply = one_child.record(act, at_hand, STATUSES, fact, taken=taken, room=room)
    if reply["verb"] == UNCHANGED:
        raise RuleBroken(_VOIDED, child=at_hand.case.child_id)
    return reply
