"""Random days of eight offices against the slow, obvious oracle: every figure of the weekly report and every
duty, of any unit, at any known time; and what was told in the middle of a day is told the same at its end.

One hand sends the forms, so a seed is the same day on every run and on both databases. A failure names its
seed: `pytest tests/commands/test_acts_against_oracle.py -m "soak or not soak" -k "[seed]"`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from casework.projections.activity import AID_PAID, activity
from casework.projections.bitemporal import believed_at
from tests.oracle.deed import Deed
from tests.oracle.deeds import ActCounty, know
from tests.oracle.duties import Duty, listing
from tests.oracle.duty_county import day_told
from tests.oracle.report import week_named, weekly_known
from tests.oracle.story import place_of
from tests.oracle.world import Import
from tests.projections.test_duties_against_oracle import asked_of, is_clear
from tests.soak import seeds
from tests.support.busy_county import ALL_UNITS, ROSTER, SPRING, STAFF, busy_county, seen_now
from tests.support.busy_day import Day
from tests.support.county import County
from tests.support.told_acts import told

ROUNDS = 70
ALONE: dict[str, Any] = {
    "hands": 1,
    "forms": 5,
    "pauses": (0, 1, 5, 17, 17, 30, 50),
    "sheets": True,
    "careless": 0.05,
}
STARTS = [
    datetime.fromisoformat(f"{day}T08:00:00+08:00") for day in ("2026-09-07", "2026-12-14", "2027-02-22")
]
"""The first weeks of autumn; the turn of the year, with its holidays and new numbers; the spring term."""
THURSDAYS = [date(2026, 8, 20) + timedelta(weeks=n) for n in range(42)]
WEEKS = ["{}-W{:02}".format(*each.isocalendar()) for each in THURSDAYS]
FIRST = [Import(SPRING, "units", ALL_UNITS), Import(SPRING, "staff", STAFF), Import(SPRING, "roster", ROSTER)]
EVER = (date(2026, 6, 1), date(2027, 6, 30))


@dataclass
class Story:
    """A day that is over: what was accepted, in order, and the instants at which it may be asked about."""

    day: Day
    told: list[Import | Deed]
    names: dict[str, str]
    early: list[tuple[str, str, datetime, str]] = field(default_factory=list)

    @property
    def instants(self) -> list[datetime]:
        """The ends of acts, but those between a merger and the moment its children have followed."""
        found: list[datetime] = []
        waiting: set[str] = set()
        for taken, at in self.day.taken():
            if not isinstance(taken.told, Import):
                form, reply = taken.told
                if form.command.__name__ in ("close_unit", "reopen_unit"):
                    waiting.add(form.said["code"])
                if form.command.__name__ == "follow_unit" and reply["left"] == 0:
                    waiting.discard(form.said["code"])
            if not waiting:
                found.append(at)
        return found


def live(url: str, seed: int, rounds: int = ROUNDS) -> Iterator[Story]:
    """Lives a day; while it goes on, some reports are asked for and kept."""
    with busy_county(url, STARTS[seed % 3]) as county:
        day, early = Day(county, seed, **ALONE), []
        asking = Random(seed)

        def ask() -> None:
            if asking.random() < 0.3:
                unit, week, _ = _question(asking, county.now)
                found = county.casework.weekly_report(unit, week, detail=True)
                at = datetime.fromisoformat(found["known_at"])
                early.append((unit, week, at, found["digest"]))

        day.at_rest = ask
        day.go(rounds)
        names = seen_now(county).names
        yield Story(day, [*FIRST, *told(day.taken(), names)], names, early)


def _question(rng: Random, now: datetime) -> tuple[str, str, datetime]:
    """A unit and a week that has begun: often the county and the present week."""
    today = day_told(now)
    begun = [week for week in WEEKS if week_named(week).first <= today]
    week = rng.choice(begun[-9:]) if rng.random() < 0.6 else begun[-1]
    codes = [row["单位代码"] for row in ALL_UNITS if row["类型"] != "村"]
    return ("C" if rng.random() < 0.5 else rng.choice(codes)), week, now


def check(story: Story, seed: int, reports: int, lists: int) -> Counter[str]:
    """Asks random questions of both at random instants; returns what was met."""
    rng, met = Random(seed), Counter[str]()
    county = story.day.county
    county.now += timedelta(days=1)
    instants = story.instants
    for at in [instants[-1], *rng.choices(instants, k=max(reports, lists) - 1)]:
        known = know(story.told, at)
        if reports > 0:
            _same_report(story, known, _question(rng, at), seed, met)
        _same_aid(county, known, at, seed)
        if lists > 0:
            _same_duties(story, known, rng, at, seed, met)
        reports, lists = reports - 1, lists - 1
    _nothing_changed(story, seed)
    return met


def _same_report(story: Story, known: ActCounty, question: Any, seed: int, met: Counter[str]) -> None:
    unit, week, at = question
    ours = story.day.county.casework.weekly_report(unit, week, known_at=at, detail=True)
    theirs = weekly_known(known, unit, week, at, detail=True)
    where = (seed, unit, week, at.isoformat())
    for name, rows in (*theirs["tables"].items(), ("total", theirs["total"])):
        found = ours["total"] if name == "total" else ours["tables"][name]
        assert differing(found, rows) == [], (*where, name)
        assert found == rows, (*where, name)
    met.update(key for row in theirs["total"] for key, value in row.items() if value)


def differing(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> list[Any]:
    """(unit, stage, key, ours, the oracle's) of every figure that differs."""
    mine = {(row["unit"]["code"], row["stage"]): row for row in ours}
    other = {(row["unit"]["code"], row["stage"]): row for row in theirs}
    found: list[Any] = [(place, "row") for place in mine.keys() ^ other.keys()]
    for place in sorted(mine.keys() & other.keys()):
        keys = [key for key in other[place] if mine[place].get(key) != other[place][key]]
        found += [(*place, key, mine[place].get(key), other[place][key]) for key in keys]
    return found


def _same_duties(
    story: Story, known: ActCounty, rng: Random, at: datetime, seed: int, met: Counter[str]
) -> None:
    unit = "C" if rng.random() < 0.5 else rng.choice(sorted(known.units))
    on = day_told(at) + timedelta(days=rng.choice([0, 0, 0, -1, -3, -9, -20, 3, 15]))
    first = on + timedelta(days=rng.randrange(-40, 20))
    window = rng.choice([None, (first, first + timedelta(days=rng.randrange(0, 40))), EVER])
    ids = {name: child_id for child_id, name in story.names.items()}
    marks = {child.number or ids[child.name]: child for child in known.children.values()}
    theirs = listing(known, unit, on, window, lambda child: child.number or ids[child.name])
    clear = [duty for duty in theirs if is_clear(known, marks, duty)]
    asked = asked_of(story.day.county, (unit, on, window, at))
    ours = [duty for duty in asked if is_clear(known, marks, duty)]
    where = (seed, unit, on, window, at.isoformat())
    assert _only(ours, clear) == [], where
    assert [_order(duty) for duty in ours] == [_order(duty) for duty in clear], where
    met.update(f"{duty.rule} {duty.state}" for duty in ours)


def _same_aid(county: County, known: ActCounty, at: datetime, seed: int) -> None:
    """What was paid on which day to children of which school, as known then (`activity`), in 分."""
    ours: Counter[tuple[str, str]] = Counter()
    a = activity.c
    with county.casework.reading(at) as reading:
        query = select(a.done_on, a.school, a.fen).where(a.kind == AID_PAID)
        for row in reading.snapshot.conn.execute(query.where(*believed_at(activity, reading.snapshot.k))):
            ours[row.done_on, row.school] += row.fen
    theirs: Counter[tuple[str, str]] = Counter()
    for paid in known.live("aid"):
        school = place_of(known, known.children[paid.child], paid.on).school
        theirs[paid.on.isoformat(), school] += int(paid.get("金额"))
    assert ours == theirs, (seed, at.isoformat())


def _only(ours: list[Duty], theirs: list[Duty]) -> list[tuple[str, Duty]]:
    """What only one of the two lists, in which list."""
    mine, other = Counter(ours), Counter(theirs)
    only = [("program", duty) for duty in mine - other] + [("oracle", duty) for duty in other - mine]
    return sorted(only, key=lambda each: (each[1].child, each[1].rule, each[0]))


def _order(duty: Duty) -> tuple[str, ...]:
    return duty.due_day, duty.rule, duty.child


def _nothing_changed(story: Story, seed: int) -> None:
    """What was told in the middle of the day is told the same now, asked for as known then."""
    for unit, week, at, digest in story.early:
        found = story.day.county.casework.weekly_report(unit, week, known_at=at, detail=True)
        assert found["digest"] == digest, (seed, unit, week, at.isoformat())


@pytest.mark.parametrize("seed", range(3))
def test_random_days_of_offices_agree_with_the_oracle(database_url: str, seed: int) -> None:
    for story in live(database_url, seed, ROUNDS // 2):
        met = check(story, seed, 12, 12)
        assert len(met) > 20 and len(story.told) > 60


@pytest.mark.soak
@pytest.mark.parametrize("seed", seeds(2000, 20))
def test_hundreds_of_days_of_offices_agree_with_the_oracle(database_url: str, seed: int) -> None:
    for story in live(database_url, seed):
        check(story, seed, 30, 30)
