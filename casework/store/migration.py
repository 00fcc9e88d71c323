"""The database's shape: bringing it to the newest migration, and telling whether it is there."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from casework.store.database import reading, writing

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def upgrade(engine: Engine) -> tuple[str, str]:
    """Applies what is missing, under the writers' lock; the revisions before and after ("" = none)."""
    with writing(engine) as conn:
        before = _current(conn)
        config = _config()
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
        return before, _current(conn)


def is_current(engine: Engine) -> bool:
    """Whether the database is at the newest migration."""
    with reading(engine) as conn:
        return _current(conn) == head()


def head() -> str:
    """The newest migration."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _current(conn: Connection) -> str:
    return MigrationContext.configure(conn).get_current_revision() or ""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config
