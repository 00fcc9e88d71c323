"""A backup while the county writes is one moment of it, and comes back as that moment."""

import errno
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from casework.config import Settings
from casework.errors import BadInput
from casework.operations import backup as backups
from casework.operations import postgres_tools
from casework.operations.backup import Made, back_up
from casework.operations.restore import check, restore
from casework.store import turns
from casework.store.backup_log import last_backup
from casework.store.database import reading
from casework.store.sealed_stream import DamagedFile
from tests.operations.offices import at_work, elsewhere, left_in, record_visit, told


def silent(_line: str) -> None:
    """Nobody looks."""


def backed_up_while_two_write(settings: Settings, target: Path) -> tuple[Made, int]:
    """The backup, and how many acts there were when the writers had stopped."""
    ended = threading.Event()
    wrote = [0, 0]

    def write(who: int) -> None:
        with at_work(settings) as casework:
            while not ended.is_set():
                record_visit(casework, f"2026-09-{wrote[who] % 28 + 1:02d}", 2 * (wrote[who] // 28) + who)
                wrote[who] += 1

    writers = [threading.Thread(target=write, args=(who,)) for who in (0, 1)]
    for writer in writers:
        writer.start()
    try:
        with at_work(settings) as casework:
            _until(lambda: min(wrote) >= 2)
            made = back_up(casework, settings, target)
            before = list(wrote)
            _until(lambda: all(now > then for now, then in zip(wrote, before, strict=True)))
    finally:
        ended.set()
        for writer in writers:
            writer.join()
    return made, told(settings)[0]


def _until(true: Callable[[], bool]) -> None:
    patience = time.monotonic() + 30
    while not true():
        assert time.monotonic() < patience
        time.sleep(0.005)


def assert_comes_back(settings: Settings, made: Made, place: Settings) -> None:
    """Restored elsewhere it is the county as of its act, and its reports are the county's of that act."""
    facts = made.manifest.facts
    lines: list[str] = []
    restore(place, made.file, lines.append)
    k, _, differences = told(place)
    assert (k, differences) == (facts.act, [])
    assert sum(facts.rows.values()) > 500 and len(facts.reports) == 4
    assert any("周报的数字与备份时相同" in line for line in lines)


def test_on_sqlite_a_backup_amid_writing_is_one_moment(county: Settings, tmp_path: Path) -> None:
    start = told(county)[0]
    made, end = backed_up_while_two_write(county, tmp_path / "x.backup")
    assert start < made.manifest.facts.act < end
    assert_comes_back(county, made, elsewhere(county, tmp_path / "new"))


def test_on_postgresql_a_backup_amid_writing_is_one_moment(
    server_county: Settings, empty_database: Callable[[], str], tmp_path: Path
) -> None:
    start = told(server_county)[0]
    made, end = backed_up_while_two_write(server_county, tmp_path / "x.backup")
    assert start < made.manifest.facts.act < end
    place = elsewhere(server_county, tmp_path / "new", empty_database())
    assert_comes_back(server_county, made, place)
    with at_work(place) as casework:  # and the county goes on there
        record_visit(casework, "2026-09-29", 39)
    assert told(place)[2] == []


def test_the_backup_holds_no_key_and_no_name_readable(county: Settings, backup: Path) -> None:
    content = backup.read_bytes()
    for secret in (
        "学生K00001".encode(),
        county.master_key,
        county.master_key.hex().encode(),
        b"SQLite format",
    ):
        assert secret not in content
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_files_that_wait_for_import_come_along(county: Settings, tmp_path: Path) -> None:
    county.uploads.mkdir()
    (county.uploads / "abc123.sealed").write_bytes(b"sealed" * 1000)
    (county.uploads / "unfinished.part").write_bytes(b"half")
    place = elsewhere(county, tmp_path / "new")
    with at_work(county) as casework:
        back_up(casework, county, tmp_path / "x.backup")
    restore(place, tmp_path / "x.backup", silent)
    assert left_in(place.data_dir) == ["casework.db", "uploads/abc123.sealed"]
    assert (place.uploads / "abc123.sealed").read_bytes() == b"sealed" * 1000


def test_a_backup_is_noted_and_leaves_nothing_else(county: Settings, backup: Path) -> None:
    assert left_in(backup.parent) == ["county/casework.db", *_turns, *_imported, "x.backup"]
    with at_work(county) as casework, reading(casework.store.engine) as conn:
        last = last_backup(conn)
    assert last is not None
    assert (last.file, last.size, last.fault) == ("x.backup", backup.stat().st_size, "")
    assert check(county, backup).facts.act == last.act


_turns = [f"county/casework.db{suffix}" for suffix in sorted(turns.FILES)]
_imported = ["county/roster.csv", "county/status.csv", "county/units.csv"]


def test_an_existing_file_is_never_written_over(county: Settings, backup: Path) -> None:
    before = backup.read_bytes()
    with at_work(county) as casework, pytest.raises(BadInput, match="不会覆盖"):
        back_up(casework, county, backup)
    assert backup.read_bytes() == before


def full_disk(file: BinaryIO, *_: object) -> None:
    file.write(b"half")
    raise OSError(errno.ENOSPC, "No space left on device")


def test_what_cannot_be_written_is_told_and_leaves_nothing(
    county: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at_work(county) as casework, pytest.raises(BadInput, match="没有这个目录"):
        back_up(casework, county, tmp_path / "missing" / "x.backup")
    monkeypatch.setattr(backups, "write_archive", full_disk)
    with at_work(county) as casework, pytest.raises(BadInput, match="磁盘空间不足"):
        back_up(casework, county, tmp_path / "x.backup")
    assert left_in(tmp_path) == ["county/casework.db", *_turns, *_imported]


def test_a_backup_that_does_not_read_again_never_gets_its_name(
    county: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "write_archive", lambda file, *_: file.write(b"x" * 5000))
    with at_work(county) as casework, pytest.raises(DamagedFile):
        back_up(casework, county, tmp_path / "x.backup")
    assert left_in(tmp_path) == ["county/casework.db", *_turns, *_imported]


def test_without_a_backup_key_it_says_how_to_get_one(county: Settings, tmp_path: Path) -> None:
    with at_work(county) as casework, pytest.raises(BadInput, match=r"CASEWORK_BACKUP_KEY.*casework init"):
        back_up(casework, replace(county, backup_key=None), tmp_path / "x.backup")


def test_missing_postgresql_programs_are_named(
    server_county: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_tools, "_DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", "")
    with at_work(server_county) as casework, pytest.raises(BadInput, match=r"pg_dump.*postgresql-client"):
        back_up(casework, server_county, tmp_path / "x.backup")
    assert not (tmp_path / "x.backup").exists()
