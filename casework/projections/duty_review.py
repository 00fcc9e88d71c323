"""Review of a person or a unit for a period (责任考核): what fell due while they held the post.

Told twice: as known at the period's end (期末所知), and as known now (现在所知), each judged at the same
day, so that what was learned later stands beside what was known. The credit is with whose account
recorded the fact, whoever held the post.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

from sqlalchemy import Connection, or_, select

from casework.domain.duty import LATE, ON_TIME, OPEN, OVERDUE
from casework.domain.units import Units
from casework.domain.values import LOCAL_OPERATOR, SHANGHAI, Day, day_after
from casework.projections.bitemporal import believed_at
from casework.projections.duty_chain import Standing
from casework.projections.duty_holders import Holder, Holders
from casework.projections.duty_lines import Line, ScopeOfCases, ScopeOfUnits, Window
from casework.projections.duty_list import late_days, lines_of, told_days
from casework.projections.duty_seats import WITHOUT_ACCOUNT
from casework.projections.reference import Reference
from casework.projections.registers import posting
from casework.store.clock import micros
from casework.store.schema import act, stored_event
from casework.store.snapshot import Snapshot

_p, _e = posting.c, stored_event.c
_MOST_FILES = 5000
NOBODY = Holder("", "")
"""A vacant post."""


@dataclass(frozen=True)
class Moment:
    """One knowledge to judge by."""

    snapshot: Snapshot
    reference: Reference


@dataclass(frozen=True, slots=True)
class Tenure:
    """A stretch in post; both days are days in post, `until` "" while it lasts."""

    login: str
    name: str
    post: str
    unit: str
    klass: str
    since: Day
    until: Day
    acting: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One duty by both knowledges. `then`, `now`: its state at the period's end, "" where it was not there.

    `afterwards`: when it was done after the period. `by`: who recorded what fulfils it.
    """

    line: Line
    then: str
    now: str
    held_then: tuple[Holder, ...]
    held_now: tuple[Holder, ...]
    fulfilled_on: Day = ""
    afterwards: Day = ""
    recorded: Day = ""
    by: Holder | None = None

    @property
    def recorded_late(self) -> int | None:
        """How many days after the due day a fact done in time was recorded."""
        return late_days(self.line.due_day, self.recorded) if self.now == ON_TIME and self.recorded else None

    @property
    def for_others(self) -> bool:
        """代办: done by somebody who did not hold the post; an import at the desk is nobody's doing."""
        if self.by is None or self.by.login == LOCAL_OPERATOR.account:
            return False
        return self.by.login not in {each.login for each in self.held_now}

    @property
    def differs(self) -> bool:
        """Whether it was learned later: another state, or other holders."""
        return self.then != self.now or self.held_then != self.held_now


@dataclass
class Part:
    """What fell to one holder (`NOBODY` for a vacancy)."""

    holder: Holder
    items: list[Item] = field(default_factory=list)

    @property
    def then(self) -> Standing:
        """By the knowledge of the period's end."""
        return Standing(Counter(state for each in self.items if (state := self.state_then(each))))

    @property
    def now(self) -> Standing:
        """By the knowledge of the present."""
        return Standing(Counter(state for each in self.items if (state := self.state_now(each))))

    @property
    def wanting(self) -> list[Item]:
        """Late or still to be done, by either knowledge, while it was this holder's."""
        wrong = {LATE, OVERDUE}
        return [each for each in self.items if wrong & {self.state_then(each), self.state_now(each)}]

    def state_then(self, item: Item) -> str:
        """The state as known at the period's end; "" when it was not known to be this holder's."""
        return item.then if self._holds(item.held_then) else ""

    def state_now(self, item: Item) -> str:
        """The state as known now; "" when it is not this holder's after all."""
        return item.now if self._holds(item.held_now) else ""

    def _holds(self, holders: Sequence[Holder]) -> bool:
        return self.holder.login in {each.login for each in holders or (NOBODY,)}


@dataclass(frozen=True)
class Review:
    """A review. `parts`: by holder, a vacancy last; `others`: what the person did in place of others."""

    first: Day
    last: Day
    on: Day
    parts: Sequence[Part]
    tenures: Sequence[Tenure]
    done_by: Mapping[Holder, int]
    others: Sequence[Item] = ()

    @property
    def items(self) -> list[Item]:
        """Every duty once."""
        found = {id(item): item for part in self.parts for item in part.items}
        return list(found.values())

    @property
    def learned(self) -> list[Item]:
        """What was learned after the period's end."""
        return [item for item in self.items if item.differs]


def tenures(conn: Connection, k: int, first: Day, last: Day, **of: str) -> list[Tenure]:
    """The postings of a login or at a unit (`login=` or `unit=`) that touch a period, as known at `k`."""
    query = select(_p.login, _p.name, _p.post, _p.unit, _p.klass, _p.since, _p.until, _p.acting).where(
        *believed_at(posting, k), _p.since <= last, or_(_p.until == "", _p.until >= first)
    )
    query = query.where(*(_p[name] == value for name, value in of.items()))
    return [Tenure(*row) for row in conn.execute(query.order_by(_p.since, _p.login, _p.posting_id))]


class Reviewer:
    """Reviews by two knowledges, over a period that ends on `last` (or today, if earlier)."""

    def __init__(self, then: Moment, now: Moment, first: Day, last: Day, today: Day) -> None:
        self._then, self._now = then, now
        self._first, self._last, self._today = first, last, today
        self._on = min(last, today)

    def of_unit(self, unit: str) -> Review:
        """All who held a post of the chain at a unit, and what fell to nobody."""
        items = self._items(_at_units(self._now.reference.units, [unit]))
        parts: dict[str, Part] = {}
        for item in items:
            for holder in {*(item.held_then or (NOBODY,)), *(item.held_now or (NOBODY,))}:
                parts.setdefault(holder.login, Part(holder)).items.append(item)
        ordered = sorted(parts.values(), key=lambda part: (part.holder == NOBODY, part.holder))
        return self._review(ordered, self._tenures(unit=unit))

    def of_person(self, login: str, units: Collection[str]) -> Review:
        """One person at these of the units where a post was held, and what was done in place of others."""
        held = [each for each in self._tenures(login=login) if each.unit in units]
        here = sorted({each.unit for each in held})
        items = [
            item
            for item in self._items(_at_units(self._now.reference.units, here))
            if login in {each.login for each in (*item.held_then, *item.held_now)}
        ]
        name = held[-1].name if held else login
        others = [item for item in self._done_for_others(login) if item.line.unit in units]
        return self._review([Part(Holder(login, name), items)], held, others)

    def _review(self, parts: Sequence[Part], held: Sequence[Tenure], others: Sequence[Item] = ()) -> Review:
        review = Review(self._first, self._last, self._on, parts, held, {}, others)
        by = Counter(item.by for item in review.items if item.by and item.now in (ON_TIME, LATE))
        return Review(self._first, self._last, self._on, parts, held, dict(by.most_common()), others)

    def _tenures(self, **of: str) -> list[Tenure]:
        snapshot = self._now.snapshot
        return tenures(snapshot.conn, snapshot.k, self._first, self._on, **of)

    def _items(self, scopes: Iterable[ScopeOfUnits]) -> list[Item]:
        then: dict[tuple[str, ...], Line] = {}
        now: dict[tuple[str, ...], Line] = {}
        for scope in scopes:
            then |= {_key(line): line for line in self._lines(self._then, scope, self._on)}
            now |= {_key(line): line for line in self._lines(self._now, scope, self._today)}
        holders_then = self._holders(self._then, list(then.values()))
        holders_now = self._holders(self._now, list(now.values()))
        told = told_days(self._now.snapshot.conn, list(now.values()))
        items = []
        for key in {**then, **now}:
            before, after = then.get(key), now.get(key)
            ended = after.on(self._on) if after else None
            recorded, by = told.get((after.origin, after.fulfilled_by), ("", None)) if after else ("", None)
            done_on = after.fulfilled_on if after else ""
            items.append(
                Item(
                    line=after or then[key],
                    then=self._judged(before) if before else "",
                    now=self._judged(ended) if ended else "",
                    held_then=tuple(holders_then.of(before)) if before else (),
                    held_now=tuple(holders_now.of(after)) if after else (),
                    fulfilled_on=ended.fulfilled_on if ended else "",
                    afterwards=done_on if done_on > self._on else "",
                    recorded=recorded,
                    by=by,
                )
            )
        return sorted(items, key=lambda item: (item.line.due_day, item.line.rule, _key(item.line)))

    def _judged(self, line: Line) -> str:
        """The state when the period is over: what was due on its last day and not done is overdue."""
        return OVERDUE if line.state == OPEN and self._on < self._today else line.state

    def _holders(self, moment: Moment, lines: Sequence[Line]) -> Holders:
        snapshot = moment.snapshot
        return Holders(snapshot.conn, snapshot.k, moment.reference, lines, self._on)

    def _lines(self, moment: Moment, scope: ScopeOfUnits | ScopeOfCases, on: Day) -> Iterator[Line]:
        """Of the roles that are filled by posts: guardians and helpers answer by the child."""
        window = Window(on, self._first, self._last)
        for line in lines_of(moment.snapshot, moment.reference, scope, window):
            if moment.reference.duties(line.begins).role(line.role).level not in WITHOUT_ACCOUNT:
                yield line

    def _done_for_others(self, login: str) -> Iterator[Item]:
        """Duties that the person's own records fulfil, though somebody else held the post."""
        snapshot = self._now.snapshot
        scope = ScopeOfCases(frozenset(self._files_of(login)))
        lines = [line for line in self._lines(self._now, scope, self._on) if line.fulfilled_by]
        told = told_days(snapshot.conn, lines)
        mine = [
            line
            for line in lines
            if (by := told.get((line.origin, line.fulfilled_by), ("", None))[1]) and by.login == login
        ]
        holders = self._holders(self._now, mine)
        for line in sorted(mine, key=lambda line: (line.due_day, line.rule, line.case)):
            held = tuple(holders.of(line))
            if login not in {each.login for each in held}:
                recorded, by = told[line.origin, line.fulfilled_by]
                yield Item(line, "", line.state, (), held, line.fulfilled_on, "", recorded, by)

    def _files_of(self, login: str) -> list[str]:
        """The files in which the person recorded something since the period began."""
        began = micros(datetime.combine(datetime.fromisoformat(self._first), time(), SHANGHAI))
        ended = micros(datetime.combine(datetime.fromisoformat(day_after(self._today)), time(), SHANGHAI))
        query = (
            select(_e.originator_id)
            .join(act, act.c.id == _e.act)
            .where(act.c.account == login, act.c.recorded_us.between(began, ended))
            .where(_e.act <= self._now.snapshot.k)
        )
        return list(self._now.snapshot.conn.scalars(query.distinct().limit(_MOST_FILES)))


def _at_units(units: Units, codes: Iterable[str]) -> Iterator[ScopeOfUnits]:
    """Each unit's own duties, those below it left out."""
    for code in codes:
        county = units.county_of(code)
        yield _OwnDuties(frozenset({code}), (county,), frozenset(), code == county)


class _OwnDuties(ScopeOfUnits):
    """A unit's own: children without a school are nobody's own."""

    def holds(self, line: Line) -> bool:
        """Whether a line falls to the unit itself."""
        return line.unit in self.units


def _key(line: Line) -> tuple[str, ...]:
    return line.origin, line.key, line.role, line.unit
