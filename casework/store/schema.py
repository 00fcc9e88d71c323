"""The store's own tables. Projections and the roster add theirs to the same `metadata`.

Ids of aggregates are 32 hex characters on both databases; events hold them as bytes. `act` numbers are
given by the act itself under the writers' lock (last + 1), and so are `position`s: no gaps, and the same
numbers on SQLite and PostgreSQL. Times are microseconds since 1970 UTC.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from casework.store.hex_id import HexId

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite makes only `INTEGER PRIMARY KEY` the row's own number; any other type costs a second index.
RowNumber = BigInteger().with_variant(Integer(), "sqlite")

act = Table(
    "act",
    metadata,
    Column("id", RowNumber, primary_key=True, autoincrement=False),
    Column("recorded_us", BigInteger, nullable=False, unique=True),
    Column("command_id", String(100), nullable=False, unique=True),
    Column("command", String(100), nullable=False),
    Column("content_hmac", String(64), nullable=False),
    Column("account", String(100), nullable=False),
    Column("name", Text, nullable=False),
    Column("post", Text, nullable=False),
    Column("unit", String(100), nullable=False),
    Column("reply", Text, nullable=False),
    Column("events", Integer, nullable=False),
    Column("events_hash", LargeBinary, nullable=False),
    Column("roster_hash", LargeBinary, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    comment="One command, one transaction: who, when, in which post, the answer; chain: see store/chain",
)

stored_event = Table(
    "stored_event",
    metadata,
    Column("position", RowNumber, primary_key=True, autoincrement=False),
    Column("act", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("originator_id", HexId, nullable=False),
    Column("topic", String(100), nullable=False),
    Column("state", LargeBinary, nullable=False),
    UniqueConstraint("originator_id", "version"),
    Index(None, "act"),
    comment="Events: clear JSON, NUL, sealed personal data",
)

claim = Table(
    "claim",
    metadata,
    Column("kind", String(40), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("owner", String(100), nullable=False),
    Column("act", Integer, nullable=False),
    comment="What may be held by one owner only: student number, certificate hash, letter number",
)

number_series = Table(
    "number_series",
    metadata,
    Column("issuer", String(100), primary_key=True),
    Column("kind", String(40), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
    comment="Last number given, by issuing unit, kind of letter and year",
)

child_key = Table(
    "child_key",
    metadata,
    Column("child_id", String(32), primary_key=True),
    Column("wrapped", LargeBinary, nullable=True),
    comment="Data key of a child, wrapped by the master key; NULL once destroyed (已清除)",
)
