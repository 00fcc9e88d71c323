"""Machines ask: yes or no to everybody, more on this machine or by token, of a child nothing to anybody."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, text

from casework.config import Settings
from casework.operations import readiness
from casework.service import Casework
from casework.store import lease
from casework.store.backup_log import BY_HAND, BackupNote, backup_log, note_backup
from casework.store.database import writing
from casework.store.migration import REBUILD_OWED, RESTORING, upgrade
from casework.web import create_app
from tests.operations.offices import at_work, copied, make_county, settings_of
from tests.web.small_county import NAMES, RAIN

TOKEN = "t" * 40
BEARER = {"Authorization": f"Bearer {TOKEN}"}
ELSEWHERE: dict[str, Any] = {"environ_base": {"REMOTE_ADDR": "10.0.0.7"}}


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county's data folder on SQLite, at the newest migration."""
    folder = tmp_path_factory.mktemp("probed") / "data"
    make_county(folder, f"sqlite:///{folder / 'casework.db'}")
    return folder


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A county's computer, on either database."""
    if request.param == "sqlite":
        return copied(request.getfixturevalue("template"), tmp_path / "data")
    url = request.getfixturevalue("postgres_url")
    make_county(tmp_path / "data", url)
    return settings_of(tmp_path / "data", url)


@contextmanager
def serving(settings: Settings) -> Iterator[FlaskClient]:
    with at_work(settings) as casework:
        yield create_app(casework, settings).test_client()


def asked_ready(client: FlaskClient, **asked: Any) -> tuple[int, dict[str, Any]]:
    answer = client.get("/readyz", **asked)
    return answer.status_code, json.loads(answer.text)


def checks(client: FlaskClient) -> tuple[int, dict[str, str]]:
    status, told = asked_ready(client)
    return status, {name: each["state"] for name, each in told["checks"].items()}


def test_a_server_over_a_sound_database_is_ready(office: Settings):
    with serving(office) as client:
        assert client.get("/healthz").json == {"alive": True}
        status, found = checks(client)
    assert (status, found.pop("worker")) == (200, "warn")  # nobody does the jobs in this test
    assert found == dict.fromkeys(("database", "migration", "restore", "policies", "backup", "disk"), "ok")


def test_the_jobs_being_done_and_an_old_backup_are_told_but_turn_nobody_away(office: Settings):
    with at_work(office) as casework:
        assert lease.take(casework.store.engine, lease.WORKER, "a" * 32)
    with serving(office) as client:
        assert checks(client)[1]["worker"] == "ok"
    with serving(replace(office, now=office.now and office.now.replace(year=2027))) as client:
        status, found = checks(client)
        assert (status, found["backup"]) == (200, "warn")
        assert "还没有成功的备份" in asked_ready(client)[1]["checks"]["backup"]["words"]


@pytest.mark.parametrize(
    ("name", "check"), [(RESTORING, "restore"), (REBUILD_OWED, "migration"), ("", "migration")]
)
def test_a_restore_or_a_migration_that_is_not_done_is_red(office: Settings, name: str, check: str):
    with at_work(office) as casework, writing(casework.store.engine) as conn:
        conn.execute(
            text(
                f"CREATE TABLE {name} (x TEXT)" if name else "UPDATE alembic_version SET version_num = 'old'"
            )
        )
    with serving(office) as client:
        status, found = checks(client)
        assert (status, found[check]) == (503, "red")
        assert client.get("/healthz").status_code == 200
        text_ = client.get("/metrics").text
        assert f'casework_check{{check="{check}"}} 2.0' in text_ and "casework_last_act" not in text_


def test_a_policy_document_that_this_program_brings_must_be_adopted_first(sqlite_url: str, tmp_path: Path):
    settings = settings_of(tmp_path, sqlite_url)
    with at_work(settings) as casework:
        upgrade(casework.store.engine)
    with serving(settings) as client:
        status, told = asked_ready(client)
        assert status == 503
        assert "casework migrate" in told["checks"]["policies"]["words"]


def test_a_disk_almost_full_is_red(office: Settings):
    with serving(replace(office, disk_reserve_mb=10**9)) as client:
        status, found = checks(client)
        assert (status, found["disk"]) == (503, "red")
        assert "casework_last_act" in client.get("/metrics").text


def test_no_database_is_red_within_seconds(office: Settings, tmp_path: Path):
    gone = "postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=2"
    if office.database_url.startswith("sqlite"):
        gone = f"sqlite:///{tmp_path / 'nowhere' / 'casework.db'}"
    started = time.monotonic()
    with serving(replace(office, database_url=gone)) as client:
        status, found = checks(client)
        assert (status, found) == (503, {"database": "red", "disk": "ok"})
        assert client.get("/healthz").status_code == 200
        assert "casework_disk_free_bytes" in client.get("/metrics").text
    assert time.monotonic() - started < 10


def test_a_database_that_does_not_answer_is_red(office: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(readiness, "PATIENCE_S", 0.05)
    monkeypatch.setattr(readiness, "database_checks", lambda _: time.sleep(0.3))
    with serving(office) as client:
        assert checks(client) == (503, {"database": "red", "disk": "ok"})


def test_asked_often_it_looks_every_two_seconds(office: Settings, monkeypatch: pytest.MonkeyPatch):
    looked: list[int] = []
    seen = readiness.database_checks

    def look(casework: Casework) -> list[readiness.Answer]:
        looked.append(1)
        return seen(casework)

    monkeypatch.setattr(readiness, "database_checks", look)
    with serving(office) as client:
        for _ in range(5):
            client.get("/readyz")
    assert len(looked) == 1


@pytest.fixture
def app_of(county: Any) -> Callable[..., Flask]:
    """The small county's pages with other settings."""

    def made(**settings: Any) -> Flask:
        base = Settings(
            mode="test", data_dir=Path("unused"), database_url="", secret_key="k" * 40, master_key=b""
        )
        return create_app(county.casework, replace(base, **settings))

    return made


STRANGERS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("another machine", {}, ELSEWHERE),
    ("passed on by a proxy nobody told us of", {}, {"headers": {"X-Forwarded-For": "127.0.0.1"}}),
    ("passed on, by another header", {}, {"headers": {"Via": "1.1 proxy"}}),
    ("the proxy on this machine", {"behind_proxy": True}, {}),
    ("no address", {}, {"environ_base": {"REMOTE_ADDR": ""}}),
    ("wrong token", {"metrics_token": TOKEN}, {**ELSEWHERE, "headers": {"Authorization": "Bearer x"}}),
    ("no token set, empty given", {}, {**ELSEWHERE, "headers": {"Authorization": "Bearer "}}),
    ("token as password", {"metrics_token": TOKEN}, {**ELSEWHERE, "auth": ("x", TOKEN)}),
]


@pytest.mark.parametrize(("who", "settings", "asked"), STRANGERS, ids=[each[0] for each in STRANGERS])
def test_a_stranger_hears_yes_or_no_and_finds_no_figures(
    app_of: Callable[..., Flask], who: str, settings: dict[str, Any], asked: dict[str, Any]
):
    client = app_of(**settings).test_client()
    assert client.get("/healthz", **asked).json == {"alive": True}
    assert set(asked_ready(client, **asked)[1]) == {"ready"}
    answer = client.get("/metrics", **asked)
    assert answer.status_code == 404 and "casework_" not in answer.text
    assert answer.text == client.get("/nowhere", **asked).text


@pytest.mark.parametrize("behind_proxy", [False, True])
def test_the_token_opens_words_and_figures_from_anywhere(app_of: Callable[..., Flask], behind_proxy: bool):
    client = app_of(metrics_token=TOKEN, behind_proxy=behind_proxy).test_client()
    asked: dict[str, Any] = {**ELSEWHERE, "headers": BEARER}
    assert "checks" in asked_ready(client, **asked)[1]
    assert "casework_requests_total" in client.get("/metrics", **asked).text


def test_this_machine_and_ipv6_of_it_need_no_token(app_of: Callable[..., Flask]):
    client = app_of().test_client()
    for address in ("127.0.0.1", "127.0.0.9", "::1"):
        asked: dict[str, Any] = {"environ_base": {"REMOTE_ADDR": address}}
        assert client.get("/metrics", **asked).status_code == 200


def test_probes_carry_no_cookie_and_name_nobody(app_of: Callable[..., Flask]):
    client = app_of().test_client()
    for address in ("/healthz", "/readyz", "/metrics"):
        answer = client.get(address)
        assert "Set-Cookie" not in answer.headers
        assert not [name for name in (RAIN, *NAMES.values(), *NAMES) if name in answer.text]


def test_figures_tell_backups_jobs_commands_and_readings(office: Settings):
    with at_work(office) as casework:
        note = BackupNote(casework.store.now(), BY_HAND, "x.backup", 4096, 1)
        note_backup(casework.store.engine, note)
    with serving(office) as client:
        told = client.get("/metrics")
    assert told.content_type.startswith("text/plain")
    for line in (
        "casework_backup_age_seconds 0.0",
        "casework_backup_size_bytes 4096.0",
        'casework_import_runs{state="waiting"} 0.0',
        'casework_disk_free_bytes{place="data"}',
        'casework_check{check="database"} 0.0',
        'casework_commands_total{command="init",outcome="done"}',
        'casework_command_seconds_bucket{command="init",le="0.05"}',
        "casework_lock_wait_seconds_count",
        "casework_projection_seconds_count",
    ):
        assert line in told.text, line
    with at_work(office) as casework, writing(casework.store.engine) as conn:
        conn.execute(delete(backup_log))
