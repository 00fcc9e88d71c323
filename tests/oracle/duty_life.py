"""One child, instant by instant: what held at every place of every day up to the end of a day (`--on`).

"Triggers of the calendar … happen at 00:00, before that day's status entries; a status trigger at its own
place among them; issue and service after them." So a day has the places 0 (00:00), 1 … n (its entries in
order) and LATE (issue, service, voiding: the end of the day). "facts dated after t are ignored".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from tests.oracle.duty_calendar import DAY
from tests.oracle.duty_county import Done, DutyCounty, Proposal
from tests.oracle.judge import Child
from tests.oracle.moves import Entry, Step
from tests.oracle.story import Place, place_of
from tests.oracle.world import day

LATE = 10**6
S_OR_D = ("suspected", "dropped_out")
NOT_ABSENT = (*S_OR_D, "deferred", "home_teaching", "closed")


@dataclass(frozen=True, order=True)
class Instant:
    """A place of a day."""

    on: date
    place: int


class Absence(NamedTuple):
    """An absence: its first and last day, and which it is."""

    on: date
    until: date
    no: int


@dataclass(frozen=True)
class Visit:
    """A visit as the rules ask it: people are (name, unit)."""

    done: Done
    way: str
    people: tuple[tuple[str, str], ...]
    recorder: str


class Life:
    """What is known of a child up to the end of day `t`."""

    def __init__(self, county: DutyCounty, child: Child, t: date) -> None:
        self.county, self.child, self.t = county, child, t
        self.steps = [step for step in child.steps if step.entry.on <= t]
        self.visits = [_visit(county, entry) for entry in self._live("visits")]
        self.sessions = [self._done(entry) for entry in self._live("sessions")]
        self.absences = [Absence(e.on, self._until(e), e.no) for e in self._live("absences")]
        self.letters = self._live("letters")
        self.voided = {v.letter.no: v for v in county.voided_letters if v.letter.child == child.id}
        self.checks, self.reports, self.decisions = (
            sorted(Done(act.on, act.at) for act in county.acts[kind] if act.child == child.id and act.on <= t)
            for kind in ("checks", "reports", "decisions")
        )

    def _live(self, kind: str) -> list[Entry]:
        mine = [entry for entry in self.county.live(kind) if entry.child == self.child.id]
        return [entry for entry in mine if entry.on <= self.t]

    def _done(self, entry: Entry) -> Done:
        return Done(entry.on, self.county.told[entry.no])

    def _until(self, absence: Entry) -> date:
        """截止日期, the last day absent; one after `t` is not yet known to end."""
        until = day(absence.get("截止日期")) if absence.get("截止日期") else date.max
        return until if until <= self.t else date.max

    # ---- instants -----------------------------------------------------------------------------------------

    def days(self) -> Iterator[date]:
        """Every day from the child's first fact to `t`."""
        kinds = ("status", "absences", "letters")
        firsts = [entry.on for kind in kinds for entry in self._live(kind)]
        firsts += [each.letter.on for each in self.voided.values() if each.letter.on <= self.t]
        firsts += [proposal.on for proposal in self.proposals()]
        on = min(firsts, default=date.max)
        while on <= self.t:
            yield on
            on += DAY

    def instants(self, first: Instant) -> Iterator[Instant]:
        """Every place of every day from an instant to the end of `t`."""
        on = first.on
        while on <= self.t:
            for place in (0, *range(1, len(self.steps_on(on)) + 1), LATE):
                if Instant(on, place) >= first:
                    yield Instant(on, place)
            on += DAY

    def steps_on(self, on: date) -> list[Step]:
        """The day's status entries in order."""
        return [step for step in self.steps if step.entry.on == on]

    def status(self, at: Instant) -> str | None:
        """The status at a place of a day, an entry at that very place included."""
        before = [step for step in self.steps if step.entry.on < at.on]
        so_far = before + self.steps_on(at.on)[: at.place]
        return so_far[-1].after if so_far else None

    def out(self, at: Instant) -> bool:
        """Status S or D."""
        return self.status(at) in S_OR_D

    def out_without_break(self, first: Instant, last: Instant) -> bool:
        """S or D at every instant between the two, both included."""
        return all(self.out(at) for at in self.instants(first) if at <= last)

    def absent(self, at: Instant) -> bool:
        """Absent, "status none of S, D, deferred, home_teaching, closed"."""
        away = any(absence.on <= at.on <= absence.until for absence in self.absences)
        return away and self.status(at) not in NOT_ABSENT

    def deferral(self, at: Instant) -> Step | None:
        """The entry whose end date is in force: the last that named one, while the child is deferred."""
        found = None
        for step in self.steps:
            if Instant(step.entry.on, self.steps_on(step.entry.on).index(step) + 1) > at:
                break
            if step.after != "deferred" or step.before != "deferred":
                found = None
            if step.after == "deferred" and step.entry.get("截止日期"):
                found = step
        return found if self.status(at) == "deferred" else None

    # ---- what was done ------------------------------------------------------------------------------------

    def place(self, on: date) -> Place:
        """Where the child belongs on a day."""
        return place_of(self.county, self.child, on)

    def entries(self) -> list[tuple[Step, Done]]:
        """The status entries as facts."""
        return [(step, self._done(step.entry)) for step in self.steps]

    def issued(self, kind: str, first: date) -> list[Done]:
        """Letters of a kind issued on or after a day; a void one fulfils nothing."""
        letters = [entry for entry in self.letters if entry.get("文书种类") == kind]
        return [self._done(entry) for entry in letters if entry.on >= first]

    def served(self, letter: Entry) -> Done | None:
        """The service of a letter, unless dated after `t`."""
        if not letter.get("送达日期") or day(letter.get("送达日期")) > self.t:
            return None
        return Done(day(letter.get("送达日期")), self.county.served[letter.no])

    def proposals(self) -> list[Proposal]:
        """The child's proposals made by the end of `t`."""
        return [p for p in self.county.proposals if p.child == self.child.id and p.on <= self.t]


def _visit(county: DutyCounty, entry: Entry) -> Visit:
    people = []
    for text in entry.get("参加人").split("；"):
        name, _, unit = [*text.strip().split("/"), "", ""][:3]
        people.append((name.strip(), unit.strip()))
    done = Done(entry.on, county.told[entry.no])
    return Visit(done, entry.get("方式"), tuple(people), entry.get("记录人"))
