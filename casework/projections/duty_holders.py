"""Who answers for a duty (责任人): the holders of its post on its due day, joined, never stored.

On the due day, or on the day asked for if that is earlier; the first and the last day of a posting are
both in post. Several holders of one post all answer; nobody is a vacancy (空缺).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from casework.domain.duty_policy import Role
from casework.domain.values import FOREVER, Day
from casework.projections.bitemporal import believed_at
from casework.projections.duty_lines import AT_ONCE, Line
from casework.projections.duty_periods import helpers_of, named_on
from casework.projections.reference import Reference
from casework.projections.registers import posting
from casework.projections.roster import child, roster_span
from casework.store.lookup import Lookup

_p, _r = posting.c, roster_span.c
_NEVER: tuple[list[Day], list[Day]] = ([], [])


@dataclass(frozen=True, order=True, slots=True)
class Holder:
    """A person who answers; `login` is "" for guardians and helpers, who have no account."""

    login: str
    name: str


@dataclass(frozen=True, slots=True)
class _Post:
    login: str
    name: str
    since: Day
    until: Day
    classes: tuple[str, ...]

    def held_on(self, day: Day) -> bool:
        return self.since <= day <= (self.until or FOREVER)


class Holders:
    """The holders for a list of duties, read together."""

    def __init__(
        self, conn: Connection, k: int, reference: Reference, lines: Sequence[Line], on: Day
    ) -> None:
        self._conn, self._k, self._reference, self._on = conn, k, reference, on
        self._posts: dict[tuple[str, str], list[_Post]] = {}
        self._guardians: dict[str, str] = {}
        self._helpers: dict[str, list[tuple[Day, Day, str]]] = {}
        self._grades: dict[tuple[str, str], list[tuple[Day, Day, str]]] = {}
        self._read: set[str] = set()
        self._read_grades: set[str] = set()
        self._turns: dict[str, tuple[list[Day], list[Day]]] = {}
        self._roles: dict[tuple[Day, str], Role] = {}
        self._told: dict[tuple[object, ...], list[Holder]] = {}
        self.learn(lines)

    def learn(self, lines: Sequence[Line], above: Iterable[str] = ()) -> None:
        """Reads what further lines need, and who is in post at the units `above`; a unit is read once."""
        conn, k = self._conn, self._k
        units = {*above, *(line.unit for line in lines if line.unit)} - self._read
        if units:
            posts = _posts(conn, k, units)
            for (unit, _), held in posts.items():
                self._note_turns(unit, (at.since for at in held), (at.until for at in held if at.until))
            self._posts.update(posts)
            self._read |= units
            self._told.clear()
        levels: dict[str, list[Line]] = {}
        for line in lines:
            levels.setdefault(self._role(line).level, []).append(line)
        guarded = {line.case for line in levels.get("guardian", ()) if line.case}
        self._guardians.update(_guardians(conn, guarded - self._guardians.keys()))
        helped = {line.case for line in levels.get("helper", ()) if line.case}
        self._helpers.update(helpers_of(conn, k, helped - self._helpers.keys()))
        # Only a class written without its 年级 asks whether another 年级 has one of that name.
        rooms = {(line.unit, line.klass): line for line in levels.get("class", ()) if line.klass}
        bare = {line.unit for line in rooms.values() if self._written_bare(line)} - self._read_grades
        if bare:
            grades = _grades(conn, k, bare)
            for (unit, _), stretches in grades.items():
                self._note_turns(unit, (day for at in stretches for day in at[:2]), ())
            self._grades.update(grades)
            self._read_grades |= bare
            self._told.clear()

    def _written_bare(self, line: Line) -> bool:
        return any(
            line.klass in each.classes
            for post in self._role(line).posts
            for each in self._posts.get((line.unit, post), ())
        )

    def of(self, line: Line) -> list[Holder]:
        """Who answers for a line, by login."""
        role, day = self._role(line), min(line.due_day, self._on)
        if role.level == "guardian":
            return _named(self._guardians.get(line.case, ""))
        if role.level == "helper":
            return _named(named_on(self._helpers.get(line.case, ()), day))
        posts = line.posts or role.posts
        room = (line.grade, line.klass) if role.level == "class" and not line.posts else None
        place = (line.unit, posts, room, *self._turn(line.unit, day))
        found = self._told.get(place)
        if found is None:
            found = self._told[place] = self._at(line, posts, day, by_class=room is not None)
        return found

    def _at(self, line: Line, posts: Iterable[str], day: Day, *, by_class: bool) -> list[Holder]:
        held = [
            each for post in posts for each in self._posts.get((line.unit, post), ()) if each.held_on(day)
        ]
        if by_class:
            held = self._of_class(held, line, day)
        return sorted({Holder(each.login, each.name) for each in held})

    def _turn(self, unit: str, day: Day) -> tuple[int, int]:
        """Between which changes at a unit a day lies: on all days between two, places are held alike."""
        begun, over = self._turns.get(unit, _NEVER)
        return bisect_right(begun, day), bisect_left(over, day)

    def _note_turns(self, unit: str, begun: Iterable[Day], over: Iterable[Day]) -> None:
        held = self._turns.get(unit, _NEVER)
        self._turns[unit] = sorted((*held[0], *begun)), sorted((*held[1], *over))

    def _of_class(self, held: Sequence[_Post], line: Line, day: Day) -> list[_Post]:
        """班主任 of the class (年级+班级, or a unique 班级 alone); else the school's without a class."""
        words = {f"{line.grade}{line.klass}"}
        stretches = self._grades.get((line.unit, line.klass), ())
        if line.klass and {grade for since, until, grade in stretches if since <= day < until} <= {
            line.grade
        }:
            words.add(line.klass)
        own = [each for each in held if words.intersection(each.classes)]
        return own or [each for each in held if not each.classes]

    def _role(self, line: Line) -> Role:
        named = line.begins, line.role
        role = self._roles.get(named)
        if role is None:
            role = self._roles[named] = self._reference.duties(line.begins).role(line.role)
        return role


def _named(name: str) -> list[Holder]:
    return [Holder("", name)] if name else []


# Made once: every list of duties and every page of a file asks.
_POSTS = Lookup(
    select(_p.unit, _p.post, _p.login, _p.name, _p.since, _p.until, _p.klass).where(
        _p.known_from <= bindparam("k"), _p.known_to > bindparam("k")
    ),
    _p.unit,
)
_GUARDIANS = Lookup(select(child.c.child_id, child.c.guardian), child.c.child_id)


def _posts(conn: Connection, k: int, units: set[str]) -> Mapping[tuple[str, str], list[_Post]]:
    found: dict[tuple[str, str], list[_Post]] = {}
    for row in _POSTS.rows(conn, sorted(units), k=k):
        classes = tuple(word for each in row.klass.split("、") if (word := each.strip()))
        post = _Post(row.login, row.name, row.since, row.until, classes)
        found.setdefault((row.unit, row.post), []).append(post)
    return found


def _guardians(conn: Connection, children: Iterable[str]) -> dict[str, str]:
    return dict(_GUARDIANS.rows(conn, sorted(children)))


def _grades(
    conn: Connection, k: int, schools: set[str]
) -> Mapping[tuple[str, str], list[tuple[Day, Day, str]]]:
    """(school, 班级) → the stretches of days on which a 年级 had such a class."""
    found: dict[tuple[str, str], list[tuple[Day, Day, str]]] = {}
    codes = sorted(schools)
    columns = (_r.school, _r.klass, _r.grade, _r.valid_from, _r.valid_to)
    query = select(*columns).distinct().where(*believed_at(roster_span, k), _r.klass != "")
    for start in range(0, len(codes), AT_ONCE):
        for row in conn.execute(query.where(_r.school.in_(codes[start : start + AT_ONCE]))):
            found.setdefault((row.school, row.klass), []).append((row.valid_from, row.valid_to, row.grade))
    return found
