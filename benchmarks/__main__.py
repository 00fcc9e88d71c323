"""`./run bench [--quick] [--only NAME …] [--out FILE]`: measures, prints a table, writes JSON."""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from benchmarks import (
    databases,
    imports,
    machine,
    pages,
    rebuilds,
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

PARTS = ("weekly", "rebuild", "visit", "writers", "profile", "pages", "import")
_OF_A_COUNTY = {"weekly", "rebuild", "visit"}
"""Parts measured on the kept counties of small and large history."""


def main() -> None:
    """Prints the table; ends with 1 when a target is missed."""
    chosen = _arguments()
    plan = QUICK if chosen.quick else FULL
    chosen.folder.mkdir(parents=True, exist_ok=True)
    with cluster(fsync=True) as server:
        lines, facts = _measure(plan, chosen.folder, server, chosen.only)
    name = f"{'quick' if chosen.quick else 'full'}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    out = chosen.out or chosen.folder / name
    report = {
        "plan": "quick" if chosen.quick else "full",
        "machine": facts,
        "lines": [line.as_json() for line in lines],
    }
    out.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    show(lines, facts)
    print(f"\n{out}")
    # The targets are for the full sizes; a quick run only shows that everything runs.
    sys.exit(any(line.met is False for line in lines) and not chosen.quick)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, under a minute")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="only these parts")
    parser.add_argument("--folder", type=Path, default=Path("var/bench"), help="kept databases and reports")
    parser.add_argument("--out", type=Path, help="where to write the JSON")
    return parser.parse_args()


def _measure(
    plan: Plan, folder: Path, server: Cluster, only: tuple[str, ...]
) -> tuple[list[Line], dict[str, object]]:
    lines: list[Line] = []

    def keep(measured: Iterator[Line]) -> None:
        for line in measured:
            _say(f"  {line.what}（{line.where}）：{line.value:,.1f} {line.unit}")
            lines.append(line)

    facts = machine.facts({})
    if _OF_A_COUNTY & set(only):
        small, large = (databases.county(folder, size, _say) for size in (plan.small, plan.large))
        with server.database() as small_url, server.database() as large_url:
            _say("把同样的数据放进 PostgreSQL …")
            pairs = {
                "SQLite": (small, large),
                "PostgreSQL": (databases.copied(small, small_url), databases.copied(large, large_url)),
            }
            facts = machine.facts({where: engines[1] for where, engines in pairs.items()})
            for where, engines in pairs.items():
                keep(_of_a_county(plan, folder, where, engines, only))
            for engines in pairs.values():
                for engine in engines:
                    engine.dispose()
    if "writers" in only:
        keep(writers.measure(plan, folder, server, _say))
    if "profile" in only:
        keep(visit_profile.measure(plan, folder, server, _say))
    if "pages" in only:
        keep(pages.measure(plan, folder, _say))
    if "import" in only:
        keep(imports.measure(plan, folder, server))
    return lines, facts


def _of_a_county(
    plan: Plan, folder: Path, where: str, engines: tuple[Engine, Engine], only: tuple[str, ...]
) -> Iterator[Line]:
    if "weekly" in only:
        yield from weekly.measure(plan, where, *engines)
    if "rebuild" in only:
        yield from rebuilds.measure(plan, where, engines[1])
    if "visit" in only:
        yield from _visits(folder, where, engines[1])


def _visits(folder: Path, where: str, engine: Engine) -> Iterator[Line]:
    """SQLite's kept database stays as it is: the visits go into a copy."""
    if where != "SQLite":
        yield from visits.measure(where, engine)
        return
    with tempfile.TemporaryDirectory(dir=folder) as place:
        copy = Path(place) / "copy.db"
        engine.dispose()  # the last connection writes the journal back into the file
        shutil.copyfile(str(engine.url.database), copy)
        other = make_engine(f"sqlite:///{copy}")
        yield from visits.measure(where, other)
        other.dispose()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
