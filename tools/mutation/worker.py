"""Changes the rules of one target one by one, in the copy of the project that it is started in.

`python -m tools.mutation.worker TARGET SIZE SEED AGAIN`: cosmic-ray lists the changes and makes each of
them; its session is session.sqlite beside the copy's files.
"""

import difflib
import os
import sys
import time
from pathlib import Path

import pytest
from cosmic_ray.commands import init
from cosmic_ray.mutating import use_mutation
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkItem, WorkResult

from tools.mutation.forked import TIMED_OUT, load_libraries, outcome_of
from tools.mutation.mutants import Mutant, Target, sample, targets, worth_a_run

SESSION = Path("session.sqlite")
PYTEST = (
    *("-x", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "-p", "no:faulthandler", "--hypothesis-seed=0"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning", "-m", "not soak and not postgres and not browser"),
)
"""On SQLite only, for speed: what differs between the databases is for the ordinary tests."""
SLOW = 10
"""What takes this many times as long as the unchanged program is taken for endless: killed."""
# A module that can not be imported interrupts the collection, or is a usage error when a conftest needs it.
NOTICED = {
    pytest.ExitCode.TESTS_FAILED,
    pytest.ExitCode.INTERRUPTED,
    pytest.ExitCode.USAGE_ERROR,
    TIMED_OUT,
}


def examine(target: Target, size: int | None, seed: int, *, again: bool) -> None:
    """Runs the target's tests on each changed rule; `again`: what the kept session has not noticed yet."""
    tests = [*PYTEST, *target.tests]
    _keep_the_week()
    load_libraries(tests)
    limit = max(60.0, SLOW * _seconds_unchanged(target, tests))
    _must_notice_a_broken_module(target, tests)
    with use_db(str(SESSION)) as work:
        if not again:
            init([Path(module) for module in target.modules], work, {})
            _leave_out(work, size, seed)
        for item in (*work.pending_work_items, *_survived(work)):
            work.set_result(item.job_id, _result(item, tests, limit))


def _keep_the_week() -> None:
    """The tests of the report read a week of two counties: played once, not for every mutant."""
    for left in Path().glob("eventful.sqlite*"):
        left.unlink()
    os.environ["EVENTFUL_WEEK"] = str(Path("eventful.sqlite").absolute())


def _result(item: WorkItem, tests: list[str], limit: float) -> WorkResult:
    (spec,) = item.mutations
    operator = get_operator(spec.operator_name)(**spec.operator_args)
    with use_mutation(spec.module_path, operator, spec.occurrence) as (before, after):
        if after is None:
            return WorkResult(worker_outcome=WorkerOutcome.NO_TEST)
        code = outcome_of(tests, limit)
    diff = "\n".join(difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm=""))
    outcome = TestOutcome.KILLED if code in NOTICED else TestOutcome.INCOMPETENT
    if code == pytest.ExitCode.OK:
        outcome = TestOutcome.SURVIVED
    return WorkResult(
        worker_outcome=WorkerOutcome.NORMAL, output=f"pytest: {code}", test_outcome=outcome, diff=diff
    )


def _seconds_unchanged(target: Target, tests: list[str]) -> float:
    began = time.monotonic()
    code = outcome_of(tests)
    if code:
        raise RuntimeError(f"{target.name}: the tests do not pass on the unchanged program (pytest: {code})")
    return time.monotonic() - began


def _must_notice_a_broken_module(target: Target, tests: list[str]) -> None:
    """Tests that pass beside a module that can not be imported would be testing another copy of it."""
    for module in map(Path, target.modules):
        kept = module.read_text("utf-8")
        module.write_text("raise SystemError('broken on purpose')\n", "utf-8")
        code = outcome_of(tests)
        module.write_text(kept, "utf-8")
        if code not in NOTICED:
            raise RuntimeError(f"{target.name}: no test imports {module} (pytest: {code})")


def _leave_out(work: WorkDB, size: int | None, seed: int) -> None:
    """Marks as not to be run what says nothing, and what the sample leaves out."""
    mutants = [mutant_of(item) for item in work.work_items]
    worth = worth_a_run(mutants, Path())
    worth_it = {mutant.job for mutant in worth}
    chosen = {mutant.job for mutant in sample(worth, size, seed)}
    for mutant in mutants:
        if mutant.job not in chosen:
            why = "not sampled" if mutant.job in worth_it else "left out"
            work.set_result(mutant.job, WorkResult(worker_outcome=WorkerOutcome.SKIPPED, output=why))


def mutant_of(item: WorkItem) -> Mutant:
    """What cosmic-ray calls a work item."""
    (spec,) = item.mutations
    return Mutant(
        item.job_id, spec.module_path.as_posix(), spec.operator_name, spec.start_pos, spec.occurrence
    )


def _survived(work: WorkDB) -> list[WorkItem]:
    return [item for item, result in work.completed_work_items if result.test_outcome == TestOutcome.SURVIVED]


if __name__ == "__main__":
    name, size, seed, again = sys.argv[1:]
    (chosen,) = (target for target in targets() if target.name == name)
    examine(chosen, int(size) or None, int(seed), again=again == "again")
