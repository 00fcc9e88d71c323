"""Alembic's way in: the connection from `casework.store.migration`, the tables from `casework.tables`."""

from alembic import context

from casework.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
