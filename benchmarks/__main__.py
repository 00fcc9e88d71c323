"""`./run bench [--quick] [--only NAME …] [--write FILE]`: measures, prints a table, keeps its JSON."""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from benchmarks import (
    at_scale,
    databases,
    duty_cost,
    duty_pages,
    evidence,
    imports,
    machine,
    pages,
    rebuilds,
    sweep,
    visit_profile,
    visits,
    weekly,
    writers,
)
from benchmarks.measure import Line
from benchmarks.size import FULL, QUICK, Plan
from benchmarks.table import show
from casework.store.database import make_engine
from tests.postgres import Cluster, cluster

PARTS = tuple(evidence.TITLES)


def main() -> None:
    """Prints the table, keeps the report; ends with 1 when a target is missed."""
    chosen = _arguments()
    plan = QUICK if chosen.quick else FULL
    if chosen.counties:
        long = min(plan.counties_with_long, chosen.counties)
        plan = replace(plan, counties=chosen.counties, counties_with_long=long)
    plan = replace(plan, runs=chosen.runs or plan.runs)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    lines: list[Line] = []
    if chosen.only:
        report = _Run(plan, chosen.folder, chosen.only).report()
        name = f"{'quick' if chosen.quick else 'full'}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
        out = chosen.out or chosen.folder / name
        lines = [line for part in report["parts"].values() for line in part["lines"]]
        told = {name: {**part, "lines": _as_json(part["lines"])} for name, part in report["parts"].items()}
        text = json.dumps({**report, "parts": told}, ensure_ascii=False, indent=1)
        out.write_text(text + "\n", encoding="utf-8")
        show(lines, report["machine"])
        print(f"\n{out}")
    if chosen.write:
        evidence.write(chosen.write, chosen.folder)
        print(chosen.write)
    # The targets are for the full sizes; a quick run only shows that everything runs.
    sys.exit(any(line.met is False for line in lines) and not chosen.quick)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, a few minutes")
    parser.add_argument(
        "--only", nargs="*", choices=PARTS, default=PARTS, help="these parts; none: measure nothing"
    )
    parser.add_argument("--counties", type=int, metavar="N", help="counties of the province")
    parser.add_argument("--runs", type=int, metavar="N", help="how often each is measured")
    parser.add_argument("--folder", type=Path, default=Path("var/bench"), help="kept databases and reports")
    parser.add_argument("--out", type=Path, help="where to write the JSON")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="the table, from each part's newest full report"
    )
    return parser.parse_args()


def _as_json(lines: list[Line]) -> list[dict[str, Any]]:
    return [line.as_json() for line in lines]


def _commit() -> str:
    asked = ("git", "describe", "--always", "--dirty")
    told = subprocess.run(asked, check=False, capture_output=True, text=True)
    return told.stdout.strip() or "?"


class _Run:
    """One run over the parts asked for."""

    def __init__(self, plan: Plan, folder: Path, only: Sequence[str]) -> None:
        self._plan, self._folder, self._only = plan, folder, only
        self._parts: dict[str, dict[str, Any]] = {}
        self._facts = machine.facts({})

    def report(self) -> dict[str, Any]:
        """Everything measured, with what it was measured on."""
        plan, folder = self._plan, self._folder
        at, commit = datetime.now(UTC), _commit()
        with cluster(fsync=True, settings=machine.settings()) as server:
            if {"weekly", "rebuild", "visit", "duties"} & set(self._only):
                self._of_counties(server)
            self._take("writers", lambda: writers.measure(plan, folder, server, _say))
            self._take("profile", lambda: visit_profile.measure(plan, folder, server, _say))
            self._take("pages", lambda: pages.measure(plan, folder, _say))
            self._take("queues", lambda: duty_pages.measure(plan, folder, _say))
            self._take("queues", lambda: sweep.measure(plan, folder, server, _say))
            self._take("import", lambda: imports.measure(plan, folder, server))
        self._take("province", lambda: at_scale.measure(plan, folder, _say))
        return {
            "at": f"{at:%Y-%m-%d %H:%M} UTC",
            "commit": commit,
            "machine": self._facts,
            "parts": self._parts,
        }

    def _take(self, name: str, measured: Callable[[], Iterator[Line]]) -> None:
        if name not in self._only:
            return
        started, part = time.monotonic(), self._parts.setdefault(name, {"seconds": 0.0, "lines": []})
        for line in measured():
            _say(f"  {line.what}（{line.where}）：{line.value:,.1f} {line.unit}")
            part["lines"].append(line)
        part["seconds"] += time.monotonic() - started

    def _of_counties(self, server: Cluster) -> None:
        """Parts measured on the kept counties of small and large history."""
        plan = self._plan
        small, large = (databases.county(self._folder, size, _say) for size in (plan.small, plan.large))
        with server.database() as small_url, server.database() as large_url:
            _say("把同样的数据放进 PostgreSQL …")
            pairs = {
                "SQLite": (small, large),
                "PostgreSQL": (databases.copied(small, small_url), databases.copied(large, large_url)),
            }
            self._facts |= machine.facts({where: engines[1] for where, engines in pairs.items()})
            for where, engines in pairs.items():
                self._of_a_county(where, engines)
            for engines in pairs.values():
                for engine in engines:
                    engine.dispose()

    def _of_a_county(self, where: str, engines: tuple[Engine, Engine]) -> None:
        self._take("weekly", lambda: weekly.measure(self._plan, where, *engines))
        self._take("rebuild", lambda: rebuilds.measure(self._plan.runs, where, engines[1]))
        self._take("visit", lambda: _in_a_copy(visits.measure, self._folder, where, engines[1]))
        self._take("duties", lambda: _in_a_copy(duty_cost.measure, self._folder, where, engines[1]))


def _in_a_copy(
    measure: Callable[[str, Engine], Iterator[Line]], folder: Path, where: str, engine: Engine
) -> Iterator[Line]:
    """What writes, in a copy of SQLite's kept database; PostgreSQL's is a copy already."""
    if where != "SQLite":
        yield from measure(where, engine)
        return
    with tempfile.TemporaryDirectory(dir=folder) as place:
        copy = Path(place) / "copy.db"
        engine.dispose()  # the last connection writes the journal back into the file
        shutil.copyfile(str(engine.url.database), copy)
        other = make_engine(f"sqlite:///{copy}")
        yield from measure(where, other)
        other.dispose()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
