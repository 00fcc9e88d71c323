"""待办: what one person owes today, and what waits for others below, in order of the day, page by page.

A person is asked for in one post at one unit (`Incumbent`). Duties that arise once are walked by index from a
key on; those that come round and those of the unit itself are few and computed. Who answers is judged by
the same rule as everywhere (`Holders`, `Rising`): nothing here decides it anew.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from itertools import chain, islice
from typing import Any

from casework.domain.duty_policy import ISSUER, PERIODS, DutyPolicy, Rule
from casework.domain.permissions import Reach
from casework.domain.units import COUNTY
from casework.domain.values import Day, day_after
from casework.projections import duty_walk
from casework.projections.duty_above import Likeness, Rising, below, roles_of, upwards
from casework.projections.duty_helped import classes_of, helped_by
from casework.projections.duty_holders import Holder, Holders
from casework.projections.duty_lines import (
    HEADS,
    Line,
    ScopeOfCases,
    ScopeOfUnits,
    Window,
    scope_of,
    with_excuses,
)
from casework.projections.duty_periods import period_lines
from casework.projections.duty_units import undone_lines
from casework.projections.duty_vacant import vacant_units
from casework.projections.duty_walk import (
    EVERY_DAY,
    START,
    Days,
    Key,
    Keyed,
    Stretch,
    Walk,
    in_order,
    key_of,
    places_at_once,
)
from casework.projections.reference import Reference
from casework.store.snapshot import Snapshot

_OWN, _OTHERS = 100, 32
"""Lines judged at a time: what others owe is looked through, not counted to the end."""
_INSIDE = ("class", "guardian", "helper")

Wanted = Callable[[DutyPolicy, Rule], bool]
Batches = Iterator[list[Line]]
Learn = Callable[[Sequence[Line]], None]


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
        self._lower: dict[str, dict[str, bool]] = {}

    def mine(self, days: Days = EVERY_DAY, after: Key = START) -> Iterator[Owed]:
        """What the seat owes, by due day; from the key `after` on."""
        return self._held(_learned(self._owed(days, after), self._holders.learn))

    def mine_of(self, parts: Sequence[Days], most: int) -> list[list[Owed]]:
        """The first of what the seat owes in each of some stretches of days."""
        for walk in self._own_walks:
            walk.read_ahead(parts)
        begun = _begun((self._owed(days, START) for days in parts), self._holders.learn)
        return [list(islice(self._held(batches), most)) for batches in begun]

    def others(self, days: Days = EVERY_DAY, after: Key = START) -> Iterator[Risen]:
        """What others below owe and this seat is shown: nobody holds it, or it is overdue for days."""
        return self._shown(_learned(self._owed_below(days, after), self._rising.learn))

    def others_of(self, parts: Sequence[Days], most: int) -> list[list[Risen]]:
        """The first of what others owe in each of some stretches of days."""
        for walk in self._walks_below:
            walk.read_ahead(parts)
        begun = _begun((self._owed_below(days, START) for days in parts), self._rising.learn)
        return [list(islice(self._shown(batches), most)) for batches in begun]

    def _owed(self, days: Days, after: Key) -> Batches:
        walked = [walk.lines(days, after) for walk in self._own_walks]
        return _batches(merge(*walked, _listed(self._own_listed, days, after)), _OWN)

    def _owed_below(self, days: Days, after: Key) -> Batches:
        walked = [walk.lines(days, after) for walk in self._walks_below]
        return _batches(merge(*walked, _listed(self._listed_below, days, after)), _OTHERS)

    def _held(self, batches: Batches) -> Iterator[Owed]:
        """Those that the seat's person holds: today, or on the due day."""
        for batch in batches:
            for line in batch:
                owned = self._holds(line)
                if owned or (line.due_day < self._today and self._holds(line._replace(due_day=self._today))):
                    yield Owed(line, inherited=not owned)

    def _shown(self, batches: Batches) -> Iterator[Risen]:
        """Those that this person is shown, each once: a line late at a vacant place is walked twice."""
        last: Line | None = None
        for batch in batches:
            for line in batch:
                if last is None or key_of(line) != key_of(last):
                    last = line
                    shown, direct = self._verdict(line)
                    if shown:
                        yield Risen(line, tuple(self._rising.holders.of(line)), direct)

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
        by_name = self._stretches(_by_name) if self._helped else ()
        return [
            *walks,
            *(self._walk(duty_walk.CASES, part, by_name) for part in places_at_once(self._helped)),
        ]

    @cached_property
    def _walks_below(self) -> list[Walk]:
        """What is late below, and what arises once at vacant places."""
        unit = self._reference.units.get(self._seat.unit)
        whole = unit is not None and unit.kind == COUNTY
        late = (
            [self._walk(duty_walk.COUNTY, [self._seat.unit], self._late, at_once=_OTHERS)]
            if whole
            else self._walks_at(self._below.units, self._late)
        )
        vacant = self._walks_at(self._vacant, self._stretches(self._is_below)) if self._vacant else []
        return [*late, *vacant]

    def _walks_at(self, units: Collection[str], stretches: Sequence[Stretch]) -> list[Walk]:
        where = duty_walk.UNITS if len(units) > 1 else duty_walk.UNIT
        return [self._walk(where, part, stretches, at_once=_OTHERS) for part in places_at_once(units)]

    def _walk(self, where: str, places: Sequence[str], stretches: Sequence[Stretch], **kept: Any) -> Walk:
        return Walk(self._snapshot, self._reference, self._today, where, places, stretches, **kept)

    @cached_property
    def _own_listed(self) -> list[Keyed]:
        """What is not walked of the seat's own, in order."""
        ending = duty_walk.ending(
            self._snapshot, self._reference, self._today, self._seat.unit, self._stretches(self._owes)
        )
        return in_order(self._still_asked([*ending, *self._computed]))

    @cached_property
    def _listed_below(self) -> list[Keyed]:
        """What is not walked of others, in order."""
        return in_order(self._still_asked(self._computed_below))

    def _still_asked(self, lines: Iterable[Line]) -> list[Line]:
        """Without those excused, each as it stands today."""
        told = with_excuses(self._snapshot.conn, self._snapshot.k, lines)
        return [
            line.on(self._today)
            for line in told
            if line.pending(self._today) and self._rule in ("", line.rule)
        ]

    @property
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
        return [*found, *(line for line in own if self._owes_own(line))]

    @property
    def _computed_below(self) -> list[Line]:
        """What comes round at vacant places below, and what units below have not done of their own."""
        policy = self._reference.duties(self._today)
        found: list[Line] = []
        if self._vacant:
            window, places = Window(self._today), self._at(*self._vacant)
            found += period_lines(
                self._snapshot, self._reference, places, window, lambda rule: self._is_below(policy, rule)
            )
        return [*found, *undone_lines(self._snapshot, self._reference, self._below, self._today)]

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
        return rule.role == ISSUER or rule.role in self._roles_below(policy)

    def _stretches(self, wanted: Wanted) -> list[Stretch]:
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
        direct = self._roles_below(policy)
        return bool(direct) and (rule.role == ISSUER or direct.get(rule.role, False))

    def _roles_below(self, policy: DutyPolicy) -> dict[str, bool]:
        """The roles below the seat's: name → whether directly."""
        if policy.version not in self._lower:
            self._lower[policy.version] = below(policy, roles_of(policy, self._seat.post))
        return self._lower[policy.version]

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
        """Units below where a place of the chain is vacant, and the seat's own where classes may be.

        Of the roles that rules ask, and of those above them: what comes round falls to the class, and passes
        the head's vacant place on its way up.
        """
        policy = self._reference.duties(self._today)
        lower = self._roles_below(policy)
        used = {rule.role for rule in policy.rules}
        used |= {*HEADS.values()} if ISSUER in used else set()
        used = used.union(*(upwards(policy, policy.role(name)) for name in used & lower.keys()))
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


def _by_name(policy: DutyPolicy, rule: Rule) -> bool:
    return rule.role != ISSUER and policy.role(rule.role).level == "helper"


def _listed(keyed: Iterable[Keyed], days: Days, after: Key) -> Iterator[Keyed]:
    return ((key, line) for key, line in keyed if days.takes(line) and key > after)


def _batches(keyed: Iterator[Keyed], size: int) -> Batches:
    while batch := [line for _, line in islice(keyed, size)]:
        yield batch


def _learned(batches: Batches, learn: Learn) -> Batches:
    for batch in batches:
        learn(batch)
        yield batch


def _begun(parts: Iterable[Batches], learn: Learn) -> list[Batches]:
    """The batches of some queues; what all of them begin with is learned at once."""
    waiting = list(parts)
    first = [next(batches, []) for batches in waiting]
    learn([line for batch in first for line in batch])
    return [chain([batch], _learned(batches, learn)) for batch, batches in zip(first, waiting, strict=True)]
