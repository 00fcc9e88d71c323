"""Every command about one child, with arguments that would do: no post gets another area's child by them.

A capability adds its commands here.
"""

from collections.abc import Callable
from typing import Any

from casework.commands.absences import (
    Absence,
    AbsenceReport,
    correct_absence,
    end_absence,
    record_absence,
    report_absence,
    void_absence,
    void_report,
)
from casework.commands.aid import correct_aid, record_aid, reverse_aid
from casework.commands.checks import Check, correct_check, record_check, void_check
from casework.commands.decisions import Decision, correct_decision, record_decision, void_decision
from casework.commands.duties import demand_duty, excuse_duty
from casework.commands.home_visits import Visit, correct_visit, record_visit, void_visit
from casework.commands.issue_letters import issue_letter, void_letter
from casework.commands.letter_service import Service, correct_service, record_attempt, record_service
from casework.commands.proposals import (
    Proposal,
    approve_status,
    decline_status,
    propose_status,
    withdraw_status,
)
from casework.commands.sessions import Session, correct_session, record_session, void_session
from casework.commands.status_acts import StatusAct, correct_status, record_status, void_status
from casework.commands.transfers import (
    accept_transfer,
    decline_asking,
    refuse_transfer,
    release_transfer,
    withdraw_transfer,
)
from casework.commands.village import confirm_child, give_lead
from casework.domain.aid import Grant

_ON = "2026-10-08"
_VISIT = Visit(on=_ON, mode="上门", outcome="犹豫", start="18:00", met=("家长",))
_STATUS = StatusAct(on=_ON, change="suspected")
_ABSENCE = Absence(on=_ON, until=_ON)
_CHECK = Check(on=_ON, present=True)
_PROPOSAL = Proposal(change="closed", on=_ON, reason="毕业", evidence="证1")
_SESSION = Session(on=_ON, start="09:00", tenths=30, private={"teachers": "x"})
_SERVICE = Service(on=_ON, mode="直接", private={"server": "x"})
_GRANT = Grant(year="2026-2027", term="秋", programme="nutrition", fen=100, on=_ON)
_DECISION = Decision(on=_ON, step="支持起诉", private={"why": "x"})
_WRONG = {"no": 2, "reason": "x"}

CALLS: list[tuple[Callable[..., dict[str, Any]], dict[str, Any]]] = [
    (record_visit, {"visit": _VISIT}),
    (correct_visit, {"visit": _VISIT, **_WRONG}),
    (void_visit, _WRONG),
    (confirm_child, {"found": "enrolled"}),
    (give_lead, {"words": "x"}),
    (record_status, {"status": _STATUS}),
    (correct_status, {"status": _STATUS, **_WRONG}),
    (void_status, _WRONG),
    (record_absence, {"absence": _ABSENCE}),
    (end_absence, {"absence": _ABSENCE, "no": 2}),
    (correct_absence, {"absence": _ABSENCE, **_WRONG}),
    (void_absence, _WRONG),
    (report_absence, {"report": AbsenceReport(on=_ON, private={"situation": "x"})}),
    (void_report, _WRONG),
    (record_check, {"check": _CHECK}),
    (correct_check, {"check": _CHECK, **_WRONG}),
    (void_check, _WRONG),
    (propose_status, {"proposal": _PROPOSAL}),
    (approve_status, {"no": 2, "on": _ON}),
    (decline_status, _WRONG),
    (withdraw_status, _WRONG),
    (record_session, {"session": _SESSION, "confirmed": True}),
    (correct_session, {"session": _SESSION, **_WRONG}),
    (void_session, _WRONG),
    (issue_letter, {"kind": "劝返复学通知书", "signer": "AS1-0"}),
    (void_letter, _WRONG),
    (record_service, {"no": 2, "service": _SERVICE}),
    (correct_service, {"service": _SERVICE, **_WRONG}),
    (record_attempt, {"no": 2, "attempt": _SERVICE}),
    (release_transfer, {"on": _ON, "school": "AS2"}),
    (decline_asking, {"school": "AS2", "why": "x"}),
    (withdraw_transfer, {"on": _ON}),
    (accept_transfer, {"on": _ON}),
    (refuse_transfer, {"on": _ON, "why": "x"}),
    (record_aid, {"grant": _GRANT}),
    (correct_aid, {"grant": _GRANT, **_WRONG}),
    (reverse_aid, _WRONG),
    (record_decision, {"decision": _DECISION}),
    (correct_decision, {"decision": _DECISION, **_WRONG}),
    (void_decision, _WRONG),
    (excuse_duty, {"key": "out.contact/2026-10-09", "reason": "x"}),
    (demand_duty, {"key": "out.contact/2026-10-09", "reason": "x"}),
]
"""Command and its arguments besides `child_id`."""
