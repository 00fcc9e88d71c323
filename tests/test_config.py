"""Settings: what is missing is named, secrets are written once and kept from others."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from casework.config import Settings, data_dir_of, write_secrets
from casework.errors import BadInput

KEYS = {"CASEWORK_SECRET_KEY": "s" * 32, "CASEWORK_MASTER_KEY": "ab" * 32}


def settings(tmp_path, **environ) -> Settings:
    return Settings.from_env({"CASEWORK_DATA_DIR": str(tmp_path / "var"), **environ})


def test_everything_can_come_from_the_environment(tmp_path):
    url = "postgresql+psycopg://x/y"
    found = settings(tmp_path, CASEWORK_DATABASE_URL=url, **KEYS)
    assert (found.mode, found.database_url, found.secret_key) == ("production", url, "s" * 32)
    assert found.master_key == b"\xab" * 32
    assert found.clock() is None
    assert not (tmp_path / "var").exists()


def test_the_database_is_a_file_in_the_data_folder_unless_told(tmp_path):
    assert settings(tmp_path, **KEYS).database_url == f"sqlite:///{tmp_path}/var/casework.db"
    assert Settings.from_env(KEYS).database_url == "sqlite:///var/casework.db"
    assert str(data_dir_of({})) == "var"


@pytest.mark.parametrize("missing", KEYS)
def test_production_names_the_missing_secret_and_how_to_make_it(tmp_path, missing):
    with pytest.raises(BadInput, match=rf"{missing}.*casework init"):
        settings(tmp_path, **{name: value for name, value in KEYS.items() if name != missing})


@pytest.mark.parametrize(
    ("name", "value"),
    [("CASEWORK_SECRET_KEY", "short"), ("CASEWORK_MASTER_KEY", "ab" * 31), ("CASEWORK_MASTER_KEY", "x" * 64)],
)
def test_a_secret_of_the_wrong_form_is_named_but_not_shown(tmp_path, name, value):
    with pytest.raises(BadInput, match=name) as refused:
        settings(tmp_path, **{**KEYS, name: value})
    assert value not in refused.value.message


def test_written_secrets_are_used_by_production_and_the_environment_wins(tmp_path):
    write_secrets(tmp_path / "var")
    first, again = settings(tmp_path), settings(tmp_path)
    assert (first.secret_key, first.master_key) == (again.secret_key, again.master_key)
    assert settings(tmp_path, CASEWORK_MASTER_KEY="ab" * 32).secret_key == first.secret_key
    assert settings(tmp_path, CASEWORK_MASTER_KEY="ab" * 32).master_key == b"\xab" * 32


@pytest.mark.parametrize("mode", ["demo", "test"])
def test_demo_and_test_write_their_secrets_themselves(tmp_path, mode):
    found = settings(tmp_path, CASEWORK_MODE=mode)
    assert len(found.master_key) == 32
    assert settings(tmp_path, CASEWORK_MODE=mode) == found


def test_secrets_are_for_the_owner_only_and_never_overwritten(tmp_path):
    file = tmp_path / "var" / "secrets.env"
    assert write_secrets(tmp_path / "var")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    before = file.read_text()
    assert not write_secrets(tmp_path / "var")
    assert file.read_text() == before
    assert os.listdir(file.parent) == ["secrets.env"]


def test_two_who_write_secrets_at_once_get_the_same(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        wrote = list(pool.map(lambda _: write_secrets(tmp_path / "var"), range(8)))
        keys = {found.master_key for found in pool.map(lambda _: settings(tmp_path), range(8))}
    assert wrote.count(True) == 1 and len(keys) == 1
    assert os.listdir(tmp_path / "var") == ["secrets.env"]


def test_secrets_that_others_can_read_are_refused_with_the_remedy(tmp_path):
    write_secrets(tmp_path / "var")
    (tmp_path / "var" / "secrets.env").chmod(0o644)
    with pytest.raises(BadInput, match="chmod 600"):
        settings(tmp_path)


def test_secrets_do_not_show_in_logs_or_errors(tmp_path):
    shown = repr(settings(tmp_path, **KEYS))
    assert "ssss" not in shown and "abab" not in shown and "\\xab" not in shown


def test_an_unknown_mode_is_refused(tmp_path):
    with pytest.raises(BadInput, match="CASEWORK_MODE"):
        settings(tmp_path, CASEWORK_MODE="prod")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-09-14T08:00", datetime(2026, 9, 14, 0, 0, tzinfo=UTC)),
        ("2026-09-14T08:00:00+00:00", datetime(2026, 9, 14, 8, 0, tzinfo=UTC)),
        ("2026-09-14T08:00Z", datetime(2026, 9, 14, 8, 0, tzinfo=UTC)),
    ],
)
def test_the_clock_can_be_fixed_in_demo_and_test_and_is_shanghai_unless_told(tmp_path, text, utc):
    clock = settings(tmp_path, CASEWORK_MODE="demo", CASEWORK_NOW=text).clock()
    assert clock is not None and clock() == clock() == utc


def test_production_refuses_a_fixed_clock(tmp_path):
    with pytest.raises(BadInput, match="CASEWORK_NOW"):
        settings(tmp_path, CASEWORK_NOW="2026-09-14T08:00", **KEYS)


def test_a_time_that_is_none_is_refused_with_the_form(tmp_path):
    with pytest.raises(BadInput, match="2026-09-14T08:00"):
        settings(tmp_path, CASEWORK_MODE="test", CASEWORK_NOW="昨天")
