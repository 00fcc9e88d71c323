"""A sweep of the reminders over a million duties to be done: what it takes, and that memory stays flat."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine

from benchmarks.databases import Say, copied
from benchmarks.duty_county import duty_county
from benchmarks.measure import MB, Line, in_child, medians
from benchmarks.page_county import copy_of, settings_of
from benchmarks.size import Plan
from casework.store.database import make_engine
from tests.postgres import Cluster

_RUNS = 3
_SECONDS = 5.0
_GROWTH = 80 * MB
"""The most memory that ten times the duties may need besides: SQLite keeps up to 64 MB of pages read."""


def measure(plan: Plan, place: Path, server: Cluster, say: Say) -> Iterator[Line]:
    """On both databases; each run in a process of its own."""
    whole, tenth = (
        duty_county(place, plan.pupils_of_duties, n, 1.0, say) for n in (plan.duties, plan.duties // 10)
    )
    with tempfile.TemporaryDirectory(dir=place) as one, tempfile.TemporaryDirectory(dir=place) as other:
        large, small = (
            settings_of(copy_of(each, Path(at))).database_url for each, at in ((whole, one), (tenth, other))
        )
        yield _line(plan, "SQLite", large, small)
        with server.database() as large_url, server.database() as small_url:
            for source, url in ((large, large_url), (small, small_url)):
                _copy(make_engine(source), url)
            yield _line(plan, "PostgreSQL", large_url, small_url)


def _copy(source: Engine, url: str) -> None:
    copied(source, url).dispose()
    source.dispose()


def _line(plan: Plan, where: str, large: str, small: str) -> Line:
    runs = [in_child("sweep", large) for _ in range(_RUNS)]
    before = in_child("sweep", small)
    times = medians(runs, "seconds")
    peak, peak_of_tenth = max(each["peak_bytes"] for each in runs), before["peak_bytes"]
    return Line(
        what=f"提醒：一次汇总，{plan.duties:,} 项未办事项",
        where=where,
        value=times.median,
        unit="s",
        p95=times.p95,
        peer="十分之一的事项",
        peer_value=before["seconds"],
        target="< 5 s，内存不随事项增长",
        met=times.p95 < _SECONDS and peak - peak_of_tenth <= _GROWTH,
        notes={
            "memory_mb": {"全部": peak / MB, "十分之一": peak_of_tenth / MB},
            "cpu_seconds": medians(runs, "cpu_seconds").median,
            "told": runs[0]["told"],
        },
    )
