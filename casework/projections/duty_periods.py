"""Duties that come round each week, month or quarter, expanded from the stretches of `case_span`.

A period's duty belongs to a child whose status was one of the rule's at 00:00 of its first day; it is
looked at again at the period's end (or at the day asked for, if earlier), and any fact in it counts.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, String, bindparam, select
from sqlalchemy.sql import ColumnElement

from casework.domain.duties import unit_at
from casework.domain.duty_policy import PERIODS, DutyPolicy, Rule
from casework.domain.home_visit import person_mark
from casework.domain.places import Place
from casework.domain.statuses import CLOSED, STATUS_NAMES
from casework.domain.units import VILLAGE, Units
from casework.domain.values import OPEN, Day, day_after
from casework.projections.activity import SEPARATOR, SESSION, VISIT, activity
from casework.projections.bitemporal import believed, believed_at
from casework.projections.case_span import COUNTED, case_span
from casework.projections.duty_lines import AT_ONCE, OF_CASES, Among, Line, Scope, Window
from casework.projections.reference import Reference
from casework.projections.roster import roster_span
from casework.store.lookup import Lookup
from casework.store.snapshot import Snapshot

_s, _a, _r = case_span.c, activity.c, roster_span.c
_DEEDS = {"visit": VISIT, "session": SESSION}
_PLACE = (_s.county, _s.township, _s.village, _s.school, _s.stage, _s.grade, _s.klass)


@dataclass(frozen=True, slots=True)
class Period:
    """A week, month or quarter, both days included."""

    first: Day
    last: Day


def periods(kind: str, reference: Reference, first: Day, last: Day) -> Iterator[Period]:
    """The periods of a kind whose last day lies in [first, last], in order."""
    day = first
    while True:
        period = period_of(kind, reference, day)
        if period.last > last:
            return
        if kind != "school_week" or is_taught(reference, period):
            yield period
        day = day_after(period.last)


def period_of(kind: str, reference: Reference, day: Day) -> Period:
    """The period of a kind that a day lies in."""
    if kind in ("week", "school_week"):
        policy = reference.weekly(day)
        return Period(*policy.days_of(policy.week_of(day)))
    year, month = int(day[:4]), int(day[5:7])
    months = 1 if kind == "month" else 3
    begins = month - (month - 1) % months
    after = date(year + (begins + months > 12), (begins + months - 1) % 12 + 1, 1)
    return Period(f"{year:04d}-{begins:02d}-01", day_after(after.isoformat(), -1))


def is_taught(reference: Reference, period: Period) -> bool:
    """Whether there is school on any day of a period."""
    day = period.first
    calendar = reference.calendar(day)
    while day <= period.last:
        if calendar.is_school_day(day):
            return True
        day = day_after(day)
    return False


def period_lines(
    snapshot: Snapshot,
    reference: Reference,
    scope: Scope,
    window: Window,
    wanted: Callable[[Rule], bool] = lambda rule: True,
) -> Iterator[Line]:
    """The duties of periods: of the current ones, or of those that end in the window; `wanted` rules only."""
    rules: dict[Period, list[Rule]] = {}  # weeks and weeks with school are read together
    for kind in PERIODS:
        for period in _asked(kind, reference, window):
            policy = reference.duties(period.first)
            chosen = [rule for rule in policy.rules if rule.on == kind and wanted(rule)]
            if chosen and period.first <= window.on:
                rules.setdefault(period, []).extend(chosen)
    for period, of_period in rules.items():
        until = min(period.last, window.on)
        reader = _PeriodReader(snapshot, reference.units, scope, period, until, of_period)
        for rule in of_period:
            yield from reader.lines(reference.duties(period.first), rule)


def _asked(kind: str, reference: Reference, window: Window) -> Iterable[Period]:
    if not window.pending_only:
        return periods(kind, reference, window.first, window.last)
    current = period_of(kind, reference, window.on)
    return [current] if kind != "school_week" or is_taught(reference, current) else []


class _Opened(NamedTuple):
    """A child as a period opened: the status at 00:00, the place of that day, and until when both lasted.

    `until` is "" when they are of two stretches.
    """

    status: str
    place: Place
    until: Day


class _PeriodReader:
    """What one period's duties need, each read once."""

    def __init__(
        self,
        snapshot: Snapshot,
        units: Units,
        scope: Scope,
        period: Period,
        until: Day,
        rules: Sequence[Rule],
    ) -> None:
        self._conn, self._k, self._keys = snapshot.conn, snapshot.k, snapshot.keys
        self._units, self._scope, self._period, self._until = units, scope, period, until
        self._past = not snapshot.newest
        held = [code for code in sorted(STATUS_NAMES) if any(rule.while_.holds(code) for rule in rules)]
        self._counted = CLOSED not in held
        self._before = {"k": snapshot.k, "first": period.first, "statuses": held}
        self._during = {"k": snapshot.k, "first": period.first, "until": until}
        self._opened = self._opened_in(*scope.spans())
        for cases in self._arrivals():
            self._opened |= self._opened_in(OF_CASES, {"cases": cases})
        self._ends = self._at_end()

    def lines(self, policy: DutyPolicy, rule: Rule) -> Iterator[Line]:
        """The rule's duties of the period."""
        holds = {code: rule.while_.holds(code) for code in STATUS_NAMES}
        held = {case: each for case, each in self._opened.items() if holds[each.status]}
        lines = (self._line(policy, rule, case, each.place) for case, each in held.items())
        asked = {line.case: line for line in lines if self._scope.holds(line)}
        done = self._done(rule, {case: held[case].place for case in asked})
        for case, line in asked.items():
            status, _ = self._ended(case)
            over = "" if holds.get(status) else self._until
            on, by = done.get(case, ("", 0))
            yield line._replace(fulfilled_on=on, fulfilled_by=by, stopped_on=over) if on or over else line

    def _line(self, policy: DutyPolicy, rule: Rule, case: str, place: Place) -> Line:
        in_class = policy.role(rule.role).level == "class"
        _, at_end = self._ended(case)
        return Line(
            rule=rule.name,
            policy=policy.version,
            role=rule.role,
            unit=unit_at(policy, rule.role, place),
            case=case,
            begins=self._period.first,
            due_day=self._period.last,
            grade=place.grade if in_class else "",
            klass=place.klass if in_class else "",
            posts=rule.posts,
            county=at_end.county,
            township=at_end.township,
            school=at_end.school,
            stage=at_end.stage,
        )

    def _arrivals(self) -> Iterator[list[str]]:
        """Children who came in from elsewhere after the period opened, where that counts; in chunks."""
        came = self._scope.arrivals()
        if came is None:
            return
        inside = _s.valid_from.between(day_after(self._period.first), self._until)
        query = select(_s.case_id).where(*believed_at(case_span, self._k), inside, *came).distinct()
        cases = [case for case in self._conn.scalars(query) if case not in self._opened]
        for start in range(0, len(cases), AT_ONCE):
            yield cases[start : start + AT_ONCE]

    def _opened_in(self, among: Among, bound: Mapping[str, Any]) -> dict[str, _Opened]:
        """Children in a status of the rules at 00:00 of the first day."""
        made, given = _statements(among, self._counted), {**self._before, **bound}
        found = {}
        for query in (made.running, made.superseded) if self._past else (made.running,):
            for case, until, status, *place in self._conn.execute(query, given):
                found[case] = _Opened(status, Place("", *place), until)
        # A stretch that ended at 00:00: the status of the one before, the place of the one after.
        begun = {case: Place("", *place) for case, _, _, *place in self._conn.execute(made.begun, given)}
        for row in _BEFORE[self._counted].rows(self._conn, sorted(begun), **self._before):
            found[row.case_id] = _Opened(row.status, begun[row.case_id], "")
        return found

    def _at_end(self) -> dict[str, tuple[str, Place]]:
        """Status and place at the end of the period, or of the day asked for, where another began since."""
        changed = sorted(case for case, opened in self._opened.items() if opened.until <= self._until)
        rows = _AT_END.rows(self._conn, changed, k=self._k, until=self._until)
        return {case: (status, Place("", *place)) for case, status, *place in rows}

    def _ended(self, case: str) -> tuple[str, Place]:
        opened = self._opened[case]
        if opened.until > self._until:
            return opened.status, opened.place
        return self._ends.get(case, ("", opened.place))

    def _done(self, rule: Rule, places: Mapping[str, Place]) -> dict[str, tuple[Day, int]]:
        """Case → the earliest fact of the period that fulfils."""
        helpers = self._helpers(places) if rule.fulfilled_by.with_ == "helper" else {}
        done: dict[str, tuple[Day, int]] = {}
        asked = {"kind": _DEEDS[rule.fulfilled_by.kind], **self._during}
        for row in _DONE.rows(self._conn, sorted(places), **asked):
            if row.case_id not in done and self._fits(rule, row, places[row.case_id], helpers):
                done[row.case_id] = (row.done_on, row.no)
        return done

    def _fits(
        self,
        rule: Rule,
        row: Row[Any],
        place: Place,
        helpers: Mapping[str, list[tuple[Day, Day, str]]],
    ) -> bool:
        wanted = rule.fulfilled_by
        took_part = row.units.split(SEPARATOR) if row.units else []
        if wanted.participants and len(row.units.split(SEPARATOR)) < wanted.participants:
            return False
        if wanted.with_ == "helper":
            name = named_on(helpers.get(row.case_id, ()), row.done_on)
            return bool(name) and person_mark(name, self._mark) in row.people.split(" ")
        if wanted.with_:
            return not self._said(getattr(place, wanted.with_)).isdisjoint(took_part)
        return True

    def _said(self, code: str) -> set[str]:
        """A township or village and the villages below it, by code and by full name."""
        unit = self._units.get(code)
        below = [*([unit] if unit else []), *self._units.below(code, VILLAGE)]
        return {word for each in below for word in (each.code, each.name)}

    def _mark(self, content: str) -> str:
        return self._keys.hmac("fact", content)

    def _helpers(self, cases: Iterable[str]) -> dict[str, list[tuple[Day, Day, str]]]:
        return helpers_of(self._conn, self._k, cases)


class _Statements(NamedTuple):
    """Stretches of some children that run over 00:00 of the first day, and those that begin with it."""

    running: Select[Any]
    superseded: Select[Any]
    begun: Select[Any]


@lru_cache(16)
def _statements(among: Among, counted: bool) -> _Statements:
    first = bindparam("first", type_=String)
    query = select(_s.case_id, _s.valid_to, _s.status, *_PLACE).where(among.condition)
    running = query.where(_s.valid_from < first, _s.valid_to > first, *_wanted(counted))
    known, later = believed(case_span)
    return _Statements(
        running.where(known, _s.known_to == OPEN),
        running.where(known, later, _s.known_to < OPEN),
        query.where(known, later, _s.valid_from == first),
    )


def _wanted(counted: bool) -> tuple[ColumnElement[bool], ...]:
    """In one of the statuses asked for; `counted`: none of them is 已销号, told so for the index's sake."""
    held = _s.status.in_(bindparam("statuses", expanding=True))
    return (held, COUNTED) if counted else (held,)


# Made once: every queue asks.
_FIRST, _UNTIL = bindparam("first", type_=String), bindparam("until", type_=String)
_BEFORE = {
    counted: Lookup(
        select(_s.case_id, _s.status).where(
            *believed(case_span), _s.valid_from < _FIRST, _s.valid_to == _FIRST, *_wanted(counted)
        ),
        _s.case_id,
    )
    for counted in (True, False)
}
_AT_END = Lookup(
    select(_s.case_id, _s.status, *_PLACE).where(
        *believed(case_span), _s.valid_from <= _UNTIL, _s.valid_to > _UNTIL
    ),
    _s.case_id,
)
_DONE = Lookup(
    select(_a.case_id, _a.done_on, _a.no, _a.units, _a.people)
    .where(*believed(activity), _a.kind == bindparam("kind"), _a.done_on.between(_FIRST, _UNTIL))
    .order_by(_a.done_on, _a.no),
    _a.case_id,
)
_HELPERS = Lookup(
    select(_r.child_id, _r.valid_from, _r.valid_to, _r.helper).where(*believed(roster_span)), _r.child_id
)


def helpers_of(conn: Connection, k: int, children: Iterable[str]) -> dict[str, list[tuple[Day, Day, str]]]:
    """Child → (from, to, 帮扶责任人) as the roster names them, as known at act `k`."""
    found: dict[str, list[tuple[Day, Day, str]]] = {}
    for row in _HELPERS.rows(conn, sorted(children), k=k):
        found.setdefault(row.child_id, []).append((row.valid_from, row.valid_to, row.helper))
    return found


def named_on(stretches: Iterable[tuple[Day, Day, str]], day: Day) -> str:
    """The helper named on a day, "" when nobody is."""
    return next((name for since, until, name in stretches if since <= day < until), "")
