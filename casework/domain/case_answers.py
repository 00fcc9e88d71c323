"""Events of a child's file that ask for another's answer, and the answers (申报审批、转入申请、免办).

The other half of the vocabulary of `StudentCase`; the facts themselves stand in `case_events`.
"""

from collections.abc import Sequence

from casework.domain.case_events import Event, Private, StatusRecorded, register_events
from casework.domain.values import Day


class StatusProposed(Event):
    """申报: a status act that waits for a second person (销号, 缓学休学, 转送教上门).

    `on` is the day from which it should hold, `proposed_on` the day it was asked for, `by` the
    proposer's login: who proposes never approves.
    """

    TOPIC = "case.StatusProposed"
    on: Day
    proposed_on: Day
    by: str
    change: str
    causes: Sequence[str] = ()
    lost_type: str = ""
    placement: str = ""
    school: str = ""
    until: Day = ""
    reason: str = ""
    evidence: str = ""
    outcome: str = ""
    private: Private = None


class StatusApproved(StatusRecorded):
    """批准: proposal `proposal` enters the history as this entry."""

    TOPIC = "case.StatusApproved"
    proposal: int = 0
    decided_on: Day = ""
    by: str = ""


class ProposalDeclined(Event):
    """不予批准: proposal `no` was declined, with a reason."""

    TOPIC = "case.ProposalDeclined"
    no: int
    decided_on: Day
    by: str
    private: Private = None


class ProposalWithdrawn(Event):
    """撤回申报: proposal `no` was taken back by the side that made it."""

    TOPIC = "case.ProposalWithdrawn"
    no: int
    decided_on: Day
    by: str
    private: Private = None


class DutyExcused(Event):
    """免办: the level above excuses the duty named `key` from a day on, with a reason."""

    TOPIC = "case.DutyExcused"
    key: str
    on: Day
    private: Private = None


class DutyExcuseVoided(Event):
    """撤销免办: excuse `no` of the duty named `key` is taken back; the duty stands as if never excused."""

    TOPIC = "case.DutyExcuseVoided"
    no: int
    key: str
    on: Day
    private: Private = None


class TransferAsked(Event):
    """申请转入: a school asks for the child; the sending school releases or declines."""

    TOPIC = "case.TransferAsked"
    school: str
    on: Day
    private: Private = None


class TransferAskEnded(Event):
    """转入申请结束: ask `no` was declined or withdrawn; a release ends it by the 转出 itself."""

    TOPIC = "case.TransferAskEnded"
    no: int
    on: Day
    how: str
    private: Private = None


register_events(vars())
