"""Duties that come round, counted by place and kept (按周月季事项的统计): what a page of the chain adds up.

A past period changes only where a file is touched: what was counted at one act is brought to a later one
by telling the touched children's part again. Nothing is kept that could not be counted anew.
"""

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from sqlalchemy import Connection, or_, select
from sqlalchemy.sql import ColumnElement

from casework.domain.duty import EXCUSED, OPEN, OVERDUE
from casework.domain.duty_policy import PERIODS
from casework.domain.values import Day
from casework.projections.duty_lines import (
    AT_ONCE,
    OF_CASES,
    Line,
    ScopeOfUnits,
    Spans,
    Window,
    with_excuses,
)
from casework.projections.duty_periods import Period, period_lines, period_of, periods
from casework.projections.duty_seats import Seat, seat_of
from casework.projections.reference import Reference
from casework.projections.roster import roster_span
from casework.store.schema import stored_event
from casework.store.snapshot import Snapshot

_KEPT = 200

Told = tuple[Seat, str, Day]
"""Place, state without excuses as the period ends, the day from which it is excused."""
_Key = tuple[ScopeOfUnits, str, str, Period, Day]


@dataclass
class _Counted:
    """One role's duties of one kind of period and one period, as known at act `k`."""

    k: int = -1
    reference: Reference | None = None
    totals: Counter[Told] = field(default_factory=Counter)
    by_case: dict[str, tuple[Told, ...]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True)
class _OfCases:
    """The part of a scope that concerns some children."""

    scope: ScopeOfUnits
    cases: tuple[str, ...]

    def singles(self) -> Iterator[ColumnElement[bool]]:
        """None: only what comes round is asked for."""
        return iter(())

    def spans(self) -> Spans:
        """By case."""
        return OF_CASES, {"cases": list(self.cases)}

    def arrivals(self) -> None:
        """A duty stays with the unit where it began."""

    def holds(self, line: Line) -> bool:
        """Whether it falls to the scope."""
        return self.scope.holds(line)

    def own_units(self) -> frozenset[str]:
        """None."""
        return frozenset()


class PeriodCounts:
    """Counts of periods, each brought to the act that is asked for."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[Any, ...], _Counted] = OrderedDict()
        self._lock = Lock()

    def of(
        self,
        snapshot: Snapshot,
        reference: Reference,
        scope: ScopeOfUnits,
        window: Window,
        roles: Collection[str],
    ) -> Iterator[tuple[Seat, str, int]]:
        """(place, state at the end of the window's day, number); a place and state may come twice."""
        for kind in PERIODS:
            for period in _asked(kind, reference, window):
                policy = reference.duties(period.first)
                for role in sorted({rule.role for rule in policy.rules if rule.on == kind} & set(roles)):
                    key = (scope, role, kind, period, min(period.last, window.on))
                    for (seat, state, excused_on), n in self._totals(snapshot, reference, key).items():
                        if excused_on and excused_on <= window.on:
                            state = EXCUSED
                        elif state == OPEN and period.last < window.on:
                            state = OVERDUE
                        if n and (state == OPEN or not window.pending_only):
                            yield seat, state, n

    def _totals(self, snapshot: Snapshot, reference: Reference, key: _Key) -> Counter[Told]:
        held = self._entry(key)
        with held.lock:
            if held.k <= snapshot.k:
                return _brought(held, snapshot, reference, key)
        back = self._entry((*key, snapshot.k))  # a look back has a count of its own
        with back.lock:
            return _brought(back, snapshot, reference, key)

    def _entry(self, key: tuple[Any, ...]) -> _Counted:
        with self._lock:
            held = self._held.setdefault(key, _Counted())
            self._held.move_to_end(key)
            while len(self._held) > _KEPT:
                self._held.popitem(last=False)
        return held


def _brought(held: _Counted, snapshot: Snapshot, reference: Reference, key: _Key) -> Counter[Told]:
    """The totals at the snapshot's act: of touched files only, unless rules or units changed."""
    touched = None
    if held.reference is reference:
        by_roster = _by_roster(reference, key[1], key[2])
        touched = _touched(snapshot.conn, held.k, snapshot.k, by_roster=by_roster)
    if touched is None:
        held.reference, held.by_case, held.totals = None, {}, Counter()
        _take(held, _told(snapshot, reference, key[0], key))
    else:
        for case in touched:
            held.totals.subtract(held.by_case.pop(case, ()))
        for start in range(0, len(touched), AT_ONCE):
            part = _OfCases(key[0], tuple(touched[start : start + AT_ONCE]))
            _take(held, _told(snapshot, reference, part, key))
    held.k, held.reference = snapshot.k, reference
    return held.totals.copy()


def _take(held: _Counted, told: dict[str, tuple[Told, ...]]) -> None:
    held.by_case.update(told)
    for each in told.values():
        held.totals.update(each)


def _asked(kind: str, reference: Reference, window: Window) -> list[Period]:
    """The periods begun by the window's day: those that end in the window, or the current one."""
    if window.pending_only:
        last = period_of(kind, reference, window.on).last
        return list(periods(kind, reference, last, last))
    asked = periods(kind, reference, window.first, window.last)
    return [period for period in asked if period.first <= window.on]


def _told(
    snapshot: Snapshot, reference: Reference, scope: ScopeOfUnits | _OfCases, key: _Key
) -> dict[str, tuple[Told, ...]]:
    """Case → its duties of the period."""
    _, role, kind, period, until = key
    window = Window(until, period.last, period.last)
    lines = period_lines(
        snapshot, reference, scope, window, lambda rule: rule.on == kind and rule.role == role
    )
    found: dict[str, tuple[Told, ...]] = {}
    same: dict[Told, Told] = {}
    for line in with_excuses(snapshot.conn, snapshot.k, lines):
        told = (seat_of(line), line._replace(excused_on="").on(until).state, line.excused_on)
        told = same.setdefault(told, told)
        found[line.case] = (*found.get(line.case, ()), told)
    return found


def _by_roster(reference: Reference, role: str, kind: str) -> bool:
    """Whether the role's duties follow from the roster too: who is named there as 帮扶责任人."""
    rules = (rule for _, _, policy in reference.duty_policies() for rule in policy.rules)
    return any(
        rule.role == role and rule.on == kind and rule.fulfilled_by.with_ == "helper" for rule in rules
    )


def _touched(conn: Connection, after: int, until: int, *, by_roster: bool) -> list[str] | None:
    """The files (and roster rows) that acts after one up to another changed; None when they are too many."""
    if after == until:
        return []
    event, place = stored_event.c, roster_span.c
    limit = 4 * AT_ONCE
    files = select(event.originator_id).where(event.act > after, event.act <= until).distinct()
    rows = select(place.child_id).where(
        or_(
            (place.known_from > after) & (place.known_from <= until),
            (place.known_to > after) & (place.known_to <= until),
        )
    )
    cases: set[str] = set(conn.scalars(files.limit(limit)))
    if len(cases) >= limit:
        return None
    if by_roster:
        cases.update(conn.scalars(rows.distinct().limit(limit)))
    return sorted(cases) if len(cases) < limit else None
