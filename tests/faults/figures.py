"""What the killed servers of a whole run came to, told at its end: `./run soak kill` prints the evidence.

A test notes its own figures with pytest's `record_property`, so they also come from xdist's workers.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from statistics import median, quantiles

NAME = "killed servers"


@dataclass
class Figures:
    """Of one test; added up, of many.

    `answered_s`, `saved_s`: seconds from a start to the first answer, to the first write told to be saved.
    `hit`: whoever worked on the imports that were hit.
    """

    database: str
    kills: int = 0
    acknowledged: int = 0
    broken: int = 0
    given_up: int = 0
    imports_hit: int = 0
    imports_writing: int = 0
    imports_done: int = 0
    answered_s: list[float] = field(default_factory=list)
    saved_s: list[float] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)
    hit: list[str] = field(default_factory=list)

    def noted(self) -> tuple[str, str]:
        """As a property of the test's report."""
        return NAME, json.dumps(asdict(self))

    def add(self, other: "Figures") -> None:
        """Every figure of another test to this."""
        for name, value in asdict(other).items():
            if name != "database":
                setattr(self, name, getattr(self, name) + value)

    def lines(self) -> Iterator[str]:
        """For people."""
        yield (
            f"{self.database}: {self.kills} kills in {len(self.seeds)} runs, {self.acknowledged} writes told"
            f" to be saved, {self.broken} requests broken, {self.given_up} given up;"
            f" {self.imports_hit} imports hit ({self.imports_writing} being written),"
            f" {self.imports_done} imports done"
        )
        yield f"    start to first answer: {_spread(self.answered_s)}"
        yield f"    start to first write saved: {_spread(self.saved_s)}"
        yield f"    seeds: {' '.join(map(str, sorted(self.seeds)))}"


def _spread(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return " ".join(f"{each:.1f} s" for each in seconds)
    tail = quantiles(seconds, n=20, method="inclusive")[-1]
    return f"median {median(seconds):.1f} s, 95 % within {tail:.1f} s, longest {max(seconds):.1f} s"


def summed(properties: Iterable[tuple[str, object]]) -> list[Figures]:
    """One for each database, of all that was noted."""
    found: dict[str, Figures] = defaultdict(lambda: Figures(""))
    for name, value in properties:
        if name == NAME:
            one = Figures(**json.loads(str(value)))
            found[one.database].database = one.database
            found[one.database].add(one)
    return [found[database] for database in sorted(found, reverse=True)]
