"""The one scheduler among many processes (后台任务): whoever holds the lease runs the jobs, the others wait.

Every server process and `casework worker` may run one; when the holder dies, another takes over in about
three seconds. A job looks whether there is something to do and is safe to be done twice.
"""

import logging
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from uuid import uuid4

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from casework.domain.values import SHANGHAI
from casework.jobs import backups, heads, reminders
from casework.jobs.job import Job
from casework.jobs.threads import OwnThreads
from casework.service import Casework
from casework.store import lease

log = logging.getLogger(__name__)

# A job that takes longer than its interval is no news: the next look waits for its end.
logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)

BEAT_S = lease.LASTS_S / 3
_MISFIRE_GRACE_S = 60


def jobs_of(casework: Casework) -> Sequence[Job]:
    """All there is to be done by the clock."""
    return (
        Job("backups", backups.LOOK_EVERY, partial(backups.look, casework)),
        Job("heads", heads.LOOK_EVERY, partial(heads.look, casework)),
        *reminders.jobs(casework),
    )


class Worker(threading.Thread):
    """Asks for the lease at every beat, and runs the jobs while it has it."""

    def __init__(self, casework: Casework, jobs: Sequence[Job]) -> None:
        super().__init__(name="worker", daemon=True)
        self._engine = casework.store.engine
        self._jobs = jobs
        self._owner = uuid4().hex
        self._ended = threading.Event()
        self._since = datetime.now(SHANGHAI)
        self._scheduler: BackgroundScheduler | None = None

    @property
    def leads(self) -> bool:
        """Whether this one runs the jobs now."""
        return self._scheduler is not None

    def run(self) -> None:
        """Until `end`; without the database nobody leads."""
        while not self._ended.is_set():
            self.beat()
            self._ended.wait(BEAT_S)
        self._stop()

    def beat(self) -> None:
        """Asks for the lease or keeps it up, and leads or not accordingly."""
        try:
            mine = lease.take(self._engine, lease.WORKER, self._owner)
        except Exception:
            log.exception("the lease of the scheduled jobs could not be asked for")
            mine = False
        self._follow(mine)

    def end(self) -> None:
        """Stops the jobs and lets the next take over at once; what a job has begun goes on to its end."""
        self._ended.set()

    def _follow(self, mine: bool) -> None:
        if mine and self._scheduler is None:
            self._scheduler = _started(self._jobs, self._since)
        elif not mine and self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None

    def _stop(self) -> None:
        if self._scheduler is not None:
            self._follow(False)
            with suppress(Exception):  # it ends by itself soon after
                lease.give_up(self._engine, lease.WORKER, self._owner)


def _started(jobs: Sequence[Job], since: datetime) -> BackgroundScheduler:
    """`since`: when this process's worker began; one that takes over later has settled long ago."""
    defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": _MISFIRE_GRACE_S}
    executors = {"default": OwnThreads()}
    scheduler = BackgroundScheduler(timezone=SHANGHAI, job_defaults=defaults, executors=executors)
    for job in jobs:
        trigger = IntervalTrigger(seconds=job.every.total_seconds(), timezone=SHANGHAI)
        first = job.first_run(since, datetime.now(SHANGHAI))
        scheduler.add_job(job.run, trigger, id=job.name, next_run_time=first)
    scheduler.start()
    return scheduler


def start(casework: Casework) -> Worker:
    """The worker of one process. It begins nothing more when the process ends, whoever ends it."""
    worker = Worker(casework, jobs_of(casework))
    worker.start()
    threading.Thread(target=_end_with_main, args=(worker,), name="worker's end", daemon=True).start()
    return worker


def _end_with_main(worker: Worker) -> None:
    """A server ends by itself and tells nobody; its main thread is over before what a job has begun."""
    threading.main_thread().join()
    worker.end()
