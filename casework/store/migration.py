"""The database's shape: bringing it to the newest migration, and telling whether it is there.

A migration of a database with data owes a rebuild: the read models of another shape, or of another
meaning, are made anew from the events before anybody is served. So a change of what a read model means
comes with a migration, if only with an empty one.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from casework.errors import BadInput
from casework.store.database import reading, writing

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


def upgrade(engine: Engine) -> tuple[str, str]:
    """Applies what is missing, under the writers' lock; the revisions before and after ("" = none).

    Raises BadInput for a database whose restoring was interrupted.
    """
    with writing(engine) as conn:
        if is_being_restored(conn):
            raise BadInput("数据库的恢复没有做完，不能使用：请重新运行 casework restore")
        return upgrade_on(conn)


def upgrade_on(conn: Connection) -> tuple[str, str]:
    """As `upgrade`, within the caller's transaction."""
    before = revision_of(conn)
    config = _config()
    config.attributes["connection"] = conn
    command.upgrade(config, "head")
    if before and before != revision_of(conn):
        conn.execute(text(f"CREATE TABLE IF NOT EXISTS {REBUILD_OWED} (since TEXT)"))
    return before, revision_of(conn)


def is_current(engine: Engine) -> bool:
    """Whether the database is at the newest migration, and whole."""
    with reading(engine) as conn:
        whole = not is_being_restored(conn) and not is_rebuild_owed(conn)
        return whole and revision_of(conn) == head()


def knows(revision: str) -> bool:
    """Whether this program has that migration; not: a newer program wrote it."""
    return any(each.revision == revision for each in ScriptDirectory.from_config(_config()).walk_revisions())


def revision_of(conn: Connection) -> str:
    """The migration the database is at ("" = none)."""
    return MigrationContext.configure(conn).get_current_revision() or ""


REBUILD_OWED = "rebuild_owed"
"""A table that stands from a migration until the read models were made anew, also over a power cut."""


def is_rebuild_owed(conn: Connection) -> bool:
    """Whether the read models may still be those of the shape before."""
    return inspect(conn).has_table(REBUILD_OWED)


def settle_rebuild(engine: Engine) -> None:
    """The read models were made anew: the database may be used."""
    with writing(engine) as conn:
        conn.execute(text(f"DROP TABLE IF EXISTS {REBUILD_OWED}"))


RESTORING = "restore_unfinished"
"""A table that stands in a PostgreSQL database from before a restore until it has proved itself."""


def is_being_restored(conn: Connection) -> bool:
    """Whether a restore into this database has not come to its end."""
    return inspect(conn).has_table(RESTORING)


def head() -> str:
    """The newest migration."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config
