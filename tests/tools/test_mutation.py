"""The examination of the tests: what is changed, what is sampled, what counts as understood."""

import random
from pathlib import Path

import pytest

from tests.soak import DEPTH
from tools.mutation.__main__ import main
from tools.mutation.mutants import (
    Explanation,
    Mutant,
    Survivor,
    changed_lines,
    explanations,
    no_rules,
    sample,
    targets,
    unexplained,
    worth_a_run,
)
from tools.parts import ROOT

MUTANTS = [Mutant(str(n), "a.py", "core/AddNot", (n, 0)) for n in range(100)]


def test_every_module_examined_and_every_test_asked_is_there():
    for target in targets():
        asked = [each for each in target.tests if each.startswith("tests/")]
        assert asked and all((ROOT / name).is_file() for name in (*target.modules, *asked)), target.name
    assert len({target.name for target in targets()}) == len(targets())


def test_every_explanation_is_of_a_line_that_is_still_there_and_says_why():
    for each in explanations():
        lines = {line.strip() for line in (ROOT / each.module).read_text("utf-8").splitlines()}
        assert each.was in lines, each
        assert each.became and each.was not in each.became and each.why, each


def test_a_sample_is_the_same_for_its_seed_and_drawn_from_every_part():
    drawn = sample(MUTANTS, 10, seed=3)
    assert drawn == sample(MUTANTS, 10, seed=3) != sample(MUTANTS, 10, seed=4)
    assert [each.start[0] // 10 for each in drawn] == list(range(10))


def test_a_sample_larger_than_all_is_all():
    assert sample(MUTANTS, 1000, seed=3) == sample(MUTANTS, None, seed=3) == MUTANTS


def test_types_are_no_rules():
    source = (
        "def f(a: int | None = 1 | 2) -> str | None:\n    b: int | str = 3 | 4\n    return None\n"
        "@dataclass(frozen=True)\nclass C:\n    d: int | bool = True\n"
        "class P(Protocol):\n    @property\n    def a(self) -> int: ...\n"
    )
    found = {
        source.splitlines()[row - 1][column : end if end < 1_000 else None]
        for (row, column), (_, end) in no_rules(source)
    }
    assert found == {
        *("@dataclass(frozen=True)", "class P(Protocol):", "int"),
        *("int | None", "int | bool", "int | str", "str | None"),
    }


def test_what_says_nothing_is_not_run(tmp_path: Path):
    (tmp_path / "a.py").write_text("def f(a: int | None) -> int:\n    return a | 1\n", "utf-8")
    union = [Mutant("in the type", "a.py", "core/ReplaceBinaryOperator_BitOr_Sub", (1, 13))]
    identity = [Mutant("is", "a.py", "core/ReplaceComparisonOperator_Eq_Is", (2, 11))]
    rules = [Mutant("rule", "a.py", "core/ReplaceBinaryOperator_BitOr_Sub", (2, 13))]
    assert worth_a_run([*union, *identity, *rules], tmp_path) == rules


DIFF = """--- mutation diff ---
--- a/a.py
+++ b/a.py
@@ -1,3 +1,3 @@
 def f(a):
-    return a == 1
+    return a >= 1
"""


def test_a_survivor_is_known_by_the_line_before_and_after():
    survivor = Survivor("t", "a.py", *changed_lines(DIFF))
    assert (survivor.was, survivor.became) == ("return a == 1", "return a >= 1")
    understood = Explanation("a.py", "return a == 1", ("return a >= 1",), "never more than 1")
    assert unexplained([survivor], [understood]) == []
    for other in (
        Explanation("b.py", "return a == 1", ("return a >= 1",), ""),
        Explanation("a.py", "return a == 1", ("return a <= 1",), ""),
        Explanation("a.py", "return a == 2", ("return a >= 1",), ""),
    ):
        assert unexplained([survivor], [other]) == [survivor]


@pytest.mark.soak
@pytest.mark.parametrize("target", [target.name for target in targets()])
def test_no_rule_can_be_changed_unnoticed(target: str):
    seed = random.randrange(1000)
    assert main([target, "--sample", str(6 * DEPTH), "--seed", str(seed)]) == 0, f"seed {seed}"
