"""待办 with a million duties in the table: `python -m benchmarks.duty_pages [--pending 0.1]`.

The duties are generated into the table of a county written by the ordinary commands: what a page costs
does not depend on how a row came to be. Told are processor time for one asker, and p95 with 8 clients.
"""

import argparse
import cProfile
import os
import pstats
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median

from sqlalchemy import Engine, select, text

from benchmarks.databases import shape
from benchmarks.land import COUNTY_CODE, land_of
from benchmarks.page_county import (
    MASTER_KEY_TEXT,
    PASSWORD,
    SERVED_AT,
    TEACHER,
    copy_of,
    page_county,
    settings_of,
)
from benchmarks.page_cpu import InProcess, Statements
from benchmarks.pages import Visit, page_at, serve_and_ask
from benchmarks.size import LAST_FRIDAY
from casework.bootstrap import make_casework
from casework.commands.postings import PostingRow, take_posting_rows
from casework.config import Settings
from casework.domain.values import LOCAL_OPERATOR, OPEN
from casework.projections.duty_rows import DUTIES, duty
from casework.projections.roster import roster_span
from casework.service import Casework
from casework.store.bulk import bulk_insert
from casework.web import create_app

PUPILS, FILES, DUTIES_IN_ALL = 20_000, 200, 1_000_000
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

MINE: Visit = page_at(lambda rng, cases: "/duties")
OTHERS: Visit = page_at(lambda rng, cases: "/duties?view=others")
QUEUES: dict[str, tuple[str, Visit]] = {
    "班主任": (TEACHER, MINE),
    "校长": (HEAD, MINE),
    "校长等别人": (HEAD, OTHERS),
    "镇长": (MAYOR, MINE),
    "镇长等别人": (MAYOR, OTHERS),
    "局长": (BOSS, MINE),
    "局长等别人": (BOSS, OTHERS),
    "局长逾期": (BOSS, page_at(lambda rng, cases: "/duties?when=overdue")),
    "首页（班主任）": (TEACHER, page_at(lambda rng, cases: "/")),
    "首页（局长）": (BOSS, page_at(lambda rng, cases: "/")),
}


def main() -> None:
    """Prints one line a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pending", type=float, default=0.1, help="the share that is still to be done")
    parser.add_argument("--folder", type=Path, default=Path("var/bench"))
    parser.add_argument("--profile", default="", help="where the time of one page goes")
    parser.add_argument("--clients", action="store_true", help="with 8 clients too")
    chosen = parser.parse_args()
    county = _filled(chosen.folder, chosen.pending)
    with tempfile.TemporaryDirectory(dir=chosen.folder) as place:
        folder = copy_of(county, Path(place))
        _processor_time(folder, chosen.profile)
        if chosen.clients:
            for what, times in serve_and_ask(folder, QUEUES).items():
                print(
                    f"{what:　<10} 8 个客户端 {times.median * 1000:6.1f} ms  p95 {times.p95 * 1000:6.1f} ms"
                )


def _filled(place: Path, pending: float) -> Path:
    """The county with its duties, kept beside the others."""
    folder = place / f"duties-{DUTIES_IN_ALL}-{pending}-{shape(('duty', 'roster_span', 'posting'))}"
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=place) as making:
            made = copy_of(page_county(place, PUPILS, FILES, print), Path(making))
            _fill(made, pending)
            made.rename(folder)
    return folder


def _fill(folder: Path, pending: float) -> None:
    """Heads with accounts, and the duties."""
    casework = make_casework(settings_of(folder))
    _staff(casework)
    engine, started = casework.store.engine, time.perf_counter()
    with engine.begin() as conn:
        columns = [column.name for column in duty.columns]
        assert columns == list(DUTIES.columns)
        written = bulk_insert(conn, duty, columns, _rows(engine, pending))
        conn.execute(text("ANALYZE"))
    print(f"{written} 项责任事项，{time.perf_counter() - started:.0f} 秒")
    engine.dispose()


def _staff(casework: Casework) -> None:
    land = land_of(PUPILS)
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


def _rows(engine: Engine, pending: float) -> Iterator[tuple[object, ...]]:
    """Duties of random children, due within a year before the day and a month after it."""
    r, rng = roster_span.c, Random("duties")
    columns = (r.child_id, r.county, r.township, r.school, r.stage, r.grade, r.klass)
    with engine.connect() as conn:
        children = list(conn.execute(select(*columns).where(r.known_to == OPEN, r.school != "")))
    for number in range(DUTIES_IN_ALL):
        at, (rule, role) = children[number % len(children)], rng.choice(_RULES)
        due = LAST_FRIDAY + timedelta(days=rng.randint(-300, 30))
        begins, open_ = (due - timedelta(days=31)).isoformat(), rng.random() < pending
        unit = {"镇长": at.township, "局长": at.county}.get(role, at.school)
        room = (at.grade, at.klass) if role == "师长" else ("", "")
        done = (due.isoformat(), 3) if not open_ else ("", 0)
        place = (at.county, at.township, at.school, at.stage)
        yield (
            at.child_id, rule, 1000 + number, 1, "duties-2026.1", role, unit, *room,
            begins, due.isoformat(), *done, "", *place, 3, OPEN,
        )  # fmt: skip


def _processor_time(folder: Path, profiled: str) -> None:
    environ = {
        "CASEWORK_MODE": "test",
        "CASEWORK_DATA_DIR": str(folder),
        "CASEWORK_MASTER_KEY": MASTER_KEY_TEXT,
        "CASEWORK_SECRET_KEY": "benchmark-" * 5,
        "CASEWORK_NOW": SERVED_AT,
    }
    settings = Settings.from_env({**os.environ, **environ})
    casework = make_casework(settings)
    application, statements = create_app(casework, settings), Statements(casework.store.engine)
    for what, (login, visit) in QUEUES.items():
        browser, rng = InProcess(application, login), Random(1)
        for _ in range(3):
            visit(browser, rng, [])
        browser.cpu.clear()
        before = statements.n
        profile = cProfile.Profile() if what == profiled else nullcontext()
        with profile:
            for _ in range(30):
                visit(browser, rng, [])
        cpu = sorted(each * 1000 for each in browser.cpu)
        asked = (statements.n - before) // 30
        print(f"{what:　<10} CPU {median(cpu):6.1f} ms  p95 {cpu[28]:6.1f} ms  {asked} statements")
        if isinstance(profile, cProfile.Profile):
            pstats.Stats(profile).sort_stats("cumtime").print_stats(70)
    casework.store.engine.dispose()


if __name__ == "__main__":
    main()
