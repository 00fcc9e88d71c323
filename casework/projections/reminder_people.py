"""Who is told of how many duties of which kind, at a digest (提醒对象).

The holders of today; where nobody holds the place, the level above; for what is overdue long enough the
levels above besides. Children of a helper (帮扶责任人) are told to who holds that post under that name.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from sqlalchemy import or_, select

from casework.domain.permissions import reach_of
from casework.domain.reminder_policy import ReminderPolicy
from casework.domain.reminders import DUE_SOON, ESCALATED, OVERDUE
from casework.domain.units import Units
from casework.domain.values import Day, day_after, days_between
from casework.projections.bitemporal import believed_at
from casework.projections.duty_above import Rising
from casework.projections.duty_holders import Holder
from casework.projections.duty_lines import Line
from casework.projections.reference import Reference
from casework.projections.registers import posting
from casework.projections.reminder_counts import (
    ABOVE,
    IN_TIME,
    LATE,
    TOP,
    Counted,
    pending_of_units,
    pending_singles,
)
from casework.projections.reminder_periods import pending_of_periods
from casework.store.snapshot import Snapshot

HELPER_POST = "帮扶责任人"
_p = posting.c
_AT_ONCE = 500


class Place(NamedTuple):
    """Who must do it: a role at a unit, for a class or named as helper where that is so."""

    unit: str
    role: str
    posts: tuple[str, ...]
    grade: str
    klass: str
    county: str
    township: str
    helper: str

    def line(self, due_day: Day, today: Day) -> Line:
        """A duty of the place as it stands today."""
        return Line(
            rule="",
            policy="",
            role=self.role,
            unit=self.unit,
            case="",
            begins=today,
            due_day=due_day,
            grade=self.grade,
            klass=self.klass,
            posts=self.posts,
            county=self.county,
            township=self.township,
        )


@dataclass
class Told:
    """A person, where they are told as whom, and how many duties of which kind."""

    name: str
    post: str
    unit: str
    counts: Counter[str] = field(default_factory=Counter)


@dataclass
class Tellings:
    """Everything a digest says: by login, and by unit for the units asked for."""

    people: dict[str, Told]
    units: dict[str, Counter[str]]


Fold = dict[Place, dict[str, Counter[str]]]
"""Place → how late → kind → how many."""


def tellings(
    snapshot: Snapshot,
    reference: Reference,
    policy: ReminderPolicy,
    digest: str,
    today: Day,
    groups: Iterable[str] = (),
) -> Tellings:
    """What a digest tells today; `groups`: the units that have a group of their own."""
    ahead = policy.days_ahead()
    counted = (
        each
        for count in (pending_singles, pending_of_periods, pending_of_units)
        for each in count(snapshot, reference, today, ahead)
    )
    roles = {role.name for role in reference.duties(today).roles}
    known = (each for each in counted if each[0].role in roles)  # of a chain since changed: nobody's
    folded = _fold(known, policy, digest, today)
    told = Tellings({}, {unit: Counter() for unit in groups})
    places = sorted(folded)
    for start in range(0, len(places), _AT_ONCE):
        _Crediting(snapshot, reference, today, places[start : start + _AT_ONCE]).credit(folded, told)
    return told


def _fold(counted: Iterable[Counted], policy: ReminderPolicy, digest: str, today: Day) -> Fold:
    """A few thousand places out of a million duties."""
    kind_of = cache(_kinds(policy, digest, today))
    folded: Fold = defaultdict(lambda: defaultdict(Counter))
    for group, n in counted:
        place = Place(
            *(group.unit, group.role, group.posts, group.grade, group.klass),
            *(group.county, group.township, group.helper),
        )
        own, above = kind_of(group.rule, group.role, group.due_day, group.late)
        if own:
            folded[place][group.late][own] += n
        if above:
            folded[place][group.late][_RAISED + above] += n
    return folded


_RAISED = "\0"
"""Before the name of a kind that is for the levels above."""


def _kinds(
    policy: ReminderPolicy, digest: str, today: Day
) -> Callable[[str, str, Day, str], tuple[str, str]]:
    def kinds(rule: str, role: str, due_day: Day, late: str) -> tuple[str, str]:
        left = days_between(today, due_day) if due_day else -1
        asked = [(rule, role, OVERDUE if late else DUE_SOON, left)]
        asked += [(rule, role, ESCALATED, left)] if late in (ABOVE, TOP) else []
        found = [policy.kind_of(*each) for each in asked]
        names = [kind.name if kind and digest in kind.digests else "" for kind in found]
        return names[0], names[1] if len(names) > 1 else ""

    return kinds


class _Crediting:
    """Some places: who holds them and those above, read together."""

    def __init__(self, snapshot: Snapshot, reference: Reference, today: Day, places: Sequence[Place]) -> None:
        self._reference, self._today, self._places = reference, today, places
        self._policy = reference.duties(today)
        lines = [place.line(today, today) for place in places]
        self._rising = Rising(snapshot.conn, snapshot.k, reference, lines, today)
        names = {place.helper for place in places if place.helper}
        self._helpers = _Helpers(snapshot, reference.units, names, today)

    def credit(self, folded: Mapping[Place, Mapping[str, Counter[str]]], told: Tellings) -> None:
        """Adds what is owed at each place to those who are told of it."""
        for place in self._places:
            line = place.line(self._today, self._today)
            holders = self._helpers.of(place) if place.helper else self._rising.holders.of(line)
            logins = [each for each in holders if each.login]
            for late, kinds in folded[place].items():
                own = {kind: n for kind, n in kinds.items() if not kind.startswith(_RAISED)}
                raised = {kind[1:]: n for kind, n in kinds.items() if kind.startswith(_RAISED)}
                self._tell(told, line, logins, own)
                seats = self._above(line, late, vacant=not logins)
                # Nobody holds the place: it is the level above's own, unless that is told as overdue below.
                shown = raised or own if late else own
                for seat in seats:
                    self._tell(told, seat, self._rising.holders.of(seat), shown)

    def _above(self, line: Line, late: str, *, vacant: bool) -> list[Line]:
        escalation = self._policy.escalation
        if late in (IN_TIME, LATE):
            return self._rising.standing_above(line) if vacant else []
        days = escalation.after_days if late == ABOVE else escalation.top_after_days
        return self._rising.shown_to(line._replace(due_day=day_after(self._today, -max(days, 1))))

    def _tell(self, told: Tellings, line: Line, holders: Iterable[Holder], counts: Mapping[str, int]) -> None:
        if not counts:
            return
        post = (line.posts or self._policy.role(line.role).posts or (line.role,))[0]
        for holder in holders:
            if holder.login:
                person = told.people.setdefault(holder.login, Told(holder.name, post, line.unit))
                person.counts.update(counts)
        if line.unit in told.units:
            told.units[line.unit].update(counts)


class _Helpers:
    """Who holds the post of 帮扶责任人 under the names that the roster gives."""

    def __init__(self, snapshot: Snapshot, units: Units, names: Iterable[str], today: Day) -> None:
        self._units = units
        self._held: dict[str, list[tuple[Holder, str]]] = {}
        for login, name, unit in self._read(snapshot, sorted(set(names)), today):
            self._held.setdefault(name, []).append((Holder(login, name), unit))

    def of(self, place: Place) -> list[Holder]:
        """Those of that name whose unit the school belongs to."""
        return [holder for holder, unit in self._held.get(place.helper, ()) if self._sees(unit, place.unit)]

    def _sees(self, unit: str, school: str) -> bool:
        reach = reach_of(self._units, unit)
        return school in reach.schools or self._units.county_of(school) in reach.counties

    def _read(self, snapshot: Snapshot, names: Sequence[str], today: Day) -> Iterator[tuple[str, str, str]]:
        query = select(_p.login, _p.name, _p.unit).where(
            *believed_at(posting, snapshot.k),
            _p.post == HELPER_POST,
            _p.since <= today,
            or_(_p.until == "", _p.until >= today),
        )
        for start in range(0, len(names), _AT_ONCE):
            chosen = query.where(_p.name.in_(names[start : start + _AT_ONCE]))
            yield from map(tuple, snapshot.conn.execute(chosen.order_by(_p.login)))
