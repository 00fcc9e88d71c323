"""`activity`: what was done for a child on which day, at the child's place of that day.

One row per visit, letter issued, letter served, teaching session, check and aid payment; corrections
and voids supersede rows in known time. A late move of the child moves the rows that come after it.
"""

from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import Column, Index, Integer, String, Table, Text

from casework.domain.case_file import AID, CHECKS, LETTERS, SESSIONS, VISITS, Body, CaseFile
from casework.domain.letter_deadline import served_day
from casework.domain.places import Place, place_on
from casework.projections.bitemporal import Bitemporal, Row
from casework.store.schema import metadata

KINDS = (
    VISIT,
    LETTER_ISSUED,
    LETTER_SERVED,
    SESSION,
    CHECK,
    AID_PAID,
) = ("visit", "letter_issued", "letter_served", "session", "check", "aid_paid")

# Numbers first: among texts PostgreSQL would fill up before each.
activity = Table(
    "activity",
    metadata,
    Column("known_from", Integer, nullable=False),
    Column("known_to", Integer, nullable=False),
    Column("no", Integer, nullable=False),
    Column("met", Integer, nullable=False),
    Column("tenths", Integer, nullable=False),
    Column("fen", Integer, nullable=False),
    Column("case_id", String(32), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("done_on", String(10), nullable=False),
    Column("county", String(40), nullable=False),
    Column("township", String(40), nullable=False),
    Column("village", String(40), nullable=False),
    Column("school", String(40), nullable=False),
    Column("stage", String(40), nullable=False),
    Column("detail", String(100), nullable=False),
    Column("units", Text, nullable=False),
    Column("people", Text, nullable=False),
)

Index(None, activity.c.case_id)
Index("ix_activity_week", activity.c.county, activity.c.done_on)

ACTIVITIES = Bitemporal(activity, "case_id", ("kind", "no"))
NO_AT = ACTIVITIES.values.index("no")

_NOWHERE = Place(on="")


def rows_of(file: CaseFile, touched: Iterable[int] | None = None) -> set[Row]:
    """The activity rows of a file as it now stands, in the order of the table's value columns.

    With `touched` only the rows of these facts (by number): a child taught at home has hundreds.
    """
    numbers = None if touched is None else list(touched)
    return {row for ledger, make in _MAKERS.items() for row in _rows(file, ledger, make, numbers)}


def scope_of(touched: Iterable[int]) -> set[Row]:
    """The identities that the facts with these numbers may have."""
    return {(kind, no) for no in touched for kind in KINDS}


def _rows(file: CaseFile, ledger: str, make: "_Maker", numbers: list[int] | None) -> Iterator[Row]:
    live = file.ledgers[ledger].live
    for no in live if numbers is None else numbers:
        if no in live:
            yield from make(file, no, live[no])


def _visit(file: CaseFile, no: int, body: Body) -> Iterator[Row]:
    """With the units of who took part and the marks of their names: who else was to visit is told by them."""
    units, people = SEPARATOR.join(body.get("units", ())), " ".join(body.get("people", ()))
    met = int(bool(body.get("met")))
    yield _row(file, VISIT, no, body, met=met, detail=body["outcome"], units=units, people=people)


def _session(file: CaseFile, no: int, body: Body) -> Iterator[Row]:
    yield _row(file, SESSION, no, body, tenths=body["tenths"])


def _letter(file: CaseFile, no: int, body: Body) -> Iterator[Row]:
    yield _row(file, LETTER_ISSUED, no, body, detail=body["kind"])
    if no in file.services:
        service = file.services[no]
        yield _row(file, LETTER_SERVED, no, {**service, "on": served_day(service)}, detail=body["kind"])


def _check(file: CaseFile, no: int, body: Body) -> Iterator[Row]:
    yield _row(file, CHECK, no, body, met=int(body["present"]))


def _aid(file: CaseFile, no: int, body: Body) -> Iterator[Row]:
    """A reason why no aid was given (未资助原因) is not a payment."""
    if not body.get("unpaid"):
        yield _row(file, AID_PAID, no, body, fen=body["fen"], detail=body["programme"])


_Maker = Callable[[CaseFile, int, Body], Iterator[Row]]
_MAKERS: dict[str, _Maker] = {
    VISITS: _visit,
    SESSIONS: _session,
    LETTERS: _letter,
    CHECKS: _check,
    AID: _aid,
}
SEPARATOR = "；"
"""Between the units of those who took part in a visit."""

LEDGERS = frozenset(_MAKERS)
"""The ledgers whose facts have rows here."""


def _row(
    file: CaseFile,
    kind: str,
    no: int,
    body: Body,
    *,
    met: int = 0,
    tenths: int = 0,
    fen: int = 0,
    detail: str = "",
    units: str = "",
    people: str = "",
) -> Row:
    place = place_on(file.places, body["on"]) or _NOWHERE
    where = (place.county, place.township, place.village, place.school, place.stage)
    return (no, met, tenths, fen, kind, body["on"], *where, detail, units, people)
