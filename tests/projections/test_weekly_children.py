"""Behind every number stand exactly that many: random counties, every figure, at any time asked."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from casework.projections.weekly_cells import GROUP_FIGURES
from casework.projections.weekly_children import (
    BY_NAME,
    FIGURES,
    PUPILS,
    Cell,
    Question,
    entries_behind,
)
from casework.projections.weekly_people import people_of
from casework.projections.weekly_pupils import pupils_behind
from casework.projections.weekly_report import weekly_report
from casework.service import Reading
from tests.oracle import histories
from tests.projections.test_against_oracle import play
from tests.support.county import County

QUESTIONS = 2
Row = dict[str, Any]


def cells_of(report: Row) -> Iterator[tuple[Cell, float]]:
    """Every number of a report that has a list, with its value; of a cause or a group, each by name."""
    for table, rows in {**report["tables"], "total": report["total"]}.items():
        for row in rows:
            at = table, row["unit"]["code"], row["stage"]
            for figure in FIGURES:
                if figure in BY_NAME:
                    yield from ((Cell(*at, figure, name), n) for name, n in row[figure].items())
                else:
                    yield Cell(*at, figure), row[figure]
                if figure in GROUP_FIGURES:
                    yield from ((Cell(*at, figure, name), n[figure]) for name, n in row["groups"].items())


def pupils_by_page(reading: Reading, unit: str, week: str, cell: Cell) -> list[str]:
    """All children behind a roster figure, turning pages of two."""
    found: list[str] = []
    after: tuple[str, ...] | None = None
    while True:
        page = pupils_behind(
            reading.snapshot, reading.reference, unit=unit, week=week, cell=cell, after=after, size=2
        )
        found += [pupil.child_id for pupil in page.pupils]
        after = page.after
        if after is None:
            assert page.total == len(found) == len(set(found))
            return found


@pytest.mark.parametrize("seed", range(300, 306))
def test_every_number_is_the_length_of_its_list(database_url: str, seed: int) -> None:
    imports = histories.county_of_seed(seed)
    county = County(database_url)
    play(county, imports)
    rng = Random(seed)
    for unit, week, at in histories.questions(rng, imports, QUESTIONS):
        with county.casework.reading(at) as reading:
            snapshot, reference = reading.snapshot, reading.reference
            report = weekly_report(
                snapshot, reference, unit=unit, week=week, known_at=reading.known_at, detail=True
            )
            for cell, n in cells_of(report):
                if n == 0 and rng.random() < 0.9:
                    continue
                question = Question.of(
                    snapshot, reference, unit=unit, week=week, known_at=reading.known_at, cell=cell
                )
                behind = sum(entry.n for entry in entries_behind(question))
                assert (behind / 10 if cell.figure == "session_hours" else behind) == n, (
                    unit,
                    week,
                    at,
                    cell,
                )
            for row in report["total"]:
                for figure in PUPILS:
                    cell = Cell("total", row["unit"]["code"], row["stage"], figure)
                    assert len(pupils_by_page(reading, unit, week, cell)) == row[figure], (
                        unit,
                        week,
                        at,
                        cell,
                    )
            people = people_of(snapshot, reference, unit=unit, week=week)
            held = [each for each in people if each.span.status in ("suspected", "dropped_out")]
            total = report["total"][2]
            assert len(held) >= total["s_close"] + total["d_close"]
    county.close()
