"""The migrations make exactly the tables that the code describes, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from casework.store.database import make_engine, reading
from casework.store.migration import is_current, upgrade
from casework.tables import metadata


def test_the_newest_migration_equals_the_models(database_url: str) -> None:
    engine = make_engine(database_url)
    assert not is_current(engine)
    upgrade(engine)
    assert is_current(engine)
    with reading(engine) as conn:
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []
    engine.dispose()


def test_migrating_again_changes_nothing(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    first = upgrade(engine)
    assert upgrade(engine) == (first[1], first[1])
    engine.dispose()
