"""待办: what one person owes today, and what waits for others below, in order of the day, page by page.

A person is asked for in one post at one unit (`Incumbent`). Duties that arise once are walked by index from a
key on; those that come round and those of the unit itself are few and computed. Who answers is judged by
the same rule as everywhere (`Holders`, `Rising`): nothing here decides it anew.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from itertools import islice

from sqlalchemy import Connection, and_, or_, select, tuple_
from sqlalchemy.sql import ColumnElement

from casework.domain.duty_policy import ISSUER, PERIODS, DutyPolicy, Rule
from casework.domain.permissions import Reach
from casework.domain.units import COUNTY
from casework.domain.values import FOREVER, SINCE_EVER, Day, day_after
from casework.projections.duty_above import Rising, below, roles_of
from casework.projections.duty_helped import classes_of, helped_by
from casework.projections.duty_holders import Holder, Holders
from casework.projections.duty_lines import (
    AT_ONCE,
    HEADS,
    Line,
    ScopeOfCases,
    ScopeOfUnits,
    Window,
    line_of,
    scope_of,
    with_excuses,
)
from casework.projections.duty_periods import period_lines
from casework.projections.duty_rows import ENDING, PENDING, duty
from casework.projections.duty_units import unit_lines
from casework.projections.duty_vacant import vacant_units
from casework.projections.reference import Reference
from casework.store.snapshot import Snapshot

_d = duty.c
_BATCH = 100
_LOOK_BACK_DAYS = 180
"""How long a unit's own duty that nobody recorded stays in the queue: until its like comes round again."""

Key = tuple[str, str, int, int, str, str]
START: Key = ("", "", 0, 0, "", "")


@dataclass(frozen=True, slots=True)
class Incumbent:
    """A person in one post at one unit, and whose children that post sees today."""

    login: str
    name: str
    post: str
    unit: str
    reach: Reach


@dataclass(frozen=True, slots=True)
class Owed:
    """A line of the queue. `inherited`: it fell due while somebody else held the post (前任留下)."""

    line: Line
    inherited: bool = False


@dataclass(frozen=True, slots=True)
class Risen:
    """A line of others that is shown above. `holders`: who must do it; `excusable`: by this person (免办)."""

    line: Line
    holders: tuple[Holder, ...]
    excusable: bool


@dataclass(frozen=True, slots=True)
class Days:
    """Lines that fall due in [first, last]."""

    first: Day = SINCE_EVER
    last: Day = FOREVER

    def takes(self, line: Line) -> bool:
        """Whether a line falls due then."""
        return self.first <= line.due_day <= self.last


EVERY_DAY = Days()


def key_of(line: Line) -> Key:
    """Where a line stands in the queue: by due day, then by child."""
    return line.due_day, line.case, line.no, line.seq, line.rule, line.begins


class Queue:
    """The queue of one seat, as it stands now. `rule`: of that rule only."""

    def __init__(
        self, snapshot: Snapshot, reference: Reference, seat: Incumbent, today: Day, rule: str = ""
    ) -> None:
        self._snapshot, self._reference, self._seat, self._today = snapshot, reference, seat, today
        self._rule = rule

    def mine(self, days: Days = EVERY_DAY, after: Key = START) -> Iterator[Owed]:
        """What the seat owes, by due day; from the key `after` on."""
        here = and_(_d.unit == self._seat.unit, *self._in_class)
        walked = [self._walk(here, self._rules(self._owes), days, after)]
        walked.append(self._ending(days, after))
        if self._helped:
            cases = _d.case_id.in_(sorted(self._helped)[:AT_ONCE])
            walked.append(self._walk(cases, self._rules(_by_name), days, after))
        for batch in _batches(merge(*walked, self._listed(self._computed, days, after), key=key_of)):
            yield from self._held(batch)

    def others(self, days: Days = EVERY_DAY, after: Key = START) -> Iterator[Risen]:
        """What others below owe and this seat is shown: nobody holds it, or it is overdue for days."""
        vacant = self._vacant
        streams = [self._walk(self._here, self._late, days, after, wide=True)]
        if vacant:
            places = _d.unit.in_(sorted(vacant)[:AT_ONCE])
            streams.append(self._walk(places, self._rules(self._is_below), days, after))
        streams.append(self._listed(self._computed_below, days, after))
        last: Key = START
        for batch in _batches(merge(*streams, key=key_of)):
            rising = self._rising
            rising.learn(batch)
            for line in batch:
                if key_of(line) > last and self._sits(rising, rising.shown_to(line)):
                    direct = self._sits(rising, rising.standing_above(line))
                    yield Risen(line, tuple(rising.holders.of(line)), direct)
                last = max(last, key_of(line))

    def _held(self, batch: list[Line]) -> Iterator[Owed]:
        """Those of a batch that the seat's person holds: today, or on the due day."""
        self._holders.learn(batch)
        for line in batch:
            owned = self._holds(line)
            if owned or (line.due_day < self._today and self._holds(line._replace(due_day=self._today))):
                yield Owed(line, inherited=not owned)

    def _holds(self, line: Line) -> bool:
        by_name = self._level(line) == "helper"
        return any(
            (each.name == self._seat.name and line.case in self._helped)
            if by_name
            else each.login == self._seat.login
            for each in self._holders.of(line)
        )

    @cached_property
    def _holders(self) -> Holders:
        return Holders(self._snapshot.conn, self._snapshot.k, self._reference, (), self._today)

    @cached_property
    def _rising(self) -> Rising:
        return Rising(self._snapshot.conn, self._snapshot.k, self._reference, (), self._today)

    def _sits(self, rising: Rising, seats: Iterable[Line]) -> bool:
        """Whether this person holds one of these places."""
        return rising.sits_in(seats, self._seat.login, self._seat.post, self._seat.unit)

    def _walk(
        self,
        where: ColumnElement[bool],
        rules: ColumnElement[bool] | None,
        days: Days,
        after: Key,
        *,
        wide: bool = False,
    ) -> Iterator[Line]:
        """Pending duties that arise once, by due day, read in batches from a key on.

        `wide`: of so many units that the index does not give the order; a look into it alone tells up to
        which day a batch reaches, and only those rows are read.
        """
        order = (_d.due_day, _d.case_id, _d.no, _d.seq, _d.rule)
        conn = self._snapshot.conn
        while rules is not None:
            asked = and_(PENDING, where, rules, _d.begins <= self._today)
            until = _reach_of_batch(conn, asked, max(days.first, after[0]), days.last) if wide else days.last
            query = select(duty).where(asked, _d.due_day.between(max(days.first, after[0]), until))
            if after != START:
                query = query.where(tuple_(*order) > tuple_(*after[:5]))
            rows = list(conn.execute(query.order_by(*order).limit(_BATCH)))
            yield from self._still_asked(line_of(row, self._reference) for row in rows)
            if len(rows) == _BATCH:
                last = rows[-1]
                after = (last.due_day, last.case_id, last.no, last.seq, last.rule, "")
            elif until == days.last:
                return
            else:
                after = (day_after(until), "", 0, 0, "", "")

    def _ending(self, days: Days, after: Key) -> Iterator[Line]:
        """Those of the seat's unit whose condition stops tomorrow or later: still owed today."""
        rules = self._rules(self._owes)
        if rules is None:
            return
        query = select(duty).where(
            ENDING, _d.unit == self._seat.unit, _d.stopped_on > self._today, _d.begins <= self._today, rules
        )
        rows = self._snapshot.conn.execute(query)
        lines = self._still_asked(line_of(row, self._reference) for row in rows)
        yield from self._listed(lines, days, after)

    def _still_asked(self, lines: Iterable[Line]) -> Iterator[Line]:
        """Without those excused, each as it stands today."""
        for line in with_excuses(self._snapshot.conn, self._snapshot.k, lines):
            if line.pending(self._today) and self._rule in ("", line.rule):
                yield line.on(self._today)

    def _listed(self, lines: Iterable[Line], days: Days, after: Key) -> Iterator[Line]:
        return (line for line in sorted(lines, key=key_of) if days.takes(line) and key_of(line) > after)

    @cached_property
    def _computed(self) -> list[Line]:
        """What comes round at the seat's unit, for children helped by name, and the unit's own duties."""
        snapshot, window = self._snapshot, Window(self._today)
        policy = self._reference.duties(self._today)
        here = self._at(self._seat.unit)
        found = [
            *period_lines(snapshot, self._reference, here, window, lambda rule: self._owes(policy, rule))
        ]
        if self._helped:
            theirs = ScopeOfCases(self._helped)
            found += period_lines(
                snapshot, self._reference, theirs, window, lambda rule: _by_name(policy, rule)
            )
        found += [line for line in self._of_units(here) if self._owes_own(line)]
        return list(self._still_asked(found))

    @cached_property
    def _computed_below(self) -> list[Line]:
        """What comes round at vacant places below, and what units below have not done of their own."""
        policy = self._reference.duties(self._today)
        found: list[Line] = []
        if self._vacant:
            window, places = Window(self._today), self._at(*self._vacant)
            found += period_lines(
                self._snapshot, self._reference, places, window, lambda rule: self._is_below(policy, rule)
            )
        found += self._of_units(self._below)
        return list(self._still_asked(found))

    def _of_units(self, scope: ScopeOfUnits) -> Iterator[Line]:
        """Units' own duties: those open, and those that nobody recorded in time."""
        past = Window(self._today, day_after(self._today, -_LOOK_BACK_DAYS), day_after(self._today, -1))
        for window in (Window(self._today), past):
            yield from unit_lines(self._snapshot, self._reference, scope, window)

    def _owes(self, policy: DutyPolicy, rule: Rule) -> bool:
        """Whether the seat's post answers for a rule at its unit."""
        if rule.posts:
            return self._seat.post in rule.posts
        unit = self._reference.units.get(self._seat.unit)
        role = HEADS.get(unit.kind, "") if rule.role == ISSUER and unit else rule.role
        return role in roles_of(policy, self._seat.post)

    def _owes_own(self, line: Line) -> bool:
        policy = self._reference.duties(line.begins)
        return self._seat.post in (line.posts or policy.role(line.role).posts)

    def _is_below(self, policy: DutyPolicy, rule: Rule) -> bool:
        return rule.role == ISSUER or rule.role in below(policy, roles_of(policy, self._seat.post))

    def _rules(self, wanted: "Wanted") -> ColumnElement[bool] | None:
        """The condition for duties of wanted rules; None when no rule is."""
        found = []
        for since, until, policy in self._reference.duty_policies():
            names = [rule.name for rule in policy.rules if rule.on not in PERIODS and wanted(policy, rule)]
            names = [name for name in names if self._rule in ("", name)]
            if names:
                whole = (since, until) == (SINCE_EVER, FOREVER)
                dated = () if whole else (_d.begins >= since, _d.begins < until)
                found.append(and_(_d.rule.in_(names), *dated))
        return or_(*found) if found else None

    @property
    def _late(self) -> ColumnElement[bool] | None:
        """Overdue for so long that the seat may be shown it."""
        escalation = self._reference.duties(self._today).escalation
        near = self._rules(self._is_direct)
        far = self._rules(self._is_below)
        if far is None:
            return None
        days = max(escalation.after_days, 1), max(escalation.top_after_days, 1)
        late, later = (_d.due_day <= day_after(self._today, -each) for each in days)
        return or_(and_(far, later), and_(near, late)) if near is not None else and_(far, later)

    def _is_direct(self, policy: DutyPolicy, rule: Rule) -> bool:
        direct = below(policy, roles_of(policy, self._seat.post))
        return bool(direct) and (rule.role == ISSUER or direct.get(rule.role, False))

    @cached_property
    def _in_class(self) -> tuple[ColumnElement[bool], ...]:
        """What a class teacher may hold: the classes ever written in the postings at the unit, and none.

        Narrows what is read; who holds a duty is judged as for everybody.
        """
        conn, k, seat = self._snapshot.conn, self._snapshot.k, self._seat
        policy = self._reference.duties(self._today)
        levels = {policy.role(name).level for name in roles_of(policy, seat.post)}
        written = classes_of(conn, k, seat.login, seat.unit, seat.post) if levels == {"class"} else []
        if not written or "" in written:
            return ()
        return (or_(_d.klass == "", _d.klass.in_(written), (_d.grade + _d.klass).in_(written)),)

    @cached_property
    def _below(self) -> ScopeOfUnits:
        return scope_of(self._reference.units, self._seat.unit)

    @property
    def _here(self) -> ColumnElement[bool]:
        """The places below: a whole county by the children in it, anything smaller by its units."""
        unit = self._reference.units.get(self._seat.unit)
        if unit is not None and unit.kind == COUNTY:
            return _d.county == unit.code
        return _d.unit.in_(sorted(self._below.units)[:AT_ONCE])

    @cached_property
    def _vacant(self) -> frozenset[str]:
        """Units below where a place of the chain is vacant, and the seat's own where classes may be."""
        policy = self._reference.duties(self._today)
        lower = below(policy, roles_of(policy, self._seat.post))
        used = {rule.role for rule in policy.rules} | {rule.role for rule in policy.unit_rules}
        roles = [policy.role(name) for name in lower if name in used]
        inner = (
            {self._seat.unit} if any(role.level in _INSIDE and lower[role.name] for role in roles) else set()
        )
        conn, k = self._snapshot.conn, self._snapshot.k
        outside = [role for role in roles if role.level not in _INSIDE]
        vacant = vacant_units(conn, k, self._reference.units, self._below.units, outside, self._today)
        return frozenset(inner | vacant)

    @cached_property
    def _helped(self) -> frozenset[str]:
        """The children whose 帮扶责任人 on the roster is this person."""
        snapshot = self._snapshot
        return helped_by(snapshot.conn, snapshot.k, self._seat.name, self._seat.reach, self._today)

    def _at(self, *units: str) -> ScopeOfUnits:
        counties = {self._reference.units.county_of(unit) for unit in units}
        return ScopeOfUnits(frozenset(units), tuple(sorted(counties - {""})), frozenset(), False)

    def _level(self, line: Line) -> str:
        return self._reference.duties(line.begins).role(line.role).level if line.role != ISSUER else ""


_INSIDE = ("class", "guardian", "helper")
Wanted = Callable[[DutyPolicy, Rule], bool]


def _by_name(policy: DutyPolicy, rule: Rule) -> bool:
    return rule.role != ISSUER and policy.role(rule.role).level == "helper"


def _reach_of_batch(conn: Connection, asked: ColumnElement[bool], first: Day, last: Day) -> Day:
    """The day on which the batch from `first` on is full; `last` when it never is."""
    query = select(_d.due_day).where(asked, _d.due_day.between(first, last))
    return conn.scalar(query.order_by(_d.due_day).offset(_BATCH).limit(1)) or last


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while batch := list(islice(lines, _BATCH)):
        yield batch
