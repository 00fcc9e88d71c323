"""What the case page offers of proposals: what the child's status may lead to with a second signature."""

from collections.abc import Iterator

from casework.domain import statuses as s
from casework.domain.case_file import receiver_of
from casework.domain.permissions import RECORD_STATUS
from casework.web.cases.offer import Asked, Offer
from casework.web.proposals.forms import TITLES

_WAITS = "已有一项申报等待审批，请先等它办结或撤回"


def offers(asked: Asked) -> Iterator[Offer]:
    """申报销号, 申报休学 …, or the one that waits."""
    if not asked.viewer.may(RECORD_STATUS):
        return
    page = f"/cases/{asked.child_id}/proposals"
    waiting = next(iter(asked.file.open_proposals()), 0)
    if waiting:
        yield Offer("看等待审批的申报", f"{page}/{waiting}")
    for change in _fitting(asked.status):
        why_not = _WAITS if waiting else _why_not(asked, change)
        yield Offer(_label(asked.status, change), f"{page}/new?change={change}", why_not)


def _fitting(status: str) -> Iterator[str]:
    """The changes with a second signature that this status may lead to; a deferral may be renewed."""
    for change in (s.CLOSED, s.SUSPENDED, s.DEFERRED, s.HOME_TEACHING):
        after = s.status_of(change)
        renewed = status == s.DEFERRED and after == s.DEFERRED
        if (after in s.MOVES[status] or renewed) and s.needs_approval(change, status):
            yield change


def _label(status: str, change: str) -> str:
    if status == s.DEFERRED and s.status_of(change) == s.DEFERRED:
        return f"续办{s.CHANGE_NAMES[change]}"
    return TITLES[change]


def _why_not(asked: Asked, change: str) -> str:
    if asked.status == s.TRANSFERRING and receiver_of(asked.file):
        return "转学办理中：接收学校接收以后才能办"
    return ""
