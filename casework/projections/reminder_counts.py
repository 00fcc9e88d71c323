"""How many duties are pending, by who must do them: what the reminders of a whole database need.

A million duties are counted by the database and come out as groups; no line of a child is held. The
figures are those of `duty_list.lines_of` today, added up.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select

from casework.domain.duty_policy import ISSUER, Escalation, Rule
from casework.domain.units import Units
from casework.domain.values import OPEN, Day, day_after
from casework.projections.duty_lines import (
    AT_ONCE,
    HEADS,
    OF_CASES,
    Line,
    ScopeOfCases,
    Spans,
    Window,
    single_lines,
    with_excuses,
)
from casework.projections.duty_rows import ENDING, PENDING, duty, duty_excuse
from casework.projections.duty_units import unit_lines
from casework.projections.reference import Reference
from casework.store.snapshot import Snapshot

_d, _e = duty.c, duty_excuse.c
_STREAMED = 5_000
_COLUMNS = (_d.unit, _d.due_day, _d.rule, _d.grade, _d.klass)
_Alike = tuple[str, ...]
IN_TIME, LATE, ABOVE, TOP = "", "1", "2", "3"
"""How a duty stands: its due day not over; overdue; shown to the level above; shown to the top as well."""


class Group(NamedTuple):
    """Pending duties alike: whose they are. `due_day` only while it is not over.

    `county`, `township`: where the child is, for a duty without a unit. `helper`: the 帮扶责任人 named, for
    the duties of one.
    """

    unit: str
    role: str
    rule: str
    posts: tuple[str, ...]
    grade: str
    klass: str
    county: str
    township: str
    due_day: Day
    late: str
    helper: str = ""


Counted = tuple[Group, int]


@dataclass(frozen=True)
class AllUnits:
    """Every unit there is: for the duties of units themselves, no child's."""

    units: Units

    def singles(self) -> Iterator[ColumnElement[bool]]:
        """None is asked for."""
        return iter(())

    def spans(self) -> Spans:
        """No child's."""
        return OF_CASES, {"cases": []}

    def arrivals(self) -> None:
        """None."""

    def holds(self, line: Line) -> bool:
        """Every unit's."""
        return bool(line.unit)

    def own_units(self) -> frozenset[str]:
        """All of them."""
        return frozenset(unit.code for unit in self.units)


def pending_singles(
    snapshot: Snapshot, reference: Reference, today: Day, days_ahead: int
) -> Iterator[Counted]:
    """Duties that arise once and are due by `days_ahead` days after today, or overdue."""
    last, escalation = day_after(today, days_ahead), reference.duties(today).escalation
    yield from _counted(snapshot.conn, reference, today, last, escalation)
    excused: Counter[Group] = Counter()
    for cases in in_chunks(excused_cases(snapshot.conn, today)):
        lines = single_lines(snapshot.conn, snapshot.k, reference, ScopeOfCases(cases), Window(today))
        for line in with_excuses(snapshot.conn, snapshot.k, lines):
            if line.excused_on and line.excused_on <= today and line.due_day <= last:
                excused[group_of(line, today, escalation)] -= 1
    yield from excused.items()


def pending_of_units(
    snapshot: Snapshot, reference: Reference, today: Day, days_ahead: int
) -> Iterator[Counted]:
    """The units' own duties that are due by then."""
    last, escalation = day_after(today, days_ahead), reference.duties(today).escalation
    for line in unit_lines(snapshot, reference, AllUnits(reference.units), Window(today)):
        if line.due_day <= last and line.pending(today):
            yield group_of(line, today, escalation), 1


def group_of(line: Line, today: Day, escalation: Escalation) -> Group:
    """The group a line is counted in."""
    return Group(
        unit=line.unit,
        role=line.role,
        rule=line.rule,
        posts=line.posts,
        grade=line.grade,
        klass=line.klass,
        county="" if line.unit else line.county,
        township="" if line.unit else line.township,
        due_day=line.due_day if line.due_day >= today else "",
        late=_late(line.due_day, today, escalation),
    )


def _late(due_day: Day, today: Day, escalation: Escalation) -> str:
    if due_day >= today:
        return IN_TIME
    if due_day > day_after(today, -escalation.after_days):
        return LATE
    return ABOVE if due_day > day_after(today, -escalation.top_after_days) else TOP


def _counted(
    conn: Connection, reference: Reference, today: Day, last: Day, escalation: Escalation
) -> Iterator[Counted]:
    """Grouped in the order of the index, so that nothing is sorted; the days past are put together here."""
    rules = _rules(reference)
    late = cache(partial(_late, today=today, escalation=escalation))
    for pending in (PENDING, ENDING & (_d.stopped_on > today)):
        here = pending, _d.due_day <= last, _d.begins <= today
        for where, place in ((_d.unit > "", ()), (_d.unit == "", (_d.county, _d.township))):
            columns = (*_COLUMNS, *place)
            query = select(func.count(), *columns).where(*here, where).group_by(*columns).order_by(*columns)
            rows = conn.execute(query, execution_options={"yield_per": _STREAMED})
            for unit, of_unit in groupby(rows, key=itemgetter(1)):
                found: Counter[_Alike] = Counter()
                for n, _, due_day, *alike in of_unit:
                    found[due_day if due_day >= today else "", late(due_day), *alike] += n
                for each, total in found.items():
                    yield _group(reference.units, rules, unit, *each), total


def _group(
    units: Units,
    rules: Mapping[str, Rule],
    unit: str,
    due_day: Day,
    late: str,
    name: str,
    grade: str,
    klass: str,
    county: str = "",
    township: str = "",
) -> Group:
    rule = rules[name]
    issuer = units.get(unit) if rule.role == ISSUER else None
    role = HEADS.get(issuer.kind, ISSUER) if issuer else rule.role
    return Group(unit, role, name, rule.posts, grade, klass, county, township, due_day, late)


def _rules(reference: Reference) -> dict[str, Rule]:
    """Each rule as the newest policy that has it says: every duty has come from one."""
    return {rule.name: rule for _, _, policy in reference.duty_policies() for rule in policy.rules}


def excused_cases(conn: Connection, today: Day) -> list[str]:
    """The children some duty of whom is excused."""
    query = select(_e.case_id).where(_e.known_to == OPEN, _e.excused_on <= today).distinct()
    return sorted(conn.scalars(query))


def in_chunks(cases: Sequence[str]) -> Iterator[frozenset[str]]:
    """So many at once as a query takes."""
    for start in range(0, len(cases), AT_ONCE):
        yield frozenset(cases[start : start + AT_ONCE])
