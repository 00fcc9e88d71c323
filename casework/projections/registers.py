"""Small registers in known time: units, postings and policy adoptions (单位、岗位、政策登记).

Each event makes a new version of its row; the version before it ends at that act.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    insert,
    select,
    update,
)

from casework.domain.values import FOREVER, OPEN
from casework.store.history import Recorded
from casework.store.schema import metadata

_KNOWN = ("known_from", "known_to")


def _known_columns() -> tuple[Column[int], Column[int]]:
    return Column("known_from", Integer, nullable=False), Column("known_to", Integer, nullable=False)


unit = Table(
    "unit",
    metadata,
    Column("unit_id", String(32), nullable=False),
    Column("code", String(40), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("parent", String(40), nullable=False),
    Column("category", String(20), nullable=False),
    Column("township", String(40), nullable=False),
    Column("reports_for", String(40), nullable=False),
    Column("poor_village", Boolean, nullable=False),
    Column("opened_on", String(10), nullable=False),
    Column("closed_on", String(10), nullable=False),
    Column("successor", String(40), nullable=False),
    *_known_columns(),
    PrimaryKeyConstraint("unit_id", "known_from"),
    Index(None, "code"),
)

posting = Table(
    "posting",
    metadata,
    Column("posting_id", String(32), nullable=False),
    Column("login", String(100), nullable=False),
    Column("name", Text, nullable=False),
    Column("post", String(40), nullable=False),
    Column("unit", String(40), nullable=False),
    Column("klass", String(40), nullable=False),
    Column("area", Text, nullable=False),
    Column("since", String(10), nullable=False),
    Column("until", String(10), nullable=False),
    Column("acting", Boolean, nullable=False),
    Column("acting_for", String(100), nullable=False),
    *_known_columns(),
    PrimaryKeyConstraint("posting_id", "known_from"),
    Index(None, "unit", "post"),
    Index(None, "login"),
)

policy = Table(
    "policy",
    metadata,
    Column("name", String(40), nullable=False),
    Column("effective_from", String(10), nullable=False),
    Column("text", Text, nullable=False),
    Column("known_from", Integer, nullable=False),
    PrimaryKeyConstraint("name", "known_from"),
)

_KEY = {"unit": (unit, "unit_id"), "posting": (posting, "posting_id")}
REGISTER_TABLES = (unit, posting, policy)


def project_registers(conn: Connection, act: int, recorded: Iterable[Recorded]) -> None:
    """Writes the new versions that one act's events make; of several events of one row, the last holds."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    voided: set[tuple[str, str]] = set()
    for event in recorded:
        family = event.topic.partition(".")[0]
        if event.topic == "policy.Adopted":
            conn.execute(insert(policy), [{**event.clear, "known_from": act}])
        elif family in _KEY:
            key = (family, event.originator)
            known = rows.get(key) or _last_version(conn, family, event.originator)
            rows[key] = {**known, **_changes(event)}
            (voided.add if event.topic == "posting.Voided" else voided.discard)(key)
    for key, row in rows.items():
        _replace(conn, act, key[0], row, stands=key not in voided)


def _changes(event: Recorded) -> dict[str, Any]:
    """The columns that one event sets."""
    topic = event.topic
    if topic == "posting.Voided":
        return {}
    if topic == "unit.Reopened":
        return {"closed_on": FOREVER, "successor": ""}
    if topic == "unit.Closed":
        return {"closed_on": event.clear["on"], "successor": event.clear["successor"]}
    key = _KEY[topic.partition(".")[0]][1]
    values = {key: event.originator, **event.clear}
    values.pop("originator_topic", None)
    return {**values, "closed_on": FOREVER, "successor": ""} if topic == "unit.Added" else values


def _last_version(conn: Connection, family: str, originator: str) -> dict[str, Any]:
    table, key = _KEY[family]
    query = select(table).where(table.c[key] == originator).order_by(table.c.known_from.desc()).limit(1)
    row = conn.execute(query).mappings().first()
    return {name: value for name, value in row.items() if name not in _KNOWN} if row else {}


def _replace(conn: Connection, act: int, family: str, row: dict[str, Any], *, stands: bool) -> None:
    table, key = _KEY[family]
    conn.execute(update(table).where(table.c[key] == row[key], table.c.known_to == OPEN).values(known_to=act))
    if stands:
        conn.execute(insert(table).values(**row, known_from=act, known_to=OPEN))
