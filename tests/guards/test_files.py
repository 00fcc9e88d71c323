"""What is committed: files short enough to read, nothing about the machine they were written on."""

import hashlib
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST = 400
ELSEWHERE = re.compile(r"\.\./shared|(?<!\w)/work/(main|plan|shared)\b|/\.library\b")


def _committed(*patterns: str) -> list[Path]:
    # The clone may belong to somebody else than who runs its tests; git asks for that to be said.
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def _ours(*patterns: str) -> list[Path]:
    return [path for path in _committed(*patterns) if "vendor" not in path.parts]


def test_no_file_is_too_long_to_read():
    # A migration is a record of what was done, not something one reads to understand the system.
    read = [path for path in _ours("*.py", "*.html", "run") if "migrations" not in path.parts]
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in read}
    too_long = {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > LONGEST}
    assert not too_long, f"find the two ideas in each: {too_long}"


def test_nothing_committed_refers_to_the_machine_it_was_written_on():
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in _ours()
        if path != Path(__file__)  # which has to name what it looks for
        for match in ELSEWHERE.finditer(path.read_bytes().decode(errors="ignore"))
    ]
    assert not found


def test_the_rule_sees_such_a_reference_and_leaves_ordinary_paths_alone():
    assert ELSEWHERE.search("see ../shared/design.md")
    assert ELSEWHERE.search('open("/work/main/x")')
    assert not ELSEWHERE.search("url_for('/work/queue')")


def test_vendored_files_are_as_published():
    readmes = _committed("*vendor/README.md")
    assert readmes
    for readme in readmes:
        rows = re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", readme.read_text("utf-8"), re.MULTILINE)
        assert rows, f"{readme}: a table ending in `SHA-256`"
        for name, digest in rows:
            assert hashlib.sha256((readme.parent / name).read_bytes()).hexdigest() == digest, name
