"""`worker`: the scheduled jobs in a process of their own, for a service of the machine."""

import argparse
import os
import signal
from queue import SimpleQueue
from typing import Any

from casework.bootstrap import from_environment
from casework.config import Settings
from casework.jobs import worker
from casework.telemetry import logs


def add_to(commands: Any) -> None:
    """Declares the command."""
    parser = commands.add_parser("worker", help="运行定时任务（备份等）；网页服务里也有，同时只有一处在做")
    parser.set_defaults(run=run_worker)


def run_worker(asked: argparse.Namespace) -> int:
    """Until it is told to stop."""
    # A handler interrupts this very thread: setting an Event could wait for what its own wait() holds.
    told: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: told.put(number))
    casework = from_environment(os.environ)
    logs.begin(Settings.from_env(os.environ).log_level)
    running = worker.start(casework)
    print("定时任务已启动（Ctrl+C 停止）", flush=True)
    told.get()
    running.end()
    running.join()
    return 0
