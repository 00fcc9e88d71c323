"""学生名单 of a weekly report: each child in 疑似 or 辍学 at the week's end, or moved in or out of them.

Facts up to the week's last day, as known at the report's act; a few hundred children at most, so their
files are folded.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select

from casework.domain.case_file import LETTERS, VISITS, Body, CaseFile
from casework.domain.statuses import COMPULSORY, OUT, RETURNED
from casework.domain.timeline import in_order, walk
from casework.domain.values import Day
from casework.projections import weekly_report as report
from casework.projections.bitemporal import believed_at
from casework.projections.case_span import case_span
from casework.projections.children import records_of
from casework.projections.reference import Reference
from casework.projections.roster import roster_span
from casework.projections.weekly_cells import Where
from casework.projections.weekly_queries import Asked, edge_of
from casework.store.history import StoredRow
from casework.store.schema import stored_event
from casework.store.snapshot import Snapshot

_CHUNK = 200


@dataclass(slots=True)
class ListedPerson:
    """One child: its row of `child`, its roster stretch and span of the last day, and what its file says."""

    child: Row[Any]
    roster: Row[Any] | None
    span: Row[Any]
    facts: "FileFacts"


@dataclass(slots=True)
class FileFacts:
    """What the list tells of a file. Visits and letters are (clear, personal) in order of their day."""

    left_on: Day = ""
    returned_on: Day = ""
    placement: str = ""
    destination: str = ""
    visits: list[tuple[Body, dict[str, Any]]] = field(default_factory=list)
    letters: list[Body] = field(default_factory=list)


def people_of(snapshot: Snapshot, reference: Reference, *, unit: str, week: str) -> list[ListedPerson]:
    """The children of a unit's list, by school, class and name."""
    scope, period = report.scope_of(reference.units, unit), report.period_of(reference, week)
    asked = Asked(snapshot.conn, snapshot.k, scope.counties, period.first, period.last)
    spans = _spans(asked, _concerned(asked, scope))
    children = records_of(snapshot.conn, spans)
    places = _places(asked, spans)
    files = _facts(snapshot, spans, period.last)
    people = [
        ListedPerson(children[each], places.get(each), span, files[each])
        for each, span in spans.items()
        if each in children
    ]
    return sorted(
        people, key=lambda each: (each.span.school, each.span.grade, each.span.klass, each.child.name)
    )


def _concerned(asked: Asked, scope: report.Scope) -> list[str]:
    def counts(where: Where) -> bool:
        return where.stage in COMPULSORY and scope.holds(where)

    held = select(case_span).where(*asked.holding(asked.last, inclusive=True), case_span.c.status.in_(OUT))
    found = {row.case_id for row in asked.conn.execute(held) if counts(edge_of(row).where)}
    for row in asked.conn.execute(asked.edges(asked.first, select(case_span))):
        edge = edge_of(row)
        if (edge.after in OUT and counts(edge.where)) or (edge.before in OUT and counts(edge.moved_from)):
            found.add(edge.case)
    return sorted(found)


def _chunks(cases: Iterable[str]) -> Iterator[list[str]]:
    wanted = list(cases)
    for start in range(0, len(wanted), _CHUNK):
        yield wanted[start : start + _CHUNK]


def _spans(asked: Asked, cases: list[str]) -> dict[str, Row[Any]]:
    """Case → its span of the last day."""
    s, found = case_span.c, {}
    for chunk in _chunks(cases):
        query = select(case_span).where(s.case_id.in_(chunk), s.valid_from <= asked.last)
        query = query.where(s.valid_to > asked.last, *believed_at(case_span, asked.k))
        found.update({row.case_id: row for row in asked.conn.execute(query)})
    return found


def _places(asked: Asked, cases: Iterable[str]) -> dict[str, Row[Any]]:
    s, found = roster_span.c, {}
    for chunk in _chunks(cases):
        query = select(roster_span).where(s.child_id.in_(chunk), s.valid_from <= asked.last)
        query = query.where(s.valid_to > asked.last, *believed_at(roster_span, asked.k))
        found.update({row.child_id: row for row in asked.conn.execute(query)})
    return found


def _facts(snapshot: Snapshot, cases: Iterable[str], last: Day) -> dict[str, FileFacts]:
    e, found = stored_event.c, {}
    for chunk in _chunks(cases):
        snapshot.keys.fetch(chunk)
        query = select(e.originator_id, e.version, e.topic, e.state, e.act)
        query = query.where(e.originator_id.in_(chunk), e.act <= snapshot.k).order_by(
            e.originator_id, e.version
        )
        events: dict[str, list[StoredRow]] = {case: [] for case in chunk}
        for row in snapshot.conn.execute(query):
            events[row.originator_id].append(StoredRow(*row))
        found.update({case: _facts_of(snapshot, rows, last) for case, rows in events.items()})
    return found


def _facts_of(snapshot: Snapshot, rows: list[StoredRow], last: Day) -> FileFacts:
    file = CaseFile()
    told: dict[int, StoredRow] = {}
    for row in rows:
        body = row.clear
        file.evolve(row.topic, row.version, body)
        if row.topic not in ("case.LetterServed", "case.RosterNoted"):
            told[body.get("no", row.version)] = row

    def said(no: int) -> dict[str, Any]:
        return snapshot.open_private(told[no]) or {}

    facts = FileFacts()
    for entry, before, after, _ in walk(in_order(file.entries.values())):
        if entry.on > last:
            break
        if after in OUT and before not in OUT:
            facts.left_on, facts.returned_on, facts.placement = entry.on, "", ""
        if after in OUT:
            facts.destination = said(entry.no).get("destination", "") or facts.destination
        if after == RETURNED and before != RETURNED:
            facts.returned_on, facts.placement = entry.on, entry.placement
    facts.visits = [(body, said(no)) for no, body in _dated(file, VISITS, last)]
    facts.letters = [body for _, body in _dated(file, LETTERS, last)]
    return facts


def _dated(file: CaseFile, ledger: str, last: Day) -> list[tuple[int, Body]]:
    live = file.ledgers[ledger].live.items()
    return sorted(
        ((no, body) for no, body in live if body["on"] <= last), key=lambda pair: (pair[1]["on"], pair[0])
    )
