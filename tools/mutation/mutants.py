"""Which changed rules (mutants) are worth a run, and which survivors are explained."""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random

HERE = Path(__file__).parent
Place = tuple[int, int]
"""Row from 1, column from 0, as the syntax tree counts them."""


@dataclass(frozen=True, slots=True)
class Target:
    """Modules whose rules are changed, and the tests that must notice. `tests` may carry pytest options."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed rule: an operator of cosmic-ray, at one place of a module."""

    job: str
    module: str
    operator: str
    start: Place
    occurrence: int = 0


@dataclass(frozen=True, slots=True)
class Survivor:
    """A changed rule that no test noticed: the lines before and after, without their indentation."""

    target: str
    module: str
    was: str
    became: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a change of a line can not be noticed: it says the same in other words (等价)."""

    module: str
    was: str
    became: tuple[str, ...]
    why: str

    def covers(self, survivor: Survivor) -> bool:
        """Whether this survivor is the one explained."""
        return (self.module, self.was) == (survivor.module, survivor.was) and survivor.became in self.became


def targets() -> list[Target]:
    """What is examined, as targets.toml lists it."""
    told = tomllib.loads((HERE / "targets.toml").read_text("utf-8"))["target"]
    return [Target(each["name"], tuple(each["modules"]), tuple(each["tests"])) for each in told]


def explanations() -> list[Explanation]:
    """The survivors that are understood, as explained.toml lists them."""
    told = tomllib.loads((HERE / "explained.toml").read_text("utf-8")).get("survivor", [])
    return [Explanation(each["module"], each["was"], tuple(each["became"]), each["why"]) for each in told]


def left_out() -> re.Pattern[str]:
    """Operators that say nothing here, as targets.toml names them, each with its reason."""
    told = tomllib.loads((HERE / "targets.toml").read_text("utf-8"))["left_out"]
    return re.compile("|".join(f"core/(?:{each['operators']})$" for each in told))


def worth_a_run(mutants: Iterable[Mutant], root: Path) -> list[Mutant]:
    """Those that change what holds, in a fixed order: not what is left out, nor where no rule is."""
    unwanted, without = left_out(), {}
    kept = []
    for mutant in sorted(mutants, key=lambda each: (each.module, each.start, each.operator, each.occurrence)):
        if mutant.module not in without:
            without[mutant.module] = list(no_rules((root / mutant.module).read_text("utf-8")))
        vain = any(start <= mutant.start < end for start, end in without[mutant.module])
        if not (vain or unwanted.match(mutant.operator)):
            kept.append(mutant)
    return kept


def no_rules(source: str) -> Iterator[tuple[Place, Place]]:
    """Where a module says types, or how a record is kept (`@dataclass`), not what holds."""
    for node in ast.walk(ast.parse(source)):
        found = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        if isinstance(node, ast.ClassDef) and "Protocol" in map(ast.unparse, node.bases):
            yield (node.lineno, 0), (node.end_lineno or node.lineno, 1_000)
        elif isinstance(node, ast.ClassDef):
            found += [each for each in node.decorator_list if "dataclass" in ast.unparse(each)]
        for each in found:
            if isinstance(each, ast.expr):
                end = each.end_lineno or each.lineno, each.end_col_offset or each.col_offset
                # The `@` before a decorator belongs to it.
                yield (each.lineno, each.col_offset - isinstance(node, ast.ClassDef)), end


def sample(mutants: list[Mutant], size: int | None, seed: int) -> list[Mutant]:
    """An even sample: one drawn from each of `size` equal stretches of the list; all when there are fewer."""
    if size is None or size >= len(mutants):
        return mutants
    chance = Random(seed)
    cuts = [index * len(mutants) // size for index in range(size + 1)]
    return [mutants[chance.randrange(first, after)] for first, after in pairwise(cuts)]


def changed_lines(diff: str) -> tuple[str, str]:
    """The lines taken out and put in by a diff, joined, without indentation."""

    def lines(sign: str) -> str:
        changed = (
            line[1:].strip() for line in diff.splitlines() if line[:1] == sign and line[:3] != sign * 3
        )
        return " ".join(filter(None, changed))

    return lines("-"), lines("+")


def unexplained(survivors: Iterable[Survivor], explained: Iterable[Explanation]) -> list[Survivor]:
    """The survivors for which a test is missing, or an explanation."""
    known = list(explained)
    return [each for each in survivors if not any(explanation.covers(each) for explanation in known)]
