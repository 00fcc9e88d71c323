"""1, 2, 4 and 8 processes that register visits at once, durably, beside the library's recorder and INSERT.

One command is one act with all its read rows. The peers save the same event alone, and insert the same
bytes alone, each a durable transaction, on the same disk and server, in turn with ours.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from benchmarks.databases import Say, copied
from benchmarks.measure import Line
from benchmarks.page_county import copy_of, page_county
from benchmarks.size import Plan
from benchmarks.writer import visits
from casework.store.database import make_engine, reading
from casework.store.schema import stored_event
from tests.postgres import Cluster

KINDS = ("visit", "native", "bare")
RATE = {"SQLite": 350, "PostgreSQL": 150}
P95_MS = 10
OF_ONE = 0.7
"""Eight writers together do at least this share of what one does."""


@dataclass
class Run:
    """What the writers of one kind did together, over all passes."""

    rates: list[float] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Writes a second: the middle pass."""
        return statistics.median(self.rates)

    def share(self, part: float) -> float:
        """Milliseconds that this part of the writes stays below."""
        ordered = sorted(self.ms)
        return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def measure(plan: Plan, folder: Path, server: Cluster, say: Say) -> Iterator[Line]:
    """On each database: every number of writers, the three kinds in turn, several passes."""
    county = page_county(folder, plan.pupils_of_pages, plan.files_of_pages[1], say)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        source = f"sqlite:///{copy_of(county, Path(place))}/casework.db"
        for where, opened in OPENED.items():
            with opened(source, Path(place), server) as urls:
                sample = _sample(urls["visit"], Path(place) / "sample.json")
                runs = _all_runs(plan, urls, sample)
            yield from _lines(where, runs)


@contextmanager
def _sqlite(source: str, place: Path, server: Cluster) -> Iterator[dict[str, str]]:
    folder = place / "sqlite"
    folder.mkdir()
    shutil.copyfile(source.removeprefix("sqlite:///"), folder / "visit.db")
    yield {kind: f"sqlite:///{folder}/{kind}.db" for kind in KINDS}
    shutil.rmtree(folder)


@contextmanager
def _postgres(source: str, place: Path, server: Cluster) -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        urls = {kind: stack.enter_context(server.database()) for kind in KINDS}
        copied(make_engine(source), urls["visit"]).dispose()
        yield urls


OPENED = {"SQLite": _sqlite, "PostgreSQL": _postgres}
"""Where → a copy of the county for the visits, and empty databases for the peers."""


def _sample(url: str, path: Path) -> Path:
    """The bytes of one visit's event, made by the command itself."""
    visits(url, 0, 1, 0)()
    engine = make_engine(url)
    with reading(engine) as conn:
        query = select(stored_event.c.topic, stored_event.c.state).order_by(stored_event.c.position.desc())
        topic, state = conn.execute(query.limit(1)).one()
    engine.dispose()
    path.write_text(json.dumps({"topic": topic, "state": bytes(state).hex()}))
    return path


def _all_runs(plan: Plan, urls: dict[str, str], sample: Path) -> dict[tuple[int, str], Run]:
    runs: defaultdict[tuple[int, str], Run] = defaultdict(Run)
    counts = [writers for _ in range(plan.writer_passes) for writers in plan.writers]
    for nth, writers in enumerate(counts, 1):
        for kind in KINDS:
            run = runs[writers, kind]
            run_together(run, kind, urls[kind], writers, nth, plan.writer_seconds, sample)
    return runs


def run_together(run: Run, kind: str, url: str, writers: int, nth: int, seconds: float, sample: Path) -> None:
    """All processes prepared, then started together."""
    command = (sys.executable, "-m", "benchmarks.writer", kind, url)
    processes = [
        subprocess.Popen(
            (*command, str(number), str(writers), str(nth), str(seconds), str(sample)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(writers)
    ]
    for each in processes:
        assert each.stdout
        if each.stdout.readline() != "ready\n":
            raise RuntimeError(f"a writer of {kind} did not start")
    for each in processes:
        assert each.stdin
        each.stdin.write("go\n")
        each.stdin.flush()
    told = [json.loads(each.communicate()[0]) for each in processes]
    run.failures.update(Counter({what: n for one in told for what, n in one["failures"].items()}))
    run.ms += [ms for one in told for ms in one["ms"]]
    run.rates.append(sum(len(one["ms"]) / one["seconds"] for one in told))


def _lines(where: str, runs: dict[tuple[int, str], Run]) -> Iterator[Line]:
    one = runs[1, "visit"].rate
    for writers in sorted({writers for writers, _ in runs}):
        ours, native, bare = (runs[writers, kind] for kind in KINDS)
        target, met = "", None
        if writers == 1:
            target, met = f"≥ {RATE[where]} 次/s，0 失败", one >= RATE[where]
        elif writers == 8:
            target, met = f"≥ {OF_ONE} × 一个进程，0 失败", ours.rate >= OF_ONE * one
        yield Line(
            what=f"登记家访，{writers} 个写入进程",
            where=where,
            value=ours.rate,
            unit="次/s",
            peer="自带记录器只存事件",
            peer_value=native.rate,
            target=target or "0 失败",
            met=met is not False and not ours.failures.total(),
            notes={
                "writers": writers,
                "passes": ours.rates,
                "of_one": ours.rate / one,
                "failures": dict(ours.failures),
                "bare": bare.rate,
                **{
                    f"{name}_ms": [round(run.share(part), 2) for part in (0.5, 0.95, 1.0)]
                    for name, run in (("ours", ours), ("native", native), ("bare", bare))
                },
            },
        )
        yield Line(
            what=f"登记家访，{writers} 个写入进程：每次",
            where=where,
            value=ours.share(0.5),
            unit="ms",
            p95=ours.share(0.95),
            peer="自带记录器只存事件",
            peer_value=native.share(0.5),
            target=f"p95 < {P95_MS} ms" if writers == 1 else "",
            met=ours.share(0.95) < P95_MS if writers == 1 else None,
        )
