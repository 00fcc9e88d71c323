"""待办 with a million duties in the table, and where its time goes.

`./run bench --only queues` asks with 8 clients; `python -m benchmarks.duty_pages` tells the processor time
of one asker, which a busy machine does not change, and `--profile NAME` what it was spent on.
"""

import argparse
import cProfile
import os
import pstats
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from random import Random
from statistics import median

from benchmarks.databases import Say
from benchmarks.duty_county import BOSS, HEAD, MAYOR, duty_county
from benchmarks.measure import Line
from benchmarks.page_county import MASTER_KEY_TEXT, SERVED_AT, TEACHER, copy_of
from benchmarks.page_cpu import InProcess, Statements
from benchmarks.pages import CLIENTS, Visit, page_at, serve_and_ask
from benchmarks.size import FULL, Plan
from casework.bootstrap import make_casework
from casework.config import Settings
from casework.web import create_app

_PENDING = 0.1
"""The share that is still to be done, in a county whose duties of a year are kept."""

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


def measure(plan: Plan, place: Path, say: Say) -> Iterator[Line]:
    """Every queue, asked by all clients at once of a server of its own."""
    county = duty_county(place, plan.pupils_of_duties, plan.duties, _PENDING, say)
    with tempfile.TemporaryDirectory(dir=place) as copy:
        found = serve_and_ask(copy_of(county, Path(copy)), QUEUES)
    for what, times in found.items():
        yield Line(
            what=f"待办：{what}",
            where=f"SQLite，granian，{CLIENTS} 个客户端",
            value=times.median * 1000,
            unit="ms",
            p95=times.p95 * 1000,
            target="p95 < 50 ms",
            met=times.p95 < 0.050,
            notes={"duties": plan.duties, "pending": _PENDING},
        )


def main() -> None:
    """Prints one line a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("var/bench"))
    parser.add_argument("--profile", default="", help="where the time of one page goes")
    chosen = parser.parse_args()
    county = duty_county(chosen.folder, FULL.pupils_of_duties, FULL.duties, _PENDING, print)
    with tempfile.TemporaryDirectory(dir=chosen.folder) as place:
        _processor_time(copy_of(county, Path(place)), chosen.profile)


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
