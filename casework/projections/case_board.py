"""`case_board`: one row a file, as it stands now (在册看板): what lists, queues and searches read.

Only the present: what was known then is told by `case_span`. Days are facts, never "days ago": a page
counts from today. One row per file whatever its length, so a page costs the same after ten years.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, String, Table, Text
from sqlalchemy.dialects import postgresql, sqlite

from casework.domain import statuses as s
from casework.domain.case_file import ABSENCES, CHECKS, LETTERS, VISITS, Body, CaseFile, receiver_of
from casework.domain.letter_deadline import served_day
from casework.domain.timeline import Span
from casework.domain.values import Day
from casework.projections.bitemporal import Row
from casework.store.schema import metadata

RANKS = {
    s.DROPPED_OUT: 1,
    s.SUSPECTED: 2,
    s.VERIFYING: 3,
    s.TRANSFERRING: 4,
    s.RETURNED: 5,
    s.WATCH: 6,
    s.HOME_TEACHING: 7,
    s.DEFERRED: 8,
    s.CLOSED: 9,
    "": 10,
}
"""Status → its place on a board: the children who are out come first."""

CLOSED_RANK = RANKS[s.CLOSED]
"""Below it stand the open files."""

_DAY, _CODE, _WORD = String(10), String(40), String(40)

case_board = Table(
    "case_board",
    metadata,
    Column("case_id", String(32), primary_key=True),
    Column("county", _CODE, nullable=False),
    Column("township", _CODE, nullable=False),
    Column("village", _CODE, nullable=False),
    Column("school", _CODE, nullable=False),
    Column("receiver", _CODE, nullable=False),
    Column("stage", _WORD, nullable=False),
    Column("grade", _WORD, nullable=False),
    Column("klass", _WORD, nullable=False),
    Column("groups", Text, nullable=False),
    Column("status", _WORD, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("since", _DAY, nullable=False),
    Column("out_since", _DAY, nullable=False),
    Column("relapses", Integer, nullable=False),
    Column("cause", _WORD, nullable=False),
    Column("lost_type", _WORD, nullable=False),
    Column("until", _DAY, nullable=False),
    Column("visits", Integer, nullable=False),
    Column("visited_on", _DAY, nullable=False),
    Column("met_on", _DAY, nullable=False),
    Column("outcome", _WORD, nullable=False),
    Column("agreed_on", _DAY, nullable=False),
    Column("letter", _WORD, nullable=False),
    Column("letter_on", _DAY, nullable=False),
    Column("served_on", _DAY, nullable=False),
    Column("letter_days", Integer, nullable=False),
    Column("proposed", _WORD, nullable=False),
    Column("proposed_on", _DAY, nullable=False),
    Column("asking", _CODE, nullable=False),
    Column("absent_since", _DAY, nullable=False),
    Column("checks", Integer, nullable=False),
    Column("judged", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)

COLUMNS = tuple(column.name for column in case_board.columns)

_ORDER = (case_board.c.rank, case_board.c.since, case_board.c.case_id)
for _place in ("county", "township", "village", "school", "receiver"):
    Index(f"ix_case_board_{_place}", case_board.c[_place], *_ORDER)
# A class teacher's own: those of the school are a hundred times as many.
Index("ix_case_board_class", case_board.c.school, case_board.c.grade, case_board.c.klass, *_ORDER)


def _put(insert: Any) -> Any:
    """A file's row, in the place of the one it had: indexes of what stays the same are not written."""
    added = insert(case_board)
    values = {name: added.excluded[name] for name in COLUMNS if name != "case_id"}
    return added.on_conflict_do_update(index_elements=["case_id"], set_=values)


# Made once: every act asks.
_PUT = {"sqlite": _put(sqlite.insert), "postgresql": _put(postgresql.insert)}


def put_rows(conn: Connection, rows: list[dict[str, Any]]) -> None:
    """Puts files on the board as they now stand."""
    if rows:
        conn.execute(_PUT[conn.dialect.name], rows)


def row_of(case: str, file: CaseFile, version: int) -> Row:
    """A file's row, in the order of `COLUMNS`."""
    spans = file.spans()
    last = spans[-1] if spans else None
    place = file.places[-1]
    status = last.status if last else ""
    return (
        case,
        place.county,
        place.township,
        place.village,
        place.school,
        receiver_of(file),
        place.stage,
        place.grade,
        place.klass,
        "、".join(place.groups),
        status,
        RANKS[status],
        _since(spans, {status}),
        _since(spans, s.OUT) if status in s.OUT else "",
        sum(span.relapse for span in spans),
        last.cause if last else "",
        last.lost_type if last else "",
        _until(file, status),
        *_visits(file.ledgers[VISITS].live.values()),
        *_letters(file),
        *_proposal(file),
        _asking(file),
        _absent_since(file),
        _checks(file, spans, status),
        file.judged,
        version,
    )


def _since(spans: list[Span], statuses: Iterable[str]) -> Day:
    """The first day of the unbroken run of these statuses at the end; "" without spans."""
    wanted = set(statuses)
    since = ""
    for span in reversed(spans):
        if span.status not in wanted:
            break
        since = span.valid_from
    return since


def _until(file: CaseFile, status: str) -> Day:
    """The end of the deferral in force."""
    if status != s.DEFERRED:
        return ""
    papers = [
        entry for entry in file.entries.values() if s.status_of(entry.change) == s.DEFERRED and entry.until
    ]
    return max(papers, key=lambda entry: (entry.on, entry.no)).until if papers else ""


def _visits(visits: Iterable[Body]) -> tuple[int, Day, Day, str, Day]:
    """(visits, last one's day, last day somebody was met, last outcome, day agreed at the last visit)."""
    ordered = sorted(visits, key=lambda body: (body["on"], body.get("start", "")))
    if not ordered:
        return 0, "", "", "", ""
    met = [body["on"] for body in ordered if body.get("met")]
    last = ordered[-1]
    return len(ordered), last["on"], met[-1] if met else "", last["outcome"], last.get("agreed_on", "")


def _letters(file: CaseFile) -> tuple[str, Day, Day, int]:
    """(kind of the last letter, its day, the day it counts as served, its term in days).

    A letter with a term goes before later ones without: what is waited for is its last day.
    """
    live: dict[int, Any] = file.ledgers[LETTERS].live
    if not live:
        return "", "", "", 0
    no = max(live, key=lambda each: (bool(live[each].get("days")), live[each]["on"], each))
    served = file.services.get(no)
    return live[no]["kind"], live[no]["on"], served_day(served) if served else "", live[no].get("days", 0)


def _proposal(file: CaseFile) -> tuple[str, Day]:
    """(the act that waits for approval, the day it was proposed)."""
    waiting = next(iter(file.open_proposals().values()), None)
    return (waiting["change"], waiting["proposed_on"]) if waiting else ("", "")


def _asking(file: CaseFile) -> str:
    """The school that asks for the child and has no answer yet (the first, if several)."""
    return next((body["school"] for body in file.open_asks().values()), "")


def _absent_since(file: CaseFile) -> Day:
    """The first day of an absence that is not over."""
    days = [body["on"] for body in file.ledgers[ABSENCES].live.values() if not body.get("until")]
    return min(days, default="")


def _checks(file: CaseFile, spans: list[Span], status: str) -> int:
    """Checks since the child returned; 0 unless 已复学(巩固期)."""
    if status != s.RETURNED:
        return 0
    since = _since(spans, {s.RETURNED})
    return sum(body["on"] > since for body in file.ledgers[CHECKS].live.values())
