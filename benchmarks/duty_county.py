"""A county with a million duties: generated into the table of a county written by the ordinary commands.

What reading costs does not depend on how a row came to be. Kept beside the other databases.
"""

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import Engine, select, text

from benchmarks.databases import Say, shape
from benchmarks.land import COUNTY_CODE, land_of
from benchmarks.page_county import PASSWORD, copy_of, page_county, settings_of
from benchmarks.size import LAST_FRIDAY
from casework.bootstrap import make_casework
from casework.commands.postings import PostingRow, take_posting_rows
from casework.domain.values import LOCAL_OPERATOR, OPEN
from casework.projections.duty_rows import DUTIES, duty
from casework.projections.roster import roster_span
from casework.service import Casework
from casework.store.bulk import bulk_insert

_FILES = 200
HEAD, MAYOR, BOSS = "bench-head", "bench-mayor", "bench-boss"
_RULES = (
    ("absence.contact", "师长"),
    ("returned.check", "师长"),
    ("absence.joint_visit", "校长"),
    ("letter.issue", "校长"),
    ("letter.failed_report", "校长"),
    ("guardian.return", "家长"),
    ("order.issue", "镇长"),
    ("order.decide", "局长"),
)


def duty_county(place: Path, pupils: int, duties: int, pending: float, say: Say) -> Path:
    """The data folder of a county with so many duties, a share of them still to be done."""
    folder = place / f"duties-{duties}-{pending}-{shape(('duty', 'roster_span', 'posting'))}"
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=place) as making:
            made = copy_of(page_county(place, pupils, _FILES, say), Path(making))
            _fill(made, pupils, duties, pending, say)
            made.rename(folder)
    return folder


def _fill(folder: Path, pupils: int, duties: int, pending: float, say: Say) -> None:
    """Heads with accounts, and the duties; indexes are made once all are there, which is far quicker."""
    casework = make_casework(settings_of(folder))
    _staff(casework, pupils)
    engine, started = casework.store.engine, time.perf_counter()
    with engine.begin() as conn:
        for index in duty.indexes:
            index.drop(conn)
        written = bulk_insert(conn, duty, DUTIES.columns, _rows(engine, duties, pending))
        for index in duty.indexes:
            index.create(conn)
        conn.execute(text("ANALYZE"))
    say(f"{written} 项责任事项，{time.perf_counter() - started:.0f} 秒")
    engine.dispose()


def _staff(casework: Casework, pupils: int) -> None:
    land = land_of(pupils)
    school = land.junior[0]
    others = [each for each in (*land.primary, *land.junior) if each is not school]
    rows = [PostingRow(login=HEAD, name="样板校长", post="校长", unit=school.code, since="2020-01-01")]
    rows += [PostingRow(login=MAYOR, name="样板镇长", post="镇长", unit=school.township, since="2020-01-01")]
    rows += [PostingRow(login=BOSS, name="样板局长", post="局长", unit=COUNTY_CODE, since="2020-01-01")]
    for at, each in enumerate(others):
        rows += [
            PostingRow(login=f"h{at}", name=f"校长{at}", post="校长", unit=each.code, since="2020-01-01")
        ]

    def take(act: object, known: object) -> dict[str, object]:
        take_posting_rows(act, known.units, rows)  # type: ignore[arg-type, attr-defined]
        return {}

    casework.do("bench.staff", take, actor=LOCAL_OPERATOR)
    for row in rows[:3]:
        casework.accounts.make(row.login, row.name, PASSWORD, now=datetime(2026, 1, 1, tzinfo=UTC))


def _rows(engine: Engine, duties: int, pending: float) -> Iterator[tuple[object, ...]]:
    """Duties of random children, due within a year before the day and a month after it."""
    r, rng = roster_span.c, Random("duties")
    columns = (r.child_id, r.county, r.township, r.school, r.stage, r.grade, r.klass)
    with engine.connect() as conn:
        children = list(conn.execute(select(*columns).where(r.known_to == OPEN, r.school != "")))
    days = {n: (LAST_FRIDAY + timedelta(days=n)).isoformat() for n in range(-331, 31)}
    for number in range(duties):
        at, (rule, role) = children[number % len(children)], rng.choice(_RULES)
        after = rng.randint(-300, 30)
        begins, due, open_ = days[after - 31], days[after], rng.random() < pending
        unit = {"镇长": at.township, "局长": at.county}.get(role, at.school)
        room = (at.grade, at.klass) if role == "师长" else ("", "")
        done_on, done_by = (due, 3) if not open_ else ("", 0)
        place = (at.county, at.township, at.school, at.stage)
        yield (
            at.child_id, 1000 + number, 1, done_by, rule, unit, *room,
            begins, due, done_on, "", *place, 3, OPEN,
        )  # fmt: skip
