"""The command line `casework`: for the person who runs it (命令行).

Exit codes: 0 done · 2 it could not be read, or not be done as asked · 3 some rows were refused ·
4 the read models do not agree with the events · 5 the last good backup is too old.
"""

import argparse
import sys
from collections.abc import Sequence

from casework.cli import (
    accounts,
    administration,
    backups,
    duties,
    erase,
    imports,
    reports,
    review,
    serving,
    verify,
    worker,
)
from casework.errors import CaseworkError

FAILED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; a refusal is one Chinese sentence on standard error."""
    parser = argparse.ArgumentParser(prog="casework", description="控辍保学个案与周监测报告")
    commands = parser.add_subparsers(dest="command", required=True, metavar="命令")
    for module in (
        administration,
        accounts,
        imports,
        reports,
        duties,
        review,
        backups,
        erase,
        verify,
        serving,
        worker,
    ):
        module.add_to(commands)
    asked = parser.parse_args(arguments)
    try:
        return int(asked.run(asked))
    except CaseworkError as refusal:
        print(f"错误：{refusal.message}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        return FAILED
