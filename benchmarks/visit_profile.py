"""Where the time of one visit goes: `python -m benchmarks.visit_profile`, and a part of `./run bench`.

The very command of `benchmarks.writer` in one process, with a stopwatch at the seams: time counts where
it is spent last, so the parts add up to the whole. Told in wall time and in processor time of this
process: what a busy machine adds is in the first alone.
"""

import argparse
import cProfile
import pstats
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, Engine

from benchmarks import machine
from benchmarks.databases import Say
from benchmarks.measure import Line
from benchmarks.page_county import copy_of, page_county
from benchmarks.size import FULL, QUICK, Plan
from benchmarks.writer import visits
from benchmarks.writers import OPENED
from casework.projections import duty_rows
from casework.store import act as acts
from casework.store.database import make_engine
from casework.store.mapper import SealingMapper
from casework.telemetry import acts as telemetry
from tests.postgres import Cluster, cluster

VISITS = 300
LOCK, READS, WRITES, COMMIT = "等写入锁", "查询（数据库）", "写入（数据库）", "提交（落盘）"
SQL, FOLD, DUTIES, ENCODE = "SQLAlchemy 组句、取行", "由事件还原个案", "责任事项推算", "编码、加密、读回"
TOLD, REST = "日志与指标", "其余（规则、权限、读模型）"
PARTS = (LOCK, READS, WRITES, COMMIT, SQL, FOLD, DUTIES, ENCODE, TOLD, REST)


class Stopwatch:
    """Adds up wall and processor time by part; what is inside another part is taken out of it."""

    def __init__(self) -> None:
        self.wall: defaultdict[str, float] = defaultdict(float)
        self.cpu: defaultdict[str, float] = defaultdict(float)
        self.statements: Counter[str] = Counter()
        self._open = [REST]
        self._at = (0.0, 0.0)

    def start(self) -> None:
        """From now on."""
        self._at = (time.perf_counter(), time.thread_time())

    def stop(self) -> None:
        """Up to now."""
        self._tick()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """The time inside is this part's."""
        self._tick()
        self._open.append(name)
        try:
            yield
        finally:
            self._tick()
            self._open.pop()

    def around(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its time this part's."""

        def timed(*arguments: Any, **named: Any) -> Any:
            with self.part(name):
                return function(*arguments, **named)

        return timed

    def _tick(self) -> None:
        now = (time.perf_counter(), time.thread_time())
        self.wall[self._open[-1]] += now[0] - self._at[0]
        self.cpu[self._open[-1]] += now[1] - self._at[1]
        self._at = now


@contextmanager
def watched(watch: Stopwatch) -> Iterator[None]:
    """The seams between our own parts, timed."""
    seams: list[tuple[Any, str, str]] = [
        *((Connection, name, SQL) for name in ("execute", "scalar", "scalars")),
        (acts, "fold", FOLD),
        (duty_rows, "rows_of", DUTIES),
        (SealingMapper, "to_stored_event", ENCODE),
        (acts, "clear_of", ENCODE),
        (telemetry.Passage, "__exit__", TOLD),
    ]
    with ExitStack() as stack:
        for owner, name, part in seams:
            stack.enter_context(patch.object(owner, name, watch.around(part, getattr(owner, name))))
        yield


def listen(engine: Engine, watch: Stopwatch) -> None:
    """Statements and commits of an engine, timed at the driver."""
    dialect: Any = engine.dialect
    for name in ("do_execute", "do_executemany", "do_execute_no_params"):
        setattr(dialect, name, _statement(watch, getattr(dialect, name)))
    dialect.do_commit = watch.around(COMMIT, dialect.do_commit)


def _statement(watch: Stopwatch, execute: Callable[..., Any]) -> Callable[..., Any]:
    def timed(cursor: Any, statement: str, *rest: Any, **named: Any) -> Any:
        told = _short(statement)
        watch.statements[told] += 1
        part = LOCK if told == "BEGIN" or "advisory" in told else READS if "SELECT" in told else WRITES
        with watch.part(part):
            return execute(cursor, statement, *rest, **named)

    return timed


def _short(statement: str) -> str:
    """What a statement does to which table."""
    words = statement.split()
    if words[0] == "SELECT":
        if "FROM" not in words:
            return f"SELECT {words[1].partition('(')[0]}"
        return f"SELECT {words[words.index('FROM') + 1]}"
    table = {"INSERT": 2, "DELETE": 2, "UPDATE": 1}.get(words[0])
    return words[0] if table is None else f"{words[0]} {words[table]}"


@dataclass(frozen=True)
class Told:
    """One database's figures, per visit: milliseconds by part, statements."""

    wall: dict[str, float]
    cpu: dict[str, float]
    statements: dict[str, float]


def profile(url: str, times: int, functions: bool = False) -> Told:
    """Registers visits in a database, with the stopwatch on."""
    watch, engine = Stopwatch(), make_engine(url)
    with patch("benchmarks.writer.make_engine", lambda _url: engine):
        enter = visits(url, 0, 1, 0)
    for _ in range(50):
        enter()
    if functions:
        _print_functions(enter, times)
    listen(engine, watch)
    with watched(watch):
        watch.start()
        for _ in range(times):
            enter()
        watch.stop()
    engine.dispose()
    wall, cpu = ({part: held[part] / times * 1000 for part in PARTS} for held in (watch.wall, watch.cpu))
    return Told(wall, cpu, {what: n / times for what, n in watch.statements.most_common()})


def _print_functions(enter: Callable[[], object], times: int) -> None:
    profiled = cProfile.Profile()
    profiled.enable()
    for _ in range(times):
        enter()
    profiled.disable()
    for order in ("tottime", "cumtime"):
        pstats.Stats(profiled).sort_stats(order).print_stats(60)


def measure(plan: Plan, folder: Path, server: Cluster, say: Say) -> Iterator[Line]:
    """A line a part and database."""
    for where, told in _told(plan, folder, server, say, functions=False):
        whole = sum(told.wall.values())
        for part in PARTS:
            yield Line(
                what=f"一次家访：{part}",
                where=where,
                value=told.wall[part],
                unit="ms",
                peer="整个操作",
                peer_value=whole,
                notes={"cpu_ms": told.cpu[part]},
            )
        yield Line(
            what="一次家访：语句",
            where=where,
            value=sum(told.statements.values()),
            unit="条",
            notes={"statements": told.statements},
        )


def _told(plan: Plan, folder: Path, server: Cluster, say: Say, functions: bool) -> Iterator[tuple[str, Told]]:
    county = page_county(folder, plan.pupils_of_pages, plan.files_of_pages[1], say)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        source = f"sqlite:///{copy_of(county, Path(place))}/casework.db"
        for where, opened in OPENED.items():
            with opened(source, Path(place), server) as urls:
                yield where, profile(urls["visit"], VISITS, functions)


def main() -> None:
    """Prints the parts, the statements, and with `--functions` what Python does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small county")
    parser.add_argument("--functions", action="store_true", help="cProfile of the same visits")
    parser.add_argument("--folder", type=Path, default=Path("var/bench"))
    chosen = parser.parse_args()
    with cluster(fsync=True, settings=machine.settings()) as server:
        plan = QUICK if chosen.quick else FULL
        for where, told in _told(plan, chosen.folder, server, print, chosen.functions):
            print(f"{where}：{sum(told.wall.values()):.2f} ms，处理器 {sum(told.cpu.values()):.2f} ms")
            for part in PARTS:
                print(f"  {part}：{told.wall[part]:.2f} ms，处理器 {told.cpu[part]:.2f} ms")
            for what, n in told.statements.items():
                print(f"    {n:.2f} × {what}")


if __name__ == "__main__":
    main()
