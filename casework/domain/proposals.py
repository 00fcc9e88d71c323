"""What a proposal must carry, the day it may enter the history, when it no longer stands (申报审批).

Closing reasons and the evidence each needs are county data (dictionaries); the term of a deferral is
policy. That from 疑似辍学 and 辍学 nobody is taught at home without three papers is the national rule.
"""

from collections.abc import Mapping
from typing import Any

from casework.domain import statuses as s
from casework.domain.case_file import STATUSES, CaseFile
from casework.domain.policy import DeferralTerm, Dictionaries
from casework.domain.timeline import StatusEntry, in_order
from casework.domain.values import Day, days_between

PROPOSED = (s.CLOSED, s.SUSPENDED, s.DEFERRED, s.HOME_TEACHING)
"""The changes that a second person approves, as pages offer them."""

_LONGEST_NUMBER = 100
_HOME_PAPERS = {"application": "监护人申请编号", "opinion": "专家委员会意见编号"}


def papers_fault(
    body: Mapping[str, Any], private: Mapping[str, str], words: Dictionaries, term: DeferralTerm
) -> str:
    """What a proposal lacks; "" when it is complete. `evidence` is a number, `papers` a description."""
    change, evidence = body["change"], body.get("evidence", "")
    if len(evidence) > _LONGEST_NUMBER:
        return f"编号太长（最多 {_LONGEST_NUMBER} 字）；其他内容请写在说明里"
    if change == s.CLOSED:
        return _closing_fault(body.get("reason", ""), evidence or private.get("papers", ""), words)
    if s.status_of(change) == s.DEFERRED:
        return term_fault(body["on"], body.get("until", ""), evidence, term)
    if change == s.HOME_TEACHING:
        lacking = [name for field, name in _HOME_PAPERS.items() if not private.get(field)]
        lacking += [] if evidence else ["县级批准文号"]
        return f"由疑似辍学或辍学转送教上门，还缺：{'、'.join(lacking)}" if lacking else ""
    return f"“{s.CHANGE_NAMES[change]}”不需要申报，请直接登记"


def _closing_fault(reason: str, evidence: str, words: Dictionaries) -> str:
    if reason not in words.closing_reasons:
        return f"请选择销号原因，可选：{'、'.join(words.closing_reasons)}"
    needed = words.closing_reasons[reason]
    if needed and not evidence:
        return f"以“{reason}”销号须有{needed}：请填写它的编号，没有编号的写明是什么材料"
    return ""


def outcome_fault(outcome: str, before: str, words: Dictionaries) -> str:
    """What is wrong with how the verification of a lead ended (核查结果); only a lead has one."""
    if before != s.VERIFYING:
        return "只有待核查的线索才有核查结果" if outcome else ""
    if not outcome:
        return "核查有了结论，请填写核查结果"
    if outcome not in words.verification_outcomes:
        return f"核查结果“{outcome[:40]}”不在可选范围内，可选：{'、'.join(words.verification_outcomes)}"
    return ""


def term_fault(on: Day, until: Day, evidence: str, term: DeferralTerm) -> str:
    """Why a deferral cannot run so; "" when it can."""
    if not evidence:
        return "请填写批准文件的编号"
    if not until:
        return "请填写批准到哪一天止"
    if until < on:
        return f"截止日期 {until} 早于起始日期 {on}，请核对"
    if days_between(on, until) > term.max_days:
        return f"一次最长批准 {term.max_days} 天，{on} 起到 {until} 超过了；到期前可以再续办"
    return ""


def entry_day_fault(stated: Day, until: Day, on: Day, decided_on: Day) -> str:
    """Why an approval may not enter the history on a day: it is between the stated day and the decision."""
    if on < stated:
        return f"生效日期 {on} 早于申报的日期 {stated}"
    if on > decided_on:
        return f"生效日期 {on} 在将来（今天是 {decided_on}）"
    return f"生效日期 {on} 已过截止日期 {until}" if until and on > until else ""


def entry_day(change: str, stated: Day, decided_on: Day) -> Day:
    """The day an approval enters the history unless the approver says another.

    A closure holds from its decision: until then the child was on the list. A deferral and 送教上门 hold
    from the day their paper names.
    """
    return decided_on if change == s.CLOSED else stated


def moved_since(file: CaseFile, no: int) -> str:
    """What became of the status after proposal `no` was made, as a refusal; "" when nothing did.

    The table of moves alone would let a child who dropped out meanwhile be closed as 复学稳定.
    """
    ledger = file.ledgers[STATUSES]
    if not any(file.written[each] > no for each in (*ledger.live, *ledger.voided)):
        return ""
    last = _last(file)
    now = f"现在最后一条是“{last}”" if last else "现在没有状态登记"
    return f"申报以后，这个学生的状态登记又有变动（{now}），不能再批准；请退回，由申报人核对后重新申报"


def _last(file: CaseFile) -> StatusEntry | None:
    entries = in_order(file.entries.values())
    return entries[-1] if entries else None
