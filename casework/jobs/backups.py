"""The scheduled backup as a job (定时备份): looked at every few minutes, made in a process of its own."""

import logging
import os
import subprocess
import sys
from datetime import timedelta

from casework.bootstrap import from_environment
from casework.config import Settings
from casework.errors import CaseworkError
from casework.operations.scheduled import back_up_when_due, is_due
from casework.service import Casework
from casework.telemetry import logs

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(minutes=5)
_NICENESS = 10


def look(casework: Casework) -> None:
    """Has the backup made when it is due: also one missed while the machine was off."""
    with casework.reading() as reading:
        due = is_due(reading)
    if due:
        subprocess.run([sys.executable, "-m", "casework.jobs.backups"], check=False)


def main() -> int:
    """Makes the backup that is due, then ends."""
    os.nice(_NICENESS)
    settings = Settings.from_env(os.environ)
    logs.begin(settings.log_level)
    casework = from_environment(os.environ)
    try:
        made = back_up_when_due(casework, settings)
    except CaseworkError as fault:
        log.error("the scheduled backup failed: %s", fault.message)
        return 1
    finally:
        casework.store.engine.dispose()
    if made:
        log.info("backed up to %s (%s bytes)", made.file, made.size)
    return 0


if __name__ == "__main__":
    sys.exit(main())
