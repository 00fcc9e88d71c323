"""Runs scheduled jobs in threads of their own, which an ending process waits for (后台任务)."""

import sys
from collections.abc import Sequence
from datetime import datetime
from threading import Thread
from typing import Any

from apscheduler.executors.base import BaseExecutor, run_job


class OwnThreads(BaseExecutor):
    """What the scheduler hands its jobs to.

    Not a pool: Python closes its pools, and waits for what they do, before anybody can learn that the
    process ends. Meanwhile the scheduler would go on handing jobs to a pool that takes no more.
    """

    def _do_submit_job(self, job: Any, run_times: Sequence[datetime]) -> None:
        Thread(target=self._run, args=(job, run_times), name=job.id, daemon=False).start()

    def _run(self, job: Any, run_times: Sequence[datetime]) -> None:
        try:
            events = run_job(job, job._jobstore_alias, run_times, self._logger.name)
        except BaseException:
            self._run_job_error(job.id, *sys.exc_info()[1:])
        else:
            self._run_job_success(job.id, events)
