"""Moving a county to another database (搬库): SQLite to PostgreSQL or back, all of it or nothing.

Table by table in one transaction of the target, as of one moment of the source. The target is committed
only when its rows, read models and reported figures are the source's, and the source did not go on meanwhile.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Engine,
    LargeBinary,
    Table,
    Text,
    cast,
    func,
    inspect,
    select,
    text,
    type_coerce,
)
from sqlalchemy.exc import DBAPIError

from casework.errors import BadInput
from casework.operations.manifest import LASTING, Facts, facts_of
from casework.operations.proof import prove, reports_differ, rows_differ
from casework.projections.reconcile import reconcile
from casework.service import Casework
from casework.store import snapshot as snapshots
from casework.store import turns
from casework.store.bulk import bulk_insert
from casework.store.database import is_sqlite, make_engine, writing
from casework.store.hex_id import HexId
from casework.store.lease import WORKER, is_held
from casework.store.migration import upgrade_on
from casework.store.snapshot import Snapshot

Tell = Callable[[str], None]

_AT_ONCE = 5000
_SUMS_MODULO = 1 << 256


def copy_to(casework: Casework, url: str, tell: Tell) -> Facts:
    """Copies everything into the empty database of `url` and proves it; the facts of both.

    Raises BadInput when the target is not empty or the county is still at work, NotProved when the copy
    differs; the target is then as empty as it was.
    """
    source = casework.store.engine
    _refuse_running(source)
    with _empty_target(url) as target, casework.store.snapshot() as snapshot, writing(target) as conn:
        _refuse_taken(conn)
        upgrade_on(conn)
        for table in LASTING:
            count = _copy(snapshot.conn, conn, table)
            if count:
                tell(f"{table.name}：{count} 行，逐行相同")
        _set_sequences(conn)
        facts = facts_of(snapshot)
        _prove(facts, snapshots.at_act(conn, casework.store.keys, None))
        tell(f"读模型与事件一致，{len(facts.reports)} 份周报的数字相同")
        _refuse_running(source)
        _refuse_progress(casework, facts.act)
    return facts


def _prove(facts: Facts, copied: Snapshot) -> None:
    prove(rows_differ(facts, copied))
    prove(reconcile(copied))
    prove(reports_differ(facts, copied) or [])


def _copy(source: Connection, target: Connection, table: Table) -> int:
    """Copies one table, then reads it back: as many rows, and of the same content."""
    columns = [column.name for column in table.columns]
    given = _Sum()
    count = bulk_insert(target, table, columns, given.over(_rows(source, table)))
    found = _Sum()
    for _ in found.over(_rows(target, table)):
        pass
    if found.total != given.total:
        prove([f"表 {table.name} 的内容不同"])
    return count


class _Sum:
    """The sum of the rows' hashes, equal in whatever order: text sorts differently here and there."""

    def __init__(self) -> None:
        self.total = 0

    def over(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """The rows, each added as it passes."""
        for row in rows:
            digest = hashlib.sha256(repr(row).encode()).digest()
            self.total = (self.total + int.from_bytes(digest, "big")) % _SUMS_MODULO
            yield row


def _rows(conn: Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    """The rows as plain values, equal on both databases, in constant memory."""
    query = select(*(_plain(column) for column in table.columns))
    for batch in conn.execute(query, execution_options={"yield_per": _AT_ONCE}).partitions():
        yield from (tuple(row) for row in batch)


def _plain(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """JSON as the text it is stored as (read and written again it might change its order), ids as bytes."""
    if isinstance(column.type, HexId):
        return type_coerce(column, LargeBinary)
    return cast(column, Text) if isinstance(column.type, JSON) else column


def _set_sequences(conn: Connection) -> None:
    """PostgreSQL numbers on after the last copied row; SQLite does so by itself."""
    if is_sqlite(conn):
        return
    for table in LASTING:
        column = table.autoincrement_column
        if column is not None:
            following = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            conn.execute(select(func.setval(sequence, following, False)))
    conn.execute(text("ANALYZE"))


@contextmanager
def _empty_target(url: str) -> Iterator[Engine]:
    """The target's engine; a SQLite file that was not there before is not there after a failure."""
    target = make_engine(url)
    file = Path(target.url.database or "") if is_sqlite(target) else None
    if file is not None and not file.parent.is_dir():
        raise BadInput(f"没有目录 {file.parent}，请先建立")
    made = file is not None and not file.exists()
    try:
        yield target
    except BaseException as error:
        target.dispose()
        if made and file is not None:
            _remove(file)
        if isinstance(error, DBAPIError):
            raise BadInput(f"没有搬成，目标库未改动：{str(error.orig).splitlines()[0]}") from error
        raise
    target.dispose()


def _remove(file: Path) -> None:
    for suffix in ("", "-wal", "-shm", *turns.FILES):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def _refuse_taken(conn: Connection) -> None:
    if inspect(conn).get_table_names():
        raise BadInput("目标库不是空的：只搬进空的数据库，请另建一个")


def _refuse_running(source: Engine) -> None:
    if is_held(source, WORKER):
        raise BadInput("服务还在运行：请先停止网页服务和后台任务，等几秒再搬库，以免漏掉期间的登记")


def _refuse_progress(casework: Casework, act: int) -> None:
    with casework.store.snapshot() as now:
        if now.k != act:
            raise BadInput("搬库期间原库又有新的登记：目标库未改动，请先停止服务和导入，再搬一次")
