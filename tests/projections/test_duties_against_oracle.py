"""Every duty of random counties against the slow, obvious oracle, on any day, at any known time, on both
databases; and the tables of duties against a rebuild, also when rules and calendars change in between."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.projections.rebuild import rebuild
from casework.projections.reconcile import reconcile
from tests.oracle.duties import Duty, listing
from tests.oracle.duty_county import ACTS, DutyCounty, replay_all
from tests.oracle.duty_making import autumn
from tests.oracle.story import place_of
from tests.oracle.world import Import
from tests.soak import seeds
from tests.support.acts import ids_of, take_acts
from tests.support.county import County

QUESTIONS = 6
EVER = (date(2026, 6, 1), date(2027, 1, 31))
Question = tuple[str, date, tuple[date, date] | None, datetime]


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """An empty county on either database."""
    opened = County(database_url)
    yield opened
    opened.close()


def play(county: County, imports: list[Import]) -> None:
    """Takes a whole history; every row is taken or refused as the oracle judges."""
    judged = DutyCounty()
    for each in imports:
        verdicts = dict(enumerate(judged.take(each), start=2))
        if each.kind in (*ACTS, "policy"):
            take_acts(county, each)
            continue
        outcome = county.take(each.kind, each.rows, each.at)
        refused = {row.number: row.reasons for row, _ in outcome.refused}
        wrong = {number for number, verdict in verdicts.items() if verdict.what == "refused"}
        assert set(refused) == wrong, (each.at, each.kind, refused, verdicts)
    county.now += timedelta(days=1)


def questions(rng: Random, imports: list[Import], number: int) -> Iterator[Question]:
    """Random (unit, on, from and to, known_at): often the top unit, on the day of the knowledge."""
    for _ in range(number):
        known_at = rng.choice(imports[3:]).at + timedelta(seconds=30)
        codes = sorted(replay_all(imports, known_at).units)
        code = min(codes, key=len) if rng.randrange(2) else rng.choice(codes)
        on = known_at.date() + timedelta(days=rng.choice([0, 0, 0, -1, -2, -5, -9, -20, 3, 15]))
        first = on + timedelta(days=rng.randrange(-60, 20))
        window = (first, first + timedelta(days=rng.randrange(0, 60)))
        yield code, on, rng.choice([None, window, EVER]), known_at


def asked_of(county: County, question: Question) -> list[Duty]:
    """What the program lists."""
    unit, on, window, known_at = question
    first, last = (day.isoformat() for day in window) if window else ("", "")
    found = county.casework.duties(unit, on=on.isoformat(), first=first, last=last, known_at=known_at)
    return [_told(each) for each in found["duties"]]


def _told(each: dict[str, Any]) -> Duty:
    return Duty(
        due_day=each["due_day"],
        rule=each["rule"],
        child=each["child"] or "",
        role=each["role"],
        unit=each["unit"]["code"],
        holders=tuple((holder["login"], holder["name"]) for holder in each["holders"]),
        begins=each["begins"],
        state=each["state"],
        fulfilled_on=each["fulfilled_on"],
        recorded_late_days=each["recorded_late_days"],
    )


def agree(county: County, imports: list[Import], seed: int, number: int = QUESTIONS) -> list[list[Duty]]:
    """Asks random questions of both; returns the answers."""
    answers, ids = [], ids_of(county)
    for question in questions(Random(seed), imports, number):
        unit, on, window, known_at = question
        known = replay_all(imports, known_at)
        marks = {child.number or ids[child.name]: child for child in known.children.values()}
        theirs = listing(known, unit, on, window, lambda child: child.number or ids[child.name])
        clear = [duty for duty in theirs if is_clear(known, marks, duty)]
        ours = [duty for duty in asked_of(county, question) if is_clear(known, marks, duty)]
        assert sorted(ours, key=repr) == sorted(clear, key=repr), (seed, question)
        assert [_place(duty) for duty in ours] == [_place(duty) for duty in clear], (seed, question)
        answers.append(ours)
    return answers


def is_clear(county: DutyCounty, marks: dict[str, Any], duty: Duty) -> bool:
    """A duty without a unit is listed where the child is: not compared when the child moves meanwhile."""
    if duty.unit:
        return True
    child, days = marks[duty.child], (duty.begins, duty.due_day)
    day, last = (date.fromisoformat(each) for each in days)
    homes = set()
    while day <= last:
        place = place_of(county, child, day)
        homes.add((place.county, place.township))
        day += timedelta(days=1)
    return len(homes) == 1


def _place(duty: Duty) -> tuple[str, ...]:
    return duty.due_day, duty.rule, duty.child


def differences(county: County) -> list[str]:
    """What `reconcile` finds."""
    with county.casework.store.snapshot() as snapshot:
        return reconcile(snapshot)


@pytest.mark.parametrize("seed", range(8))
def test_every_duty_equals_the_oracles_and_survives_a_rebuild(county: County, seed: int) -> None:
    imports = autumn(seed)
    play(county, imports)
    before = agree(county, imports, seed)
    assert differences(county) == []
    rebuild(county.casework.store)
    assert differences(county) == []
    assert agree(county, imports, seed) == before


def check_one(seed: int, number: int = QUESTIONS) -> None:
    """One county in memory."""
    county, imports = County("sqlite:///:memory:"), autumn(seed)
    try:
        play(county, imports)
        agree(county, imports, seed, number)
        assert differences(county) == []
    finally:
        county.close()


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(1_000, 10**6))
def test_any_random_autumn_agrees_with_the_oracle(seed: int) -> None:
    check_one(seed)


ALL = {"open", "on_time", "late", "overdue", "ended"}
REACHED = {
    "absence.contact": ALL,
    "absence.joint_visit": ALL - {"ended"},
    "absence.report": ALL - {"ended"},
    "absence.decide": ALL - {"ended", "on_time"},
    "letter.issue": ALL,
    "letter.serve": ALL,
    "guardian.return": ALL,
    "letter.failed_report": ALL,
    "order.issue": ALL,
    "order.decide": ALL - {"ended", "late"},
    "out.contact": ALL - {"late"},
    "out.township": ALL - {"late"},
    "returned.check": ALL,
    "teaching.session": ALL - {"late"},
    "deferral.end": ALL - {"ended"},
    "helper.visit": ALL - {"late"},
    "closure.decide": ALL - {"ended"},
    "term.count": {"open", "overdue"},
    "campaign": {"open", "overdue"},
}
"""The states in which a rule is met often; what comes round by weeks, months and quarters is never late."""


def test_every_rule_and_state_occurs_in_the_random_autumns() -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for seed in range(100):
        imports = autumn(seed)
        county, on = replay_all(imports), imports[-1].today - seed % 2 * timedelta(days=15)
        for unit in [each for each in county.units.values() if each.kind == "county"]:
            seen.update((duty.rule, duty.state) for duty in listing(county, unit.code, on, EVER))
    assert not {(rule, state) for rule, states in REACHED.items() for state in states} - set(seen)
    assert sum(state == "excused" for _, state in seen) > 5


@pytest.mark.soak
@pytest.mark.parametrize("start", seeds(100_000, 5, step=20))
def test_hundreds_of_autumns_agree_with_the_oracle(start: int) -> None:
    for seed in range(start, start + 20):
        check_one(seed, 12)
