"""Duties as one list (责任事项): those that arise once, those that come round, and those of units.

Everything is asked for at one act `k` and told for the end of one day: facts dated later are not looked
at. A line carries no person: holders are joined by `duty_holders`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, Row, and_, bindparam, or_, select
from sqlalchemy.sql import ColumnElement

from casework.domain.duty import duty_key, state_of
from casework.domain.duty_policy import ISSUER
from casework.domain.permissions import reach_of
from casework.domain.unit_duty import unit_duties_id
from casework.domain.units import COUNTY, SCHOOL, TOWNSHIPS, Units
from casework.domain.values import Day
from casework.projections.bitemporal import believed, believed_at
from casework.projections.case_span import LEFT_COUNTY, case_span
from casework.projections.duty_rows import duty, duty_excuse
from casework.projections.reference import Reference
from casework.store.lookup import Lookup

_d, _s = duty.c, case_span.c
AT_ONCE = 500
HEADS = {SCHOOL: "校长", **dict.fromkeys(TOWNSHIPS, "镇长"), COUNTY: "局长"}
"""Kind of the unit that issued a letter → the role that heads it."""


class Line(NamedTuple):
    """One duty on one day. `case` is "" for a duty of a unit itself.

    `no`, `seq` as in `Duty` (0 for one that comes round); `stopped_on`: the first day on which its
    condition no longer held. `township` … `stage`: the child's place on the due day.
    """

    rule: str
    policy: str
    role: str
    unit: str
    case: str
    begins: Day
    due_day: Day
    grade: str = ""
    klass: str = ""
    posts: tuple[str, ...] = ()
    fulfilled_on: Day = ""
    fulfilled_by: int = 0
    stopped_on: Day = ""
    excused_on: Day = ""
    no: int = 0
    seq: int = 0
    county: str = ""
    township: str = ""
    school: str = ""
    stage: str = ""
    state: str = ""

    @property
    def origin(self) -> str:
        """The file whose events tell of it: the child's, or the unit's own."""
        return self.case or unit_duties_id(self.unit).hex

    @property
    def key(self) -> str:
        """What names the duty within its file."""
        return duty_key(self.rule, self.no, self.seq, "" if self.no else self.begins)

    def on(self, day: Day) -> "Line":
        """The line as it stands at the end of a day."""
        seen = self.fulfilled_on if self.fulfilled_on <= day else ""
        state = state_of(
            due_day=self.due_day,
            fulfilled_on=seen,
            stopped_on=self.stopped_on,
            excused_on=self.excused_on,
            on=day,
        )
        return self._replace(state=state, fulfilled_on=seen, fulfilled_by=self.fulfilled_by if seen else 0)

    def pending(self, day: Day) -> bool:
        """Still to be done at the end of a day, in time or not: neither done, excused nor without cause."""
        over = (self.fulfilled_on, self.excused_on, self.stopped_on)
        return not any(each and each <= day for each in over)


@dataclass(frozen=True, eq=False)
class Among:
    """A condition on `case_span`, made once: statements over it are kept, what differs is bound."""

    condition: ColumnElement[bool]


_IN_COUNTIES = _s.county.in_(bindparam("counties", expanding=True))
IN_COUNTIES = Among(_IN_COUNTIES)
AT_UNITS = Among(
    and_(
        _IN_COUNTIES,
        or_(*(each.in_(bindparam("codes", expanding=True)) for each in (_s.school, _s.township, _s.village))),
    )
)
OF_CASES = Among(_s.case_id.in_(bindparam("cases", expanding=True)))

Spans = tuple[Among, dict[str, list[str]]]
"""Which rows of `case_span`: the condition and what is bound in it."""


class Scope(Protocol):
    """Which duties are asked for: how they are found in the tables, and whether a line is one of them."""

    def singles(self) -> Iterator[ColumnElement[bool]]:
        """Conditions on `duty`, one query each."""

    def spans(self) -> Spans:
        """The rows of `case_span` where a period opens; may let more through than wanted."""

    def arrivals(self) -> tuple[ColumnElement[bool], ...] | None:
        """Conditions on edges by which children came in during a period; None when they do not count."""

    def holds(self, line: Line) -> bool:
        """Whether a line is asked for."""

    def own_units(self) -> frozenset[str]:
        """The units whose own duties are asked for."""


@dataclass(frozen=True)
class ScopeOfUnits:
    """Duties that fall to some units of some counties, `whole` when to all of each.

    A child without a school counts with its township or county.
    """

    units: frozenset[str]
    counties: tuple[str, ...]
    townships: frozenset[str]
    whole: bool

    def singles(self) -> Iterator[ColumnElement[bool]]:
        """By unit, in chunks."""
        codes = sorted(self.units)
        for start in range(0, len(codes), AT_ONCE):
            yield _d.unit.in_(codes[start : start + AT_ONCE])
        if self.whole:
            yield and_(_d.unit == "", _d.county.in_(self.counties))
        elif self.townships:
            yield and_(_d.unit == "", _d.township.in_(sorted(self.townships)))

    def spans(self) -> Spans:
        """In their counties, and at one of the units."""
        counties = {"counties": list(self.counties)}
        if self.whole or len(self.units) > AT_ONCE:
            return IN_COUNTIES, counties
        return AT_UNITS, {**counties, "codes": sorted(self.units)}

    def arrivals(self) -> None:
        """A duty stays with the unit where it began."""

    def holds(self, line: Line) -> bool:
        """Whether a line is of one of the units."""
        if line.unit:
            return line.unit in self.units
        return (self.whole and line.county in self.counties) or line.township in self.townships

    def own_units(self) -> frozenset[str]:
        """All of them."""
        return self.units


@dataclass(frozen=True)
class ScopeOfPlaces:
    """Duties about children who are in some counties on the due day, whoever must do them."""

    counties: tuple[str, ...]

    def singles(self) -> Iterator[ColumnElement[bool]]:
        """By the place on the due day."""
        yield _d.county.in_(self.counties)

    def spans(self) -> Spans:
        """By the place where the period opens."""
        return IN_COUNTIES, {"counties": list(self.counties)}

    def arrivals(self) -> tuple[ColumnElement[bool], ...]:
        """Those who came from another county."""
        return _s.county.in_(self.counties), LEFT_COUNTY

    def holds(self, line: Line) -> bool:
        """Whether the child is there on the due day."""
        return line.county in self.counties

    def own_units(self) -> frozenset[str]:
        """None: a unit's own duties are about no child."""
        return frozenset()


@dataclass(frozen=True)
class ScopeOfCases:
    """Duties about some children, whoever must do them."""

    cases: frozenset[str]

    def singles(self) -> Iterator[ColumnElement[bool]]:
        """By case, in chunks."""
        cases = sorted(self.cases)
        for start in range(0, len(cases), AT_ONCE):
            yield _d.case_id.in_(cases[start : start + AT_ONCE])

    def spans(self) -> Spans:
        """By case."""
        return OF_CASES, {"cases": sorted(self.cases)}

    def arrivals(self) -> None:
        """Wherever the children were."""

    def holds(self, line: Line) -> bool:
        """Whether it is about one of the children."""
        return line.case in self.cases

    def own_units(self) -> frozenset[str]:
        """None: a unit's own duties are about no child."""
        return frozenset()


@lru_cache(512)
def scope_of(units: Units, code: str) -> ScopeOfUnits:
    """A unit and all below it, the schools that lie in a township included."""
    unit = units.get(code)
    reach = reach_of(units, code)
    below = {each.code for each in units.below(code, *{each.kind for each in units})}
    located = set(reach.schools) if unit and unit.kind in TOWNSHIPS else set()
    townships = frozenset({code}) if unit and unit.kind in TOWNSHIPS else frozenset()
    # A city or province asks for its counties whole; what lies inside one county asks for part of it.
    own = units.county_of(code)
    counties = (own,) if own else tuple(each.code for each in units.below(code, COUNTY))
    return ScopeOfUnits(frozenset(below | located), counties, townships, own in ("", code))


@dataclass(frozen=True)
class Window:
    """Which duties: as they stand at the end of `on`; all that fall due in [first, last], or the pending."""

    on: Day
    first: Day = ""
    last: Day = ""

    @property
    def pending_only(self) -> bool:
        """Whether only what is still to be done is asked for."""
        return not self.first

    def takes(self, line: Line) -> bool:
        """Whether a line belongs in the list: begun by the end of the day, and asked for."""
        if line.begins > self.on:
            return False
        return line.pending(self.on) if self.pending_only else self.first <= line.due_day <= self.last


def single_lines(
    conn: Connection, k: int, reference: Reference, scope: Scope, window: Window
) -> Iterator[Line]:
    """The duties that arise once, of these units."""
    query = select(duty).where(*believed_at(duty, k), _d.begins <= window.on, *_window(window))
    for condition in scope.singles():
        for row in conn.execute(query.where(condition)):
            line = line_of(row, reference)
            if scope.holds(line):
                yield line


def line_of(row: Row[Any], reference: Reference) -> Line:
    """A row of `duty` as a line; a letter's duty falls to the head of the unit that issued it."""
    ruled = ruled_by(reference, row.rule, row.begins)
    return Line(
        rule=row.rule,
        policy=ruled.policy,
        role=head_of(reference, row.unit) if ruled.role == ISSUER else ruled.role,
        unit=row.unit,
        case=row.case_id,
        begins=row.begins,
        due_day=row.due_day,
        grade=row.grade,
        klass=row.klass,
        posts=ruled.posts,
        fulfilled_on=row.fulfilled_on,
        fulfilled_by=row.fulfilled_by,
        stopped_on=row.stopped_on,
        no=row.no,
        seq=row.seq,
        county=row.county,
        township=row.township,
        school=row.school,
        stage=row.stage,
    )


def head_of(reference: Reference, unit: str) -> str:
    """The role that heads the unit which issued a letter."""
    issuer = reference.units.get(unit)
    return HEADS.get(issuer.kind, ISSUER) if issuer else ISSUER


class Ruled(NamedTuple):
    """What a rule says of its duties: the policy's version, the role, the posts that it names itself."""

    policy: str
    role: str
    posts: tuple[str, ...]


def ruled_by(reference: Reference, name: str, begins: Day) -> Ruled:
    """The rule of a duty, as the policy of the day it began has it: from that policy it followed."""
    policy = reference.duties(begins)
    rule = policy.rule(name)
    if rule is None:
        raise LookupError(f"{policy.version} of {begins} has no rule {name}")
    return Ruled(policy.version, rule.role, rule.posts)


def _window(window: Window) -> Iterator[ColumnElement[bool]]:
    if not window.pending_only:
        yield _d.due_day.between(window.first, window.last)
        return
    for day in (_d.fulfilled_on, _d.stopped_on):
        yield or_(day == "", day > window.on)


# Made once: every queue asks.
_e = duty_excuse.c
_EXCUSES = Lookup(select(_e.case_id, _e.duty_key, _e.excused_on).where(*believed(duty_excuse)), _e.case_id)


def with_excuses(conn: Connection, k: int, lines: Iterable[Line]) -> list[Line]:
    """The lines with the day on which the level above excused them."""
    told = list(lines)
    cases = sorted({line.case for line in told if line.case})
    excused = {(case, key): day for case, key, day in _EXCUSES.rows(conn, cases, k=k)}
    if not excused:
        return told
    return [
        line._replace(excused_on=excused.get((line.case, line.key), "")) if line.case else line
        for line in told
    ]
