"""What a program wrote to files, and when it had them brought to the disk: `strace`, read line by line."""

import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CALLS = "trace=openat,pwrite64,write,ftruncate,fsync,fdatasync,sendto"
_LONGEST = 1 << 20
_CALL = re.compile(r"(?P<pid>\d+) +(?P<name>\w+)\((?P<said>.*)\) += (?P<result>-?\d+)(?:<(?P<gave>[^>]*)>)?")
_FILE = re.compile(r"\d+<(?P<path>[^>]*)>")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@dataclass(frozen=True, slots=True)
class Call:
    """One call that succeeded: `path` of the file, `content` written and `at` where in it."""

    pid: int
    name: str
    path: str
    content: bytes = b""
    at: int = 0


def traced(command: Sequence[str], told: Path, environ: Mapping[str, str]) -> None:
    """Runs a program to its end with everything told."""
    subprocess.run((*_strace(told, _LONGEST), *command), env=environ, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def watched(pids: Iterable[int], told: Path) -> Iterator[None]:
    """What processes that run, and those they start, do meanwhile; of what is written the beginning only."""
    attached = [each for pid in pids for each in ("-p", str(pid))]
    with subprocess.Popen((*_strace(told, 64), *attached), stderr=subprocess.PIPE, text=True) as strace:
        assert strace.stderr
        for _ in range(len(attached) // 2):
            strace.stderr.readline()
        try:
            yield
        finally:
            strace.terminate()
            strace.stderr.read()


def _strace(told: Path, longest: int) -> tuple[str, ...]:
    return ("strace", "-f", "-y", "-xx", "-s", str(longest), "-e", CALLS, "-o", str(told))


def calls_in(told: Path) -> Iterator[Call]:
    """The calls in their order; one that was cut in two counts when it had returned."""
    begun: dict[str, str] = {}
    with told.open(encoding="ascii") as lines:
        for line in lines:
            pid, _, rest = line.strip().partition(" ")
            if rest.endswith("<unfinished ...>"):
                begun[pid] = rest.removesuffix("<unfinished ...>")
                continue
            if rest.lstrip().startswith("<..."):
                rest = begun.pop(pid, "") + rest.partition("resumed>")[2]
            call = _call(f"{pid} {rest.strip()}")
            if call:
                yield call


def _call(line: str) -> Call | None:
    found = _CALL.fullmatch(line)
    if found is None or int(found["result"]) < 0:
        return None
    pid, name, said = int(found["pid"]), found["name"], found["said"]
    if name == "openat":
        return Call(pid, name, _path(found["gave"] or ""))
    file, text = _FILE.match(said), _TEXT.search(said)
    if file is None:
        return None
    content = bytes.fromhex(text[1].replace("\\x", "")) if text else b""
    last = said.rpartition(",")[2].strip()
    at = int(last) if name in ("pwrite64", "ftruncate") else 0
    return Call(pid, name, _path(file["path"]), content[: int(found["result"])], at)


def _path(told: str) -> str:
    r"""With -xx a path is told in \x.. too."""
    return bytes.fromhex(told.replace("\\x", "")).decode() if told.startswith("\\x") else told
