"""The life of one child as known now: where it belongs on each day, and what happened in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from tests.oracle.judge import Child, County
from tests.oracle.moves import Entry, Step
from tests.oracle.world import MIDWAY, NEVER, TOWNSHIPS, several

GRADE_SIX = ("6", "六", "六年级", "6年级")


class Place(NamedTuple):
    """Where a child belongs on a day; stage is primary, junior or "" (in no figure)."""

    county: str
    school: str
    township: str
    stage: str
    groups: frozenset[str]


@dataclass(frozen=True)
class Move:
    """The place changed at the start of a day, while in a status."""

    on: date
    before: Place | None
    after: Place
    status: str | None


@dataclass(frozen=True)
class Flow:
    """One status entry, at the place of its day."""

    on: date
    place: Place
    step: Step


class Story:
    """One child, replayed day by day."""

    def __init__(self, county: County, child: Child) -> None:
        self.county, self.child = county, child
        self.visits = _of(county.live("visits"), child)
        self.letters = _of(county.live("letters"), child)
        self.sessions = _of(county.live("sessions"), child)
        self._places = {on: place_of(county, child, on) for on in county.days_of_change(child)}
        self.events = self._replay()

    def _replay(self) -> list[Move | Flow]:
        events: list[Move | Flow] = []
        status: str | None = None
        before: Place | None = None
        for on in sorted(set(self._places) | {step.entry.on for step in self.child.steps}):
            # "Status changes of one child on one day apply in the order first recorded", "after a move on
            # the same day"
            place = self._places.get(on, before)
            assert place is not None, "a status before any place is refused"
            if place != before:
                events.append(Move(on, before, place, status))
            for step in self.child.steps:
                if step.entry.on == on:
                    events.append(Flow(on, place, step))
                    status = step.after
            before = place
        return events

    def place_on(self, on: date) -> Place | None:
        """The place on that day: a step function of the day."""
        place = None
        for first, new in self._places.items():
            if first <= on:
                place = new
        return place

    def at_end_of(self, on: date) -> tuple[str | None, Place | None, Step | None]:
        """Status, place and the last entry when that day is over."""
        last = None
        for step in self.child.steps:
            if step.entry.on <= on:
                last = step
        return (last.after if last else None), self.place_on(on), last

    def dropout_kind(self, step: Step) -> str:
        """The last explicit one; "none: … 从未入学 if no school ever held the child, else 中途辍学"."""
        if step.dropout_kind:
            return step.dropout_kind
        held = any(place.school for first, place in self._places.items() if first <= step.entry.on)
        return MIDWAY if held else NEVER


def stories(county: County) -> list[Story]:
    """Every child of the roster."""
    return [Story(county, child) for child in county.children.values()]


def _of(entries: list[Entry], child: Child) -> list[Entry]:
    return [entry for entry in entries if entry.child == child.id]


def place_of(county: County, child: Child, on: date) -> Place:
    """The child's county, school, township, stage and groups on a day."""
    # a school holds the child while it is 在籍在校 there
    school = child.value("school", on) if child.value("enrolment", on) == "在籍在校" else ""
    school = county.standing(school, on)
    residence, registration = child.value("residence", on), child.value("registration", on)
    # "A child's county is its school's, else residence's, else registration's."
    codes = (school, residence, registration)
    home = next((found for code in codes if (found := county_of(county, code))), "")
    groups = frozenset(several(child.value("groups", on)))
    return Place(home, school, _township(county, codes, home), _stage(child, on), groups)


def _township(county: County, codes: tuple[str, str, str], home: str) -> str:
    """ "the present residence's when it lies in this county, else the household registration's when it does,
    else the school's" (domain.md §3); convention: a code unknown or outside falls through, none = ""."""
    school, residence, registration = codes
    located = county.units[school].location if school in county.units else ""
    for code in (residence, registration, located):
        township = _ancestor(county, code, TOWNSHIPS)
        if township and county_of(county, township) == home:
            return township
    return ""


def county_of(county: County, code: str) -> str:
    """The county a unit code is or lies below, "" for none."""
    return _ancestor(county, code, ("county",))


def _ancestor(county: County, code: str, kinds: tuple[str, ...]) -> str:
    while code in county.units:
        unit = county.units[code]
        if unit.kind in kinds:
            return code
        code = unit.parent
    return ""


def _stage(child: Child, on: date) -> str:
    stage = child.value("stage", on)
    if stage:
        return {"小学": "primary", "初中": "junior"}.get(stage, "")
    # convention: 高校 counts as that stage; who has left 初中 by 学年升级 is in none
    if child.value("enrolment", on) in ("高校", "初中毕业"):
        return ""
    # "if empty, 初中 when an earlier span was grade 6 or 初中, else 小学"
    for earlier in child.days_of_change():
        if earlier < on:
            if child.value("stage", earlier) == "初中" or child.value("grade", earlier) in GRADE_SIX:
                return "junior"
    return "primary"
