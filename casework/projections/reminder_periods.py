"""How many duties of this week, month and quarter are still to be done, by who must do them.

The database counts the children whose status is the rule's, at the opening and now; what was done in the
period is looked at child by child and taken off. So only the children for whom something was done cost
time, not all there are.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from casework.domain.duties import unit_at
from casework.domain.duty_policy import PERIODS, DutyPolicy, Rule
from casework.domain.places import Place
from casework.domain.statuses import CLOSED, STATUS_NAMES
from casework.domain.values import OPEN, Day, day_after
from casework.projections.activity import activity
from casework.projections.case_span import COUNTED, case_span
from casework.projections.duty_lines import Line, ScopeOfCases, Window, with_excuses
from casework.projections.duty_periods import Period, helpers_of, is_taught, named_on, period_lines, period_of
from casework.projections.reference import Reference
from casework.projections.reminder_counts import Counted, Group, excused_cases, group_of, in_chunks
from casework.projections.roster import roster_span
from casework.store.snapshot import Snapshot

_WHERE = ("county", "township", "village", "school", "grade", "klass")
_now, _opened, _before = case_span.alias("now"), case_span.alias("opened"), case_span.alias("before")
_a, _r = activity.c, roster_span.c


def pending_of_periods(
    snapshot: Snapshot, reference: Reference, today: Day, days_ahead: int
) -> Iterator[Counted]:
    """Duties of the current periods that end by `days_ahead` days after today."""
    for kind in PERIODS:
        period = period_of(kind, reference, today)
        policy = reference.duties(period.first)
        rules = [rule for rule in policy.rules if rule.on == kind]
        near = period.last <= day_after(today, days_ahead)
        if rules and near and (kind != "school_week" or is_taught(reference, period)):
            for rule in rules:
                yield from _held(snapshot, policy, rule, period, today)
            yield from _done(snapshot, reference, {rule.name for rule in rules}, period, today)


def _held(
    snapshot: Snapshot, policy: DutyPolicy, rule: Rule, period: Period, today: Day
) -> Iterator[Counted]:
    """Children whose status is the rule's as the period opened and now, whatever was done."""
    role = policy.role(rule.role)
    for query in _queries(rule, period.first, today):
        if role.level == "helper":
            named = and_(
                _r.child_id == _now.c.case_id,
                *(_r.known_to == OPEN, _r.valid_from <= today, _r.valid_to > today),
            )
            query = query.outerjoin(roster_span, named).add_columns(
                func.coalesce(_r.helper, "").label("helper")
            )
        each = query.subquery()
        for *values, n in snapshot.conn.execute(select(*each.c, func.count()).group_by(*each.c)):
            helper = values.pop() if role.level == "helper" else ""
            place = Place(on="", stage="", **dict(zip(_WHERE, values, strict=True)))
            in_class = role.level == "class"
            unit = unit_at(policy, rule.role, place)
            yield (
                Group(
                    unit=unit,
                    role=rule.role,
                    rule=rule.name,
                    posts=rule.posts,
                    grade=place.grade if in_class else "",
                    klass=place.klass if in_class else "",
                    county="" if unit else place.county,
                    township="" if unit else place.township,
                    due_day=period.last,
                    late="",
                    helper=helper or "",
                ),
                n,
            )


def _queries(rule: Rule, first: Day, today: Day) -> Iterator[Any]:
    """The places at the opening, one row a child: by how its stretch then ran, and whether it still does."""
    held = sorted(code for code in STATUS_NAMES if rule.while_.holds(code))
    opened, now, before = _opened.c, _now.c, _before.c
    lasting = and_(now.known_to == OPEN, now.status.in_(held), now.valid_from <= today, now.valid_to > today)
    if CLOSED not in held:
        lasting = and_(lasting, _counted(_now))
    until_first = and_(
        before.case_id == now.case_id,
        *(before.known_to == OPEN, before.status.in_(held)),
        *(before.valid_to == first, before.valid_from < first),
    )
    changed = and_(
        opened.case_id == now.case_id,
        *(opened.known_to == OPEN, opened.valid_to <= today, opened.valid_to > first),
    )
    yield select(*_place(_now)).where(lasting, now.valid_from < first)
    yield select(*_place(_now)).join(_before, until_first).where(lasting, now.valid_from == first)
    since = and_(changed, opened.valid_from < first, opened.status.in_(held))
    yield (
        select(*_place(_opened)).select_from(_now).join(_opened, since).where(lasting, now.valid_from > first)
    )
    moved = and_(changed, opened.valid_from == first)
    joined = select(*_place(_opened)).select_from(_now).join(_opened, moved).join(_before, until_first)
    yield joined.where(lasting, now.valid_from > first)


def _place(table: Any) -> list[ColumnElement[str]]:
    return [table.c[name] for name in _WHERE]


def _counted(table: Any) -> Any:
    """`COUNTED` of an alias, written as its index is."""
    return table.c.status != COUNTED.right


def _done(
    snapshot: Snapshot, reference: Reference, rules: set[str], period: Period, today: Day
) -> Iterator[Counted]:
    """What is no longer to be done, taken off: done in the period, or excused."""
    escalation = reference.duties(today).escalation
    gone: Counter[Group] = Counter()
    for cases in in_chunks(_looked_at(snapshot, period, today)):
        found = period_lines(snapshot, reference, ScopeOfCases(cases), Window(today))
        lines = [line for line in found if line.rule in rules and not line.stopped_on]
        told = with_excuses(snapshot.conn, snapshot.k, lines)
        over = [line for line in told if not line.pending(today)]
        names = _helpers(snapshot, reference, over)
        for line in over:
            helper = named_on(names.get(line.case, ()), today)
            gone[group_of(line, today, escalation)._replace(helper=helper)] -= 1
    yield from gone.items()


def _looked_at(snapshot: Snapshot, period: Period, today: Day) -> Sequence[str]:
    query = select(_a.case_id).where(_a.known_to == OPEN, _a.done_on.between(period.first, today)).distinct()
    return sorted({*snapshot.conn.scalars(query), *excused_cases(snapshot.conn, today)})


def _helpers(
    snapshot: Snapshot, reference: Reference, lines: Sequence[Line]
) -> dict[str, list[tuple[Day, Day, str]]]:
    by_helpers = [line for line in lines if reference.duties(line.begins).role(line.role).level == "helper"]
    return helpers_of(snapshot.conn, snapshot.k, {line.case for line in by_helpers})
