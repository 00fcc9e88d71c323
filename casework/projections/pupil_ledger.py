"""The sums of the roster: how many pupils and children each place has, kept as acts change it (在籍学生数).

`pupil_ledger` holds differences, each from a business day on and from an act on. `pupil_total` is
their running sum over all days, one row a place as known from one act to another. A report takes
the totals known at its act and takes off what only begins after its last day: so the present
week reads as many rows as the county has places, however long its history and however it was
imported (a list in no order touches every place in every act).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    update,
)

from casework.domain.values import OPEN, Day
from casework.projections.bitemporal import believed_at
from casework.store.schema import metadata

_CODE, _WORD = String(40), String(40)


class PupilPlace(NamedTuple):
    """What is counted apart: a place, and the year in which the children are of school age."""

    county: str
    township: str
    school: str
    stage: str
    cohort: int


Sums = Mapping[tuple[PupilPlace, Day], tuple[int, int]]
"""(place, first day) → how many pupils and how many children come or go."""


def _place_columns() -> tuple[Column[Any], ...]:
    codes = (Column(name, _CODE, nullable=False) for name in ("county", "township", "school"))
    stage = Column("stage", _WORD, nullable=False)
    return (*codes, stage, Column("cohort", Integer, nullable=False))


pupil_ledger = Table(
    "pupil_ledger",
    metadata,
    *_place_columns(),
    Column("since", String(10), nullable=False),
    Column("known_from", Integer, nullable=False),
    Column("pupils", Integer, nullable=False),
    Column("children", Integer, nullable=False),
    PrimaryKeyConstraint("county", "known_from", "since", "township", "school", "stage", "cohort"),
    comment="Differences: pupils and children on the roster from a day on, as known from an act",
)
pupil_total = Table(
    "pupil_total",
    metadata,
    *_place_columns(),
    Column("pupils", Integer, nullable=False),
    Column("children", Integer, nullable=False),
    Column("known_from", Integer, nullable=False),
    Column("known_to", Integer, nullable=False),
    PrimaryKeyConstraint("county", "township", "school", "stage", "cohort", "known_from"),
    comment="The sum of all differences of a place, as known from one act to another",
)
_l, _t = pupil_ledger.c, pupil_total.c
_REST = ("township", "school", "stage", "cohort")
_FIGURES = ("pupils", "children")

# A report reads both wholly from the index; an act finds the totals it changes by the second.
Index(
    "ix_pupil_ledger_since", _l.county, _l.since, _l.known_from, *(_l[name] for name in (*_REST, *_FIGURES))
)
Index(
    "ix_pupil_total_known",
    *(_t.county, _t.known_to, *(_t[name] for name in _REST), _t.known_from, _t.pupils, _t.children),
)


def change_pupils(conn: Connection, act: int, sums: Sums) -> None:
    """Writes the differences of one act, and the totals as they stand from it on."""
    rows = [
        {**place._asdict(), "since": day, "known_from": act, "pupils": pupils, "children": children}
        for (place, day), (pupils, children) in sums.items()
        if pupils or children
    ]
    if not rows:
        return
    conn.execute(insert(pupil_ledger), rows)
    _change_totals(conn, act, totals_of(sums.items()))


def totals_of(
    sums: Iterable[tuple[tuple[PupilPlace, Day], tuple[int, int]]],
) -> dict[PupilPlace, tuple[int, int]]:
    """The differences of each place, added up over all days; places where nothing changes are left out."""
    pupils: Counter[PupilPlace] = Counter()
    children: Counter[PupilPlace] = Counter()
    for (place, _), (of_pupils, of_children) in sums:
        pupils[place] += of_pupils
        children[place] += of_children
    return {place: (pupils[place], children[place]) for place in pupils if pupils[place] or children[place]}


def _change_totals(conn: Connection, act: int, changes: Mapping[PupilPlace, tuple[int, int]]) -> None:
    held = _totals_now(conn, changes)
    if held:
        places = [{f"at_{name}": value for name, value in place._asdict().items()} for place in held]
        conn.execute(_CLOSE, [{**place, "act": act} for place in places])
    new = []
    for place, (pupils, children) in changes.items():
        before = held.get(place, (0, 0))
        now = {"pupils": before[0] + pupils, "children": before[1] + children}
        if any(now.values()):
            new.append({**place._asdict(), **now, "known_from": act, "known_to": OPEN})
    if new:
        conn.execute(insert(pupil_total), new)


_CLOSE = (
    update(pupil_total)
    .where(*(_t[name] == bindparam(f"at_{name}") for name in PupilPlace._fields), _t.known_to == OPEN)
    .values(known_to=bindparam("act"))
)


def _totals_now(conn: Connection, places: Iterable[PupilPlace]) -> dict[PupilPlace, tuple[int, int]]:
    """The totals of places as they now stand, county by county, each a few ranges of the index.

    (Asked as rows `(county, township, …) IN (…)`, SQLite reads the whole table for every act.)
    """
    wanted = sorted(places)
    by = [_t[name] for name in PupilPlace._fields]
    found: dict[PupilPlace, tuple[int, int]] = {}
    for county, of_county in groupby(wanted, key=attrgetter("county")):
        here = set(of_county)
        query = select(*by, _t.pupils, _t.children).where(
            _t.county == county,
            _t.known_to == OPEN,
            _t.township.in_(sorted({place.township for place in here})),
            _t.school.in_(sorted({place.school for place in here})),
        )
        for *values, pupils, children in conn.execute(query):
            place = PupilPlace(*values)
            if place in here:
                found[place] = (pupils, children)
    return found


def pupils_on(
    conn: Connection, k: int, counties: Sequence[str], last: Day, cohorts: tuple[int, int]
) -> Iterator[tuple[tuple[str, str, str, str], int, int]]:
    """(place, pupils, children of the cohorts from–to) at the end of `last`, as known at act `k`."""
    totals = _counts(pupil_total, cohorts).where(_t.county.in_(counties), *believed_at(pupil_total, k))
    later = _counts(pupil_ledger, cohorts).where(_l.county.in_(counties), _l.since > last, _l.known_from <= k)
    sums: dict[tuple[str, str, str, str], tuple[int, int]] = {}
    for query, sign in ((totals, 1), (later, -1)):
        for county, township, school, stage, pupils, due in conn.execute(query):
            place = (county, township, school, stage)
            before = sums.get(place, (0, 0))
            sums[place] = (before[0] + sign * int(pupils), before[1] + sign * int(due))
    for place, (pupils, due) in sums.items():
        yield place, pupils, due


def _counts(table: Table, cohorts: tuple[int, int]) -> Any:
    """Sums by place; those who have long left school count in neither figure and are not read on."""
    c = table.c
    by = (c.county, c.township, c.school, c.stage)
    due = c.cohort.between(*cohorts)
    of_age: ColumnElement[int] = case((due, c.children), else_=0)
    return select(*by, func.sum(c.pupils), func.sum(of_age)).where(or_(c.pupils != 0, due)).group_by(*by)


def totals_by_act(conn: Connection) -> Iterator[tuple[Any, ...]]:
    """Every row that `pupil_total` should have, added up from the ledger (对账)."""
    by = [_l[name] for name in PupilPlace._fields]
    order = (*by, _l.known_from)
    query = select(*order, func.sum(_l.pupils), func.sum(_l.children)).group_by(*order).order_by(*order)
    for place, acts in groupby(conn.execute(query), key=lambda row: PupilPlace(*row[:5])):
        sums, since = (0, 0), 0
        for *_, act, pupils, children in acts:
            if not (pupils or children):
                continue
            if any(sums):
                yield (*place, *sums, since, act)
            sums, since = (sums[0] + int(pupils), sums[1] + int(children)), act
        if any(sums):
            yield (*place, *sums, since, OPEN)
