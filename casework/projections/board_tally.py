"""`board_tally`: how many open files stand at each place in each status and stage, kept as they change.

Counting a county's hundred thousand files anew for every page would take longer than the page; the tally
has a few rows a school. It follows from `case_board` alone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from casework.domain.case_file import CaseFile
from casework.projections.case_board import (
    CLOSED_RANK,
    COLUMNS,
    case_board,
    put_rows,
    row_of,
)
from casework.store.database import is_sqlite
from casework.store.lookup import Lookup
from casework.store.schema import metadata

_CODE = String(40)

board_tally = Table(
    "board_tally",
    metadata,
    Column("county", _CODE, nullable=False),
    Column("township", _CODE, nullable=False),
    Column("school", _CODE, nullable=False),
    Column("stage", _CODE, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    # In this order a county is summed by status and township as it is read, without sorting.
    PrimaryKeyConstraint("county", "stage", "rank", "township", "school"),
    Index(None, "township"),
    Index(None, "school"),
    sqlite_with_rowid=False,  # its rows lie in the order of the key: summing looks none up
    comment="Open files by place, stage and status (rank), as the board holds them now",
)

KEYS = ("county", "stage", "rank", "township", "school")
_board_keys = tuple(case_board.c[name] for name in KEYS)
_OPEN_FILES = Lookup(select(*_board_keys).where(case_board.c.rank < CLOSED_RANK), case_board.c.case_id)
Key = tuple[Any, ...]


def key_of(row: Mapping[str, Any]) -> Key:
    """Where a row of the board is counted."""
    return tuple(row[name] for name in KEYS)


def counted(conn: Connection, cases: Iterable[str]) -> Counter[Key]:
    """The open files among these as the board holds them now, by key."""
    return Counter(tuple(row) for row in _OPEN_FILES.rows(conn, cases))


def change(conn: Connection, before: Counter[Key], after: Counter[Key]) -> None:
    """Writes the difference; places where nobody is left are taken out."""
    changes = {key: after[key] - before[key] for key in before.keys() | after.keys()}
    rows = [{**dict(zip(KEYS, key, strict=True)), "n": n} for key, n in sorted(changes.items()) if n]
    if not rows:
        return
    dialect = sqlite if is_sqlite(conn) else postgresql
    added = dialect.insert(board_tally)
    conn.execute(
        added.on_conflict_do_update(
            index_elements=list(KEYS), set_={"n": board_tally.c.n + added.excluded.n}
        ),
        rows,
    )
    if any(row["n"] < 0 for row in rows):
        conn.execute(delete(board_tally).where(board_tally.c.n == 0))


def project_board(conn: Connection, files: Mapping[str, tuple[CaseFile, int]]) -> None:
    """Writes the board's rows of the files one act touched, and their counts: file and version by case."""
    before = counted(conn, files)
    rows = [
        dict(zip(COLUMNS, row_of(case, file, version), strict=True))
        for case, (file, version) in files.items()
    ]
    put_rows(conn, rows)
    change(conn, before, Counter(key_of(row) for row in rows if row["rank"] < CLOSED_RANK))


def _anew() -> Any:
    open_files = select(*_board_keys, func.count()).where(case_board.c.rank < CLOSED_RANK)
    return open_files.group_by(*_board_keys)


def tally_anew(conn: Connection) -> None:
    """Counts the whole board again (重建)."""
    conn.execute(delete(board_tally))
    conn.execute(insert(board_tally).from_select([*KEYS, "n"], _anew()))


def tally_differs(conn: Connection) -> str:
    """The first place whose count is not the board's, as a sentence; "" when all agree (对账)."""
    should = {tuple(row[:-1]): row[-1] for row in conn.execute(_anew())}
    held = {
        tuple(row[:-1]): row[-1] for row in conn.execute(select(*(board_tally.c[k] for k in (*KEYS, "n"))))
    }
    for key in sorted(should.keys() | held.keys()):
        if should.get(key) != held.get(key):
            return f"board_tally：{key} 记为 {held.get(key)}，按看板应为 {should.get(key)}"
    return ""
