"""What somebody must do for a child, by when, and what became of it (责任事项): one pure function.

`duties_of(file, rulebook)` gives every duty that arises once: by an absence, a status, a letter, a
proposal. Those that come round each week, month or quarter are expanded by the query from the file's
stretches (`duty_periods`). Time enters nowhere: whether a duty is overdue is told by `state_of` for a
day. Rules, terms and words come from `DutyPolicy`; sources stand in its rows.

Within a day: what the calendar brings about happens at 00:00, before that day's status entries; then
the entries in their order; issue and service of letters after them.
"""

from casework.domain.case_file import CaseFile
from casework.domain.duty import Duty
from casework.domain.duty_fulfilment import fulfilled
from casework.domain.duty_history import History, Rulebook, Stop, Trigger
from casework.domain.duty_policy import ISSUER, PERIODS, DutyPolicy, Rule, While
from casework.domain.duty_triggers import TRIGGERS
from casework.domain.places import Place
from casework.domain.values import day_after


def duties_of(file: CaseFile, book: Rulebook) -> list[Duty]:
    """Every duty that arises once, in order of rule, trigger and number.

    What a fact began under one policy it does not begin again under the next.
    """
    history = History(file, book)
    found: dict[tuple[str, int, int], Duty] = {}
    for since, until, policy in book.duty_policies():
        for rule in (rule for rule in policy.rules if rule.on not in PERIODS):
            for trigger in TRIGGERS[rule.on](history, rule):
                duty = _duty(history, policy, rule, trigger) if since <= trigger.begins < until else None
                if duty is not None:
                    found.setdefault((duty.rule, duty.no, duty.seq), duty)
    return sorted(found.values())


def _duty(history: History, policy: DutyPolicy, rule: Rule, trigger: Trigger) -> Duty | None:
    if not rule.while_.holds(history.status(trigger.at)):
        return None
    stop = _stop(history, rule.while_, trigger)
    done_on, done_by = fulfilled(history, rule, trigger, stop)
    begun, due = history.place(trigger.begins), history.place(trigger.due)
    in_class = rule.role != ISSUER and policy.role(rule.role).level == "class"
    return Duty(
        rule=rule.name,
        no=trigger.no,
        seq=trigger.seq,
        policy=policy.version,
        role=rule.role,
        unit=trigger.issuer if rule.role == ISSUER else unit_at(policy, rule.role, begun),
        grade=begun.grade if in_class else "",
        klass=begun.klass if in_class else "",
        begins=trigger.begins,
        due_day=trigger.due,
        fulfilled_on=done_on,
        fulfilled_by=done_by,
        stopped_on=stop.on if stop else "",
        county=due.county,
        township=due.township,
        school=due.school,
        stage=due.stage,
    )


def unit_at(policy: DutyPolicy, role: str, place: Place) -> str:
    """The unit in which a role answers for a child at a place; "" when the place names none."""
    level = policy.role(role).level
    if level in ("village", "township", "county"):
        return str(getattr(place, level))
    return place.school


def _stop(history: History, condition: While, trigger: Trigger) -> Stop | None:
    """The earliest end: a status that leaves the condition, the absence over, the letter void, the answer."""
    stops = []
    left = history.leaves(trigger.at, condition)
    if left:
        stops.append(left)
    # An absence is over when its last day is.
    if condition.absent and trigger.until and not (left and left.on <= trigger.until):
        stops.append(Stop(day_after(trigger.until), trigger.until))
    if trigger.void_on:
        stops.append(Stop(trigger.void_on, trigger.void_on))
    if condition.pending:
        pending = history.file.proposals[trigger.no]
        stops += [Stop(pending.ended_on, pending.ended_on)] if pending.ended else []
    return min(stops, key=lambda stop: (stop.on, stop.last), default=None)
