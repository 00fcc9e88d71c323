"""pytest in a fork of a process that has the libraries loaded: half the time of a short run is loading.

Of the project itself nothing is loaded before the fork, so that each run sees its files as they stand.
"""

import contextlib
import importlib
import os
import signal
import subprocess
import sys
import time

import pytest

OWN = ("casework", "tests", "conftest", "migrations")
# pytest warns of plugins that are there before it: those load with every run.
PLUGINS = ("_pytest", "pytest", "_hypothesis", "anyio", "xdist", "execnet", "__main__")
TIMED_OUT = -1
_LISTED = """
import sys, pytest
pytest.main([*sys.argv[1:], "--collect-only"])
print("\\nLOADED " + " ".join(sys.modules))
"""


def load_libraries(arguments: list[str]) -> None:
    """Loads here what a run with these arguments loads of others' modules.

    The run that tells also leaves byte code of the project's modules, which the forks only read.
    """
    listed = subprocess.run(
        [sys.executable, "-c", _LISTED, *arguments], capture_output=True, text=True, check=True
    ).stdout
    for name in listed.rpartition("\nLOADED ")[2].split():
        if not name.startswith((*OWN, *PLUGINS)):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)


def outcome_of(arguments: list[str], limit: float | None = None) -> int:
    """pytest's exit code for these arguments; TIMED_OUT after `limit` seconds."""
    child = os.fork()
    if not child:
        _run(arguments)
    ends = time.monotonic() + limit if limit else None
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if ends and time.monotonic() > ends:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return TIMED_OUT
        time.sleep(0.02)


def _run(arguments: list[str]) -> None:
    code = int(pytest.ExitCode.INTERNAL_ERROR)
    try:
        os.setsid()
        silent = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silent, stream)
        code = int(pytest.main(arguments))
    finally:
        os._exit(code)
