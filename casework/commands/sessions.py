"""送教上门记录: a session taught at home is recorded, corrected or voided with a reason.

A session of a child who was not in 送教上门 that day asks once more; it is taken when confirmed, for the
placement may be recorded late.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from casework.commands import one_child
from casework.commands.rights import needs
from casework.domain.case_file import SESSIONS, CaseFile
from casework.domain.ledger import Fact, fact_of
from casework.domain.permissions import RECORD_SESSION
from casework.domain.statuses import HOME_TEACHING, STATUS_NAMES
from casework.domain.values import Day
from casework.errors import BadInput, RuleBroken
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.store import Reply


class NotTaughtAtHome(RuleBroken):
    """The child was not in 送教上门 on the session's day; confirmed, it is taken all the same."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """One session as typed. `start`, `end`: `HH:MM`; `tenths`: teaching time in tenths of a 课时.

    `private`: teachers, content, response, homework, recorder, note.
    """

    on: Day
    start: str
    tenths: int
    end: str = ""
    signed: bool = False
    private: Mapping[str, str] = field(default_factory=dict)


_MOST_TENTHS = 240
_TAKEN = "这个学生在同一天同一时间已有一条送教记录；如要改它，请打开那条记录更正"


@needs(RECORD_SESSION)
def record_session(
    act: Act, reference: Reference, *, child_id: str, session: Session, confirmed: bool = False
) -> Reply:
    """Records a session. Reply: child, no, verb. Raises NotTaughtAtHome unless `confirmed`."""
    at_hand = one_child.take_up(act, reference, child_id)
    if not confirmed:
        _check_placed(at_hand.case.file, session.on)
    return one_child.record(act, at_hand, SESSIONS, _fact(act, session), taken=_TAKEN)


@needs(RECORD_SESSION)
def correct_session(
    act: Act, reference: Reference, *, child_id: str, no: int, session: Session, reason: str
) -> Reply:
    """Corrects session `no`; both versions stay."""
    at_hand = one_child.take_up(act, reference, child_id)
    return one_child.correct(act, at_hand, SESSIONS, no, _fact(act, session), reason)


@needs(RECORD_SESSION)
def void_session(act: Act, reference: Reference, *, child_id: str, no: int, reason: str) -> Reply:
    """Voids session `no`, which did not take place as written."""
    at_hand = one_child.take_up(act, reference, child_id)
    return one_child.void(act, at_hand, SESSIONS, no, reason)


def status_on(file: CaseFile, day: Day) -> str:
    """The status held on a day, "" before the first."""
    held = [span.status for span in file.spans() if span.valid_from <= day]
    return held[-1] if held else ""


def _check_placed(file: CaseFile, day: Day) -> None:
    status = status_on(file, day)
    if status != HOME_TEACHING:
        name = STATUS_NAMES[status] if status else "没有登记状态"
        raise NotTaughtAtHome(f"{day} 这一天，这个学生的状态是“{name}”，不是送教上门", day=day)


def _fact(act: Act, session: Session) -> Fact:
    if session.end and session.end < session.start:
        raise BadInput(f"结束时间 {session.end} 早于开始时间 {session.start}")
    if not 0 < session.tenths <= _MOST_TENTHS:
        raise BadInput("课时应大于 0，一次不超过 24 课时")
    if not session.private.get("teachers", "").strip():
        raise BadInput("请写上送教教师")
    body = {name: value for name, value in asdict(session).items() if name != "private"}
    return fact_of(f"{session.on} {session.start}", body, session.private, act.mark)
