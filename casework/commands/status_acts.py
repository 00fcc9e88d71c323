"""状态登记: a school, township or the county records a change of status, corrects it, or voids it.

What needs a second person is asked for and approved elsewhere (申报审批), and a transfer has its own
acts: here both are refused with the way to go.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from casework.commands import one_child
from casework.commands.one_child import AtHand
from casework.commands.rights import needs
from casework.domain import statuses as s
from casework.domain.case_file import STATUSES
from casework.domain.ledger import Fact, fact_of
from casework.domain.permissions import RECORD_STATUS
from casework.domain.status_rules import status_faults
from casework.domain.timeline import StatusEntry, status_on
from casework.domain.values import Day
from casework.errors import BadInput, RuleBroken
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.store import Reply

TRANSFERS = frozenset({s.TRANSFERRING, *s.TRANSFER_ENDINGS})
"""Changes that belong to the acts of a transfer."""

_TAKEN = "这个学生在同一天已有同样的状态登记；如要改它，请打开那条登记更正"


@dataclass(frozen=True, kw_only=True)
class StatusAct:
    """One act on the status as typed. `causes`: primary first; `outcome`: how a verification ended.

    `school`: where a returning child now goes, "" for its own school.
    `private`: destination, why, note, recorder, approver.
    """

    on: Day
    change: str
    causes: tuple[str, ...] = ()
    lost_type: str = ""
    placement: str = ""
    school: str = ""
    until: Day = ""
    reason: str = ""
    evidence: str = ""
    outcome: str = ""
    private: Mapping[str, str] = field(default_factory=dict)

    def with_note(self, note: str) -> "StatusAct":
        """The same act with a note (备注), which pages do not ask for but workbooks carry."""
        return replace(self, private={**self.private, "note": note}) if note else self

    @property
    def body(self) -> dict[str, Any]:
        """The clear part, as a workbook's row would say it; pages alone add a verification's outcome."""
        said = {name: value for name, value in asdict(self).items() if name not in ("private", "outcome")}
        said |= {"causes": list(self.causes), "approved": False}
        return said | ({"outcome": self.outcome} if self.outcome else {})


@needs(RECORD_STATUS)
def record_status(
    act: Act, reference: Reference, *, child_id: str, status: StatusAct, seen: int | None = None
) -> Reply:
    """Records one change of status. `seen`: what the form showed. Reply: child, no, verb."""
    at_hand = one_child.take_up(act, reference, child_id, seen=seen)
    entries = list(at_hand.case.file.entries.values())
    _check(at_hand, entries, status)
    return one_child.record(act, at_hand, STATUSES, _fact(act, status), taken=_TAKEN)


@needs(RECORD_STATUS)
def correct_status(
    act: Act,
    reference: Reference,
    *,
    child_id: str,
    no: int,
    status: StatusAct,
    reason: str,
    seen: int | None = None,
) -> Reply:
    """Corrects entry `no`; the whole history is judged with it, and both versions stay."""
    at_hand = one_child.take_up(act, reference, child_id, seen=seen)
    held = at_hand.case.file.entries.get(no)
    if held is not None and (held.approved or held.change in TRANSFERS):
        how = "经过审批" if held.approved else "是转学登记"
        raise RuleBroken(f"这条登记{how}，不能直接更正；确属误登的，请作废后重新办理", no=no)
    others = [entry for entry in at_hand.case.file.entries.values() if entry.no != no]
    _check(at_hand, others, status)
    return one_child.correct(act, at_hand, STATUSES, no, _fact(act, status), reason)


@needs(RECORD_STATUS)
def void_status(
    act: Act, reference: Reference, *, child_id: str, no: int, reason: str, seen: int | None = None
) -> Reply:
    """Voids entry `no`: it never counted. Refused when what follows would no longer fit."""
    at_hand = one_child.take_up(act, reference, child_id, seen=seen)
    return one_child.void(act, at_hand, STATUSES, no, reason)


def _fact(act: Act, status: StatusAct) -> Fact:
    key = f"{status.on} {status.change}"
    return fact_of(key, status.body, status.private, act.mark)


def _check(at_hand: AtHand, others: list[StatusEntry], status: StatusAct) -> None:
    """What a page may enter by one person's hand, and what it must say."""
    if status.change not in s.CHANGE_NAMES:
        raise BadInput("请选择要登记的变化")
    if status.change in TRANSFERS:
        raise RuleBroken("转学请在“转学”里办理：由原学校转出、接收学校接收", change=status.change)
    before = status_on(others, status.on)
    if s.needs_approval(status.change, before):
        name = s.CHANGE_NAMES[status.change]
        raise RuleBroken(f"“{name}”须申报，由另一人审批，不能直接登记", change=status.change)
    reference = at_hand.reference
    words = reference.dictionaries(status.on)
    destination = status.private.get("destination", "")
    for fault in status_faults(status.body, destination, words, reference.units):
        raise BadInput(fault.why, field=fault.field)
    _check_said(status, before)


def _check_said(status: StatusAct, before: str) -> None:
    """What a person who enters it on a page knows, and must say."""
    after = s.status_of(status.change)
    if after == s.DROPPED_OUT and not (status.causes and status.lost_type):
        raise BadInput("登记辍学须填写主要原因和失学类型")
    if after == s.RETURNED and not status.placement:
        raise BadInput("登记复学须填写安置方式")
    if status.outcome and before != s.VERIFYING:
        raise RuleBroken("只有待核查的线索才有核查结果", before=before)
    if before == s.VERIFYING and after != s.VERIFYING and not status.outcome:
        raise BadInput("核查有了结论，请填写核查结果")
