"""On a full disk a process counts alone: counting into a file's hole would end it (SIGBUS)."""

import errno
import os
from pathlib import Path

import pytest

from casework.telemetry import metrics
from casework.telemetry.shared import ROOM, Place


def test_the_room_of_the_figures_is_taken_before_it_is_needed(tmp_path: Path):
    assert Place(tmp_path).has_room()
    files = list(tmp_path.glob("*.db"))
    assert sorted(file.name for file in files) == ["counter_0.db", "histogram_0.db"]
    assert all(file.stat().st_blocks * 512 >= ROOM for file in files), "no holes"


def test_without_room_figures_are_kept_by_each_process_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    try:
        metrics.share(tmp_path)
        metrics.figures().commands.labels("record_visit", "done").inc()
        assert metrics.FOLDER not in os.environ
        assert b'command="record_visit",outcome="done"} 1.0' in metrics.exposition()
    finally:
        metrics.share(None)
