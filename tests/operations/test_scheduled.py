"""The scheduled backup: made when due, old ones cleared away, its absence told."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from casework.config import Settings
from casework.errors import CaseworkError
from casework.operations.files import clear_drafts, private_room
from casework.operations.restore import check
from casework.operations.scheduled import Standing, back_up_when_due, is_due, made_at, rotate, standing
from casework.service import Casework
from tests.importing.small import NOW
from tests.operations.offices import at_work, left_in


def later(settings: Settings, **passed: float) -> Settings:
    """The same county, some time later."""
    return replace(settings, now=NOW + timedelta(**passed))


def stands(casework: Casework) -> tuple[bool, Standing]:
    """Whether a backup is due, and how the backups stand."""
    with casework.reading() as reading:
        return is_due(reading), standing(reading)


def test_from_the_first_night_on_a_backup_is_made_once_a_day(county: Settings, tmp_path: Path) -> None:
    county = replace(county, backup_dir=tmp_path / "kept")
    with at_work(county) as casework:
        assert stands(casework) == (False, Standing(None, None, False, 30))
    with at_work(later(county, hours=20)) as casework:
        made = back_up_when_due(casework, county)
        assert made is not None and made.file == tmp_path / "kept" / "casework-20261002-050000.backup"
        assert check(county, made.file) == made.manifest
        assert back_up_when_due(casework, county) is None
    with at_work(later(county, hours=50)) as casework:
        due, now = stands(casework)
        assert due and not now.is_old and now.last is not None and now.last.act == made.manifest.facts.act


def test_without_a_good_one_people_are_told_and_why(county: Settings, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file, no folder")
    late = replace(later(county, hours=31), backup_dir=tmp_path / "kept")
    with at_work(late) as casework:
        assert stands(casework)[1].warning == "还没有成功的备份，已超过 30 小时"
        with pytest.raises(CaseworkError, match="不是目录"):
            back_up_when_due(casework, late)
        due, now = stands(casework)
    assert not due  # it is tried again, but not at every look
    assert now.warning.startswith("还没有成功的备份，已超过 30 小时；10-02 16:00 备份失败：写不进")
    with at_work(replace(late, now=NOW + timedelta(hours=33))) as casework:
        assert stands(casework)[0]


def test_old_ones_go_and_what_is_not_a_scheduled_backup_stays(county: Settings, tmp_path: Path) -> None:
    with at_work(county) as casework, casework.reading() as reading:
        policy = reading.reference.backups("2026-10-01")
    start = datetime.fromisoformat("2026-10-01T02:00:00")
    for back in range(100):
        (tmp_path / f"{start - timedelta(days=back):casework-%Y%m%d-%H%M%S.backup}").touch()
    for other in ("casework-保留.backup", "by-hand.backup", "casework-20200101.backup"):
        (tmp_path / other).touch()
    rotate(tmp_path, policy)
    stayed = [made_at(tmp_path / name) for name in left_in(tmp_path) if "/" not in name]
    days = [f"{at:%m-%d}" for at in stayed if at]
    week = [f"09-{day}" for day in range(25, 31)]
    assert days == ["06-30", "07-31", "08-31", "09-06", "09-13", "09-20", *week, "10-01"]
    assert stayed.count(None) >= 3


def test_what_a_killed_backup_left_is_cleared_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    (tmp_path / ".casework-room-dead").mkdir()
    (tmp_path / ".casework-room-dead" / "database").write_bytes(b"names")
    (tmp_path / ".casework-1.backup.part").write_bytes(b"half")
    with private_room(tmp_path) as mine:
        (mine / "database").touch()
        with private_room(tmp_path) as other:
            assert mine != other
        clear_drafts(tmp_path, "casework-*.backup")
        assert [name for name in left_in(tmp_path) if "county" not in name] == [f"{mine.name}/database"]
    assert not mine.exists()
