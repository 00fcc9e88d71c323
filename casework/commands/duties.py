"""免办: the level above excuses a duty that is still to be done, with a reason, or takes the excuse back.

Who stands above is policy (`roles.above`), past places that nobody holds: the rule by which a duty rises.
"""

from casework.commands import one_child
from casework.commands.rights import needs
from casework.domain.duty import EXCUSED, OPEN, OVERDUE
from casework.domain.permissions import EXCUSE_DUTY
from casework.domain.values import Day
from casework.errors import BadInput, NotAllowed, RuleBroken
from casework.projections.duty_above import Rising
from casework.projections.duty_found import duty_of_child
from casework.projections.duty_lines import Line
from casework.projections.reference import Reference
from casework.store.act import Act
from casework.store.snapshot import Snapshot
from casework.store.store import Reply


@needs(EXCUSE_DUTY)
def excuse_duty(act: Act, reference: Reference, *, child_id: str, key: str, reason: str) -> Reply:
    """Excuses a duty about a child. Reply: child, key."""
    at_hand = one_child.take_up(act, reference, child_id)
    line = duty_of_child(moment_of(act), reference, child_id, key, at_hand.today)
    check_above(act, reference, line, at_hand.today)
    check_pending(line)
    at_hand.case.excuse_duty(key, on=at_hand.today, private=why(reason))
    one_child.save(act, at_hand)
    return {"child": child_id, "key": key}


@needs(EXCUSE_DUTY)
def demand_duty(act: Act, reference: Reference, *, child_id: str, key: str, reason: str) -> Reply:
    """Takes the excuse back: the duty stands as if it had never been excused. Reply: child, key."""
    at_hand = one_child.take_up(act, reference, child_id)
    line = duty_of_child(moment_of(act), reference, child_id, key, at_hand.today)
    check_above(act, reference, line, at_hand.today)
    at_hand.case.demand_duty(key, on=at_hand.today, private=why(reason))
    one_child.save(act, at_hand)
    return {"child": child_id, "key": key}


def moment_of(act: Act) -> Snapshot:
    """What is known before this act, read through its own transaction."""
    return Snapshot(act.conn, act.keys, act.id - 1, act.recorded_at)


def check_above(act: Act, reference: Reference, line: Line, today: Day) -> None:
    """Refuses whoever does not hold a place above the duty's today. Raises NotAllowed."""
    rising = Rising(act.conn, act.id - 1, reference, [line], today)
    if not rising.sits_above(line, act.actor.account, act.actor.post, act.actor.unit):
        raise NotAllowed("免办由这一事项的上一级决定；请联系上一级责任人", key=line.key)


def check_pending(line: Line) -> None:
    """Refuses a duty that is no longer to be done. Raises RuleBroken."""
    if line.state == EXCUSED:
        raise RuleBroken("这一项已经免办，请刷新后再看", key=line.key)
    if line.state not in (OPEN, OVERDUE):
        raise RuleBroken("这一项已经办结或不再需要办，不用免办", key=line.key)


def why(reason: str) -> dict[str, str]:
    """The reason, sealed with the event. Raises BadInput without one."""
    if not reason.strip():
        raise BadInput("请写明理由")
    return {"reason": reason.strip()[:300]}
