"""How many duties fell to each place of the chain, and what became of them (责任链统计).

Counted, not listed: duties that arise once are added up by the database, those that come round are kept
by period (`duty_period_counts`). The sums are those of `duty_list.lines_of` for the same scope and window.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, func, or_, select

from casework.domain.duty import ENDED, EXCUSED, LATE, ON_TIME, OPEN, OVERDUE
from casework.domain.duty_policy import ISSUER, PERIODS
from casework.domain.values import Day, day_of
from casework.projections.bitemporal import believed_at
from casework.projections.duty_lines import AT_ONCE, ScopeOfUnits, Window, head_of
from casework.projections.duty_period_counts import PeriodCounts
from casework.projections.duty_rows import ENDING, PENDING, duty, duty_excuse
from casework.projections.duty_seats import Seat, seat_of
from casework.projections.duty_units import unit_lines
from casework.projections.reference import Reference
from casework.store.snapshot import Snapshot

_d, _e = duty.c, duty_excuse.c

Counts = dict[Seat, Counter[str]]
"""Place → state → how many duties."""


class DutyCounts:
    """Counts duties by place; what was counted of past periods is kept for the next asker."""

    def __init__(self) -> None:
        self._periods = PeriodCounts()

    def of(
        self,
        snapshot: Snapshot,
        reference: Reference,
        scope: ScopeOfUnits,
        window: Window,
        roles: Collection[str],
    ) -> Counts:
        """The duties of these roles, by place and state at the end of the window's day."""
        counts = single_counts(snapshot, reference, scope, window, roles)
        for seat, state, n in self._periods.of(snapshot, reference, scope, window, roles):
            counts.setdefault(seat, Counter())[state] += n
        for line in unit_lines(snapshot, reference, scope, window):
            if line.role in roles and window.takes(line):
                counts.setdefault(seat_of(line), Counter())[line.on(window.on).state] += 1
        return counts


def single_counts(
    snapshot: Snapshot,
    reference: Reference,
    scope: ScopeOfUnits,
    window: Window,
    roles: Collection[str],
    rules: Collection[str] | None = None,
) -> Counts:
    """The duties that arise once (by these rules only), added up by the database."""
    counts: Counts = {}
    known = _d.begins <= window.on, _d.known_from <= snapshot.k
    stretches = list(_ruled(reference, roles, rules))
    for here, part, (of_role, ruled) in product(scope.singles(), _parts(snapshot, window), stretches):
        asked = (*known, here, *part, *ruled)
        for row in _grouped(snapshot, window, asked):
            seat = _seat(row, of_role[row.rule], reference)
            if seat.role in roles:
                counts.setdefault(seat, Counter())[row.state] += row.n
        for row in _excused(snapshot, window, asked):
            seat = _seat(row, of_role[row.rule], reference)
            if seat.role in roles:
                counts[seat][row.state] -= row.n
                counts[seat][EXCUSED] += 0 if window.pending_only else row.n
    return {seat: +states for seat, states in counts.items() if +states}


def _ruled(
    reference: Reference, roles: Collection[str], rules: Collection[str] | None
) -> Iterator[tuple[dict[str, str], tuple[ColumnElement[bool], ...]]]:
    """For each policy: the role of each rule of these roles, and the condition for duties by them."""
    for since, until, policy in reference.duty_policies():
        of_role = {
            rule.name: rule.role
            for rule in policy.rules
            if rule.on not in PERIODS
            and (rule.role in roles or rule.role == ISSUER)
            and (rules is None or rule.name in rules)
        }
        if of_role:
            yield of_role, (_d.rule.in_(sorted(of_role)), _d.begins >= since, _d.begins < until)


def _parts(snapshot: Snapshot, window: Window) -> list[tuple[ColumnElement[bool], ...]]:
    """The rows that a window asks for, in disjoint parts.

    What is pending now is found by the indexes that hold nothing else; pending on an earlier day, or as
    known then, among all rows.
    """
    believed = _d.known_to > snapshot.k
    if not window.pending_only:
        return [(believed, _d.due_day.between(window.first, window.last))]
    if _is_present(snapshot, window.on):
        return [(PENDING,), (ENDING, _d.stopped_on > window.on)]
    over = (or_(day == "", day > window.on) for day in (_d.fulfilled_on, _d.stopped_on))
    return [(believed, *over)]


def _is_present(snapshot: Snapshot, day: Day) -> bool:
    """Whether nothing later is known, or told of: facts of days to come are refused."""
    return snapshot.newest and snapshot.known_at is not None and day >= day_of(snapshot.known_at)


def _grouped(snapshot: Snapshot, window: Window, asked: Sequence[ColumnElement[bool]]) -> list[Any]:
    by = (_d.rule, _d.unit, _d.grade, _d.klass)
    query = select(*by, _state_at(window.on), func.count().label("n"))
    query = query.where(*asked)
    return list(snapshot.conn.execute(query.group_by(*by, "state")))


def _excused(snapshot: Snapshot, window: Window, asked: Sequence[ColumnElement[bool]]) -> Iterator[Any]:
    """The same of those that were excused by then: few, so they are counted again and moved."""
    conn, k = snapshot.conn, snapshot.k
    excused = (*believed_at(duty_excuse, k), _e.excused_on <= window.on)
    cases = sorted(set(conn.scalars(select(_e.case_id).where(*excused))))
    key = _d.rule + "/" + cast(_d.no, String) + "/" + cast(_d.seq, String)
    by = (_d.rule, _d.unit, _d.grade, _d.klass)
    for start in range(0, len(cases), AT_ONCE):
        query = (
            select(*by, _state_at(window.on), func.count().label("n"))
            .join(duty_excuse, and_(_e.case_id == _d.case_id, _e.duty_key == key))
            .where(_d.case_id.in_(cases[start : start + AT_ONCE]), *excused, *asked)
        )
        yield from conn.execute(query.group_by(*by, "state"))


def _state_at(day: Day) -> Any:
    """`domain.duty.state_of`, excuses apart, as the database tells it."""
    done = and_(_d.fulfilled_on != "", _d.fulfilled_on <= day)
    over = and_(_d.stopped_on != "", _d.stopped_on <= day, _d.stopped_on <= _d.due_day)
    return case(
        (and_(done, _d.fulfilled_on <= _d.due_day), ON_TIME),
        (done, LATE),
        (over, ENDED),
        (_d.due_day >= day, OPEN),
        else_=OVERDUE,
    ).label("state")


def _seat(row: Any, role: str, reference: Reference) -> Seat:
    role = head_of(reference, row.unit) if role == ISSUER else role
    return Seat(role, row.unit, row.grade, row.klass)
