"""开学核查: a school's office enters each class by name and head count and files the sheet.

What is filed is what was shown: a roster or a colleague's entry in between is told first. Nothing here
changes a status: from a 未报到 the office goes on to record 疑似 or 待核查 itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from casework.commands.rights import needs
from casework.commands.school_at_hand import school_at_hand
from casework.domain.permissions import SCHOOL_YEAR
from casework.domain.roll_call import ABSENT, MARKS, RollCall, roll_call_id
from casework.domain.school_year import check_term
from casework.domain.values import Day, day_of
from casework.errors import BadInput, ChangedMeanwhile, NotFound, RuleBroken
from casework.projections.reference import Reference
from casework.projections.roll_call_sheet import ClassSheet, SchoolSheet, sheet_of
from casework.store.act import Act
from casework.store.store import Reply

STALE_CLASS = "这个班的名单或核查情况刚有变动，没有保存；请核对下面现在的情况，再保存一次"
STALE_SHEET = "核查表在您核对期间有变动（名册或某个班的登记），没有上报；请核对现在的数字后再上报"


@dataclass(frozen=True)
class ChildMark:
    """What the office says of one child that is not in class: why, 核查结果 of a 未报到, words."""

    child_id: str
    mark: str
    outcome: str = ""
    note: str = ""


@dataclass(frozen=True)
class _AtHand:
    """The sheet under the lock."""

    file: RollCall
    sheet: SchoolSheet


def _take_up(act: Act, reference: Reference, school: str, term: Day) -> _AtHand:
    today = day_of(act.recorded_at)
    school_at_hand(act, reference, school)
    check_term(reference.weekly(today), term, today)
    file = act.find(RollCall, roll_call_id(school, term))
    policy = reference.school_year(term)
    sheet = sheet_of(act.conn, act.id, reference.units, policy, school, term, today, file)
    return _AtHand(file or RollCall.open(school, term), sheet)


@needs(SCHOOL_YEAR)
def enter_class(
    act: Act,
    reference: Reference,
    *,
    school: str,
    term: Day,
    grade: str,
    klass: str,
    present: int,
    marks: Sequence[ChildMark],
    seen: str,
) -> Reply:
    """Saves one class: its head count and every child that is not there; whoever is not named is 实到."""
    at_hand = _take_up(act, reference, school, term)
    found = at_hand.sheet.of(grade, klass)
    if found is None:
        raise NotFound("核查表里没有这个班", school=school)
    if found.seen() != seen:
        raise ChangedMeanwhile(STALE_CLASS, school=school)
    named = _named(act, reference, found, marks)
    if not 0 <= present <= 9999:
        raise BadInput("实到人数应是 0 或以上的整数")
    for seat in found.seats:
        said = named.get(seat.child_id, ChildMark(seat.child_id, ""))
        note_mark = act.keys.hmac("roll call note", said.note)[:16] if said.note else ""
        at_hand.file.mark(seat.child_id, said.mark, outcome=said.outcome, note=said.note, note_mark=note_mark)
    at_hand.file.count(grade, klass, present)
    act.save(at_hand.file)
    return {"school": school, "term": term}


def _named(
    act: Act, reference: Reference, found: ClassSheet, marks: Sequence[ChildMark]
) -> dict[str, ChildMark]:
    """The marks by child, each of this class and in the county's words."""
    allowed = reference.dictionaries(day_of(act.recorded_at)).verification_outcomes
    here = {seat.child_id for seat in found.seats}
    for each in marks:
        if each.child_id not in here:
            raise NotFound("这个班没有这名学生", child=each.child_id)
        if each.mark not in MARKS:
            raise BadInput(f"未到的情况请在这些里选：{'、'.join(MARKS.values())}")
        if each.outcome and each.mark != ABSENT:
            raise BadInput("只有未报到的学生填核查结果，请核对")
        if each.outcome and each.outcome not in allowed:
            raise BadInput(f"核查结果请在这些里选：{'、'.join(allowed)}")
    return {each.child_id: each for each in marks}


@needs(SCHOOL_YEAR)
def file_roll_call(act: Act, reference: Reference, *, school: str, term: Day, seen: str) -> Reply:
    """上报 the sheet as shown. Refused, class by class, while it does not add up."""
    at_hand = _take_up(act, reference, school, term)
    if not at_hand.sheet.classes:
        raise RuleBroken("本校这个学期第一天的名册上没有学生，没有可核查的；请先导入花名册", school=school)
    if at_hand.sheet.seen() != seen:
        raise ChangedMeanwhile(STALE_SHEET, school=school)
    at_hand.file.file(at_hand.sheet.counts())
    act.save(at_hand.file)
    return {"school": school, "term": term, "no": at_hand.file.filed}


@needs(SCHOOL_YEAR)
def reopen_roll_call(act: Act, reference: Reference, *, school: str, term: Day, reason: str) -> Reply:
    """Opens a filed sheet for correction; what was filed stays in the history."""
    if not reason.strip():
        raise BadInput("请写明为什么要更正")
    at_hand = _take_up(act, reference, school, term)
    at_hand.file.reopen(reason.strip())
    act.save(at_hand.file)
    return {"school": school, "term": term}
