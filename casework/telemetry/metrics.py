"""The figures (指标): what is counted and timed as it happens, and how it is written for Prometheus.

Labels are names out of the code (commands, routes, outcomes), never anything a person typed.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, values
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from casework.telemetry.shared import Place

CONTENT_TYPE = CONTENT_TYPE_LATEST
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""By this variable the library knows the folder, and the jobs that a server process starts."""

_ACT_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30)
_PAGE_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

disable_created_metrics()


class Figures:
    """All figures of one process."""

    def __init__(self) -> None:
        own = self.registry = CollectorRegistry()

        def counter(name: str, told: str, *labels: str) -> Counter:
            return Counter(f"casework_{name}_total", told, labels, registry=own)

        def seconds(name: str, told: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"casework_{name}_seconds", told, labels, buckets=buckets, registry=own)

        self.commands = counter("commands", "Commands by kind and outcome", "command", "outcome")
        self.command_s = seconds("command", "From the call of a command to its commit", _ACT_S, "command")
        self.lock_wait_s = seconds("lock_wait", "From the call of a command to its turn", _ACT_S)
        self.projection_s = seconds("projection", "Writing the read models of one act", _ACT_S)
        self.requests = counter(
            "requests", "Requests by route template and status", "method", "route", "status"
        )
        self.request_s = seconds("request", "Answering a request", _PAGE_S, "route")
        self.sign_in_failures = counter("sign_in_failures", "Sign-ins refused: wrong or locked", "why")
        self.readings = counter("readings", "Personal data read: rows added to the read log", "what")


_figures = Figures()
_shared: Path | None = None


def figures() -> Figures:
    """Those of this process."""
    return _figures


def share(folder: Path | None) -> None:
    """From now on this process counts into the folder where the others of its server do; None: alone.

    Alone too when the disk is full: better uncounted than not done.
    """
    global _figures, _shared
    place = Place(folder) if folder else None
    if folder is None or place is None or not place.has_room():
        folder = None
        values.ValueClass = values.MutexValue
        os.environ.pop(FOLDER, None)
    else:
        os.environ[FOLDER] = str(folder.absolute())
        values.ValueClass = values.MultiProcessValue(place)
    _figures, _shared = Figures(), folder


def share_with_parent() -> None:
    """For a job: counts where the server process that started it does, if one did."""
    named = os.environ.get(FOLDER)
    if named:
        share(Path(named))


def exposition(further: Iterable[Collector] = ()) -> bytes:
    """All figures of all processes of this server, in Prometheus' text form; `further`: read just now."""
    registry = CollectorRegistry()
    counted: Collector = (
        _figures.registry if _shared is None else MultiProcessCollector(None, path=str(_shared))
    )
    for collector in (counted, *further):
        registry.register(collector)
    return generate_latest(registry)
