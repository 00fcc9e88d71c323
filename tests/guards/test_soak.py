"""`./run soak PART`: together the parts are the whole."""

import re

from tools.parts import ROOT


def test_every_long_test_belongs_to_one_part_of_the_soak():
    said = re.findall(r"^ +(\w+)\) part=\(([^)]+)\)", (ROOT / "run").read_text("utf-8"), re.MULTILINE)
    paths = [ROOT / path for _, listed in said for path in listed.split()]
    assert len(said) > 5 and all(path.exists() for path in paths)
    long = [path for path in (ROOT / "tests").rglob("test_*.py") if "mark.soak" in path.read_text("utf-8")]
    others = [path for path in long if path.name != "test_soak.py"]
    assert others
    for path in others:
        assert sum(path.is_relative_to(part) for part in paths) == 1, path
    (told,) = re.findall(r"^#: soak .* one of: (.+)$", (ROOT / "run").read_text("utf-8"), re.MULTILINE)
    assert told.split() == [name for name, _ in said]
