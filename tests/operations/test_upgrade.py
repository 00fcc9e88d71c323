"""A county of an older program upgrades (升级): refused until `migrate`, then all there, nothing changed.

Every step between two migrations is walked with a county's data in the older shape. Until there are
several, a migration of the future is put after the newest; a county of an older program is one that
lacks a policy document.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from casework import bootstrap
from casework.bootstrap import from_environment, initialise, make_casework
from casework.cli import main
from casework.commands import policies
from casework.config import Settings
from casework.domain.policy_documents import DOCUMENTS
from casework.errors import BadInput
from casework.store import migration
from casework.store.database import make_engine, reading
from casework.tables import metadata
from casework.web import create_app
from tests.operations.offices import at_work, copied, make_county, settings_of, told
from tests.support.county import MASTER_KEY

FUTURE = '''
"""What a later version brings: a column, a table."""
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9999", {head!r}
branch_labels = depends_on = None

def upgrade():
    op.create_table("brought_later", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("DELETE FROM case_span")  # as a read model of another shape begins: empty

def downgrade():
    raise NotImplementedError
'''


@pytest.fixture(autouse=True)
def engines_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command ends its process and with it its connections; here they are ended for it."""
    opened: list[Engine] = []

    def remembered(url: str) -> Engine:
        opened.append(make_engine(url))
        return opened[-1]

    monkeypatch.setattr(bootstrap, "make_engine", remembered)
    yield
    for engine in opened:
        engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def office(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A county's computer with data, as its command line sees it."""
    if request.param == "sqlite":
        settings = copied(request.getfixturevalue("template"), tmp_path / "county")
    else:
        url = request.getfixturevalue("postgres_url")
        make_county(tmp_path / "county", url)
        settings = settings_of(tmp_path / "county", url)
    _settle(monkeypatch, settings)
    return settings


def _settle(patched: pytest.MonkeyPatch, settings: Settings) -> None:
    patched.setenv("CASEWORK_MODE", "test")
    patched.setenv("CASEWORK_DATA_DIR", str(settings.data_dir))
    patched.setenv("CASEWORK_DATABASE_URL", settings.database_url)
    patched.setenv("CASEWORK_MASTER_KEY", MASTER_KEY.hex())
    if settings.now:
        patched.setenv("CASEWORK_NOW", settings.now.isoformat())


@pytest.fixture
def newer_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program with one more migration."""
    folder = tmp_path / "migrations"
    shutil.copytree(migration.MIGRATIONS, folder)
    (folder / "versions" / "9999_later.py").write_text(FUTURE.format(head=migration.head()))
    monkeypatch.setattr(migration, "MIGRATIONS", folder)


@contextmanager
def asked(settings: Settings) -> Iterator[Callable[[], int]]:
    """What /readyz answers."""
    with at_work(settings) as casework:
        yield lambda: create_app(casework, settings).test_client().get("/readyz").status_code


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(arguments)
    caught = capsys.readouterr()
    return code, caught.out + caught.err


def test_a_county_of_the_migration_before_is_refused_then_migrated_and_the_same(
    office: Settings, newer_program: None, capsys: pytest.CaptureFixture[str]
):
    k, digests, differences = told(office)
    assert not differences
    with asked(office) as ready:
        assert ready() == 503
        for refused in (("serve",), ("worker",), ("reconcile",), ("backup", "x.backup")):
            code, words = said(capsys, *refused)
            assert code == 2 and "casework migrate" in words
        code, words = said(capsys, "migrate")
        assert code == 0 and "0001 → 9999" in words and "重建" in words
    with asked(office) as ready:
        assert ready() == 200
    assert told(office) == (k, digests, [])
    assert "已是最新" in said(capsys, "migrate")[1]


def test_a_migration_whose_rebuild_was_cut_off_is_finished_by_the_next(
    office: Settings, newer_program: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    before = told(office)

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("casework.cli.administration.rebuild", cut_off)
        with pytest.raises(KeyboardInterrupt):
            main(["migrate"])
    with asked(office) as ready:
        assert ready() == 503
    assert said(capsys, "serve")[0] == 2
    code, words = said(capsys, "migrate")
    assert code == 0 and "重建" in words
    with asked(office) as ready:
        assert ready() == 200
    assert told(office) == before


def test_documents_that_a_new_version_brings_are_adopted_by_migrate_and_nothing_else_is_touched(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    settings = settings_of(tmp_path, database_url)
    _settle(monkeypatch, settings)
    older = {name: shape for name, shape in DOCUMENTS.items() if name not in ("aid", "duties")}
    with monkeypatch.context() as patched:
        patched.setattr(policies, "DOCUMENTS", older)
        initialise(make_casework(settings))
    with pytest.raises(BadInput, match=r"aid、duties.*casework migrate"):
        from_environment(os.environ)
    with asked(settings) as ready:
        assert ready() == 503
    code, words = said(capsys, "migrate")
    assert code == 0 and "采用默认政策：aid、duties" in words
    with from_environment(os.environ).reading() as moment:
        names = [each.name for each in moment.reference.adoptions]
    assert sorted(names) == sorted(DOCUMENTS)
    with asked(settings) as ready:
        assert ready() == 200


def origins() -> list[str]:
    """Where an upgrade may come from: nothing, and every migration before the newest."""
    scripts = ScriptDirectory.from_config(migration._config())
    return [str(each.down_revision or "") for each in scripts.walk_revisions()][::-1]


SAMPLES = Path(__file__).parent / "upgrades"
"""`<revision>.sql`: a county as the last program of that migration left it (SQLite's `.dump`)."""


@pytest.mark.parametrize("before", origins())
def test_from_every_migration_a_county_reaches_the_newest_whole(
    before: str, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    settings = settings_of(tmp_path, sqlite_url)
    _settle(monkeypatch, settings)
    if before:  # a release with a further migration comes with a county of the one before
        with closing(sqlite3.connect(tmp_path / "casework.db")) as raw:
            raw.executescript((SAMPLES / f"{before}.sql").read_text(encoding="utf-8"))
    assert main(["migrate"]) == 0
    with reading(bootstrap.make_engine(sqlite_url)) as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []
        assert not inspect(conn).has_table(migration.REBUILD_OWED)
    assert main(["reconcile"]) == 0
