"""One page of the chain (六长页面): each place of a role with its holder, its children and its duties.

Places are put in order by how timely and how complete their duties are done, never by how many children
are out of school: who finds a child early and does what follows stands well.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from casework.domain.duty import ENDED, EXCUSED, LATE, ON_TIME, OPEN, OVERDUE
from casework.domain.duty_policy import DutyPolicy, Role
from casework.domain.values import Day
from casework.projections.duty_counts import Counts, DutyCounts, single_counts
from casework.projections.duty_files import files_at
from casework.projections.duty_holders import Holder
from casework.projections.duty_lines import ScopeOfUnits, Window
from casework.projections.duty_seats import NOWHERE, WITHOUT_ACCOUNT, Seat, above, holders_on, units_of
from casework.projections.reference import Reference
from casework.store.snapshot import Snapshot


@dataclass
class Standing:
    """What became of the duties that fell due."""

    states: Counter[str] = field(default_factory=Counter)

    @property
    def due(self) -> int:
        """应办: what fell due and had to be done: neither excused nor without cause any more."""
        return self.states[ON_TIME] + self.states[LATE] + self.states[OVERDUE]

    @property
    def timeliness(self) -> float | None:
        """及时率: done on time ÷ due; None when nothing fell due."""
        return self.states[ON_TIME] / self.due if self.due else None

    @property
    def completeness(self) -> float | None:
        """办结率: done, on time or late, ÷ due; None when nothing fell due."""
        return (self.states[ON_TIME] + self.states[LATE]) / self.due if self.due else None

    @property
    def figures(self) -> dict[str, int]:
        """State → number, every state named."""
        return {each: self.states[each] for each in (ON_TIME, LATE, OVERDUE, OPEN, EXCUSED, ENDED)}


@dataclass
class ChainRow(Standing):
    """One place of a role. `taken_over`: pending duties of vacant places right below (下级空缺)."""

    seat: Seat = NOWHERE
    holders: Sequence[Holder] = ()
    files: int = 0
    silent: int = 0
    letters: int = 0
    taken_over: int = 0

    @property
    def busy(self) -> bool:
        """Whether there is anything to tell of."""
        return bool(self.files or self.taken_over or +self.states)


def in_order(rows: Sequence[ChainRow]) -> list[ChainRow]:
    """Where help is needed first: least timely, then least complete; places without duties come last."""

    def rank(row: ChainRow) -> tuple[bool, float, float, Seat]:
        return row.due == 0, row.timeliness or 0.0, row.completeness or 0.0, row.seat

    return sorted(rows, key=rank)


def letter_rules(policy: DutyPolicy) -> list[str]:
    """The rules that ask for a letter: what waits for a signature."""
    return [rule.name for rule in policy.rules if rule.fulfilled_by.kind == "letter"]


class ChainReader:
    """Reads one page of the chain: a role, in a scope, at one moment."""

    def __init__(
        self,
        snapshot: Snapshot,
        reference: Reference,
        scope: ScopeOfUnits,
        day: Day,
        counts: DutyCounts,
    ) -> None:
        self._snapshot, self._reference, self._scope, self._day = snapshot, reference, scope, day
        self._counts = counts
        self.policy = reference.duties(day)

    def rows(self, role: Role, first: Day, last: Day, *, by_class: bool) -> list[ChainRow]:
        """The places of a role, those without duties too, so that a vacancy is seen as one."""
        found = self._count(Window(self._day, first, last), {role.name})
        rows: dict[Seat, ChainRow] = {}

        def at(seat: Seat) -> ChainRow:
            seat = seat if by_class else seat.whole
            return rows.setdefault(seat, ChainRow(seat=seat))

        for seat in self._places(role, by_class):
            at(seat)
        for seat, states in found.items():
            at(seat).states.update(states)
        for each in files_at(self._snapshot, self._scope, self._day, self.policy.chain.silent_days):
            seat = each.seat(role.name, role.level)
            if seat.unit in self._scope.units or self._without_unit(seat, each.township):
                row = at(seat)
                row.files, row.silent = row.files + each.n, row.silent + each.silent
        for seat, n in self._letters(role).items():
            at(seat).letters += n
        for seat, n in self._vacant_below(role).items():
            at(seat).taken_over += n
        self._fill(role, rows, by_class)
        return in_order(list(rows.values()))

    def _without_unit(self, seat: Seat, township: str) -> bool:
        """Whether these are children of the scope without a school (or village)."""
        return not seat.unit and (self._scope.whole or township in self._scope.townships)

    def _count(self, window: Window, roles: Collection[str]) -> Counts:
        return self._counts.of(self._snapshot, self._reference, self._scope, window, roles)

    def _places(self, role: Role, by_class: bool) -> list[Seat]:
        if by_class:
            return []
        units = units_of(self._reference.units, self._scope.units, role.level, self._day)
        return [Seat(role.name, unit.code) for unit in units]

    def _letters(self, role: Role) -> Mapping[Seat, int]:
        pending = single_counts(
            self._snapshot,
            self._reference,
            self._scope,
            Window(self._day),
            {role.name},
            letter_rules(self.policy),
        )
        return {seat: states.total() for seat, states in pending.items()}

    def _vacant_below(self, role: Role) -> Counter[Seat]:
        """Pending duties of vacant places for which this role stands above."""
        below = {each.name for each in self.policy.roles if role.name in each.above}
        below -= {each.name for each in self.policy.roles if each.level in WITHOUT_ACCOUNT}
        pending = self._count(Window(self._day), below)
        found: Counter[Seat] = Counter()
        for seat, n in self._vacant(pending).items():
            for upper in above(self.policy, self._reference.units, seat):
                if upper.role == role.name and upper.unit in self._scope.units:
                    found[upper] += n
        return found

    def _vacant(self, pending: Counts) -> dict[Seat, int]:
        held = holders_on(self._snapshot.conn, self._snapshot.k, self._reference, pending, self._day)
        return {seat: states.total() for seat, states in pending.items() if not held[seat]}

    def _fill(self, role: Role, rows: Mapping[Seat, ChainRow], by_class: bool) -> None:
        """Names who fills the places; guardians and whole schools of class teachers are not named here."""
        if role.level in WITHOUT_ACCOUNT or (role.level == "class" and not by_class):
            return
        held = holders_on(self._snapshot.conn, self._snapshot.k, self._reference, rows, self._day)
        for seat, row in rows.items():
            row.holders = held[seat]


def total_of(rows: Collection[Standing]) -> Standing:
    """All of them together."""
    total = Standing()
    for row in rows:
        total.states.update(row.states)
    return total
