"""The read log as a list (查阅记录): who opened, revealed or exported what, newest first.

An office sees what the people of its own and lower units did; the child concerned is named only to
those who may see that child.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, func, select

from casework.domain.permissions import Reach
from casework.domain.units import Units
from casework.domain.values import SHANGHAI, Day, day_after
from casework.projections.bitemporal import believed_at
from casework.projections.children import records_of
from casework.projections.roster import roster_span
from casework.projections.scope import within
from casework.store.clock import micros
from casework.store.read_log import read_log

_r, _s = read_log.c, roster_span.c
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What is asked for; "" asks for everything. `first`, `last` are days, both included."""

    what: str = ""
    account: str = ""
    child: str = ""
    first: Day = ""
    last: Day = ""


class LogPage(NamedTuple):
    """One page, newest first; `after` is the number to go on below, None at the end."""

    rows: list[Row[Any]]
    after: int | None


def log_page(
    conn: Connection, units: Units, unit: str, asked: LogFilter, *, after: int | None = None, size: int
) -> LogPage:
    """One page of what the people of a unit, and of those below it, read."""
    query = select(read_log).where(_of_units(units, unit), *_conditions(asked))
    if after is not None:
        query = query.where(_r.id < after)
    rows = list(conn.execute(query.order_by(_r.id.desc()).limit(size + 1)))
    return LogPage(rows[:size], rows[size - 1].id if len(rows) > size else None)


def _of_units(units: Units, unit: str) -> ColumnElement[bool]:
    codes = [each.code for each in units.below(unit, *{each.kind for each in units})]
    # One unit has its own index; of many, the newest rows are nearly all theirs.
    return _r.unit == unit if len(codes) <= 1 else func.coalesce(_r.unit, "").in_(codes)


def _conditions(asked: LogFilter) -> Iterable[ColumnElement[bool]]:
    if asked.what:
        yield _r.what == asked.what
    if asked.account:
        yield _r.account == asked.account
    if asked.child:
        yield _r.child_id == asked.child
    if asked.first:
        yield _r.at_us >= _midnight(asked.first)
    if asked.last:
        yield _r.at_us < _midnight(day_after(asked.last))


def _midnight(day: Day) -> int:
    return micros(datetime.combine(datetime.fromisoformat(day), time(), SHANGHAI))


def names_in_reach(conn: Connection, k: int, reach: Reach, rows: Iterable[Any], today: Day) -> dict[str, str]:
    """Child → name, of those children in the rows whom the reader may see today."""
    children = sorted({row.child_id for row in rows if row.child_id})
    seen: list[str] = []
    for start in range(0, len(children), _AT_ONCE):
        query = select(_s.child_id).where(
            _s.child_id.in_(children[start : start + _AT_ONCE]),
            _s.valid_from <= today,
            _s.valid_to > today,
            within(roster_span, reach),
            *believed_at(roster_span, k),
        )
        seen += conn.scalars(query)
    return {child_id: row.name or "已清除" for child_id, row in records_of(conn, seen).items()}
