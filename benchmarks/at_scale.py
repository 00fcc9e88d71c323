"""Ten times the size: the same county alone, and among many counties in one PostgreSQL; what grows.

Both databases are made by `benchmarks.province` and kept in `var/bench/postgres`; the county alone is a
province of one. What a user of the county waits for should take as long in both; what concerns all
(the province's own report, a rebuild, the disk) grows with all.
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, time
from itertools import cycle
from pathlib import Path
from time import time as clock
from unittest.mock import patch

from sqlalchemy import func, select

from benchmarks import databases, machine, rebuilds, writers
from benchmarks.copies import Copy
from benchmarks.databases import Say, shape
from benchmarks.generate import MASTER_KEY, open_county
from benchmarks.land import COUNTY_CODE
from benchmarks.measure import Line, in_turn
from benchmarks.pages import serve_and_ask
from benchmarks.province import PROVINCE_CODE, make_province
from benchmarks.size import LAST_FRIDAY, Plan
from benchmarks.weekly import questions
from benchmarks.workbooks import FIRST_NUMBER, roster_workbook
from casework.domain.values import LOCAL_OPERATOR, SHANGHAI
from casework.importers.columns import COLUMNS
from casework.importers.run import Options, import_table
from casework.importers.tables import open_table
from casework.service import Casework
from casework.store.database import make_engine
from casework.store.keys import KeyRing
from casework.store.schema import stored_event
from casework.tables import metadata
from tests.postgres import Cluster, cluster

WHERE = "PostgreSQL"
GROWTH = 1.3
"""What a county's user waits for may take so many times as long when its data are a tenth or less of all."""
WHOLE_REPORT_S = 10
IMPORTED = 2_000


def measure(plan: Plan, folder: Path, say: Say) -> Iterator[Line]:
    """Reports, pages, a visit, then the rebuild; alone and among many."""
    with cluster(fsync=True, settings=machine.settings(), folder=_place(folder), kept=True) as server:
        urls = prepared(plan, folder, server, say)
        events = {size: _events(url) for size, url in urls.items()}
        peer = f"同县单独一库，{events['alone']:,} 个事件"
        for part in (
            _reports(plan, urls, peer, events["among"]),
            _imports(plan, urls, peer),
            _pages(urls, peer),
            _visit(plan, urls, peer),
            _rebuild(plan, urls),
        ):
            server.checkpoint()
            yield from part


def _place(folder: Path) -> Path:
    place = (folder / "postgres").resolve()
    place.mkdir(parents=True, exist_ok=True)
    return place


def prepared(plan: Plan, folder: Path, server: Cluster, say: Say) -> dict[str, str]:
    """The addresses of the county alone and among many; each size is made once and kept."""
    held = _place(folder) / "made.json"
    made = json.loads(held.read_text()) if held.exists() else {}
    wanted = {
        size: f"{plan.county.name}-{copies}-{shape(sorted(metadata.tables))}"
        for size, copies in (("alone", 1), ("among", plan.counties))
    }
    for size, name in wanted.items():
        if name not in made:
            say(f"生成 {name} …")
            source = databases.county(folder, plan.county, say)
            source.dispose()
            url = server.lasting_database()
            engine, copies = make_engine(url), 1 if size == "alone" else plan.counties
            path, pupils = str(source.url.database), plan.county.pupils
            steps = make_province(path, engine, pupils, copies, plan.counties_with_long, say)
            engine.dispose()
            made[name] = {"url": url, "steps": steps}
            held.write_text(json.dumps(made, indent=1) + "\n")
    return {size: made[name]["url"] for size, name in wanted.items()}


def _events(url: str) -> int:
    engine = make_engine(url)
    with engine.connect() as conn:
        found = conn.scalar(select(func.count()).select_from(stored_event)) or 0
    engine.dispose()
    return found


def _reports(plan: Plan, urls: dict[str, str], peer: str, events: int) -> Iterator[Line]:
    now = datetime.combine(LAST_FRIDAY, time(18), SHANGHAI)
    engines = {size: make_engine(urls[size]) for size in ("among", "alone")}
    counties = [open_county(engine, lambda: now) for engine in engines.values()]
    code = Copy(0, 1, 0, KeyRing(MASTER_KEY)).code

    def ask(nth: int, unit: str, week: str, then: datetime | None) -> Callable[[], object]:
        return lambda: counties[nth].weekly_report(unit, week, known_at=then)

    for question in questions(plan.county):
        asked = [ask(nth, code(question.unit), question.week, question.known_at) for nth in (0, 1)]
        among, alone = in_turn(plan.runs, *asked)
        yield Line(
            what=f"周报：{question.name}",
            where=f"{WHERE}，{events:,} 个事件",
            value=among.median * 1000,
            unit="ms",
            p95=among.p95 * 1000,
            peer=peer,
            peer_value=alone.median * 1000,
            target=f"< {GROWTH} 倍",
            met=among.median < GROWTH * alone.median,
        )
        if question.unit == COUNTY_CODE and question.known_at is None and not question.years:
            whole = in_turn(plan.runs, ask(0, PROVINCE_CODE, question.week, None))[0]
            yield Line(
                what=f"周报：全省 {plan.counties} 个县，本周",
                where=f"{WHERE}，{events:,} 个事件",
                value=whole.median * 1000,
                unit="ms",
                p95=whole.p95 * 1000,
                peer="其中一县",
                peer_value=among.median * 1000,
                target=f"< {WHOLE_REPORT_S} s",
                met=whole.median < WHOLE_REPORT_S,
            )
    for engine in engines.values():
        engine.dispose()


def _imports(plan: Plan, urls: dict[str, str], peer: str) -> Iterator[Line]:
    """A workbook of a county: looked through, then taken; in turn in both."""
    engines = {size: make_engine(urls[size]) for size in ("among", "alone")}
    counties = [
        open_county(engine, lambda: datetime.combine(LAST_FRIDAY, time(18), SHANGHAI))
        for engine in engines.values()
    ]
    code = Copy(0, 1, 0, KeyRing(MASTER_KEY)).code
    first = FIRST_NUMBER + 2 * IMPORTED * (
        int(clock()) // 60 % 100
    )  # the databases are kept: others each time

    def take(county: Casework, workbooks: Iterator[Path], *, apply: bool) -> Callable[[], object]:
        def one() -> None:
            workbook = next(workbooks)
            table = open_table(workbook, workbook.name, COLUMNS["roster"])
            options = Options(actor=LOCAL_OPERATOR, apply=apply)
            outcome = import_table(county, "roster", table, options, name=workbook.name)
            assert outcome.counts["created"] == IMPORTED, outcome.counts

        return one

    with tempfile.TemporaryDirectory() as place:
        books = [
            roster_workbook(Path(place), IMPORTED, plan.county.pupils, code, first + IMPORTED * nth)
            for nth in range(2)
        ]
        for name, apply, runs in (("预览", False, plan.runs), ("导入", True, 1)):
            asked = [take(county, cycle(books), apply=apply) for county in counties]
            among, alone = in_turn(runs, *asked)
            yield Line(
                what=f"{IMPORTED:,} 人花名册{name}",
                where=WHERE,
                value=among.median,
                unit="s",
                p95=among.p95,
                peer=peer,
                peer_value=alone.median,
                target=f"< {GROWTH} 倍",
                met=among.median < GROWTH * alone.median,
            )
    for engine in engines.values():
        engine.dispose()


def _pages(urls: dict[str, str], peer: str) -> Iterator[Line]:
    times = {}
    for size, url in urls.items():
        with (
            tempfile.TemporaryDirectory() as folder,
            patch.dict(os.environ, {"CASEWORK_DATABASE_URL": url}),
        ):
            times[size] = serve_and_ask(Path(folder))
    for what, among in times["among"].items():
        alone = times["alone"][what]
        yield Line(
            what=what,
            where=f"{WHERE}，granian，8 个客户端",
            value=among.median * 1000,
            unit="ms",
            p95=among.p95 * 1000,
            peer=peer,
            peer_value=alone.median * 1000,
            target=f"< {GROWTH} 倍",
            met=among.median < GROWTH * alone.median,
            notes={"p95_alone_ms": alone.p95 * 1000},
        )


def _visit(plan: Plan, urls: dict[str, str], peer: str) -> Iterator[Line]:
    """One writer, in turn in both; after the pages, because they write too."""
    runs = {size: writers.Run() for size in urls}
    first = int(clock()) // 60 % 500  # the databases are kept: another day's visits are at other hours
    for nth in range(first, first + plan.writer_passes):
        for size, run in runs.items():
            writers.run_together(run, "visit", urls[size], 1, nth, plan.writer_seconds, Path())
    among, alone = runs["among"], runs["alone"]
    yield Line(
        what="登记家访（一个操作）",
        where=WHERE,
        value=among.share(0.5),
        unit="ms",
        p95=among.share(0.95),
        peer=peer,
        peer_value=alone.share(0.5),
        target=f"< {GROWTH} 倍，0 失败",
        met=among.share(0.5) < GROWTH * alone.share(0.5) and not among.failures.total(),
        notes={"failures": dict(among.failures)},
    )


def _rebuild(plan: Plan, urls: dict[str, str]) -> Iterator[Line]:
    for size, name in (("alone", "一个县"), ("among", f"{plan.counties} 个县")):
        engine = make_engine(urls[size])
        yield from rebuilds.measure(1, f"{WHERE}，{name}", engine, memory_mb=4096)
        engine.dispose()
