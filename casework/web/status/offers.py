"""Which changes of status a case page offers, and why the others are not possible now."""

from collections.abc import Iterator

from casework.domain import statuses as s
from casework.domain.permissions import RECORD_STATUS
from casework.domain.timeline import Span
from casework.web.cases.offer import Asked, Offer

DIRECT = (
    *(s.SUSPECTED, s.DROPPED_OUT, s.RELAPSED, s.RETURNED),
    *(s.WATCH, s.VERIFYING, s.REOPENED, s.HOME_TEACHING),
)
"""Changes one person records, in the order they are offered; what is approved and what moves a child to
another school's list are offered by their own capabilities."""

LABELS = {
    s.SUSPECTED: "登记疑似辍学",
    s.DROPPED_OUT: "登记辍学",
    s.RELAPSED: "登记再辍",
    s.RETURNED: "登记复学",
    s.WATCH: "改为重点关注",
    s.VERIFYING: "转待核查",
    s.REOPENED: "重开个案",
    s.HOME_TEACHING: "登记送教上门",
}
_AGAIN = {
    s.SUSPECTED: "更新原因",
    s.DROPPED_OUT: "更新原因",
    s.RETURNED: "更新安置方式",
}
_HINTS = {
    s.TRANSFERRING: "正在办转学：要等接收学校接收、拒收，或原学校撤回",
    s.CLOSED: "已销号：要先重开",
    s.DROPPED_OUT: "已是辍学：只能复学、送教上门、缓学休学或销号；登记错了的，请更正那条登记",
    s.SUSPECTED: "现在是疑似辍学：可以确认辍学、登记复学，或核实不是辍学后改为重点关注",
    "": "还没有登记过离校，无从复学",
}


def offers(asked: Asked) -> Iterator[Offer]:
    """The changes that fit today's status; the others with their reason."""
    if not asked.viewer.may(RECORD_STATUS):
        return
    for change in offered_words(asked.status, asked.spans):
        label = LABELS[change]
        again = s.status_of(change) == asked.status
        if again and asked.status not in _AGAIN:
            continue
        why = "" if again else why_not(asked.status, change)
        yield Offer(_AGAIN[asked.status] if again else label, address(asked.child_id, change), why)
    yield Offer("登记更早的状态", f"/cases/{asked.child_id}/status/new")


def offered_words(status: str, spans: list[Span]) -> list[str]:
    """The words that fit a file: 辍学 after a return is 再辍, while the child is out it stays the word it
    was; a closed file is reopened; 送教上门 needs no second person unless the child is out."""
    relapse = status not in s.OUT and any(span.status == s.RETURNED for span in spans)
    unused = {s.DROPPED_OUT if relapse else s.RELAPSED}
    unused.add(s.VERIFYING if status == s.CLOSED else s.REOPENED)
    if s.HOME_TEACHING not in s.MOVES[status] or s.needs_approval(s.HOME_TEACHING, status):
        unused.add(s.HOME_TEACHING)
    return [change for change in DIRECT if change not in unused]


def why_not(status: str, change: str) -> str:
    """Why a change does not fit a status; "" when it does."""
    after = s.status_of(change)
    if after == status or after in s.MOVES[status]:
        return ""
    held = s.STATUS_NAMES.get(status, "")
    return _HINTS.get(status) or f"现在是“{held}”，不能直接变为“{s.STATUS_NAMES[after]}”"


def address(child_id: str, change: str) -> str:
    """The page where a change is recorded."""
    return f"/cases/{child_id}/status/new?change={change}"
