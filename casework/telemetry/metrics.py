"""The figures (指标): what is counted and timed as it happens, and how it is written for Prometheus.

Labels are names out of the code (commands, routes, outcomes), never anything a person typed.
"""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, values
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from casework.telemetry import shared

CONTENT_TYPE = CONTENT_TYPE_LATEST
_ACT_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30)
_PAGE_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

disable_created_metrics()
_folder = shared.folder()
if _folder is not None:
    _place = shared.take_place(_folder)
    values.ValueClass = values.MultiProcessValue(lambda: _place)

_own = CollectorRegistry()

COMMANDS = Counter(
    "casework_commands_total", "Commands by kind and outcome", ["command", "outcome"], registry=_own
)
COMMAND_SECONDS = Histogram(
    "casework_command_seconds",
    "From the call of a command to its commit",
    ["command"],
    buckets=_ACT_S,
    registry=_own,
)
LOCK_WAIT_SECONDS = Histogram(
    "casework_lock_wait_seconds", "From the call of a command to its turn", buckets=_ACT_S, registry=_own
)
PROJECTION_SECONDS = Histogram(
    "casework_projection_seconds", "Writing the read models of one act", buckets=_ACT_S, registry=_own
)
REQUESTS = Counter(
    "casework_requests_total",
    "Requests by route template and status",
    ["method", "route", "status"],
    registry=_own,
)
REQUEST_SECONDS = Histogram(
    "casework_request_seconds", "Answering a request", ["route"], buckets=_PAGE_S, registry=_own
)
SIGN_IN_FAILURES = Counter(
    "casework_sign_in_failures_total", "Sign-ins refused: wrong, or locked out", ["why"], registry=_own
)
READINGS = Counter(
    "casework_readings_total", "Personal data read: rows added to the read log", ["what"], registry=_own
)


def exposition(further: Iterable[Collector] = ()) -> bytes:
    """All figures of all processes of this server, in Prometheus' text form; `further`: read just now."""
    registry = CollectorRegistry()
    counted: Collector = _own if _folder is None else MultiProcessCollector(None, path=str(_folder))
    for collector in (counted, *further):
        registry.register(collector)
    return generate_latest(registry)
