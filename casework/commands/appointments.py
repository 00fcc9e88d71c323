"""任职与离任 by a page: one person gets a post in a unit below, or leaves it."""

from casework.commands.postings import PostingRow, take_posting_rows
from casework.commands.rights import needs
from casework.commands.roster import REFUSED
from casework.domain.hierarchy import may_appoint, may_manage
from casework.domain.permissions import MANAGE_ACCOUNTS
from casework.domain.values import day_of
from casework.errors import BadInput, NotAllowed, NotFound, RuleBroken
from casework.projections.reference import Reference
from casework.projections.staff import people
from casework.store.act import Act
from casework.store.store import Reply


@needs(MANAGE_ACCOUNTS)
def appoint(act: Act, reference: Reference, *, row: PostingRow) -> Reply:
    """Gives a person a post. Nobody appoints themselves, nor anybody who stands above them elsewhere.

    Raises NotFound for a unit out of reach, NotAllowed for a post that is not theirs to give.
    """
    manager, units = (act.actor.post, act.actor.unit), reference.units
    if not may_manage(units, manager, [("", row.unit)]):
        raise NotFound("没有这个单位", unit=row.unit)
    if not may_appoint(units, manager, row.post, row.unit):
        raise NotAllowed(f"您的岗位不能任命{row.post}；请由上级登记")
    if row.login == act.actor.account:
        raise NotAllowed("不能给自己登记岗位；请由上级登记")
    if not row.login.strip() or not row.name.strip():
        raise BadInput("请填写登录名和姓名")
    _check_known(act, reference, row)
    taken = take_posting_rows(act, units, [row])[0]
    if taken.verb == REFUSED:
        raise RuleBroken(taken.note)
    return {"login": row.login, "verb": taken.verb}


def _check_known(act: Act, reference: Reference, row: PostingRow) -> None:
    """A login that is somebody's already must be this person's, and below the manager in every post."""
    known = people(act.conn, act.id, [row.login])
    if not known:
        return
    held = known[0].held(day_of(act.recorded_at))
    manager = (act.actor.post, act.actor.unit)
    if known[0].name != row.name or not may_manage(reference.units, manager, held):
        raise BadInput(f"登录名“{row.login}”已有人使用，请换一个")
