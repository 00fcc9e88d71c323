"""Measuring: runs of ours and of the peer in turn, medians, and the memory of a child process."""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

MB = 1024 * 1024


@dataclass(frozen=True)
class Times:
    """Seconds of several runs of one thing."""

    runs: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle run."""
        return statistics.median(self.runs)

    @property
    def p95(self) -> float:
        """The run that 95 % stay below; of few runs the slowest."""
        ordered = sorted(self.runs)
        return ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]


@dataclass
class Line:
    """One line of the report. `met` None: told for information, no target."""

    what: str
    where: str
    value: float
    unit: str
    p95: float | None = None
    peer: str = ""
    peer_value: float | None = None
    target: str = ""
    met: bool | None = None
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """Ours ÷ the peer's, in the same unit."""
        return self.value / self.peer_value if self.peer_value else None

    def as_json(self) -> dict[str, Any]:
        """All fields and the ratio."""
        return {**asdict(self), "ratio": self.ratio}


def in_turn(runs: int, *things: Callable[[], object]) -> list[Times]:
    """Each thing once to warm up, then all in turn `runs` times: a busy moment meets them all."""
    for thing in things:
        thing()
    seconds: list[list[float]] = [[] for _ in things]
    for _ in range(runs):
        for thing, held in zip(things, seconds, strict=True):
            started = time.perf_counter()
            thing()
            held.append(time.perf_counter() - started)
    return [Times(tuple(each)) for each in seconds]


def in_child(task: str, *arguments: object) -> dict[str, Any]:
    """Runs a task of `benchmarks.tasks` in a process of its own; what it told, with its peak memory."""
    command = [sys.executable, "-m", "benchmarks.tasks", task, *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def told(**what: Any) -> None:
    """The last line a child prints: what it measured, its peak memory and its processor time.

    Of processes it started in its turn, one for each core at most, the largest counts for each.
    """
    used, below = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu = used.ru_utime + used.ru_stime + below.ru_utime + below.ru_stime
    peak = _peak_memory() + below.ru_maxrss * 1024 * (os.cpu_count() or 1)
    print(json.dumps({**what, "peak_bytes": peak, "cpu_seconds": cpu}))


def _peak_memory() -> int:
    """The most resident bytes of this program; `ru_maxrss` would count the parent's at the fork."""
    with open("/proc/self/status") as status:
        told = next(line for line in status if line.startswith("VmHWM:"))
    return int(told.split()[1]) * 1024


def memory_now() -> int:
    """Resident bytes of this process."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def medians(values: Sequence[dict[str, Any]], name: str) -> Times:
    """One figure of several children's reports."""
    return Times(tuple(each[name] for each in values))
