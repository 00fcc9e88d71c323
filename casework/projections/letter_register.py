"""Reading the registers (文书登记簿): pages of letters, newest first, and what waits to be served."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select, tuple_

from casework.domain.calendar import Calendar
from casework.domain.letter_deadline import last_counted_day_over
from casework.domain.permissions import Reach
from casework.domain.values import Day
from casework.projections.letters import letter
from casework.projections.roster import child

UNSERVED, RUNNING, OVER, SERVED, VOIDED = "unserved", "running", "over", "served", "voided"
STATES = (UNSERVED, RUNNING, OVER, SERVED, VOIDED)
"""未送达, 期限内, 已过期, 已送达 (or settled), 作废."""

Key = tuple[Day, int, str, int]
_l = letter.c
_KEY = (_l.issued_on, _l.n, _l.case_id, _l.no)


@dataclass(frozen=True, slots=True)
class RegisterFilter:
    """What is asked for; "" and 0 ask for everything. `state` is one of `STATES`."""

    issuer: str = ""
    kind: str = ""
    year: int = 0
    state: str = ""


@dataclass(frozen=True, slots=True)
class Today:
    """What states are counted by: the day, its calendar, and kinds that are sent within the house and
    never served."""

    day: Day
    calendar: Calendar
    inner: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """One page; `after` is the place to go on from, None at the end. Rows carry name and sex."""

    rows: list[Row[Any]]
    after: Key | None


def register_page(
    conn: Connection,
    reach: Reach,
    asked: RegisterFilter,
    today: Today,
    *,
    after: Key | None = None,
    size: int,
) -> RegisterPage:
    """One page of the registers in a reach; `size` rows at most."""
    query = _registers(select(letter, child.c.name, child.c.sex), reach)
    query = query.where(*_conditions(asked, today))
    if after:
        query = query.where(tuple_(*_KEY) < tuple_(*after))
    query = query.order_by(*(column.desc() for column in _KEY)).limit(size + 1)
    rows = list(conn.execute(query))
    last = rows[size - 1] if len(rows) > size else None
    key = (last.issued_on, last.n, last.case_id, last.no) if last else None
    return RegisterPage(rows[:size], key)


def state_counts(conn: Connection, reach: Reach, today: Today, issuer: str = "") -> dict[str, int]:
    """How many letters of a reach (of one issuer) wait to be served, and how many terms are over."""
    asked = {state: RegisterFilter(issuer=issuer, state=state) for state in (UNSERVED, OVER)}
    return {
        state: conn.scalar(
            _registers(select(func.count()), reach, joined=False).where(*_conditions(each, today))
        )
        or 0
        for state, each in asked.items()
    }


def registers_held(conn: Connection, reach: Reach) -> list[Row[Any]]:
    """(issuer, kind, year, n) of the registers in a reach: what may be asked for, and how long each is."""
    query = _registers(select(_l.issuer, _l.kind, _l.year, func.count().label("n")), reach, joined=False)
    query = query.group_by(_l.issuer, _l.kind, _l.year).order_by(_l.year.desc(), _l.issuer, _l.kind)
    return list(conn.execute(query))


def _registers(query: Select[Any], reach: Reach, *, joined: bool = True) -> Select[Any]:
    """The registers of a reach's units: a unit knows the children it wrote to, also those who moved on."""
    query = query.select_from(letter)
    if joined:
        query = query.outerjoin(child, child.c.child_id == _l.case_id)
    if reach.counties:
        return query.where(_l.county.in_(sorted(reach.counties)))
    return query.where(_l.issuer.in_(sorted(reach.townships | reach.schools)))


def _conditions(asked: RegisterFilter, today: Today) -> list[ColumnElement[bool]]:
    given = (("issuer", asked.issuer), ("kind", asked.kind), ("year", asked.year))
    chosen = [_l[name] == value for name, value in given if value]
    return [*chosen, _in_state(asked.state, today)] if asked.state else chosen


def _in_state(state: str, today: Today) -> ColumnElement[bool]:
    """A term is over once its last day, moved off a holiday, has passed, while the child is still out."""
    held, open_ = _l.voided == 0, _l.settled_on == ""
    past = _l.last_day <= last_counted_day_over(today.calendar, today.day)
    waiting = and_(_l.served_on == "", _l.kind.not_in(sorted(today.inner)))
    if state == UNSERVED:
        return and_(held, open_, waiting)
    if state == RUNNING:
        return and_(held, open_, _l.last_day != "", ~past)
    if state == OVER:
        return and_(held, open_, _l.last_day != "", past)
    if state == SERVED:
        return and_(held, or_(_l.served_on != "", ~open_), or_(_l.last_day == "", ~open_))
    return _l.voided == 1
