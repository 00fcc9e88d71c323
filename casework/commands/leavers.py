"""小升初未衔接: a child who left 小学 and sits in no junior school becomes 待核查, told by a person."""

from casework.commands import one_child
from casework.commands.case_facts import cases_of, children_of
from casework.commands.rights import needs
from casework.commands.school_at_hand import holds_school
from casework.domain import statuses as s
from casework.domain.case_file import STATUSES
from casework.domain.ledger import fact_of
from casework.domain.permissions import SCHOOL_YEAR
from casework.domain.values import day_of
from casework.errors import NotFound, RuleBroken
from casework.projections.leavers import leavers
from casework.projections.reach import reach_for
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.store import Reply

UNCONNECTED = "小升初未衔接"
_WHY = "小学毕业后没有出现在任何初中的名册上"


@needs(SCHOOL_YEAR)
def verify_leaver(act: Act, reference: Reference, *, child_id: str, words: str = "") -> Reply:
    """待核查 with 失学类型 小升初未衔接. The school it left answers for it, though it has no school now."""
    today, actor = day_of(act.recorded_at), act.actor
    reach = reach_for(
        act.conn, act.id, reference.units, login=actor.account, post=actor.post, unit=actor.unit, day=today
    )
    units = reference.units

    def ours(school: str) -> bool:
        return holds_school(units, reach, units.standing(school, today))

    found = leavers(act.conn, act.id, today, ours, child_id)
    if not found:
        raise NotFound("没有这名学生", child=child_id)
    if found[0].followed:
        raise RuleBroken(f"这个孩子已在关注中（{s.STATUS_NAMES[found[0].status]}），不用再列为待核查")
    if UNCONNECTED not in reference.dictionaries(today).lost_types:
        raise RuleBroken(f"本县字典里没有失学类型“{UNCONNECTED}”，请先在字典中登记")
    child = children_of(act, {child_id: ()})[child_id]
    case = cases_of(act, {child_id: child})[child_id]
    at_hand = one_child.AtHand(case, child, today, reference, reach)
    private = {"why": words.strip() or _WHY, "recorder": actor.name}
    body = {
        "on": today,
        "change": s.VERIFYING,
        "causes": [],
        "lost_type": UNCONNECTED,
        "placement": "",
        "school": "",
        "until": "",
        "reason": "",
        "evidence": "",
        "approved": False,
    }
    fact = fact_of(f"{today} {s.VERIFYING}", body, private, act.mark)
    return one_child.record(act, at_hand, STATUSES, fact, taken="今天已经列为待核查，请打开个案查看")
