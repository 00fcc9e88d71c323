"""Leases (租约): which of many processes does what only one may do at a time.

A holder keeps its lease up; one that is not kept up ends by itself, and the next who asks gets it. The
time is the database's own: a lease lasts in real time, whatever clock stamps the acts.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    String,
    Table,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from casework.store.clock import now_us
from casework.store.database import noting, reading
from casework.store.schema import metadata

WORKER = "worker"
"""Of the one that runs the scheduled jobs."""

IMPORTS = "imports"
"""Of the one that starts a process for a waiting import; it ends by itself, the import has begun by then."""

LASTS_S = 3.0
_LASTS_US = int(LASTS_S * 1_000_000)

lease = Table(
    "lease",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("owner", String(32), nullable=False),
    Column("until_us", BigInteger, nullable=False),
    comment="Who does alone what many could do; ends by itself",
)

_c = lease.c


def take(engine: Engine, name: str, owner: str) -> bool:
    """Takes or keeps up the lease; False while another holds it. Who only waits does not write."""
    with reading(engine) as conn:
        held = _holder(conn, name)
    try:
        return held in ("", owner) and _write(engine, name, owner)
    except IntegrityError:
        return False


def _write(engine: Engine, name: str, owner: str) -> bool:
    """One's own or an ended lease is taken in one statement: what another wrote meanwhile is judged anew."""
    with noting(engine) as conn:
        now = now_us(conn, None)
        free = or_(_c.owner == owner, _c.until_us <= now, _c.until_us > now + _LASTS_US)
        lasting = {"owner": owner, "until_us": now + _LASTS_US}
        if not conn.execute(update(lease).where(_c.name == name, free).values(lasting)).rowcount:
            # Never held: inserted. Held by another: the name is taken, and the error says so.
            conn.execute(insert(lease).values(name=name, **lasting))
    return True


def give_up(engine: Engine, name: str, owner: str) -> None:
    """Ends one's own lease at once, so that the next need not wait."""
    with noting(engine) as conn:
        conn.execute(delete(lease).where(_c.name == name, _c.owner == owner))


def is_held(engine: Engine, name: str) -> bool:
    """Whether somebody holds the lease now."""
    with reading(engine) as conn:
        return bool(_holder(conn, name))


def _holder(conn: Connection, name: str) -> str:
    """Who holds it now, or "". One that ends later than any could is of a clock since set back."""
    query = select(_c.owner, _c.until_us).where(_c.name == name)
    row = conn.execute(query).first()
    now = now_us(conn, None)
    return str(row.owner) if row is not None and now < row.until_us <= now + _LASTS_US else ""
