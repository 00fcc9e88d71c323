"""What a preview says of each row (预览的行): kept so that a hundred thousand rows can be paged and filtered.

What a row says of whom is sealed; clear are its number, what becomes of it and the child's id. A page
is read by row number, so it costs the same at the end of the sheet as at its beginning.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from casework.store.keys import KeyRing
from casework.store.schema import metadata

ABSENT = "absent"
"""The verb of a child on the roll whom a full roster (全册) does not name; its row number is made up."""
WARNED, DIFFERS = "warned", "differs"
"""Filters that are no verbs: rows with a warning, rows judged otherwise than in the preview."""

import_row = Table(
    "import_row",
    metadata,
    Column("run_id", String(32), nullable=False),
    Column("number", Integer, nullable=False),
    Column("verb", String(12), nullable=False),
    Column("warned", Boolean, nullable=False),
    Column("differs", Boolean, nullable=False),
    Column("child_id", String(32), nullable=False),
    Column("mark", String(16), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    PrimaryKeyConstraint("run_id", "number"),
    Index(None, "run_id", "verb", "number"),
    Index("ix_import_row_warned", "run_id", "warned", "number"),
    Index("ix_import_row_differs", "run_id", "differs", "number"),
    Index(None, "child_id"),
    comment="One row of an uploaded sheet as judged; deleted some days after its run",
)

_c = import_row.c
_AT_ONCE = 500
_JUDGED = ("verb", "warned", "differs", "child_id", "mark", "sealed")


class JudgedRow(NamedTuple):
    """One row as judged. `told` (who, changes, faults …) is sealed in the table."""

    number: int
    verb: str
    warned: bool
    child_id: str
    told: Mapping[str, Any]
    differs: bool = False

    def mark(self, keys: KeyRing) -> str:
        """A keyed fingerprint of what the row was judged to be, to know whether it is still so."""
        said = (self.verb, self.told.get("changes"), self.told.get("faults"))
        return keys.hmac("import row", json.dumps(said, ensure_ascii=False))[:16]


def add_rows(conn: Connection, keys: KeyRing, run_id: str, rows: Sequence[JudgedRow]) -> None:
    """Stores rows that were judged."""
    if rows:
        conn.execute(insert(import_row), [{"run_id": run_id, **_values(keys, run_id, row)} for row in rows])


def compare_rows(
    conn: Connection, keys: KeyRing, run_id: str, rows: Sequence[JudgedRow]
) -> list[tuple[str, str]]:
    """Stores rows that are judged otherwise than they stand; (verb before, verb now) of each."""
    before = _judged(conn, run_id, [row.number for row in rows])
    changed = []
    for row in rows:
        verb, mark = before.get(row.number, ("", ""))
        if mark != row.mark(keys):
            changed.append((verb, row._replace(differs=True)))
    if changed:
        chosen = (_c.run_id == run_id, _c.number == bindparam("at"))
        new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _JUDGED}
        values = [_values(keys, run_id, row) for _, row in changed]
        conn.execute(
            update(import_row).where(*chosen).values(new),
            [{"at": each["number"], **{f"new_{name}": each[name] for name in _JUDGED}} for each in values],
        )
    return [(verb, row.verb) for verb, row in changed]


def forget_differences(conn: Connection, run_id: str) -> None:
    """What was told as different has been seen."""
    conn.execute(update(import_row).where(_c.run_id == run_id, _c.differs).values(differs=False))


def page_of(
    conn: Connection, keys: KeyRing, run_id: str, chosen: str, *, after: int, size: int
) -> list[JudgedRow]:
    """Rows of one filter ("" all rows of the sheet) after a row number, in sheet order."""
    query = select(import_row).where(_c.run_id == run_id, _filter(chosen), _c.number > after)
    rows = conn.execute(query.order_by(_c.number).limit(size))
    return [_opened(keys, row) for row in rows]


def all_of(conn: Connection, keys: KeyRing, run_id: str, verb: str) -> Iterator[JudgedRow]:
    """Every row of one verb, page by page."""
    after = 0
    while page := page_of(conn, keys, run_id, verb, after=after, size=_AT_ONCE):
        yield from page
        after = page[-1].number


def delete_rows(conn: Connection, run_id: str) -> None:
    """Forgets what was said of a run's rows."""
    conn.execute(delete(import_row).where(_c.run_id == run_id))


def _filter(chosen: str) -> ColumnElement[bool]:
    if chosen == WARNED:
        return _c.warned
    if chosen == DIFFERS:
        return _c.differs
    return _c.verb == chosen if chosen else _c.verb != ABSENT


def _judged(conn: Connection, run_id: str, numbers: Sequence[int]) -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        chunk = numbers[start : start + _AT_ONCE]
        query = select(_c.number, _c.verb, _c.mark).where(_c.run_id == run_id, _c.number.in_(chunk))
        found |= {row.number: (row.verb, row.mark) for row in conn.execute(query)}
    return found


def _values(keys: KeyRing, run_id: str, row: JudgedRow) -> dict[str, Any]:
    told = json.dumps(row.told, ensure_ascii=False, separators=(",", ":")).encode()
    return {
        "number": row.number,
        "verb": row.verb,
        "warned": row.warned,
        "differs": row.differs,
        "child_id": row.child_id,
        "mark": row.mark(keys),
        "sealed": keys.seal_upload(told, f"{run_id} row {row.number}"),
    }


def _opened(keys: KeyRing, row: Any) -> JudgedRow:
    told = json.loads(keys.open_upload(bytes(row.sealed), f"{row.run_id} row {row.number}"))
    return JudgedRow(row.number, row.verb, row.warned, row.child_id, told, row.differs)
