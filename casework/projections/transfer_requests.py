"""`transfer_request`: what a school typed when it asked for a child, and how that was answered (转入申请).

Whether a number or a name belongs to a child elsewhere is nobody's to find out by asking: an asking that
met no child stands in the list like one that did, until a school answers. So it is a source of truth
like the roster: written under an act, backed up, not rebuilt. What was typed is sealed under the key of
the child it met, else under one of its own.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    LargeBinary,
    Row,
    Select,
    String,
    Table,
    and_,
    false,
    func,
    insert,
    or_,
    select,
    update,
)

from casework.domain import statuses as s
from casework.domain.permissions import Reach
from casework.domain.values import Day
from casework.projections.case_board import RANKS, case_board
from casework.store.act import Act
from casework.store.keys import ChildKeys
from casework.store.schema import metadata

transfer_request = Table(
    "transfer_request",
    metadata,
    Column("request_id", String(32), primary_key=True),
    Column("school", String(40), nullable=False),
    Column("child_id", String(32), nullable=False),
    Column("asked_on", String(10), nullable=False),
    Column("ended", String(20), nullable=False),
    Column("ended_on", String(10), nullable=False),
    Column("private", LargeBinary, nullable=False),
    Column("known_from", Integer, nullable=False),
    Index(None, "school", "ended", "asked_on"),
    Index(None, "child_id", "ended"),
    comment="A school's asking for a child as typed; child_id is empty when it met nobody",
)

_AAD = b"transfer request"
_r, _b = transfer_request.c, case_board.c


class Request(NamedTuple):
    """One asking. `typed` is what the school wrote, "" once erased; `answer` the reason it was given."""

    request_id: str
    school: str
    child_id: str
    asked_on: Day
    ended: str
    ended_on: Day
    typed: str
    answer: str


def add_request(act: Act, request_id: str, *, school: str, child_id: str, on: Day, typed: str) -> None:
    """Keeps an asking under the act."""
    row = {
        "request_id": request_id,
        "school": school,
        "child_id": child_id,
        "asked_on": on,
        "ended": "",
        "ended_on": "",
        "private": _sealed(act, child_id or request_id, typed, ""),
        "known_from": act.id,
    }
    act.conn.execute(insert(transfer_request).values(row))
    act.touch()


def request_of(act: Act, request_id: str) -> Request | None:
    """One asking as it now stands."""
    row = act.conn.execute(select(transfer_request).where(_r.request_id == request_id)).first()
    return _opened(act.keys, row) if row is not None else None


def open_requests(act: Act, child_id: str, school: str) -> list[Request]:
    """The askings of a school for a child that have no answer yet."""
    query = select(transfer_request).where(_r.child_id == child_id, _r.school == school, _r.ended == "")
    return [_opened(act.keys, row) for row in act.conn.execute(query)]


def end_requests(act: Act, requests: Iterable[Request], how: str, *, on: Day, answer: str = "") -> None:
    """Notes the answer of askings; of an erased child nothing more is written down."""
    for each in requests:
        values: dict[str, Any] = {"ended": how, "ended_on": on}
        if each.typed:
            values["private"] = _sealed(act, each.child_id or each.request_id, each.typed, answer)
        query = update(transfer_request).where(_r.request_id == each.request_id)
        act.conn.execute(query.values(values))
        act.touch()


def asked_by(conn: Connection, keys: ChildKeys, schools: Collection[str], since: Day) -> list[Request]:
    """What these schools asked for: without an answer, or answered since a day; newest first."""
    if not schools:
        return []
    lately = or_(_r.ended == "", _r.ended_on >= since)
    query = select(transfer_request).where(_r.school.in_(sorted(schools)), lately)
    rows = list(conn.execute(query.order_by(_r.asked_on.desc(), _r.request_id).limit(_MOST)))
    keys.fetch(row.child_id or row.request_id for row in rows)
    return [_opened(keys, row) for row in rows]


_MOST = 200


class Passing(NamedTuple):
    """A child asked for, or on the way: its row of the board, who asks or receives, and since when."""

    case: Row[Any]
    other: str
    since: Day


def asked_of(conn: Connection, reach: Reach) -> list[Passing]:
    """Askings for children in reach that wait for their school's answer, oldest first."""
    query = _waiting(reach, case_board, _r.school.label("asker"), _r.asked_on)
    found: dict[tuple[str, str], Passing] = {}
    for row in conn.execute(query.order_by(_r.asked_on, _r.request_id).limit(_MOST)):
        found.setdefault((row.case_id, row.asker), Passing(row, row.asker, row.asked_on))
    return list(found.values())


def count_asked_of(conn: Connection, reach: Reach) -> int:
    """How many such askings there are."""
    once = _waiting(reach, _b.case_id, _r.school).distinct().subquery()
    return conn.scalar(select(func.count()).select_from(once)) or 0


def _waiting(reach: Reach, *columns: Any) -> Select[Any]:
    """An asking by the school where the child sits by now was settled by the move itself."""
    joined = and_(_b.case_id == _r.child_id, _r.ended == "", _r.child_id != "", _r.school != _b.school)
    return select(*columns).join_from(transfer_request, case_board, joined).where(_own(reach))


def coming(conn: Connection, schools: Collection[str]) -> list[Passing]:
    """Children on the way to these schools (转学办理中), the longest wait first."""
    rows = _under_way(conn, _b.receiver.in_(sorted(schools))) if schools else []
    return [Passing(row, row.receiver, row.since) for row in rows]


def leaving(conn: Connection, reach: Reach) -> list[Passing]:
    """Children of these schools who were released and are not yet accepted, the longest wait first."""
    return [Passing(row, row.receiver, row.since) for row in _under_way(conn, _own(reach))]


def count_coming(conn: Connection, schools: Collection[str]) -> int:
    """How many children are on the way to these schools."""
    query = select(func.count()).where(_b.receiver.in_(sorted(schools)), _b.rank == RANKS[s.TRANSFERRING])
    return conn.scalar(query) or 0 if schools else 0


def _under_way(conn: Connection, where: ColumnElement[bool]) -> Sequence[Row[Any]]:
    query = select(case_board).where(where, _b.rank == RANKS[s.TRANSFERRING])
    return conn.execute(query.order_by(_b.since, _b.case_id).limit(_MOST)).all()


def _own(reach: Reach) -> ColumnElement[bool]:
    """Children for whose school this reach answers: its own, its district's, its county's."""
    places = (("county", reach.counties), ("school", reach.schools))
    return or_(false(), *(_b[name].in_(sorted(codes)) for name, codes in places if codes))


def _sealed(act: Act, owner: str, typed: str, answer: str) -> bytes:
    told = json.dumps({"typed": typed, "answer": answer}, ensure_ascii=False).encode()
    return act.keys.seal(owner, told, _AAD)


def _opened(keys: ChildKeys, row: Row[Any]) -> Request:
    plain = keys.open(row.child_id or row.request_id, bytes(row.private), _AAD)
    told = json.loads(plain) if plain else {}
    return Request(
        row.request_id,
        row.school,
        row.child_id,
        row.asked_on,
        row.ended,
        row.ended_on,
        told.get("typed", ""),
        told.get("answer", ""),
    )
