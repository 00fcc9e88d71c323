"""Importing a roster workbook: the preview, the import, and python-calamine reading the file alone."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measure import MB, Line, in_child, medians
from benchmarks.size import Plan
from benchmarks.workbooks import roster_workbook
from tests.postgres import Cluster

PREVIEW_S, APPLY_S = 10, 60
FLAT = 1.25
"""Memory counts as flat when it grows by less than a quarter between the first tenth and the end."""


def measure(plan: Plan, folder: Path, server: Cluster) -> Iterator[Line]:
    """Preview and import on both databases, in turn with the peer; each in a new database and process."""
    workbook = roster_workbook(folder, plan.roster_rows)
    told: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for _ in range(plan.runs):
        told.setdefault(("read", ""), []).append(in_child("read", workbook))
        for where in ("SQLite", "PostgreSQL"):
            with _fresh(where, folder, server) as url:
                for apply in ("0", "1"):  # the preview leaves no trace, the import finds an empty roster
                    one = in_child("import", url, workbook, plan.roster_rows, apply)
                    told.setdefault((where, apply), []).append(one)
    peer = told.pop(("read", ""))
    for (where, apply), runs in told.items():
        yield _line(plan, where, apply == "1", runs, peer)


def _line(
    plan: Plan, where: str, apply: bool, runs: list[dict[str, Any]], peer: list[dict[str, Any]]
) -> Line:
    times, limit = medians(runs, "seconds"), APPLY_S if apply else PREVIEW_S
    early, late = medians(runs, "early_bytes").median, medians(runs, "late_bytes").median
    return Line(
        what=f"{plan.roster_rows:,} 人花名册{'导入' if apply else '预览'}",
        where=where,
        value=times.median,
        unit="s",
        p95=times.p95,
        peer="只用 calamine 读",
        peer_value=medians(peer, "seconds").median,
        target=f"< {limit} s，内存平稳",
        met=times.median < limit and late < early * FLAT,
        notes={
            "memory_mb": {
                "after_a_tenth": round(early / MB),
                "highest_while_taking_rows": round(late / MB),
                "peak": round(medians(runs, "peak_bytes").median / MB),
                "peer_peak": round(medians(peer, "peak_bytes").median / MB),
            }
        },
    )


@contextmanager
def _fresh(where: str, folder: Path, server: Cluster) -> Iterator[str]:
    if where == "PostgreSQL":
        with server.database() as url:
            yield url
    else:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            yield f"sqlite:///{place}/import.db"
