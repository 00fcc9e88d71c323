"""The board against the report and against itself: same children, every page once, inside the reach only."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import text

from casework.domain.permissions import Reach, reach_of
from casework.domain.statuses import DROPPED_OUT, RETURNED, SUSPECTED
from casework.domain.values import SHANGHAI, day_of
from casework.projections.board_queries import (
    BoardFilter,
    board_page,
    fine_tallies,
    of_stage,
    tallies,
)
from casework.projections.rebuild import rebuild
from casework.projections.reconcile import reconcile
from casework.service import Reading
from tests.oracle import histories
from tests.support.copied import filled, filled_county
from tests.support.county import County

KEYS = {
    SUSPECTED: "s_close",
    DROPPED_OUT: "d_close",
    RETURNED: "returned",
    "home_teaching": "taught",
    "deferred": "deferred",
    "watch": "watch",
    "verifying": "verifying",
    "transferring": "transferring",
}


@pytest.fixture(params=[3, 11, 77])
def county(database_url: str, request: pytest.FixtureRequest) -> Iterator[County]:
    """A random county, its whole history imported."""
    with filled_county(database_url, take_seed, request.param) as county:
        yield county


def take_seed(county: County, seed: int) -> None:
    """Imports the whole history of a random county."""
    for each in histories.county_of_seed(seed):
        county.take(each.kind, each.rows, each.at)


def reaches(reading: Reading) -> dict[str, Reach]:
    """Unit code → reach, of every unit that has a weekly report."""
    units = reading.reference.units
    return {unit.code: reach_of(units, unit.code) for unit in units if unit.kind != "village"}


def counted(reading: Reading, reach: Reach, asked: BoardFilter | None = None) -> Counter[str]:
    """Status → children of 小学 and 初中 on the board."""
    found: Counter[str] = Counter()
    for tally in tallies(reading.snapshot.conn, reach, asked or BoardFilter(), today(reading)):
        found[tally.status] += tally.n if of_stage(tally, "") else 0
    return found


def today(reading: Reading) -> str:
    """The day of the reading."""
    return day_of(reading.known_at)


def test_every_units_board_counts_what_its_report_holds_now(county: County) -> None:
    with county.casework.reading() as reading:
        week = reading.reference.weekly(today(reading)).week_of(today(reading))
        for code, reach in reaches(reading).items():
            report = county.casework.weekly_report(code, week)
            total = next(row for row in report["total"] if row["stage"] == "all")
            ours = counted(reading, reach)
            assert {key: ours[status] for status, key in KEYS.items()} == {
                key: total[key] for key in KEYS.values()
            }, code


def test_pages_hold_every_child_once_in_order_of_urgency(county: County) -> None:
    with county.casework.reading() as reading:
        for reach in reaches(reading).values():
            seen, after = [], None
            while True:
                page = board_page(
                    reading.snapshot.conn, reach, BoardFilter(), today(reading), after=after, size=3
                )
                seen += [(row.rank, row.since, row.case_id) for row in page.rows]
                after = page.after
                if after is None:
                    break
            assert seen == sorted(set(seen))
            assert len(seen) == counted(reading, reach).total()


def test_tables_add_up_to_the_counts(county: County) -> None:
    with county.casework.reading() as reading:
        conn = reading.snapshot.conn
        for reach in reaches(reading).values():
            fine = sum(row[5] for row in fine_tallies(conn, reach, BoardFilter(), today(reading)))
            assert fine == counted(reading, reach).total()


def test_a_place_asked_for_never_reaches_beyond_the_viewer(county: County) -> None:
    with county.casework.reading() as reading:
        conn, units = reading.snapshot.conn, reading.reference.units
        for reach in reaches(reading).values():
            own = {
                row.case_id for row in board_page(conn, reach, BoardFilter(), today(reading), size=999).rows
            }
            for unit in units:
                for name in ("school", "township", "village"):
                    asked = BoardFilter(**{name: unit.code})  # type: ignore[arg-type]
                    page = board_page(conn, reach, asked, today(reading), size=999)
                    assert {row.case_id for row in page.rows} <= own
                    assert {getattr(row, name) for row in page.rows} <= {unit.code}


def test_the_board_made_anew_is_the_live_one(county: County) -> None:
    with county.casework.store.snapshot() as snapshot:
        assert reconcile(snapshot) == []
    rebuild(county.casework.store)
    with county.casework.store.snapshot() as snapshot:
        assert reconcile(snapshot) == []


def test_counts_by_place_are_those_of_the_files_themselves(county: County) -> None:
    with county.casework.reading() as reading:
        for reach in reaches(reading).values():
            files = counted(reading, reach, BoardFilter(silent=-9999))  # every file, one by one
            assert counted(reading, reach) == files


def test_a_changed_row_is_found(sqlite_url: str) -> None:
    county = filled(sqlite_url, take_seed, 11)
    with county.casework.store.engine.begin() as conn:
        conn.execute(text("UPDATE case_board SET since = '2020-01-01'"))
    with county.casework.store.snapshot() as snapshot:
        assert any("case_board" in sentence for sentence in reconcile(snapshot))
    county.close()


def test_a_page_walks_an_index_and_sorts_nothing(sqlite_url: str) -> None:
    county = County(sqlite_url)
    county.now = datetime(2026, 9, 14, 9, tzinfo=SHANGHAI)
    with county.casework.store.engine.connect() as conn:
        query = (
            "EXPLAIN QUERY PLAN SELECT * FROM case_board WHERE rank < 9 AND stage IN ('primary', 'junior')"
            " AND (rank, since, case_id) > (1, '2026-01-01', 'x') AND {} = 'C1'"
            " ORDER BY rank, since, case_id LIMIT 51"
        )
        for column in ("county", "township", "village", "school", "receiver"):
            plan = " ".join(row[3] for row in conn.execute(text(query.format(column))))
            assert f"ix_case_board_{column} " in plan and "TEMP B-TREE" not in plan, plan
    county.close()
