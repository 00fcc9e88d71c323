"""Pending duties that arise once, walked by due day, a batch at a time (待办的逐批读取).

The statements are made once for each shape of question: what differs from seat to seat is bound. A batch
is found by index; only its own rows are read. The first batches of several stretches of days come in one
statement.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)

from casework.domain.duty import EXCUSED, state_of
from casework.domain.duty_policy import ISSUER
from casework.domain.values import FOREVER, SINCE_EVER, Day
from casework.projections.duty_lines import AT_ONCE, Line, Ruled, head_of, line_of, ruled_by
from casework.projections.duty_rows import ENDING, PENDING, duty, duty_excuse
from casework.projections.reference import Reference
from casework.store.snapshot import Snapshot

_d = duty.c
_ORDER = ("due_day", "case_id", "no", "seq", "rule")
_COLUMNS = (
    *("rule", "unit", "case_id", "begins", "due_day", "grade", "klass"),
    *("no", "seq", "county", "township", "school", "stage"),
)

Key = tuple[str, str, int, int, str, str, str]
Keyed = tuple[Key, Line]
START: Key = ("", "", 0, 0, "", "", "")
UNIT, UNITS, CASES, COUNTY = "unit", "units", "case_id", "county"
"""Where: at one unit, at some, about some children, about the children of a county."""


@dataclass(frozen=True, slots=True)
class Days:
    """Lines that fall due in [first, last]."""

    first: Day = SINCE_EVER
    last: Day = FOREVER

    def takes(self, line: Line) -> bool:
        """Whether a line falls due then."""
        return self.first <= line.due_day <= self.last


EVERY_DAY = Days()


class Stretch(NamedTuple):
    """Duties of these rules that begin in [since, until) and are due by `last`."""

    rules: tuple[str, ...]
    since: Day = SINCE_EVER
    until: Day = FOREVER
    last: Day = FOREVER


def key_of(line: Line) -> Key:
    """Where a line stands in the queue: by due day, then by child; a unit's own by rule, then by unit."""
    return line.due_day, line.case, line.no, line.seq, line.rule, line.begins, line.unit


def places_at_once(places: Collection[str]) -> list[list[str]]:
    """All places, so many together as one walk takes."""
    wanted = sorted(places)
    return [wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE)]


def in_order(lines: Iterable[Line]) -> list[Keyed]:
    """Lines with their keys, as a queue shows them."""
    return sorted((key_of(line), line) for line in lines)


class Walk:
    """The pending duties of some rules at some place, begun by today; those excused are left out.

    `places`: one, or as many as `places_at_once` gives. `rooms`: of these classes, or of none. `at_once`:
    how many lines are read at a time.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        reference: Reference,
        today: Day,
        where: str,
        places: Sequence[str],
        stretches: Sequence[Stretch],
        rooms: Sequence[str] = (),
        at_once: int = 100,
    ) -> None:
        self._snapshot, self._reference, self._today = snapshot, reference, today
        self._at_once = at_once
        self._where, self._rooms = where, bool(rooms)
        self._n = len(stretches)
        self._bound: dict[str, Any] = {"k": snapshot.k, "today": today, "most": at_once, **_bound(stretches)}
        self._bound |= {"rooms": list(rooms)} if rooms else {}
        self._bound["places"] = list(places) if where in (UNITS, CASES) else places[0]
        self._ruled: dict[tuple[str, Day], Ruled] = {}
        self._ahead: dict[Days, list[Keyed]] = {}

    def read_ahead(self, parts: Sequence[Days]) -> None:
        """Reads the first batch of each of these stretches of days, all at once."""
        self._ahead = {part: [] for part in parts}
        if self._n:
            for at, key, line in self._read(parts, START):
                self._ahead[parts[at]].append((key, line))

    def lines(self, days: Days, after: Key) -> Iterator[Keyed]:
        """Those that fall due in some days, from a key on."""
        if not self._n:
            return
        batch = self._ahead.get(days) if after == START else None
        if batch is None:
            batch = [(key, line) for _, key, line in self._read([days], after)]
        while batch:
            yield from (keyed for keyed in batch if keyed[1].state != EXCUSED)
            if len(batch) < self._at_once:
                return
            batch = [(key, line) for _, key, line in self._read([days], batch[-1][0])]

    def _read(self, parts: Sequence[Days], after: Key) -> list[tuple[int, Key, Line]]:
        """The lines of each part in order, numbered by part; those excused too."""
        bound = dict(self._bound)
        for at, days in enumerate(parts):
            bound[f"first{at}"], bound[f"last{at}"] = max(days.first, after[0]), days.last
        further = after != START
        if further:
            bound |= {f"after_{name}": value for name, value in zip(_ORDER, after[:5], strict=True)}
        query = _statement(self._where, self._n, self._rooms, len(parts), further)
        rows = self._snapshot.conn.execute(query, bound).all()
        lines = ((part, self._line(*values)) for part, *values in rows)
        return sorted((part, key_of(line), line) for part, line in lines)

    def _line(
        self,
        rule: str,
        unit: str,
        case: str,
        begins: Day,
        due_day: Day,
        grade: str,
        klass: str,
        no: int,
        seq: int,
        county: str,
        township: str,
        school: str,
        stage: str,
        excused_on: Day | None,
    ) -> Line:
        """As `line_of`, as it stands today."""
        ruled = self._ruled.get((rule, begins))
        if ruled is None:
            ruled = self._ruled[rule, begins] = ruled_by(self._reference, rule, begins)
        policy, role, posts = ruled
        excused_on, today = excused_on or "", self._today
        state = state_of(due_day=due_day, fulfilled_on="", stopped_on="", excused_on=excused_on, on=today)
        role = head_of(self._reference, unit) if role == ISSUER else role
        done = ("", 0, "", excused_on)
        place = (county, township, school, stage)
        return Line(
            rule,
            policy,
            role,
            unit,
            case,
            begins,
            due_day,
            grade,
            klass,
            posts,
            *done,
            no,
            seq,
            *place,
            state,
        )


def ending(
    snapshot: Snapshot, reference: Reference, today: Day, unit: str, stretches: Sequence[Stretch]
) -> list[Line]:
    """The duties of a unit whose condition stops tomorrow or later: still owed today. Few; excused too."""
    if not stretches:
        return []
    bound = {"unit": unit, "today": today, **_bound(stretches)}
    rows = snapshot.conn.execute(_ending(len(stretches)), bound)
    return [line_of(row, reference) for row in rows]


@lru_cache(64)
def _ending(stretches: int) -> Select[Any]:
    today = bindparam("today", type_=String)
    here = _d.unit == bindparam("unit"), _d.stopped_on > today, _d.begins <= today
    return select(duty).where(ENDING, *here, _ruled(_d, stretches))


def _bound(stretches: Sequence[Stretch]) -> dict[str, Any]:
    names = ("rules", "since", "until", "late")
    return {
        f"{name}{at}": value
        for at, each in enumerate(stretches)
        for name, value in zip(names, (list(each.rules), *each[1:]), strict=True)
    }


@lru_cache(256)
def _statement(where: str, stretches: int, rooms: bool, parts: int, further: bool) -> Select[Any]:
    """The first lines of each part, with the day on which they were excused."""
    found = union_all(
        *(select(_part(where, stretches, rooms, at, further).subquery()) for at in range(parts))
    ).subquery()
    e, own = duty_excuse.c, found.c
    key = own.rule + "/" + cast(own.no, String) + "/" + cast(own.seq, String)
    k = bindparam("k", type_=BigInteger)
    excused = select(e.excused_on).where(
        e.case_id == own.case_id, e.duty_key == key, e.known_from <= k, e.known_to > k
    )
    columns = (found.c[name] for name in ("part", *_COLUMNS))
    return select(*columns, excused.scalar_subquery().label("excused_on"))


def _part(where: str, stretches: int, rooms: bool, at: int, further: bool) -> Select[Any]:
    asked = _asked(duty.c, where, stretches, rooms)
    first, last = bindparam(f"first{at}", type_=String), bindparam(f"last{at}", type_=String)
    until: Any = last
    if where == UNITS:
        until = _until(stretches, rooms, first, last, further)
    query = select(*(_d[name] for name in _COLUMNS), literal(at, Integer).label("part")).where(
        PENDING, asked, _d.due_day >= first, _d.due_day <= until
    )
    order = [_d[name] for name in _ORDER]
    if further:
        kinds = (String, String, Integer, Integer, String)
        named = zip(_ORDER, kinds, strict=True)
        key: list[Any] = [bindparam(f"after_{name}", type_=kind) for name, kind in named]
        query = query.where(tuple_(*order) > tuple_(*key))
    return query.order_by(*order).limit(bindparam("most", type_=Integer))


def _asked(c: Any, where: str, stretches: int, rooms: bool) -> ColumnElement[bool]:
    column = c[UNIT] if where == UNITS else c[where]
    many = where in (UNITS, CASES)
    here = column.in_(bindparam("places", expanding=True)) if many else column == bindparam("places")
    conditions = [here, c.begins <= bindparam("today"), _ruled(c, stretches)]
    if rooms:
        named: Any = bindparam("rooms", expanding=True)
        conditions.append(or_(c.klass == "", c.klass.in_(named), (c.grade + c.klass).in_(named)))
    return and_(*conditions)


def _ruled(c: Any, stretches: int) -> ColumnElement[bool]:
    return or_(
        *(
            and_(
                c.rule.in_(bindparam(f"rules{at}", expanding=True)),
                c.begins >= bindparam(f"since{at}"),
                c.begins < bindparam(f"until{at}"),
                c.due_day <= bindparam(f"late{at}"),
            )
            for at in range(stretches)
        )
    )


def _until(stretches: int, rooms: bool, first: Any, last: Any, further: bool) -> ColumnElement[Any]:
    """The day on which a batch of many units is full, by the index alone; `last` when it never is.

    The index gives the order within each unit only: rows are read up to that day, not all there are.
    On the day of a key some may lie before it: then only later days are counted.
    """
    here = and_(PENDING, _asked(_d, UNITS, stretches, rooms), _d.due_day >= first, _d.due_day <= last)
    if further:
        here = and_(here, _d.due_day > bindparam("after_due_day", type_=String))
    full = select(_d.due_day).where(here).order_by(_d.due_day)
    full = full.offset(bindparam("most", type_=Integer)).limit(1).correlate(None)
    return func.coalesce(full.scalar_subquery(), last)
