"""A target examined in a copy of the project, so that nobody's files are ever changed; what was found."""

import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome

from tools.mutation.mutants import Survivor, Target, changed_lines
from tools.mutation.worker import SESSION, mutant_of
from tools.parts import ROOT


@dataclass
class Found:
    """What became of one target's mutants. `counts`: module → outcome → mutants, those not run too."""

    target: Target
    counts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    survivors: list[Survivor] = field(default_factory=list)


def examine(target: Target, directory: Path, *, size: int | None, seed: int, again: bool) -> Found:
    """Runs the worker in a fresh copy at `directory`; `again`: on the survivors of the session kept there."""
    copy_to(directory)
    command = [sys.executable, "-B", "-m", "tools.mutation.worker", target.name, str(size or 0), str(seed)]
    subprocess.run([*command, "again" if again else "all"], cwd=directory, check=True)
    with use_db(str(directory / SESSION), WorkDB.Mode.open) as work:
        return _read(work, target)


def copy_to(directory: Path) -> None:
    """The project's files as they stand here, without what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, directory / name)


def _read(work: WorkDB, target: Target) -> Found:
    found = Found(target)
    for item, result in work.completed_work_items:
        module = mutant_of(item).module
        skipped = result.worker_outcome == WorkerOutcome.SKIPPED
        outcome = result.output if skipped else getattr(result.test_outcome, "value", "not run")
        found.counts[module][str(outcome)] += 1
        if result.test_outcome == TestOutcome.SURVIVED:
            found.survivors.append(Survivor(target.name, module, *changed_lines(result.diff or "")))
    return found
