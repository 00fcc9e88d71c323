"""The counts of the chain are the sums of the list of duties: random counties, any unit, day and known
time, with duties excused here and there, on both databases."""

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest
from sqlalchemy import insert, select

from casework.domain.values import OPEN
from casework.projections.bitemporal import believed_at
from casework.projections.case_span import COUNTED, case_span
from casework.projections.duty_chain import ChainReader
from casework.projections.duty_counts import Counts, DutyCounts, single_counts
from casework.projections.duty_files import files_at, silent_children
from casework.projections.duty_holders import Holder
from casework.projections.duty_lines import Line, Window, scope_of, single_lines, with_excuses
from casework.projections.duty_list import lines_of
from casework.projections.duty_rows import duty_excuse
from casework.projections.duty_seats import holders_on, seat_of
from casework.service import Reading
from tests.oracle.duty_county import ACTS
from tests.oracle.duty_making import autumn
from tests.oracle.world import Import
from tests.projections.test_duties_against_oracle import EVER, play, questions
from tests.support.acts import take_acts
from tests.support.county import County
from tests.web.small_county import HEAD_2, NAMES, fill

ROLES = frozenset({"师长", "校长", "镇长", "村长", "局长", "家长", "帮扶责任人"})
EVER_DAYS = tuple(day.isoformat() for day in EVER)


@pytest.fixture(params=[3, 11])
def story(database_url: str, request: pytest.FixtureRequest) -> Iterator[tuple[County, list[Import]]]:
    """A random autumn, its whole history taken, some of its duties excused."""
    county, imports = County(database_url), autumn(request.param)
    play(county, imports)
    excuse_some(county, Random(request.param))
    yield county, imports
    county.close()


def excuse_some(county: County, rng: Random) -> None:
    """Excuses every fifth duty on a day of its own, some of them known only for a while."""
    with county.casework.reading() as reading:
        scope = scope_of(reading.reference.units, top_of(reading))
        found = lines_of(reading.snapshot, reading.reference, scope, Window("2027-12-31", *EVER_DAYS))
        keys = {(line.case, line.key): line for line in found if line.case}
        chosen = rng.sample(sorted(keys), len(keys) // 5)
        k = reading.snapshot.k
    rows = [
        {
            "case_id": case,
            "duty_key": key,
            "excused_on": keys[case, key].due_day,
            "known_from": rng.randrange(1, k + 1),
            "known_to": OPEN,
        }
        for case, key in chosen
    ]
    with county.casework.store.engine.begin() as conn:
        conn.execute(insert(duty_excuse), rows)


def top_of(reading: Reading) -> str:
    """The county."""
    return next(unit.code for unit in reading.reference.units if unit.kind == "county")


def sums(lines: list[Line]) -> Counts:
    """The lines, added up by place."""
    found: Counts = {}
    for line in lines:
        found.setdefault(seat_of(line), Counter())[line.state] += 1
    return found


def test_counts_are_the_sums_of_the_list(story: tuple[County, list[Import]]) -> None:
    county, imports = story
    kept = DutyCounts()
    for unit, on, window, known_at in questions(Random(9), imports, 12):
        asked = Window(on.isoformat(), *(day.isoformat() for day in window or ()))
        with county.casework.reading(known_at) as reading:
            scope = scope_of(reading.reference.units, unit)
            lines = lines_of(reading.snapshot, reading.reference, scope, asked)
            ours = kept.of(reading.snapshot, reading.reference, scope, asked, ROLES)
            assert ours == sums(lines), (unit, asked, known_at)
            for role in ROLES:
                theirs = {seat: states for seat, states in ours.items() if seat.role == role}
                assert kept.of(reading.snapshot, reading.reference, scope, asked, {role}) == theirs


@pytest.mark.parametrize("seed", [3, 11])
def test_what_is_kept_of_periods_follows_every_act(sqlite_url: str, seed: int) -> None:
    """The same counter asked after each workbook and act, also of moments before: as if it kept nothing."""
    county, kept, known = County(sqlite_url), DutyCounts(), []
    rng = Random(seed)
    for each in autumn(seed):
        if each.kind in (*ACTS, "policy"):
            take_acts(county, each)
        else:
            county.take(each.kind, each.rows, each.at)
        with county.casework.reading() as present:
            known.append(present.known_at)
        if len(known) < 4 or rng.randrange(2):
            continue
        at = rng.choice([None, None, rng.choice(known)])
        with county.casework.reading(at) as reading:
            scope = scope_of(reading.reference.units, top_of(reading))
            asked = Window(rng.choice(["2026-09-20", "2026-10-10", "2026-11-20"]), *EVER_DAYS)
            ours = kept.of(reading.snapshot, reading.reference, scope, asked, ROLES)
            lines = lines_of(reading.snapshot, reading.reference, scope, asked)
            assert ours == sums(lines), (each.at, at)
    county.close()


def test_one_rule_alone_counts_as_its_lines(story: tuple[County, list[Import]]) -> None:
    county, imports = story
    for unit, on, _, known_at in questions(Random(4), imports, 8):
        asked = Window(on.isoformat())
        with county.casework.reading(known_at) as reading:
            snapshot, reference = reading.snapshot, reading.reference
            scope = scope_of(reference.units, unit)
            lines = with_excuses(
                snapshot.conn, snapshot.k, single_lines(snapshot.conn, snapshot.k, reference, scope, asked)
            )
            letters = [
                line.on(asked.on) for line in lines if line.rule == "letter.issue" and asked.takes(line)
            ]
            ours = single_counts(snapshot, reference, scope, asked, ROLES, {"letter.issue"})
            assert ours == sums(letters)


def test_every_open_file_stands_at_one_place_of_each_level(story: tuple[County, list[Import]]) -> None:
    county, imports = story
    for _, on, _, known_at in questions(Random(2), imports, 6):
        with county.casework.reading(known_at) as reading:
            snapshot, scope = reading.snapshot, scope_of(reading.reference.units, top_of(reading))
            s, day = case_span.c, on.isoformat()
            holding = (s.valid_from <= day, s.valid_to > day, COUNTED, *believed_at(case_span, snapshot.k))
            cases = set(snapshot.conn.scalars(select(s.case_id).where(s.county == top_of(reading), *holding)))
            found = files_at(snapshot, scope, day, 14)
            assert sum(each.n for each in found) == len(cases)
            silent = [
                case
                for seat in {each.seat("校长", "school") for each in found}
                for case in silent_children(snapshot, scope, seat, "school", day, 14)
            ]
            assert len(silent) == len(set(silent)) == sum(each.silent for each in found)
            assert set(silent) <= cases


def test_pages_of_a_role_hold_all_its_duties_and_name_the_holders(story: tuple[County, list[Import]]) -> None:
    county, imports = story
    day = imports[-1].today.isoformat()
    with county.casework.reading() as reading:
        snapshot, reference = reading.snapshot, reading.reference
        scope = scope_of(reference.units, top_of(reading))
        reader = ChainReader(snapshot, reference, scope, day, DutyCounts())
        every = DutyCounts().of(snapshot, reference, scope, Window(day, *EVER_DAYS), ROLES)
        for name in reader.policy.chain.roles:
            rows = reader.rows(reader.policy.role(name), *EVER_DAYS, by_class=True)
            told = {row.seat: row.states for row in rows if +row.states}
            assert told == {seat: states for seat, states in every.items() if seat.role == name}
            if name in ("校长", "镇长", "局长"):
                held = holders_on(snapshot.conn, snapshot.k, reference, [row.seat for row in rows], day)
                assert all(row.holders == held[row.seat] for row in rows)


def test_what_falls_to_a_vacant_place_is_shown_to_the_level_above(sqlite_url: str) -> None:
    county = County(sqlite_url)
    fill(county)
    with county.casework.reading() as reading:
        snapshot, reference = reading.snapshot, reading.reference
        reader = ChainReader(snapshot, reference, scope_of(reference.units, "C1"), "2026-10-09", DutyCounts())
        rows = reader.rows(reader.policy.role("校长"), *EVER_DAYS, by_class=True)
        # No class has a 班主任: the contact of this week with 李大山, the five checks of 王秋月 and
        # those of 张小雨 are their principals' to see to.
        assert {row.seat.unit: row.taken_over for row in rows} == {"S1": 5, "S2": 6}
        assert {row.seat.unit: row.holders for row in rows}["S2"] == [Holder(HEAD_2, NAMES[HEAD_2])]
    county.close()
