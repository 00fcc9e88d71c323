"""缺勤: a class teacher or school office records an absence and its end, and reports it upwards.

Absences never go stale: two people who tell of the same day say the same thing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from casework.commands import one_child
from casework.commands.one_child import AtHand
from casework.commands.rights import needs
from casework.domain.case_file import ABSENCES, REPORTS
from casework.domain.ledger import Fact, fact_of
from casework.domain.permissions import RECORD_ABSENCE
from casework.domain.values import FOREVER, Day
from casework.errors import BadInput, RuleBroken
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.store import Reply

CAME_BACK = "登记返校"
"""The reason kept with the act that ends an absence."""


@dataclass(frozen=True, kw_only=True)
class Absence:
    """An absence as typed. `until`: the last day absent, "" while the child is away.

    `private`: why, recorder, note.
    """

    on: Day
    until: Day = ""
    private: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class AbsenceReport:
    """辍学（疑似辍学）学生情况报告表. `private`: situation, measures, destination, recorder."""

    on: Day
    private: Mapping[str, str] = field(default_factory=dict)


@needs(RECORD_ABSENCE)
def record_absence(act: Act, reference: Reference, *, child_id: str, absence: Absence) -> Reply:
    """Records an absence. Reply: child, no, verb."""
    at_hand = one_child.take_up(act, reference, child_id)
    _check(at_hand, absence)
    taken = "这一天开始的缺勤已经登记过；如要改它，请打开那条缺勤更正"
    return one_child.record(act, at_hand, ABSENCES, _fact(act, absence), taken=taken)


@needs(RECORD_ABSENCE)
def end_absence(act: Act, reference: Reference, *, child_id: str, no: int, absence: Absence) -> Reply:
    """登记返校: absence `no` now has its last day."""
    at_hand = one_child.take_up(act, reference, child_id)
    if not absence.until:
        raise BadInput("请填写缺勤的最后一天")
    if at_hand.case.file.ledgers[ABSENCES].live.get(no, {}).get("until"):
        raise RuleBroken("这条缺勤已经登记过返校；日期不对的，请更正", no=no)
    _check(at_hand, absence, no)
    return one_child.correct(act, at_hand, ABSENCES, no, _fact(act, absence), CAME_BACK)


@needs(RECORD_ABSENCE)
def correct_absence(
    act: Act, reference: Reference, *, child_id: str, no: int, absence: Absence, reason: str
) -> Reply:
    """Corrects absence `no`; both versions stay."""
    at_hand = one_child.take_up(act, reference, child_id)
    _check(at_hand, absence, no)
    return one_child.correct(act, at_hand, ABSENCES, no, _fact(act, absence), reason)


@needs(RECORD_ABSENCE)
def void_absence(act: Act, reference: Reference, *, child_id: str, no: int, reason: str) -> Reply:
    """Voids absence `no`: the child was there."""
    at_hand = one_child.take_up(act, reference, child_id)
    return one_child.void(act, at_hand, ABSENCES, no, reason)


@needs(RECORD_ABSENCE)
def report_absence(act: Act, reference: Reference, *, child_id: str, report: AbsenceReport) -> Reply:
    """上报情况报告表: the school tells township and bureau. One a day."""
    at_hand = one_child.take_up(act, reference, child_id)
    if not report.private.get("situation", "").strip():
        raise BadInput("请写明离校情况")
    fact = fact_of(report.on, {"on": report.on}, report.private, act.mark)
    taken = "这一天已经报过一份情况报告表；写错的请作废后再报"
    return one_child.record(act, at_hand, REPORTS, fact, taken=taken)


@needs(RECORD_ABSENCE)
def void_report(act: Act, reference: Reference, *, child_id: str, no: int, reason: str) -> Reply:
    """Voids report `no`."""
    at_hand = one_child.take_up(act, reference, child_id)
    return one_child.void(act, at_hand, REPORTS, no, reason)


def _fact(act: Act, absence: Absence) -> Fact:
    body = {"on": absence.on, "until": absence.until}
    return fact_of(absence.on, body, absence.private, act.mark)


def _check(at_hand: AtHand, absence: Absence, own: int = 0) -> None:
    """The days follow each other, have come, and lie in no other absence."""
    if absence.until and absence.until < absence.on:
        raise BadInput(f"最后一天 {absence.until} 早于开始的 {absence.on}")
    if absence.until > at_hand.today:
        raise BadInput(f"最后一天 {absence.until} 还没到；仍未到校的，请留空")
    for no, body in at_hand.case.file.ledgers[ABSENCES].live.items():
        until = body.get("until") or FOREVER
        if no != own and body["on"] != absence.on:
            if absence.on <= until and body["on"] <= (absence.until or FOREVER):
                ended = f"到 {until} " if until < FOREVER else "，还没有登记返校"
                raise RuleBroken(f"与另一条缺勤重叠（自 {body['on']} 起{ended}），请先核对那一条", no=no)
