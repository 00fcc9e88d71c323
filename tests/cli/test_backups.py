"""`backup`, `restore`, `copy-to`, `status`: by hand, on a county's computer."""

import os
import shutil
from pathlib import Path

import pytest

from casework.jobs import backups as job
from tests.cli.files import Office


def moved_to(office: Office, name: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another computer, given the keys only."""
    folder = office.folder / name
    folder.mkdir()
    shutil.copy(office.folder / "data" / "secrets.env", folder)
    monkeypatch.setenv("CASEWORK_DATA_DIR", str(folder))
    return folder


def test_init_makes_both_keys_and_says_to_keep_them_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, office: Office
) -> None:
    monkeypatch.setenv("CASEWORK_DATA_DIR", str(tmp_path / "fresh"))
    monkeypatch.delenv("CASEWORK_NOW")
    monkeypatch.setenv("CASEWORK_MODE", "production")
    said = office.run("init")
    assert (
        "CASEWORK_MASTER_KEY" in said.out and "CASEWORK_BACKUP_KEY" in said.out and "分两处保管" in said.out
    )


def test_an_older_computer_gets_its_backup_key_by_init_again(office: Office, tmp_path: Path) -> None:
    secrets = office.folder / "data" / "secrets.env"
    before = [line for line in secrets.read_text().splitlines() if "BACKUP" not in line]
    secrets.write_text("\n".join(before))
    office.run("init")
    after = secrets.read_text().splitlines()
    assert after[: len(before)] == before and after[-1].startswith("CASEWORK_BACKUP_KEY=")
    assert secrets.stat().st_mode & 0o777 == 0o600


def test_a_county_is_backed_up_and_restored_on_another_computer(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = office.folder / "x.backup"
    before = office.stored()
    said = office.run("backup", file)
    assert said.code == 0 and "已备份到" in said.out and "密钥" in said.out
    assert "不会覆盖" in office.run("backup", file).err
    assert office.run("restore", "--check", file).code == 0

    folder = moved_to(office, "new", monkeypatch)
    said = office.run("restore", file)
    assert (said.code, said.err) == (0, "")
    assert "核对读模型与事件：一致" in said.out and "周报的数字与备份时相同" in said.out
    there = Office(office.folder, office.capsys)
    (office.folder / "data").rename(office.folder / "old")
    folder.rename(office.folder / "data")
    assert there.stored() == before
    monkeypatch.setenv("CASEWORK_DATA_DIR", str(office.folder / "data"))
    assert office.run("reconcile").out == "一致\n"


def test_the_wrong_file_or_no_file_is_said_in_a_sentence(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved_to(office, "new", monkeypatch)
    (office.folder / "other.backup").write_bytes(b"PK\3\4" * 100)
    for arguments, sentence in (
        (("restore", office.folder / "other.backup"), "不是 casework 的备份文件"),
        (("restore", office.folder / "none.backup"), "没有读出来"),
        (("restore", "--check", office.folder / "none.backup"), "读不了备份文件"),
    ):
        said = office.run(*arguments)
        assert said.code == 2 and sentence in said.err
    assert os.listdir(office.folder / "new") == ["secrets.env"]


def test_status_tells_the_age_of_the_backup_and_fails_when_it_is_old(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert office.run("status").code == 0
    monkeypatch.setenv("CASEWORK_NOW", "2026-10-03T09:00")
    said = office.run("status")
    assert said.code == 5 and "还没有成功的备份，已超过 30 小时" in said.out
    monkeypatch.setattr(job.os, "nice", lambda _: 0)
    assert job.main() == 0
    said = office.run("status")
    assert said.code == 0 and "casework-20261003-090000.backup" in said.out
    assert "CASEWORK_BACKUP_DIR" in said.out  # it lies beside the data


def test_a_county_moves_to_another_database(office: Office) -> None:
    url = f"sqlite:///{office.folder / 'moved.db'}"
    said = office.run("copy-to", url)
    assert (said.code, said.err) == (0, "")
    assert "逐行相同" in said.out and "CASEWORK_DATABASE_URL" in said.out
    assert "不是空的" in office.run("copy-to", url).err
