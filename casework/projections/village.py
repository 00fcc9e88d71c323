"""`village_confirmation`: what a village said of its children of school age, when (村里核对).

Told by people and by nobody else, so it is a source of truth like the roster: written under an act,
backed up, not rebuilt. Rows are only added; the latest counts. Place and note are sealed under the
child's key. A confirmation opens no file.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Select,
    String,
    Table,
    and_,
    func,
    insert,
    or_,
    select,
    tuple_,
)

from casework.domain.units import VILLAGE, Units
from casework.domain.values import FOREVER, SINCE_EVER, Day
from casework.projections.bitemporal import believed_at
from casework.projections.case_board import case_board
from casework.projections.roster import child, roster_span
from casework.projections.spelling import named_like
from casework.store.act import Act
from casework.store.keys import ChildKeys
from casework.store.schema import act as act_table
from casework.store.schema import metadata

village_confirmation = Table(
    "village_confirmation",
    metadata,
    Column("child_id", String(32), nullable=False),
    Column("village", String(40), nullable=False),
    Column("confirmed_on", String(10), nullable=False),
    Column("found", String(20), nullable=False),
    Column("private", LargeBinary, nullable=True),
    Column("known_from", Integer, nullable=False),
    PrimaryKeyConstraint("child_id", "known_from"),
    comment="What the village said of a child; the latest row counts",
)

_AAD = b"village confirmation"
_v, _c, _s = village_confirmation.c, child.c, roster_span.c
_ORDER = (_c.pinyin, _c.child_id)
_ANY_AGE = (SINCE_EVER, FOREVER)
ALL, WAITING, CONFIRMED = "all", "waiting", "confirmed"
After = tuple[str, str]


class Villager(NamedTuple):
    """A child of school age living in the village; `status` is "" without an open or closed file."""

    child_id: str
    name: str
    sex: str
    birth: Day
    guardian: str
    school: str
    grade: str
    klass: str
    enrolment: str
    pinyin: str
    status: str


class Confirmation(NamedTuple):
    """The latest word on a child: when, what, who said it. `said`: place and note, {} once erased."""

    on: Day
    found: str
    by: str
    said: Mapping[str, str]


class Asked(NamedTuple):
    """The children asked for: of one village, of an age (first and last birthday), as of a day and act.

    `since`: a confirmation from this day on counts.
    """

    village: str
    born: tuple[Day, Day]
    day: Day
    k: int
    since: Day


def add_confirmation(
    act: Act, child_id: str, *, village: str, on: Day, found: str, said: Mapping[str, str]
) -> None:
    """Writes what was said under the act."""
    told = json.dumps(dict(said), ensure_ascii=False, sort_keys=True).encode()
    private = act.keys.seal(child_id, told, _AAD) if said else None
    row = {"child_id": child_id, "village": village, "confirmed_on": on, "found": found, "private": private}
    act.conn.execute(insert(village_confirmation).values(**row, known_from=act.id))
    act.touch()


def latest(
    conn: Connection, keys: ChildKeys, k: int, children: Iterable[str], since: Day = ""
) -> dict[str, Confirmation]:
    """Child → the latest word on it, told by act `k` and not before the day `since`."""
    query = (
        select(village_confirmation, act_table.c.name)
        .join_from(village_confirmation, act_table, act_table.c.id == _v.known_from, isouter=True)
        .where(_v.child_id.in_(list(children)), _v.known_from <= k, _v.confirmed_on >= since)
        .order_by(_v.known_from)
    )
    rows = {row.child_id: row for row in conn.execute(query)}
    keys.fetch(rows)
    return {
        child_id: Confirmation(
            row.confirmed_on, row.found, row.name or "", _said(keys, child_id, row.private)
        )
        for child_id, row in rows.items()
    }


def _said(keys: ChildKeys, child_id: str, private: bytes | None) -> dict[str, str]:
    plain = keys.open(child_id, bytes(private), _AAD) if private else None
    return dict(json.loads(plain)) if plain else {}


def villagers(
    conn: Connection,
    units: Units,
    asked: Asked,
    *,
    which: str,
    named: str = "",
    after: After | None,
    size: int,
) -> tuple[list[Villager], After | None]:
    """One page of the village's children of school age by name; `which`: ALL, WAITING or CONFIRMED."""
    query = _residents(units, asked).order_by(*_ORDER).limit(size + 1)
    if named:
        query = query.where(named_like(named))
    if which != ALL:
        query = query.where(_confirmed(asked) if which == CONFIRMED else ~_confirmed(asked))
    if after:
        query = query.where(tuple_(*_ORDER) > tuple_(*after))
    found = [Villager(*row) for row in conn.execute(query)]
    page = found[:size]
    return page, (page[-1].pinyin, page[-1].child_id) if len(found) > size else None


def progress(conn: Connection, units: Units, asked: Asked) -> tuple[int, int]:
    """(confirmed, all) children of school age of the village."""
    everyone = (
        select(func.count())
        .select_from(roster_span)
        .join(child, _c.child_id == _s.child_id)
        .where(*_living(units, asked))
    )
    return conn.scalar(everyone.where(_confirmed(asked))) or 0, conn.scalar(everyone) or 0


def one_of(conn: Connection, units: Units, asked: Asked, child_id: str) -> Villager | None:
    """One child of the village, of any age; None when it does not live there."""
    query = _residents(units, asked._replace(born=_ANY_AGE)).where(_c.child_id == child_id)
    row = conn.execute(query).first()
    return Villager(*row) if row else None


def same_name(conn: Connection, units: Units, asked: Asked, name: str, year: str) -> list[Villager]:
    """Children of the village's roster who carry this name and were born that year, of any age."""
    whole_year = asked._replace(born=(f"{year}-01-01", f"{year}-12-31"))
    query = _residents(units, whole_year).where(_c.name == name).order_by(*_ORDER)
    return [Villager(*row) for row in conn.execute(query)]


def _residents(units: Units, asked: Asked) -> Select[Any]:
    columns = (_c.child_id, _c.name, _c.sex, _c.birth, _c.guardian, _s.school, _s.grade, _s.klass)
    return (
        select(*columns, _s.enrolment, _c.pinyin, func.coalesce(case_board.c.status, ""))
        .join_from(roster_span, child, _c.child_id == _s.child_id)
        .join(case_board, case_board.c.case_id == _s.child_id, isouter=True)
        .where(*_living(units, asked))
    )


def _living(units: Units, asked: Asked) -> Sequence[ColumnElement[bool]]:
    """Children whose home is the village: by residence, else by registration, as the roster resolved it."""
    codes = [
        unit.code
        for unit in units
        if unit.kind == VILLAGE and units.standing(unit.code, asked.day) == asked.village
    ]
    first, last = asked.born
    return (
        # The two indexed columns find the rows, the resolved one decides.
        or_(_s.residence.in_(codes), _s.registration.in_(codes)),
        _s.village == asked.village,
        and_(_s.valid_from <= asked.day, _s.valid_to > asked.day),
        *believed_at(roster_span, asked.k),
        _c.birth.between(first, last),
    )


def _confirmed(asked: Asked) -> ColumnElement[bool]:
    return (
        select(_v.child_id)
        .where(_v.child_id == _s.child_id, _v.confirmed_on >= asked.since, _v.known_from <= asked.k)
        .exists()
    )
