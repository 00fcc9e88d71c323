"""A worker of reminders in a process of its own, to be killed: database, clock and gateway are told it."""

import os
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
    """Until it is killed."""
    assert metadata.tables
    url, now, port = sys.argv[1:]
    clock = datetime.fromisoformat(now)
    casework = Casework(make_store(make_engine(url), KeyRing(MASTER_KEY), lambda: clock))
    out = Outgoing(connect_s=2, reply_s=2, routes=dict.fromkeys(ROBOTS, f"127.0.0.1:{port}"))
    jobs = reminders.jobs(casework, out, look_every=SOON, send_every=SOON, first=timedelta())
    Worker(casework, jobs).start()
    print(os.getpid(), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
