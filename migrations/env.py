"""Alembic's way in: the connection from `casework.store.migration`, the tables from `casework.tables`."""

from typing import Literal

from alembic import context

from casework.store.hex_id import HexId
from casework.tables import metadata


def _plainly(kind: str, item: object, _: object) -> str | Literal[False]:
    """A migration names no type of the program's own: it stays as it is when the program goes on."""
    return "sa.LargeBinary()" if kind == "type" and isinstance(item, HexId) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    render_item=_plainly,
)
with context.begin_transaction():
    context.run_migrations()
