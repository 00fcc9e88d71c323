"""Figures read when they are asked for (即时指标): backups, jobs, disks, and whether the server is ready."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from casework.config import Settings
from casework.operations.readiness import RED, WARN, Answer, folders, is_red
from casework.projections.import_queue import runs_under_way
from casework.projections.import_runs import UNDER_WAY
from casework.service import Casework
from casework.store.backup_log import last_backup

_STATE = {RED: 2, WARN: 1}


class Standing(Collector):
    """How the server stands at this moment; without a sound database only that is told."""

    def __init__(self, casework: Casework, settings: Settings, answers: Sequence[Answer]) -> None:
        self._casework = casework
        self._settings = settings
        self._answers = answers

    def collect(self) -> Iterable[Metric]:
        """One family a question."""
        yield _family(
            "casework_check",
            "Readiness by check: 0 well, 1 look after it, 2 not ready",
            "check",
            {each.check: _STATE.get(each.state, 0) for each in self._answers},
        )
        yield _family("casework_disk_free_bytes", "Room left", "place", self._disks())
        if not is_red([each for each in self._answers if each.check != "disk"]):
            yield from self._of_database()

    def _disks(self) -> dict[str, float]:
        names = ("data", "backups", "database")
        there = zip(names, folders(self._settings), strict=False)
        return {name: shutil.disk_usage(folder).free for name, folder in there if folder.exists()}

    def _of_database(self) -> Iterator[Metric]:
        with self._casework.reading() as moment:
            conn, now = moment.snapshot.conn, moment.known_at
            last, waiting = last_backup(conn), runs_under_way(conn)
            yield GaugeMetricFamily("casework_last_act", "Number of the last act", moment.snapshot.k)
        yield _family(
            "casework_import_runs",
            "Imports of pages under way, by state",
            "state",
            {state: waiting.get(state, 0) for state in UNDER_WAY},
        )
        if last is not None:
            age = round((now - last.ended_at).total_seconds())
            yield GaugeMetricFamily("casework_backup_age_seconds", "Since the last good backup", age)
            yield GaugeMetricFamily("casework_backup_size_bytes", "Size of the last good backup", last.size)


def _family(name: str, told: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label])
    for value, figure in values.items():
        family.add_metric([value], figure)
    return family
