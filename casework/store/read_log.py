"""The read log (查看日志): who opened whose file or took an export, in which post. Nothing switches it off.

A row is no act: nothing about a child changes by being read. Rows are only ever added. A page does not
wait for the disk to note its reading: rows outlive a killed program; a power cut may cost the last ones.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Engine, Index, Integer, String, Table, Text, insert

from casework.domain.values import Actor
from casework.store.clock import micros
from casework.store.database import noting
from casework.store.schema import metadata
from casework.telemetry.metrics import figures

CASE_OPENED = "case_opened"
CHILDREN_LISTED = "children_listed"
EXPORTED = "exported"
REVEALED = "revealed"
TRANSFER_ASKED = "transfer_asked"

read_log = Table(
    "read_log",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("account", String(100), nullable=False),
    Column("name", Text, nullable=False),
    Column("post", Text, nullable=False),
    Column("unit", String(100), nullable=False),
    Column("what", String(40), nullable=False),
    Column("child_id", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "child_id", "at_us"),
    Index(None, "unit", "id"),
    comment="Who read what when; never a name of a child",
)


_NOTE = insert(read_log)


def note_reading(
    engine: Engine, actor: Actor, *, at: datetime, what: str, child_id: str = "", detail: str = ""
) -> None:
    """Adds one row. `detail` names the page or file by its arguments, never a child."""
    with noting(engine) as conn:
        conn.execute(
            _NOTE,
            {
                "at_us": micros(at),
                "account": actor.account,
                "name": actor.name,
                "post": actor.post,
                "unit": actor.unit,
                "what": what,
                "child_id": child_id,
                "detail": detail,
            },
        )
    figures().readings.labels(what).inc()
