"""Finding children on the roster: who they are, whom a number or a name points to, who sits in a unit."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select, text

from casework.domain.roster import ENROLLED
from casework.domain.statuses import CLOSED
from casework.domain.values import FOREVER, OPEN, Day
from casework.projections.case_span import case_span
from casework.projections.roster import child, roster_span
from casework.store.database import is_sqlite
from casework.store.lookup import Lookup

_AT_ONCE = 500
_RECORDS = Lookup(select(child), child.c.child_id)
_BIRTHS = Lookup(select(child.c.child_id, child.c.birth), child.c.child_id)


def _chunks(values: Iterable[Any], size: int = _AT_ONCE) -> Iterable[list[Any]]:
    wanted = list(dict.fromkeys(values))
    for start in range(0, len(wanted), size):
        yield wanted[start : start + size]


def births_of(conn: Connection, children: Iterable[str]) -> dict[str, Day]:
    """Child → day of birth."""
    return dict(_BIRTHS.rows(conn, dict.fromkeys(children)))


def records_of(conn: Connection, children: Iterable[str]) -> dict[str, Row[Any]]:
    """Child → its row of the table `child`."""
    return {row.child_id: row for row in _RECORDS.rows(conn, dict.fromkeys(children))}


def certificate_types(conn: Connection) -> list[str]:
    """Every 证件类型 that some child has; reads all children."""
    return sorted(conn.scalars(select(child.c.cert_type).where(child.c.cert_type != "").distinct()))


def named(conn: Connection, names: Iterable[tuple[str, Day]]) -> dict[tuple[str, Day], list[str]]:
    """(name, birth) → the children who carry both.

    The pairs go in as one JSON text, each a look-up in the index: `(name, birth) IN (…)` makes SQLite
    read all children, and a statement of a thousand parameters is composed anew for every chunk.
    """
    found: dict[tuple[str, Day], list[str]] = {}
    query = _NAMED_SQLITE if is_sqlite(conn) else _NAMED_POSTGRES
    for chunk in _chunks(names):
        pairs = json.dumps(chunk, ensure_ascii=False)
        for name, birth, child_id in conn.execute(query, {"pairs": pairs}):
            found.setdefault((name, birth), []).append(child_id)
    return found


_NAMED_SQLITE = text(
    "SELECT c.name, c.birth, c.child_id FROM json_each(:pairs) AS p"
    " JOIN child AS c ON c.birth = json_extract(p.value, '$[1]') AND c.name = json_extract(p.value, '$[0]')"
    " ORDER BY c.child_id"
)
_NAMED_POSTGRES = text(
    "SELECT c.name, c.birth, c.child_id FROM jsonb_array_elements(CAST(:pairs AS jsonb)) AS p(pair)"
    " JOIN child AS c ON c.birth = p.pair ->> 1 AND c.name = p.pair ->> 0"
    " ORDER BY c.child_id"
)


def sitting_in(conn: Connection, units: Sequence[str], since: Day) -> list[str]:
    """Children whose stretches, as believed now, name one of these units on or after a day."""
    s = roster_span.c
    found: set[str] = set()
    for chunk in _chunks(units):
        query = select(s.child_id).where(
            or_(s.school.in_(chunk), s.residence.in_(chunk), s.registration.in_(chunk)),
            s.known_to == OPEN,
            s.valid_to > since,
        )
        found.update(conn.scalars(query))
    return sorted(found)


def left_behind(conn: Connection, merged: Iterable[tuple[str, Day]]) -> list[str]:
    """Children placed in one of these units, as believed now, on or after the day it merged."""
    s = roster_span.c
    found: set[str] = set()
    for chunk in _chunks(merged, 100):
        late = (
            and_(or_(s.school == code, s.township == code, s.village == code), s.valid_to > day)
            for code, day in chunk
        )
        found.update(conn.scalars(select(s.child_id).where(s.known_to == OPEN, or_(*late))))
    return sorted(found)


def with_open_files(conn: Connection, children: Iterable[str]) -> list[str]:
    """Those of the children whose file now stands in a status other than 销号."""
    c = case_span.c
    found: list[str] = []
    for chunk in _chunks(children):
        query = select(c.case_id).where(
            c.case_id.in_(chunk), c.known_to == OPEN, c.valid_to == FOREVER, c.status != CLOSED
        )
        found.extend(conn.scalars(query.distinct()))
    return sorted(found)


def missing_from_roll(conn: Connection, schools: Iterable[str], day: Day, named: set[str]) -> list[str]:
    """Children on the roll of these schools on a day, as believed now, who are not among those named."""
    s = roster_span.c
    found: set[str] = set()
    for chunk in _chunks(schools):
        query = select(s.child_id).where(
            s.school.in_(chunk),
            s.enrolment == ENROLLED,
            s.known_to == OPEN,
            s.valid_from <= day,
            s.valid_to > day,
        )
        found.update(conn.scalars(query))
    return sorted(found - named)


def names_of(conn: Connection, children: Iterable[str]) -> list[tuple[str, str]]:
    """(name, 学籍号) of children, by number then name."""
    records = records_of(conn, children).values()
    return sorted(((row.name, row.student_no) for row in records), key=lambda pair: (pair[1], pair[0]))
