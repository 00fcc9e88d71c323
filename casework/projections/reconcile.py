"""Proving the read models: every row against a fold of the events, claims and ledger against both (对账).

Equal, or the first difference is named: which table, which file, what stands and what should.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, func, select

from casework.domain.held_once import LETTER_NUMBER, STUDENT_NO, VISIT_NUMBER, visit_number
from casework.domain.roster import ENROLLED, compose, entry_cohort
from casework.domain.values import FOREVER, OPEN
from casework.projections import pupil_ledger as ledger
from casework.projections import roster
from casework.projections.bitemporal import Row
from casework.projections.board_tally import tally_differs
from casework.projections.case_files import files_of
from casework.projections.case_tables import CASE_TABLES, CaseTable, fold_case
from casework.projections.child_counties import elsewhere_of, held_elsewhere, home_of
from casework.projections.duty_rows import rulebooks
from casework.projections.reference import ReferenceReader
from casework.projections.year_tables import year_differs
from casework.store.history import Recorded
from casework.store.lookup import Lookup
from casework.store.schema import claim, number_series
from casework.store.snapshot import Snapshot

_AT_ONCE = 500
_c = roster.child.c


def reconcile(snapshot: Snapshot) -> list[str]:
    """The differences found, the first of each kind, as sentences; [] when everything agrees."""
    conn = snapshot.conn
    held = _Held()
    found = [_files_differ(conn, snapshot.k, held), _roster_differs(snapshot), _ledger_differs(conn)]
    found += [
        _claims_differ(conn, LETTER_NUMBER, held.letters),
        _claims_differ(conn, VISIT_NUMBER, held.visits),
    ]
    found += [_numbers_differ(conn), tally_differs(conn), *year_differs(conn, snapshot.k)]
    return [sentence for sentence in found if sentence]


@dataclass
class _Held:
    """Who holds which number, as the events tell: letters by register key, visits by 记录编号."""

    letters: dict[str, str] = field(default_factory=dict)
    visits: dict[str, str] = field(default_factory=dict)

    def note(self, recorded: list[Recorded]) -> None:
        """Takes the numbers of one file's events."""
        for event in recorded:
            if event.topic == "case.LetterRecorded" and event.clear.get("number"):
                self.letters[event.clear["key"]] = event.originator
            elif event.topic == "case.HomeVisitRecorded" and (number := visit_number(event.clear["key"])):
                self.visits[number] = event.originator


def _files_differ(conn: Connection, k: int, held: _Held) -> str:
    stored = [_rows_by_case(conn, table) for table in CASE_TABLES]
    waiting = [next(each, None) for each in stored]
    rules = rulebooks(conn, k)
    for case, recorded in files_of(conn, k):
        held.note(recorded)
        folded = fold_case(case, recorded, rules)
        for at, (table, should) in enumerate(zip(CASE_TABLES, folded, strict=True)):
            head = waiting[at]
            if head and head[0] < case:
                return f"{table.table.name}：个案 {head[0]} 有记录但没有事件"
            stands: Counter[Row] = Counter()
            if head and head[0] == case:
                stands = head[1]
                waiting[at] = next(stored[at], None)
            if stands != Counter(should):
                return _difference(table, case, stands, Counter(should))
    for table, head in zip(CASE_TABLES, waiting, strict=True):
        if head:
            return f"{table.table.name}：个案 {head[0]} 有记录但没有事件"
    return ""


def _rows_by_case(conn: Connection, table: CaseTable) -> Iterator[tuple[str, Counter[Row]]]:
    columns = [table.table.c[name] for name in table.columns]
    rows = conn.execution_options(yield_per=5000).execute(select(*columns).order_by(columns[0]))
    for case, group in groupby(rows, key=lambda row: str(row[0])):
        yield case, Counter(tuple(row) for row in group)


def _difference(table: CaseTable, case: str, stands: Counter[Row], should: Counter[Row]) -> str:
    extra, lacking = sorted(stands - should, key=repr), sorted(should - stands, key=repr)
    shown = f"多出 {extra[0]}" if extra else f"缺少 {lacking[0]}"
    return f"{table.table.name}：个案 {case} 与事件不符，{shown}"


_NUMBERS = {LETTER_NUMBER: "文号", VISIT_NUMBER: "记录编号"}


def _claims_differ(conn: Connection, kind: str, held: dict[str, str]) -> str:
    claimed = dict(conn.execute(select(claim.c.key, claim.c.owner).where(claim.c.kind == kind)).all())
    for key in sorted(claimed.keys() | held.keys()):
        if claimed.get(key) != held.get(key):
            return f"claim：{_NUMBERS[kind]}“{key}”登记为 {claimed.get(key)}，按事件应为 {held.get(key)}"
    return ""


def _numbers_differ(conn: Connection) -> str:
    """Every student number on the roster is held by that very child; no series stands below zero."""
    numbers = select(roster.child.c.student_no, roster.child.c.child_id).where(
        roster.child.c.student_no != ""
    )
    held = dict(conn.execute(select(claim.c.key, claim.c.owner).where(claim.c.kind == STUDENT_NO)).all())
    for number, child_id in conn.execute(numbers):
        if held.get(number) != child_id:
            return f"claim：学籍号 {number} 未归于学生 {child_id}"
    if conn.scalar(select(func.count()).select_from(number_series).where(number_series.c.last < 0)):
        return "number_series：有小于零的编号"
    return ""


_WHO = Lookup(select(_c.child_id, _c.birth, _c.county), _c.child_id)


def _roster_differs(snapshot: Snapshot) -> str:
    """The stretches believed now follow from the recorded entries and the units, the counties from them."""
    conn = snapshot.conn
    units = ReferenceReader().at(conn, snapshot.k).units
    children = list(conn.scalars(select(roster.child.c.child_id).order_by(roster.child.c.child_id)))
    for start in range(0, len(children), _AT_ONCE):
        chunk = children[start : start + _AT_ONCE]
        entries = roster.entries_of(conn, chunk)
        who = {row.child_id: row for row in _WHO.rows(conn, chunk)}
        stands, elsewhere = roster.ROSTER_SPANS.known_now(conn, chunk), held_elsewhere(conn, chunk)
        for child_id in chunk:
            cohort = entry_cohort(who[child_id].birth)
            should = {roster.span_row(span, cohort) for span in compose(entries[child_id], units)}
            if stands[child_id] != should:
                return f"roster_span：学生 {child_id} 的在册记录与登记的变动不符"
            if who[child_id].county != home_of(should):
                return f"child：学生 {child_id} 的所在县与在册记录不符"
            if elsewhere[child_id] != elsewhere_of(should):
                return f"child_elsewhere：学生 {child_id} 的其他所在县与在册记录不符"
    return ""


def _ledger_differs(conn: Connection) -> str:
    """The ledger is the sum of the stretches' differences, and the totals are its, at every act."""
    should = _summed(conn)
    p = ledger.pupil_ledger.c
    by = [p[name] for name in ledger.PupilPlace._fields]
    query = select(*by, p.since, p.known_from, p.pupils, p.children)
    for *key, pupils, children in conn.execute(query):
        if (pupils, children) != (should.pop((*key, "pupils"), 0), should.pop((*key, "children"), 0)):
            return f"pupil_ledger：{tuple(key)} 与在册记录不符"
    left = next((key for key, n in should.items() if n), None)
    return f"pupil_ledger：缺少 {left}" if left else _totals_differ(conn)


def _totals_differ(conn: Connection) -> str:
    t = ledger.pupil_total.c
    by = [t[name] for name in ledger.PupilPlace._fields]
    rows = conn.execute(select(*by, t.pupils, t.children, t.known_from, t.known_to))
    differing = {tuple(row) for row in rows} ^ set(ledger.totals_by_act(conn))
    return f"pupil_total：{min(differing)} 与 pupil_ledger 不符" if differing else ""


def _summed(conn: Connection) -> "Counter[tuple[Any, ...]]":
    sums: Counter[tuple[Any, ...]] = Counter()
    s = roster.roster_span.c
    query = select(
        s.county, s.township, s.school, s.stage, s.cohort, s.enrolment,
        s.valid_from, s.valid_to, s.known_from, s.known_to,
    )  # fmt: skip
    for county, township, school, stage, cohort, enrolment, *when in conn.execute(query):
        valid_from, valid_to, known_from, known_to = when
        place = (county, township, school, stage, cohort)
        pupil = enrolment == ENROLLED and school != ""
        for known, sign in ((known_from, 1), (known_to, -1)):
            for day, change in ((valid_from, sign), (valid_to, -sign)):
                if known != OPEN and day != FOREVER:
                    sums[(*place, day, known, "children")] += change
                    sums[(*place, day, known, "pupils")] += change * pupil
    return sums
