"""The children behind each number of the weekly report (每个数字背后的学生).

The same rows are put, one by one, through the same counting as the report's: a row stands behind a
number when counting it alone changes that number. So list and number can not drift apart.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from casework.domain.statuses import OUT
from casework.domain.values import Day, day_of
from casework.errors import BadInput
from casework.projections import weekly_report as report
from casework.projections.activity import activity
from casework.projections.bitemporal import believed_at
from casework.projections.case_span import case_span
from casework.projections.duty_lines import Line
from casework.projections.reference import Reference
from casework.projections.roster import roster_span
from casework.projections.weekly_cells import (
    DUTIES,
    FLOWS,
    GROUP_FIGURES,
    STAGES,
    STATES,
    STOCKS,
    TERM,
    WORK,
    Figures,
    Grid,
    Where,
)
from casework.projections.weekly_duties import duties_due, duty_keys, place_of_line
from casework.projections.weekly_queries import REPORTED, Asked, Done, Held, edge_of, group_names
from casework.store.snapshot import Snapshot

TABLES = ("total", "schools", "townships", "counties")
OPENING = ("s_open", "d_open")
ADJUSTED = ("s_adj", "d_adj")
HELD = ("s_close", "d_close", *STATES, "d_never", "d_by_cause")
WORK_FIGURES = (*WORK, "session_hours")
BY_NAME = ("d_by_cause", "closed_by_reason")
PUPILS = ("pupils", "due_children")
MOVED = (*(key for key in FLOWS if key not in (*OPENING, *ADJUSTED, *HELD)), "closed_by_reason")
FIGURES = (*OPENING, *ADJUSTED, *MOVED, *HELD, *TERM, *WORK_FIGURES, *DUTIES)
"""Every figure that is a list of what happened or who was where; pupils are paged on their own."""

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a report: table, row (unit code), stage, JSON key, and group, cause or reason."""

    table: str
    row: str
    stage: str
    figure: str
    name: str = ""

    def check(self) -> None:
        """Raises BadInput when no report has such a number."""
        known = self.figure in (*FIGURES, *PUPILS)
        grouped = not self.name or self.figure in (*BY_NAME, *GROUP_FIGURES)
        if not (known and grouped and self.table in TABLES and self.stage in STAGES):
            raise BadInput("周报里没有这一项数字，请从周报页面点击数字进入", figure=self.figure)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line behind a number. `n` is what it adds; `before`, `after` are statuses ("" for work done)."""

    case: str
    on: Day
    where: Where
    n: int
    grade: str = ""
    klass: str = ""
    groups: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    moved_from: Where | None = None
    cause: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Question:
    """Which number is asked about: the report's arguments at one snapshot, and the cell."""

    asked: Asked
    grid: Grid
    cell: Cell
    term: Day
    duties: Callable[[], list[Line]]

    @classmethod
    def of(
        cls,
        snapshot: Snapshot,
        reference: Reference,
        *,
        unit: str,
        week: str,
        known_at: datetime,
        cell: Cell,
    ) -> "Question":
        """Raises NotFound and BadInput as the report does."""
        cell.check()
        scope, period = report.scope_of(reference.units, unit), report.period_of(reference, week)
        grids = report.grids_of(reference.units, scope, detail=True)
        if cell.table not in grids:
            raise BadInput("这份周报没有这张表，请从周报页面点击数字进入", table=cell.table)
        asked = Asked(snapshot.conn, snapshot.k, scope.counties, period.first, period.last)
        until = min(period.last, day_of(known_at))

        def duties() -> list[Line]:
            return duties_due(snapshot, reference, scope.counties, period.first, until)

        return cls(asked, grids[cell.table], cell, period.term, duties)

    def adds(self, count: Callable[[Grid], None]) -> int:
        """What counting one thing alone adds to the number."""
        self.grid.rows.clear()
        count(self.grid)
        figures = self.grid.rows.get((self.cell.row, self.cell.stage))
        return _value(figures, self.cell) if figures else 0


def _value(figures: Figures, cell: Cell) -> int:
    if cell.figure == "closed_by_reason":
        return figures.reasons[cell.name]
    if cell.figure == "d_by_cause":
        return figures.causes[cell.name]
    if cell.name:
        return figures.groups[cell.name][cell.figure] if cell.name in figures.groups else 0
    if cell.figure == "children_visited":
        return len(figures.visited)
    return figures.tenths if cell.figure == "session_hours" else figures.n[cell.figure]


def entries_behind(question: Question) -> list[Entry]:
    """The lines behind a number, by school, day and case; their `n` sum to it (课时 in tenths)."""
    figure = question.cell.figure
    if figure in OPENING:
        found = _opening(question)
    elif figure in HELD:
        found = _held(question)
    elif figure in MOVED:
        found = _moved(question)
    elif figure in TERM:
        found = _in_term(question)
    elif figure in WORK_FIGURES:
        found = _done(question)
    else:
        found = _due(question)
    return sorted(found, key=lambda entry: (entry.where.school, entry.on, entry.case))


def _where(row: Any) -> Where:
    return Where(row.county, row.township, row.school, row.stage)


def _entry(row: Any, n: int) -> Entry:
    edge = edge_of(row)
    return Entry(
        row.case_id,
        row.valid_from,
        edge.where,
        n,
        row.grade,
        row.klass,
        edge.groups,
        edge.before,
        edge.after,
        edge.moved_from if edge.before == edge.after else None,
        row.cause if row.status in OUT else "",
        row.reason if row.status == "closed" else "",
    )


def _opening(question: Question) -> Iterator[Entry]:
    asked = question.asked
    query = select(case_span).where(*asked.holding(asked.first, inclusive=False), case_span.c.status.in_(OUT))
    for row in asked.conn.execute(query):

        def count(grid: Grid, row: Any = row) -> None:
            for figures in grid.at(_where(row)):
                figures.n[f"{STOCKS[row.status]}_open"] += 1

        n = question.adds(count)
        if n:
            yield replace(_entry(row, n), before="")


def _held(question: Question) -> Iterator[Entry]:
    asked = question.asked
    for row in asked.conn.execute(select(case_span).where(*asked.holding(asked.last, inclusive=True))):
        held = Held(_where(row), row.status, group_names(row.groups), row.cause, row.lost_type, 1)

        def count(grid: Grid, held: Held = held) -> None:
            for figures in grid.at(held.where):
                report.count_held(figures, held)

        n = question.adds(count)
        if n:
            yield replace(_entry(row, n), before="")


def _moved(question: Question) -> Iterator[Entry]:
    asked = question.asked
    for row in asked.conn.execute(asked.edges(asked.first, select(case_span))):
        edge = edge_of(row)
        n = question.adds(lambda grid, edge=edge: report.count_edge(grid, edge))  # type: ignore[misc]
        if n:
            yield _entry(row, n)


def _in_term(question: Question) -> Iterator[Entry]:
    asked = question.asked
    for row in asked.conn.execute(select(case_span).where(*asked.in_term(question.term))):
        key = report.term_key(row.prev_status, row.status)

        def count(grid: Grid, row: Any = row, key: str = key) -> None:
            for figures in grid.at(_where(row)):
                figures.n[key] += 1

        n = question.adds(count)
        if n:
            yield _entry(row, n)


def _done(question: Question) -> Iterator[Entry]:
    asked, a = question.asked, activity.c
    query = (
        select(activity)
        .where(a.county.in_(asked.counties), a.done_on.between(asked.first, asked.last))
        .where(a.kind.in_(REPORTED))
        .where(*believed_at(activity, asked.k))
        .order_by(a.done_on, a.case_id, a.no)
    )
    found: list[Entry] = []
    seen: set[str] = set()
    for row in asked.conn.execute(query):
        done = Done(row.case_id, row.kind, _where(row), 1, row.met, row.tenths)

        def count(grid: Grid, done: Done = done) -> None:
            for figures in grid.at(done.where):
                report.count_done(figures, done)

        n = question.adds(count)
        if n and not (question.cell.figure == "children_visited" and row.case_id in seen):
            seen.add(row.case_id)
            found.append(Entry(row.case_id, row.done_on, done.where, n, detail=row.detail))
    yield from _placed(asked, found)


def _due(question: Question) -> Iterator[Entry]:
    found = []
    for line in question.duties():

        def count(grid: Grid, line: Line = line) -> None:
            for figures in grid.at(place_of_line(line)):
                for key in duty_keys(line):
                    figures.n[key] += 1

        n = question.adds(count)
        if n:
            found.append(Entry(line.case, line.due_day, place_of_line(line), n, detail=line.rule))
    yield from _placed(question.asked, found)


def _placed(asked: Asked, entries: list[Entry]) -> Iterator[Entry]:
    """Adds class and groups of the day, which rows of work do not carry."""
    s = roster_span.c
    stretches: dict[str, list[Any]] = {}
    cases = sorted({entry.case for entry in entries})
    for start in range(0, len(cases), _CHUNK):
        query = (
            select(s.child_id, s.valid_from, s.valid_to, s.grade, s.klass, s.groups)
            .where(s.child_id.in_(cases[start : start + _CHUNK]))
            .where(*believed_at(roster_span, asked.k))
        )
        for row in asked.conn.execute(query):
            stretches.setdefault(row.child_id, []).append(row)
    for entry in entries:
        at = (row for row in stretches.get(entry.case, ()) if row.valid_from <= entry.on < row.valid_to)
        held = next(at, None)
        if held is None:
            yield entry
        else:
            yield replace(entry, grade=held.grade, klass=held.klass, groups=group_names(held.groups))
