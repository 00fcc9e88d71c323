"""One child's chain through time (责任链沿革): who held each place when, and what fell due there.

The places follow the child's dated stretches of the roster; who holds one on a day is judged by the rule
of `duty_holders`, asked anew on every day on which a posting begins or has ended.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Row, select

from casework.domain.duties import unit_at
from casework.domain.duty_policy import PERIODS, DutyPolicy, Rule
from casework.domain.places import Place
from casework.domain.values import FOREVER, SINCE_EVER, Day, day_after
from casework.projections.bitemporal import believed_at
from casework.projections.case_span import case_span
from casework.projections.duty_holders import Holder, Holders
from casework.projections.duty_lines import Line, ScopeOfCases, Window, single_lines, with_excuses
from casework.projections.duty_periods import period_lines
from casework.projections.reference import Reference
from casework.projections.registers import posting
from casework.store.snapshot import Snapshot

_p, _s = posting.c, case_span.c
_LONGEST_PERIOD_DAYS = 92
_NO_POST = ("guardian", "helper")


@dataclass(frozen=True, slots=True)
class Held:
    """One place of the chain on the days [since, until): who held it, nobody while it was vacant."""

    role: str
    unit: str
    grade: str
    klass: str
    since: Day
    until: Day
    holders: tuple[Holder, ...]


def seats_of(policy: DutyPolicy, place: Place, day: Day) -> list[Line]:
    """The places of the chain for a child at a place, as lines of a day; unit "" where there is none."""
    return [_seat(policy, name, place, day) for name in policy.chain.roles]


def _seat(policy: DutyPolicy, role: str, place: Place, day: Day) -> Line:
    in_class = policy.role(role).level == "class"
    return Line(
        rule="",
        policy=policy.version,
        role=role,
        unit=unit_at(policy, role, place) if not in_class or place.klass else "",
        case="",
        begins=day,
        due_day=day,
        grade=place.grade if in_class else "",
        klass=place.klass if in_class else "",
    )


def chain_history(
    conn: Connection, k: int, reference: Reference, stretches: Sequence[Row[Any]], first: Day, last: Day
) -> dict[str, list[Held]]:
    """Role → who held its place on the days from `first` to `last`, as known at act `k`; oldest first."""
    policy = reference.duties(last)
    roles = [name for name in policy.chain.roles if policy.role(name).level not in _NO_POST]
    seats = [
        (_seat(policy, role, place_of(row), last), max(row.valid_from, first), min(row.valid_to, end))
        for end in (day_after(last),)
        for row in stretches
        if row.valid_from <= last and row.valid_to > first
        for role in roles
    ]
    turns = _turns(conn, k, {seat.unit for seat, _, _ in seats if seat.unit})
    holders = Holders(conn, k, reference, [seat for seat, _, _ in seats], FOREVER)
    found: dict[str, list[Held]] = {role: [] for role in roles}
    for seat, since, until in seats:
        days = [since, *sorted(day for day in turns.get(seat.unit, ()) if since < day < until), until]
        for begins, ends in pairwise(days):
            held = tuple(holders.of(seat._replace(due_day=begins))) if seat.unit else ()
            _add(found[seat.role], Held(seat.role, seat.unit, seat.grade, seat.klass, begins, ends, held))
    return found


def _add(told: list[Held], held: Held) -> None:
    """Adds a stretch; one that goes on as before only becomes longer."""
    if (
        told
        and told[-1].until == held.since
        and replace(told[-1], since="", until="") == replace(held, since="", until="")
    ):
        told[-1] = replace(told[-1], until=held.until)
    else:
        told.append(held)


def _turns(conn: Connection, k: int, units: Iterable[str]) -> dict[str, set[Day]]:
    """Unit → the days on which a posting there begins, or has ended."""
    query = select(_p.unit, _p.since, _p.until).where(*believed_at(posting, k), _p.unit.in_(sorted(units)))
    found: dict[str, set[Day]] = {}
    for row in conn.execute(query):
        found.setdefault(row.unit, set()).update(
            {row.since, day_after(row.until)} if row.until else {row.since}
        )
    return found


def place_of(row: Any) -> Place:
    """A stretch of the roster as a place."""
    names = ("county", "township", "village", "school", "stage", "grade", "klass")
    return Place(on=row.valid_from, **{name: getattr(row, name) for name in names})


def duties_of_child(snapshot: Snapshot, reference: Reference, child_id: str, on: Day) -> list[Line]:
    """Every duty about a child that had begun by the end of a day, as it stood then; oldest first."""
    scope = ScopeOfCases(frozenset({child_id}))
    whole = Window(on, SINCE_EVER, FOREVER)
    found = list(single_lines(snapshot.conn, snapshot.k, reference, scope, whole))
    found += _periods(snapshot, reference, scope, child_id, on)
    told = {line.key: line for line in with_excuses(snapshot.conn, snapshot.k, found) if whole.takes(line)}
    return sorted(
        (line.on(on) for line in told.values()), key=lambda line: (line.due_day, line.begins, line.rule)
    )


def _periods(
    snapshot: Snapshot, reference: Reference, scope: ScopeOfCases, child_id: str, on: Day
) -> Iterator[Line]:
    """What came round while the child was in a status that a rule names."""
    policy = reference.duties(on)
    query = select(_s.status, _s.valid_from, _s.valid_to).where(
        *believed_at(case_span, snapshot.k), _s.case_id == child_id, _s.status != "", _s.valid_from <= on
    )
    for span in snapshot.conn.execute(query.order_by(_s.valid_from)):
        ruled = {rule.name for rule in policy.rules if rule.on in PERIODS and rule.while_.holds(span.status)}
        if ruled:
            last = day_after(min(span.valid_to, on), _LONGEST_PERIOD_DAYS)
            window = Window(on, span.valid_from, last)
            yield from period_lines(snapshot, reference, scope, window, partial(_named, ruled))


def _named(names: set[str], rule: Rule) -> bool:
    return rule.name in names
