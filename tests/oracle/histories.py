"""Random small counties as lists of imports: by seed, or as a hypothesis strategy on the same machinery."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from hypothesis import strategies as st

from tests.oracle.judge import replay
from tests.oracle.ledgers import status_rows
from tests.oracle.making import DAY, Maker
from tests.oracle.records import record_rows
from tests.oracle.world import Import

KINDS: tuple[str, ...] = (
    *("status",) * 10,
    *("visits",) * 3,
    *("letters",) * 3,
    *("sessions",) * 2,
    *("roster",) * 6,
    *("absences", "units", "again"),
)
Question = tuple[str, str, datetime]


def make_county(rng: Random, kids: int | None = None, sheets: int | None = None) -> list[Import]:
    """A county of 3–12 children: units, roster, then workbooks over about eight weeks."""
    maker = Maker(rng, kids or rng.randrange(3, 13))
    for _ in range(sheets or rng.randrange(10, 31)):
        maker.clock += rng.randrange(0, 6) * DAY + rng.randrange(1, 300) * timedelta(minutes=1)
        if maker.clock.hour >= 22:
            maker.clock -= timedelta(hours=12) - DAY
        _one_import(maker, rng.choice(KINDS))
    return maker.imports


def _one_import(maker: Maker, kind: str) -> None:
    if kind == "roster":
        maker.change_roster()
    elif kind == "units":
        maker.change_units()
    elif kind == "status":
        maker.offer("status", status_rows(maker))
    elif kind == "again":  # "The same file twice changes nothing"
        maker.offer(maker.imports[-1].kind, maker.imports[-1].rows)
    else:
        maker.offer(kind, record_rows(maker, kind))


def county_of_seed(seed: int) -> list[Import]:
    """The same county for the same seed: for long runs."""
    return make_county(Random(seed))


def counties() -> st.SearchStrategy[list[Import]]:
    """Counties for hypothesis: shrinks to fewer children and workbooks (rows: see `shrink`)."""
    return st.builds(
        lambda seed, kids, sheets: make_county(Random(seed), kids, sheets),
        st.integers(0, 2**32 - 1),
        st.integers(3, 12),
        st.integers(4, 24),
    )


def moments(imports: list[Import]) -> list[datetime]:
    """Known times worth asking about: shortly after each import that follows the roster."""
    return [imported.at + timedelta(seconds=30) for imported in imports[1:]]


def weeks(known_at: datetime, back: int = 16) -> list[str]:
    """Names of the reporting weeks that began by then, the latest first."""
    friday = known_at.date() - ((known_at.date().weekday() - 4) % 7) * DAY
    names = []
    for number in range(back):
        year, week, _ = (friday + 6 * DAY - 7 * number * DAY).isocalendar()
        names.append(f"{year}-W{week:02}")
    return names


def unit_codes(imports: list[Import], known_at: datetime) -> list[str]:
    """Units a report can be asked for."""
    units = replay(imports, known_at).units
    return [code for code, unit in sorted(units.items()) if unit.kind != "village"]


def questions(rng: Random, imports: list[Import], number: int) -> list[Question]:
    """Random (unit, week, known_at) of a county, near the weeks where things happen."""
    asked = []
    for _ in range(number):
        known_at = rng.choice(moments(imports))
        codes = unit_codes(imports, known_at)
        code = min(codes, key=len) if rng.randrange(3) == 0 else rng.choice(codes)
        asked.append((code, rng.choice(weeks(known_at)[: rng.choice([5, 10, 16])]), known_at))
    return asked


def shrink(imports: list[Import], fails: Callable[[list[Import]], bool]) -> list[Import]:
    """Leave out imports, then single rows, as long as the comparison still fails.

    A shrunk history may leave the clear ground (`clear.is_clear`); read it before believing it.
    """
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(imports):
            if fails(candidate):
                imports, smaller = candidate, True
                break
    return imports


def _smaller(imports: list[Import]) -> list[list[Import]]:
    without = [imports[:at] + imports[at + 1 :] for at in reversed(range(len(imports)))]
    for at, imported in enumerate(imports):
        for row in range(len(imported.rows) if len(imported.rows) > 1 else 0):
            rows = imported.rows[:row] + imported.rows[row + 1 :]
            without.append([*imports[:at], Import(imported.at, imported.kind, rows), *imports[at + 1 :]])
    return without
