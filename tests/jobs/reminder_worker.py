"""Workers of reminders in processes of their own, to be killed.

One process has everything imported; for each line it is told (database, clock, gateway's port) it starts a
worker, which says its number once it is up. When its input ends, all of them end with it.
"""

import os
import signal
import sys
import threading
from datetime import datetime, timedelta

from casework.channels import Outgoing
from casework.jobs import reminders
from casework.jobs.worker import Worker
from casework.service import Casework, make_store
from casework.store.database import make_engine
from casework.store.keys import KeyRing
from casework.tables import metadata
from tests.jobs.reminded import ROBOTS
from tests.support.county import MASTER_KEY

SOON = timedelta(milliseconds=50)


def main() -> None:
    """Until the input ends."""
    assert metadata.tables
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who is killed is gone at once
    for line in sys.stdin:
        if os.fork() == 0:
            sys.stdin.close()
            work(*line.split())
    os.killpg(0, signal.SIGKILL)


def work(url: str, now: str, port: str) -> None:
    """One worker, until it is killed."""
    clock = datetime.fromisoformat(now)
    casework = Casework(make_store(make_engine(url), KeyRing(MASTER_KEY), lambda: clock))
    out = Outgoing(connect_s=2, reply_s=2, routes=dict.fromkeys(ROBOTS, f"127.0.0.1:{port}"))
    jobs = reminders.jobs(casework, out, look_every=SOON, send_every=SOON, first=timedelta())
    Worker(casework, jobs).start()
    print(os.getpid(), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
