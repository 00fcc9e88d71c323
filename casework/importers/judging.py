"""Keeping what is said of each row while a sheet is judged (逐行结果), and how far the work is."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from casework.importers.outcome import REFUSED, RowOutcome
from casework.importers.tables import Row, Table
from casework.projections import import_queue as queue
from casework.projections.import_rows import (
    ABSENT,
    DIFFERS,
    WARNED,
    JudgedRow,
    add_rows,
    compare_rows,
)
from casework.projections.import_runs import ImportRun
from casework.service import Casework
from casework.store.side import side_writing

_AT_ONCE = 1000
_SHOW_EVERY_S = 0.5
_ABSENT_FROM = 10_000_000
"""Numbers of children whom a full roster does not name begin above every row of a sheet."""
_NAMES = {
    "units": ("单位名称", "单位代码"),
    "staff": ("姓名", "登录名"),
}


class Judging:
    """Takes each row as it is settled: stored (first preview), or compared with what stands.

    `counts` by verb, with the rows that warn and differ. Every write keeps the lease up, and raises
    LeaseLost when another worker has it.
    """

    def __init__(
        self, casework: Casework, run: ImportRun, owner: str, table: Table, *, comparing: bool
    ) -> None:
        self._engine = casework.store.engine
        self._keys = casework.store.keys
        self._run = run
        self._owner = owner
        self._table = table
        self._comparing = comparing
        self._waiting: list[JudgedRow] = []
        self._shown_at = 0.0
        self._done = 0
        self.counts: Counter[str] = Counter()

    @property
    def differing(self) -> int:
        """How many rows were judged otherwise than before."""
        return self.counts[DIFFERS]

    def counted(self, rows: int) -> None:
        """The sheet has been read to its end."""
        self._write([], rows_total=rows, rows_done=0)

    def each(self, row: Row, outcome: RowOutcome) -> None:
        """One row is settled."""
        self._done += 1
        self.counts["read"] += 1
        self.counts[outcome.verb] += 1
        self.counts[WARNED] += bool(outcome.warnings)
        if not outcome.told_before:
            self._waiting.append(self._judged(row, outcome))
        now = time.monotonic()
        if len(self._waiting) >= _AT_ONCE or now > self._shown_at + _SHOW_EVERY_S:
            self._shown_at = now
            self._flush()

    def finish(self, absent: Sequence[str]) -> None:
        """The last rows, and the children on the roll whom a full roster does not name."""
        self._flush()
        self.counts[ABSENT] = len(absent)
        if not self._comparing:
            rows = [
                JudgedRow(_ABSENT_FROM + at, ABSENT, False, child_id, {})
                for at, child_id in enumerate(absent)
            ]
            for start in range(0, len(rows), _AT_ONCE):
                self._write(rows[start : start + _AT_ONCE])

    def _judged(self, row: Row, outcome: RowOutcome) -> JudgedRow:
        told: dict[str, Any] = {"who": who(self._run.kind, row.cells)}
        if outcome.changes:
            told["changes"] = [list(change) for change in outcome.changes]
        if outcome.faults:
            told["faults"] = [[fault.column, fault.value, fault.why] for fault in outcome.faults]
        if outcome.warnings:
            told["warnings"] = list(outcome.warnings)
        if outcome.note:
            told["note"] = outcome.note
        if outcome.verb == REFUSED:
            told["cells"] = self._table.original(row)
        known = "" if outcome.verb == "created" and self._run.kind == "roster" else outcome.child_id
        return JudgedRow(row.number, outcome.verb, bool(outcome.warnings), known, told)

    def _flush(self) -> None:
        rows, self._waiting = self._waiting, []
        self._write(rows, rows_done=self._done)

    def _write(self, rows: list[JudgedRow], **values: object) -> None:
        with side_writing(self._engine) as conn:
            queue.keep(conn, self._run.run_id, self._owner, **values)
            if self._comparing:
                self.counts[DIFFERS] += len(compare_rows(conn, self._keys, self._run.run_id, rows))
            else:
                add_rows(conn, self._keys, self._run.run_id, rows)


def who(kind: str, cells: Mapping[str, str]) -> list[str]:
    """Whom or what a row is about: a name and a number, as the sheet has them."""
    name, number = _NAMES.get(kind, ("姓名", "学籍号"))
    return [cells.get(name, ""), cells.get(number, "")]
