"""`letter`: the registers of letters (文书登记簿), a row a letter as it now stands, voided ones too.

Days are facts; days left are counted by the reader from today and the calendar. `last_day` is the last
day of the term before it may move off a holiday. A child's name is joined, never kept here.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    delete,
    insert,
)

from casework.domain.case_file import LEDGER_OF_TOPIC, LETTERS, PLACES, STATUSES, Body, CaseFile
from casework.domain.letter_deadline import last_day_counted, served_day
from casework.domain.letter_numbers import series_place
from casework.domain.places import place_on
from casework.domain.statuses import OUT, VERIFYING
from casework.domain.timeline import Span
from casework.domain.values import Day
from casework.projections.bitemporal import Row
from casework.store.history import Recorded
from casework.store.schema import metadata

_DAY, _CODE, _WORD = String(10), String(40), String(40)

letter = Table(
    "letter",
    metadata,
    Column("case_id", String(32), nullable=False),
    Column("no", Integer, nullable=False),
    Column("county", _CODE, nullable=False),
    Column("issuer", _CODE, nullable=False),
    Column("kind", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("number", Text, nullable=False),
    Column("issued_on", _DAY, nullable=False),
    Column("days", Integer, nullable=False),
    Column("signatory", Text, nullable=False),
    Column("served_on", _DAY, nullable=False),
    Column("mode", _WORD, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_day", _DAY, nullable=False),
    Column("settled_on", _DAY, nullable=False),
    Column("voided", Integer, nullable=False),
    Column("voided_on", _DAY, nullable=False),
    PrimaryKeyConstraint("case_id", "no"),
    comment="Letters as they stand now; settled_on: the day the child was no longer out of school",
)
_l = letter.c
# A register is read by its newest pages; a county's is all of its units'.
Index("ix_letter_issuer", _l.issuer, _l.issued_on, _l.n)
Index("ix_letter_county", _l.county, _l.issued_on, _l.n)

COLUMNS = tuple(column.name for column in letter.columns)
_AT_ONCE = 500
_OPEN = OUT | {VERIFYING}


def rows_of(case: str, file: CaseFile) -> list[Row]:
    """A file's rows, in the order of `COLUMNS`."""
    held = file.ledgers[LETTERS]
    if not held.live and not held.voided:
        return []
    spans = file.spans()
    rows = [_row(case, file, spans, no, body) for no, body in held.live.items()]
    return rows + [_row(case, file, spans, no, body, voided=True) for no, body in held.voided.items()]


def _row(case: str, file: CaseFile, spans: list[Span], no: int, body: Body, *, voided: bool = False) -> Row:
    service = file.services.get(no)
    served, days = served_day(service) if service else "", body.get("days", 0)
    number = body.get("number", "")
    year, n = series_place(number, body["on"]) or (int(body["on"][:4]), 0)
    place = place_on(file.places, body["on"]) or file.places[-1]
    return (
        case,
        no,
        place.county,
        body["issuer"],
        body["kind"],
        year,
        n,
        number,
        body["on"],
        days,
        body.get("signatory", ""),
        served,
        service["mode"] if service else "",
        len(file.attempts.get(no, ())),
        last_day_counted(served, days),
        _settled(spans, body["on"]),
        int(voided),
        file.ledgers[LETTERS].void_days.get(no, "") if voided else "",
    )


def _settled(spans: Iterable[Span], issued: Day) -> Day:
    """The first day, once the letter was issued, on which the child was back or otherwise cared for."""
    return next(
        (span.valid_from for span in spans if span.valid_from >= issued and span.status not in _OPEN), ""
    )


def project_letters(conn: Connection, recorded: Iterable[Recorded], files: Mapping[str, CaseFile]) -> None:
    """Writes the rows of the files with letters that one act touched."""
    touched = {event.originator for event in recorded if _concerns(event.topic)}
    rows = [row for case in sorted(touched) for row in rows_of(case, files[case])]
    cases = sorted({row[0] for row in rows})
    for start in range(0, len(cases), _AT_ONCE):
        conn.execute(delete(letter).where(_l.case_id.in_(cases[start : start + _AT_ONCE])))
    if rows:
        conn.execute(insert(letter), [dict(zip(COLUMNS, row, strict=True)) for row in rows])


def _concerns(topic: str) -> bool:
    """Letters themselves; the status, that settles them; the places, that say whose county they are."""
    return LEDGER_OF_TOPIC.get(topic) in (LETTERS, STATUSES, PLACES)
