"""In which counties a child is looked for by name: where it stays, and where it stands until a day (所在县).

The county of a child's last stretch stands in `child`, beside the names, so that a county's names are one
range of an index however many counties share the database. Nearly every child stands in no other.
`child_elsewhere` names the other counties of the few who moved or will: who leaves in a month is found
where it still is. Both as believed now.
"""

from collections.abc import Collection, Iterable, Mapping
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
    bindparam,
    delete,
    insert,
    select,
)

from casework.domain.values import Day
from casework.projections.bitemporal import Row
from casework.store.lookup import Lookup
from casework.store.schema import metadata

child_elsewhere = Table(
    "child_elsewhere",
    metadata,
    Column("child_id", String(32), nullable=False),
    Column("county", String(40), nullable=False),
    Column("until", String(10), nullable=False),
    PrimaryKeyConstraint("child_id", "county"),
    Index(None, "county", "until"),
    comment="Counties other than child.county where a child stands in some stretch, the last one until a day",
)

_e = child_elsewhere.c
_HELD = Lookup(select(_e.child_id, _e.county, _e.until), _e.child_id)
_FORGET = delete(child_elsewhere).where(_e.child_id == bindparam("changed"))
_FROM, _TO, _COUNTY = range(3)
"""Where a row of `roster_span` has them among its values."""


def home_of(rows: Collection[Row]) -> str:
    """The county of the last of a child's stretches; "" without one."""
    return str(max(rows, key=itemgetter(_FROM))[_COUNTY]) if rows else ""


def elsewhere_of(rows: Collection[Row]) -> set[tuple[str, Day]]:
    """(county, last day it stands there + 1) of every other county in a child's stretches."""
    if len(rows) < 2:
        return set()
    home, until = home_of(rows), dict[str, Day]()
    for row in rows:
        county = row[_COUNTY]
        if county not in ("", home):
            until[county] = max(until.get(county, ""), row[_TO])
    return set(until.items())


def change_elsewhere(conn: Connection, before: Mapping[str, set[Row]], after: Mapping[str, set[Row]]) -> None:
    """Writes what children's new stretches change of the counties they stand in besides their own."""
    changed = {
        child_id: now
        for child_id, rows in after.items()
        if (now := elsewhere_of(rows)) != elsewhere_of(before[child_id])
    }
    if changed:
        conn.execute(_FORGET, [{"changed": child_id} for child_id in changed])
    new: list[dict[str, Any]] = [
        {"child_id": child_id, "county": county, "until": until}
        for child_id, now in changed.items()
        for county, until in sorted(now)
    ]
    if new:
        conn.execute(insert(child_elsewhere), new)


def held_elsewhere(conn: Connection, children: Iterable[str]) -> dict[str, set[tuple[str, Day]]]:
    """Child → what the table says of it, as `elsewhere_of` gives it."""
    found: dict[str, set[tuple[str, Day]]] = {child_id: set() for child_id in children}
    for child_id, county, until in _HELD.rows(conn, found):
        found[child_id].add((county, until))
    return found
