"""Duties that come round each week, month or quarter, expanded from the stretches of `case_span`.

A period's duty belongs to a child whose status was one of the rule's at 00:00 of its first day; it is
looked at again at the period's end (or at the day asked for, if earlier), and any fact in it counts.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.sql import ColumnElement

from casework.domain.duties import unit_at
from casework.domain.duty_policy import PERIODS, DutyPolicy, Rule
from casework.domain.home_visit import person_mark
from casework.domain.places import Place
from casework.domain.statuses import CLOSED, STATUS_NAMES
from casework.domain.units import VILLAGE, Units
from casework.domain.values import Day, day_after
from casework.projections.activity import SEPARATOR, SESSION, VISIT, activity
from casework.projections.bitemporal import believed_at, believed_parts
from casework.projections.case_span import COUNTED, case_span
from casework.projections.duty_lines import AT_ONCE, Line, Scope, Window
from casework.projections.reference import Reference
from casework.projections.roster import roster_span
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


@dataclass(frozen=True, slots=True)
class _Opened:
    """A child as a period opened: the status at 00:00, and the place of that day."""

    status: str
    place: Place


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
        held = {code for rule in rules for code in STATUS_NAMES if rule.while_.holds(code)}
        counted = (COUNTED,) if CLOSED not in held else ()
        self._wanted = (_s.status.in_(sorted(held)), *counted)
        self._opened = {**self._running(scope.spans()), **self._cut(scope.spans())}
        for cases in self._arrivals():
            self._opened |= {**self._running((_s.case_id.in_(cases),)), **self._cut((_s.case_id.in_(cases),))}
        self._ends = self._at_end()

    def lines(self, policy: DutyPolicy, rule: Rule) -> Iterator[Line]:
        """The rule's duties of the period."""
        held = {
            case: each
            for case, each in self._opened.items()
            if each.status and rule.while_.holds(each.status)
        }
        lines = (self._line(policy, rule, case, each.place) for case, each in held.items())
        asked = {line.case: line for line in lines if self._scope.holds(line)}
        done = self._done(rule, {case: held[case].place for case in asked})
        for case, line in asked.items():
            status, _ = self._ends.get(case, ("", None))
            over = "" if status and rule.while_.holds(status) else self._until
            on, by = done.get(case, ("", 0))
            yield line._replace(fulfilled_on=on, fulfilled_by=by, stopped_on=over)

    def _line(self, policy: DutyPolicy, rule: Rule, case: str, place: Place) -> Line:
        in_class = policy.role(rule.role).level == "class"
        _, at_end = self._ends.get(case, ("", place))
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

    def _running(self, here: Sequence[ColumnElement[bool]]) -> dict[str, _Opened]:
        """Children in a status of the rules whose stretch runs over 00:00 of the first day."""
        first, found = self._period.first, {}
        for believed in believed_parts(case_span, self._k):
            query = select(_s.case_id, _s.status, *_PLACE).where(
                *believed, *here, _s.valid_from < first, _s.valid_to > first, *self._wanted
            )
            found.update({row.case_id: _Opened(row.status, _place(row)) for row in self._conn.execute(query)})
        return found

    def _cut(self, here: Sequence[ColumnElement[bool]]) -> dict[str, _Opened]:
        """Children whose stretch ended at 00:00: the status of the one before, the place of the one after."""
        first = self._period.first
        query = select(_s.case_id, *_PLACE).where(
            *believed_at(case_span, self._k), *here, _s.valid_from == first
        )
        places = {row.case_id: _place(row) for row in self._conn.execute(query)}
        before = select(_s.case_id, _s.status).where(
            *believed_at(case_span, self._k), _s.valid_from < first, _s.valid_to == first, *self._wanted
        )
        rows = self._in_chunks(before, _s.case_id, places)
        return {row.case_id: _Opened(row.status, places[row.case_id]) for row in rows}

    def _at_end(self) -> dict[str, tuple[str, Place]]:
        """Status and place at the end of the period, or of the day asked for."""
        query = select(_s.case_id, _s.status, *_PLACE).where(
            *believed_at(case_span, self._k), _s.valid_from <= self._until, _s.valid_to > self._until
        )
        rows = self._in_chunks(query, _s.case_id, self._opened)
        return {row.case_id: (row.status, _place(row)) for row in rows}

    def _done(self, rule: Rule, places: Mapping[str, Place]) -> dict[str, tuple[Day, int]]:
        """Case → the earliest fact of the period that fulfils."""
        query = (
            select(_a.case_id, _a.done_on, _a.no, _a.units, _a.people)
            .where(*believed_at(activity, self._k), _a.kind == _DEEDS[rule.fulfilled_by.kind])
            .where(_a.done_on.between(self._period.first, self._until))
            .order_by(_a.done_on, _a.no)
        )
        helpers = self._helpers(places) if rule.fulfilled_by.with_ == "helper" else {}
        done: dict[str, tuple[Day, int]] = {}
        for row in self._in_chunks(query, _a.case_id, places):
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

    def _in_chunks(self, query: Any, column: Any, cases: Iterable[str]) -> Iterator[Row[Any]]:
        wanted = sorted(cases)
        for start in range(0, len(wanted), AT_ONCE):
            yield from self._conn.execute(query.where(column.in_(wanted[start : start + AT_ONCE])))


def helpers_of(conn: Connection, k: int, children: Iterable[str]) -> dict[str, list[tuple[Day, Day, str]]]:
    """Child → (from, to, 帮扶责任人) as the roster names them, as known at act `k`."""
    found: dict[str, list[tuple[Day, Day, str]]] = {}
    wanted = sorted(children)
    query = select(_r.child_id, _r.valid_from, _r.valid_to, _r.helper).where(*believed_at(roster_span, k))
    for start in range(0, len(wanted), AT_ONCE):
        for row in conn.execute(query.where(_r.child_id.in_(wanted[start : start + AT_ONCE]))):
            found.setdefault(row.child_id, []).append((row.valid_from, row.valid_to, row.helper))
    return found


def named_on(stretches: Iterable[tuple[Day, Day, str]], day: Day) -> str:
    """The helper named on a day, "" when nobody is."""
    return next((name for since, until, name in stretches if since <= day < until), "")


def _place(row: Any) -> Place:
    return Place(
        on="",
        county=row.county,
        township=row.township,
        village=row.village,
        school=row.school,
        stage=row.stage,
        grade=row.grade,
        klass=row.klass,
    )
