"""待办: what one person owes today, and what waits for others below, in order of the day, page by page.

A person is asked for in one post at one unit (`Incumbent`). Duties that arise once are walked by index from a
key on; those that come round and those of the unit itself are few and computed. Who answers is judged by
the same rule as everywhere (`Holders`, `Rising`): nothing here decides it anew.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from itertools import islice

from sqlalchemy import and_, or_, select

from casework.domain.duty_policy import ISSUER, PERIODS, DutyPolicy, Rule
from casework.domain.permissions import Reach
from casework.domain.units import COUNTY
from casework.domain.values import Day, day_after
from casework.projections import duty_walk
from casework.projections.duty_above import Likeness, Rising, below, roles_of
from casework.projections.duty_helped import classes_of, helped_by
from casework.projections.duty_holders import Holder, Holders
from casework.projections.duty_lines import (
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
from casework.projections.duty_rows import ENDING, duty
from casework.projections.duty_units import undone_lines
from casework.projections.duty_vacant import vacant_units
from casework.projections.duty_walk import EVERY_DAY, START, Days, Key, Stretch, Walk, key_of
from casework.projections.reference import Reference
from casework.store.snapshot import Snapshot

_d = duty.c
_BATCH = 100


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


class Queue:
    """The queue of one seat, as it stands now. `rule`: of that rule only."""

    def __init__(
        self, snapshot: Snapshot, reference: Reference, seat: Incumbent, today: Day, rule: str = ""
    ) -> None:
        self._snapshot, self._reference, self._seat, self._today = snapshot, reference, seat, today
        self._rule = rule

    def mine(self, days: Days = EVERY_DAY, after: Key = START) -> Iterator[Owed]:
        """What the seat owes, by due day; from the key `after` on."""
        walked = [walk.lines(days, after) for walk in self._own_walks]
        listed = _listed([*self._ending, *self._computed], days, after)
        for batch in _batches(merge(*walked, listed, key=key_of)):
            yield from self._held(batch)

    def mine_of(self, parts: Sequence[Days], most: int) -> list[list[Owed]]:
        """The first of what the seat owes in each of some stretches of days."""
        for walk in self._own_walks:
            walk.read_ahead(parts)
        return [list(islice(self.mine(days), most)) for days in parts]

    def others(self, days: Days = EVERY_DAY, after: Key = START) -> Iterator[Risen]:
        """What others below owe and this seat is shown: nobody holds it, or it is overdue for days."""
        walked = [walk.lines(days, after) for walk in self._walks_below]
        listed = _listed(self._computed_below, days, after)
        last: Key = START
        for batch in _batches(merge(*walked, listed, key=key_of)):
            rising = self._rising
            rising.learn(batch)
            for line in batch:
                key = key_of(line)
                if key > last:
                    last = key
                    shown, direct = self._verdict(line)
                    if shown:
                        yield Risen(line, tuple(rising.holders.of(line)), direct)

    def others_of(self, parts: Sequence[Days], most: int) -> list[list[Risen]]:
        """The first of what others owe in each of some stretches of days."""
        for walk in self._walks_below:
            walk.read_ahead(parts)
        return [list(islice(self.others(days), most)) for days in parts]

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

    def _verdict(self, line: Line) -> tuple[bool, bool]:
        """Whether this person is shown a line of others, and whether as the level right above."""
        rising, seat = self._rising, (self._seat.login, self._seat.post, self._seat.unit)
        alike = rising.likeness(line)
        if alike not in self._verdicts:
            shown = rising.sits_in(rising.shown_to(line), *seat)
            self._verdicts[alike] = shown, shown and rising.sits_above(line, *seat)
        return self._verdicts[alike]

    @cached_property
    def _verdicts(self) -> dict[Likeness, tuple[bool, bool]]:
        """What was judged of lines alike."""
        return {}

    @cached_property
    def _own_walks(self) -> list[Walk]:
        """What arises once at the seat's unit, and for the children helped by name."""
        stretches = self._stretches(self._owes)
        walks = [self._walk(duty_walk.UNIT, [self._seat.unit], stretches, rooms=self._rooms)]
        if self._helped:
            walks.append(self._walk(duty_walk.CASES, self._helped, self._stretches(_by_name)))
        return walks

    @cached_property
    def _walks_below(self) -> list[Walk]:
        """What is late below, and what arises once at vacant places."""
        unit = self._reference.units.get(self._seat.unit)
        whole = unit is not None and unit.kind == COUNTY
        walks = [
            self._walk(duty_walk.COUNTY, [self._seat.unit], self._late)
            if whole
            else self._walk_at(self._below.units, self._late)
        ]
        if self._vacant:
            walks.append(self._walk_at(self._vacant, self._stretches(self._is_below)))
        return walks

    def _walk_at(self, units: Collection[str], stretches: Sequence[Stretch]) -> Walk:
        return self._walk(duty_walk.UNITS if len(units) > 1 else duty_walk.UNIT, units, stretches)

    def _walk(
        self, where: str, places: Collection[str], stretches: Sequence[Stretch], rooms: Sequence[str] = ()
    ) -> Walk:
        return Walk(self._snapshot, self._reference, self._today, where, places, stretches, rooms)

    @cached_property
    def _ending(self) -> list[Line]:
        """Those of the seat's unit whose condition stops tomorrow or later: still owed today."""
        ruled = [
            and_(_d.rule.in_(each.rules), _d.begins >= each.since, _d.begins < each.until)
            for each in self._stretches(self._owes)
        ]
        if not ruled:
            return []
        here = _d.unit == self._seat.unit, _d.stopped_on > self._today, _d.begins <= self._today
        rows = self._snapshot.conn.execute(select(duty).where(ENDING, *here, or_(*ruled)))
        return self._still_asked(line_of(row, self._reference) for row in rows)

    def _still_asked(self, lines: Iterable[Line]) -> list[Line]:
        """Without those excused, each as it stands today."""
        told = with_excuses(self._snapshot.conn, self._snapshot.k, lines)
        return [
            line.on(self._today)
            for line in told
            if line.pending(self._today) and self._rule in ("", line.rule)
        ]

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
        own = undone_lines(snapshot, self._reference, here, self._today)
        found += [line for line in own if self._owes_own(line)]
        return self._still_asked(found)

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
        found += undone_lines(self._snapshot, self._reference, self._below, self._today)
        return self._still_asked(found)

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

    def _stretches(self, wanted: "Wanted") -> list[Stretch]:
        """The wanted rules of duties that arise once, by the days on which a policy begins them."""
        found = []
        for since, until, policy in self._reference.duty_policies():
            names = [rule.name for rule in policy.rules if rule.on not in PERIODS and wanted(policy, rule)]
            names = [name for name in names if self._rule in ("", name)]
            if names:
                found.append(Stretch(tuple(names), since, until))
        return found

    @property
    def _late(self) -> list[Stretch]:
        """Overdue for so long that the seat may be shown it."""
        escalation = self._reference.duties(self._today).escalation
        days = max(escalation.after_days, 1), max(escalation.top_after_days, 1)
        late, later = (day_after(self._today, -each) for each in days)
        near = [each._replace(last=late) for each in self._stretches(self._is_direct)]
        return near + [each._replace(last=later) for each in self._stretches(self._is_below)]

    def _is_direct(self, policy: DutyPolicy, rule: Rule) -> bool:
        direct = below(policy, roles_of(policy, self._seat.post))
        return bool(direct) and (rule.role == ISSUER or direct.get(rule.role, False))

    @cached_property
    def _rooms(self) -> list[str]:
        """What a class teacher may hold: the classes ever written in the postings at the unit, and none.

        Narrows what is read; who holds a duty is judged as for everybody. [] narrows nothing.
        """
        conn, k, seat = self._snapshot.conn, self._snapshot.k, self._seat
        policy = self._reference.duties(self._today)
        levels = {policy.role(name).level for name in roles_of(policy, seat.post)}
        written = classes_of(conn, k, seat.login, seat.unit, seat.post) if levels == {"class"} else []
        return [] if "" in written else written

    @cached_property
    def _below(self) -> ScopeOfUnits:
        return scope_of(self._reference.units, self._seat.unit)

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


def _listed(lines: Iterable[Line], days: Days, after: Key) -> Iterator[Line]:
    return (line for line in sorted(lines, key=key_of) if days.takes(line) and key_of(line) > after)


def _batches(lines: Iterator[Line]) -> Iterator[list[Line]]:
    while batch := list(islice(lines, _BATCH)):
        yield batch
