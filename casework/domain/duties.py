"""What somebody must do for a child, by when, and what became of it (责任事项): one pure function.

`duties_of(file, rulebook)` gives every duty that arises once: by an absence, a status, a letter, a
proposal. Those that come round each week, month or quarter are expanded by the query from the file's
stretches (`duty_periods`). Time enters nowhere: whether a duty is overdue is told by `state_of` for a
day. Rules, terms and words come from `DutyPolicy`; sources stand in its rows.

Within a day: what the calendar brings about happens at 00:00, before that day's status entries; then
the entries in their order; issue and service of letters after them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from casework.domain.case_file import PROPOSALS, CaseFile
from casework.domain.duty import Duty
from casework.domain.duty_fulfilment import fulfilling
from casework.domain.duty_history import History, Stop, Trigger
from casework.domain.duty_policy import ISSUER, DutyPolicy, Rule, While
from casework.domain.duty_rulebook import BEGUN_BY, Rulebook, Standing
from casework.domain.duty_triggers import TRIGGERS
from casework.domain.places import Place
from casework.domain.values import FOREVER, SINCE_EVER, Day, day_after


@dataclass(frozen=True, slots=True)
class Judged:
    """What a rule asks in one file, in order of trigger and number.

    `settled_after`: a status, or a fact that might fulfil, dated later changes none of it.
    """

    duties: Sequence[Duty] = ()
    settled_after: Day = SINCE_EVER


NOTHING = Judged()
"""What a rule asks that has nothing to begin from."""

_NOTHING_KNOWN: Mapping[str, Judged] = MappingProxyType({})


def duties_of(file: CaseFile, book: Rulebook) -> list[Duty]:
    """Every duty that arises once, in order of rule, trigger and number."""
    judged = judge(file, book, rules_begun(file, book, book.duty_rules().names))
    return [duty for name in sorted(judged) for duty in judged[name].duties]


def judge(
    file: CaseFile,
    book: Rulebook,
    names: Collection[str],
    before: Mapping[str, Judged] = _NOTHING_KNOWN,
    since: Day = SINCE_EVER,
) -> dict[str, Judged]:
    """The duties of the rules named, by rule.

    `before`: what these rules asked under the same rulebook, before facts of the day `since` and later
    were added, changed or voided. What had ended by then is not judged again.
    """
    if not names:
        return {}
    history, rules = History(file, book), book.duty_rules()
    return {name: _judged(history, rules.called(name), before.get(name), since) for name in names}


def rules_begun(file: CaseFile, book: Rulebook, names: Iterable[str]) -> list[str]:
    """Those of the rules that have any fact in the file to begin from: most have none."""
    rules = book.duty_rules()
    return [name for name in names if any(_has_begun(file, each.rule) for each in rules.called(name))]


def _has_begun(file: CaseFile, rule: Rule) -> bool:
    ledger = BEGUN_BY[rule.on]
    if ledger == PROPOSALS:
        return bool(file.proposals)
    return bool(file.ledgers[ledger].live or file.ledgers[ledger].voided)


def _judged(history: History, standings: Iterable[Standing], before: Judged | None, since: Day) -> Judged:
    """What a fact began under one policy it does not begin again under the next."""
    triggers = [
        (policy, rule, trigger)
        for first, end, policy, rule in standings
        for trigger in TRIGGERS[rule.on](history, rule)
        if first <= trigger.begins < end
    ]
    if not triggers:
        return NOTHING
    ended = _ended(before, since) if before else {}
    found: dict[int, list[Duty]] = {}
    settled_after = SINCE_EVER
    for policy, rule, trigger in triggers:
        no = trigger.no
        if no in found:
            continue
        if no in ended:
            found[no], stopped = ended[no], ended[no][0].stopped_on
        elif _holds(history, rule.while_, trigger):
            stop = _stop(history, rule.while_, trigger)
            found[no] = _duties(history, policy, rule, trigger, stop)
            stopped = stop.on if stop else FOREVER
        else:
            stopped = trigger.begins
        settled_after = max(settled_after, stopped)
    return Judged(tuple(duty for no in sorted(found) for duty in found[no]), settled_after)


def _ended(before: Judged, since: Day) -> dict[int, list[Duty]]:
    """What had ended before a day, by what began it."""
    ended: dict[int, list[Duty]] = {}
    for duty in before.duties:
        if duty.stopped_on and duty.stopped_on < since:
            ended.setdefault(duty.no, []).append(duty)
    return ended


def _holds(history: History, condition: While, trigger: Trigger) -> bool:
    """Whether the condition holds when the duty would begin, and where it must not be broken, before."""
    first = trigger.at if trigger.unbroken_since is None else trigger.unbroken_since
    return all(history.status(at) in condition.statuses for at in range(first, trigger.at + 1))


def _duties(
    history: History, policy: DutyPolicy, rule: Rule, trigger: Trigger, stop: Stop | None
) -> list[Duty]:
    """The duties of one trigger: one, or one for each of the rule's school days."""
    facts = fulfilling(history, rule, trigger, stop)
    begun = history.place(trigger.begins)
    in_class = rule.role != ISSUER and policy.role(rule.role).level == "class"
    unit = trigger.issuer if rule.role == ISSUER else unit_at(policy, rule.role, begun)
    duties = []
    for at, last_day in enumerate(trigger.due):
        done_on, done_by = facts[at] if at < len(facts) else ("", 0)
        due = history.place(last_day)
        duties.append(
            Duty(
                rule=rule.name,
                no=trigger.no,
                seq=at + 1,
                policy=policy.version,
                role=rule.role,
                unit=unit,
                grade=begun.grade if in_class else "",
                klass=begun.klass if in_class else "",
                begins=trigger.begins,
                due_day=last_day,
                fulfilled_on=done_on,
                fulfilled_by=done_by,
                stopped_on=stop.on if stop else "",
                county=due.county,
                township=due.township,
                school=due.school,
                stage=due.stage,
            )
        )
    return duties


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
