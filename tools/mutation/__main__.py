"""`./run mutate`: changes the rules one at a time; fails when no test notices one and it is not explained."""

import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.mutation.mutants import explanations, targets, unexplained
from tools.mutation.run import Found, examine

OUTCOMES = ("killed", "survived", "incompetent", "not run", "not sampled", "left out")


def main(arguments: list[str] | None = None) -> int:
    """1 when a test or an explanation is missing, else 0."""
    known = {target.name: target for target in targets()}
    asking = argparse.ArgumentParser(prog="./run mutate", description=__doc__)
    asking.add_argument("target", nargs="*", help=f"any of {', '.join(known)}; all when none is named")
    asking.add_argument("--sample", type=int, help="this many mutants of each target, drawn evenly")
    asking.add_argument("--seed", type=int, default=1, help="of the sample")
    asking.add_argument("--jobs", type=int, default=2, help="targets examined at once")
    asking.add_argument(
        "--keep", type=Path, help="a directory that keeps the copies and cosmic-ray's sessions"
    )
    asking.add_argument("--again", action="store_true", help="of --keep: only what was not noticed yet")
    asked = asking.parse_args(arguments)
    chosen = [known[name] for name in asked.target or known]
    with (
        tempfile.TemporaryDirectory(prefix="casework-mutants-") as passing,
        ThreadPoolExecutor(asked.jobs) as at_once,
    ):
        root = (asked.keep or Path(passing)).absolute()
        running = [
            at_once.submit(
                examine, each, root / each.name, size=asked.sample, seed=asked.seed, again=asked.again
            )
            for each in chosen
        ]
        return sum(told(each.result()) for each in running) and 1


def told(found: Found) -> int:
    """Prints what became of a target's mutants; how many survivors nobody understands."""
    for module, counts in sorted(found.counts.items()):
        figures = "  ".join(f"{outcome} {counts[outcome]}" for outcome in OUTCOMES if counts[outcome])
        print(f"{module}: {figures}", flush=True)
    missing = unexplained(found.survivors, explanations())
    for each in missing:
        print(f"  no test notices: {each.module}\n    - {each.was}\n    + {each.became}", flush=True)
    return len(missing)


if __name__ == "__main__":
    sys.exit(main())
