"""Who is shown a duty besides its holder (提请上一级): the level above, where nobody holds it or it is late.

A vacant place is looked after by the level above at once, an overdue duty after the policy's days; after
more days the top of the chain is shown it too. A level that is itself vacant passes it on upwards.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from casework.domain.duty_policy import ISSUER, DutyPolicy, Role
from casework.domain.units import NO_UNIT, SCHOOL, TOWNSHIPS, VILLAGE, Units
from casework.domain.values import Day, days_between
from casework.projections.duty_holders import Holders
from casework.projections.duty_lines import Line
from casework.projections.duty_places import places_on
from casework.projections.reference import Reference

_OF_CHILD = ("guardian", "helper")
_CLASSED, _NAMED = "class", "child"

Place = tuple[str, ...]
Likeness = tuple[Place, bool, bool, bool]
"""Place, overdue for the level above, overdue for the top, held by nobody."""


class Rising:
    """The holders of some lines, and who above them is shown each, at the end of a day."""

    def __init__(
        self, conn: Connection, k: int, reference: Reference, lines: Iterable[Line], on: Day
    ) -> None:
        self._conn, self._k, self._reference, self._on = conn, k, reference, on
        self._rooms: dict[str, Row[Any]] = {}
        self._climbed: set[Place] = set()
        self._upward: dict[tuple[str, str], Sequence[Role]] = {}
        self._over: dict[tuple[str, Day], tuple[bool, bool]] = {}
        self._standing: dict[Place, list[Line]] = {}
        self._shown: dict[Likeness, list[Line]] = {}
        self._of_children: dict[tuple[str, str], str] = {}
        self.holders = Holders(conn, k, reference, (), on)
        self.learn(list(lines))

    def learn(self, lines: Sequence[Line]) -> None:
        """Reads what further lines need, the places above them included."""
        children = {line.case for line in lines if self._child_of(line)} - self._rooms.keys()
        self._rooms.update(places_on(self._conn, self._k, children, self._on))
        new = {self._place(line): line for line in lines}
        for place in new.keys() & self._climbed:
            del new[place]
        self._climbed.update(new)
        classes: list[Line] = []
        units: set[str] = set()
        for line in new.values():
            roles = self._roles_above(line)
            levels = {role.level for role in roles}
            units.update(unit_at_level(self._reference.units, level, line) for level in levels)
            led = (role for role in roles if role.level == _CLASSED)
            classes += [seat for role in led for seat in self._seat(line, role)]
        self.holders.learn([*lines, *classes], units - {""})

    def _roles_above(self, line: Line) -> Sequence[Role]:
        """All roles above a line's, however far up."""
        named = line.policy, line.role
        if named not in self._upward:
            policy = self._reference.duties(line.begins)
            names = set() if line.role == ISSUER else upwards(policy, policy.role(line.role))
            names.add(policy.escalation.top)
            self._upward[named] = [policy.role(name) for name in sorted(names)]
        return self._upward[named]

    def _place(self, line: Line) -> Place:
        """What the places above follow from: they are the same for all duties of one place."""
        where = () if line.unit else (line.township, line.county)
        child = self._child_of(line)
        if not child:
            return line.policy, line.role, line.unit, *where
        at = self._rooms.get(line.case)
        room = (at.grade, at.klass) if at else ("", "")
        return line.policy, line.role, line.unit, *where, *room, line.case if child == _NAMED else ""

    def likeness(self, line: Line) -> Likeness:
        """What decides to whom above a line is shown: the same for lines that are alike in it."""
        return self._place(line), *self._overdue(line), not self.holders.of(line)

    def _overdue(self, line: Line) -> tuple[bool, bool]:
        """Whether long enough for the level above, and for the top."""
        if line.due_day >= self._on:
            return False, False
        known = self._over.get((line.policy, line.due_day))
        if known is None:
            after, over = self._reference.duties(line.begins).escalation, days_between(line.due_day, self._on)
            known = over >= after.after_days, over >= after.top_after_days
            self._over[line.policy, line.due_day] = known
        return known

    def above(self, line: Line) -> list[Line]:
        """The duty as each role directly above would hold it today."""
        policy = self._reference.duties(line.begins)
        if line.role == ISSUER:
            return []
        return [seat for name in policy.role(line.role).above for seat in self._seat(line, policy.role(name))]

    def shown_to(self, line: Line) -> list[Line]:
        """The duty as held by each place above that is shown it; [] while it is its holder's alone."""
        alike = self.likeness(line)
        if alike not in self._shown:
            self._shown[alike] = self._show(line, alike)
        return self._shown[alike]

    def _show(self, line: Line, alike: Likeness) -> list[Line]:
        _, late, later, vacant = alike
        found = self.standing_above(line) if late or vacant else []
        if not later:
            return found
        told = {(seat.role, seat.unit) for seat in found}
        top = self._top(line, self._reference.duties(line.begins))
        return [*found, *(seat for seat in top if (seat.role, seat.unit) not in told)]

    def standing_above(self, line: Line) -> list[Line]:
        """The places above, past those that nobody holds; told once for all duties of a place."""
        place = self._place(line)
        if place not in self._standing:
            self._standing[place] = self._stand(line)
        return self._standing[place]

    def _stand(self, line: Line) -> list[Line]:
        found: list[Line] = []
        for seat in self.above(line):
            found.append(seat)
            if not self.holders.of(seat):
                found += self._stand(seat)
        return found

    def sits_above(self, line: Line, login: str, post: str, unit: str) -> bool:
        """Whether a person, in a post at a unit, holds one of the places above."""
        return self.sits_in(self.standing_above(line), login, post, unit)

    def sits_in(self, seats: Iterable[Line], login: str, post: str, unit: str) -> bool:
        """Whether a person, in a post at a unit, holds one of these places."""
        return any(
            seat.unit == unit
            and post in self._reference.duties(seat.begins).role(seat.role).posts
            and any(each.login == login for each in self.holders.of(seat))
            for seat in seats
        )

    def _top(self, line: Line, policy: DutyPolicy) -> Iterator[Line]:
        if line.role != policy.escalation.top:
            yield from self._seat(line, policy.role(policy.escalation.top))

    def _seat(self, line: Line, role: Role) -> Iterator[Line]:
        unit = unit_at_level(self._reference.units, role.level, line)
        if not unit:
            return
        place = self._rooms.get(line.case) if role.level == "class" and self._child_of(line) else None
        room = {"grade": place.grade, "klass": place.klass} if place else {}
        yield line._replace(role=role.name, unit=unit, posts=(), due_day=self._on, **room)

    def _child_of(self, line: Line) -> str:
        """Whether the places above follow from the child: not, by its class, or by itself."""
        if not line.case or line.role == ISSUER:
            return ""
        key = line.policy, line.role
        if key not in self._of_children:
            policy = self._reference.duties(line.begins)
            self._of_children[key] = _child_in(policy, policy.role(line.role))
        return self._of_children[key]


def _child_in(policy: DutyPolicy, role: Role) -> str:
    if role.level not in _OF_CHILD:
        return ""
    above = {policy.role(name).level for name in upwards(policy, role)}
    return _CLASSED if above.isdisjoint(_OF_CHILD) else _NAMED


def unit_at_level(units: Units, level: str, line: Line) -> str:
    """The unit in which a level answers for a line: the line's own, or the one above it; "" for none."""
    unit = units.get(line.unit) or NO_UNIT
    if level == "county":
        return units.county_of(line.unit) if line.unit else line.county
    if level == "township":
        return _township(unit.kind, line, unit.township, unit.parent)
    if level == "village":
        return line.unit if unit.kind == VILLAGE else ""
    return line.unit if unit.kind == SCHOOL else ""


def _township(kind: str, line: Line, located: str, parent: str) -> str:
    if kind in TOWNSHIPS:
        return line.unit
    if kind == VILLAGE:
        return parent
    return located if kind == SCHOOL else line.township if not line.unit else ""


def below(policy: DutyPolicy, roles: Iterable[str]) -> dict[str, bool]:
    """The roles below some others: name → whether one of them stands directly above it."""
    mine = set(roles)
    return {
        role.name: not mine.isdisjoint(role.above)
        for role in policy.roles
        if role.name not in mine and not mine.isdisjoint(upwards(policy, role))
    }


def upwards(policy: DutyPolicy, role: Role) -> set[str]:
    """All roles above one, however far up."""
    found = set(role.above) | {policy.escalation.top}
    for name in role.above:
        found |= upwards(policy, policy.role(name))
    return found


def roles_of(policy: DutyPolicy, post: str) -> Sequence[str]:
    """The roles of the chain that a post fills."""
    return [role.name for role in policy.roles if post in role.posts]
