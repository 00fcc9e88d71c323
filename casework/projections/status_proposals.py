"""`status_proposal`: acts that wait, or waited, for a second person's approval (申报审批).

A row a proposal, as it stands now: what queues and "my proposals" read. Who the child is and where is
joined from the board and the roster.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Row,
    String,
    Table,
    delete,
    func,
    insert,
    select,
)

from casework.domain.case_file import LEDGER_OF_TOPIC, PROPOSALS, CaseFile
from casework.domain.permissions import Reach
from casework.domain.values import Day
from casework.projections.bitemporal import Row as Values
from casework.projections.case_board import case_board
from casework.projections.scope import within
from casework.store.history import Recorded
from casework.store.schema import metadata

_DAY, _WORD = String(10), String(40)

status_proposal = Table(
    "status_proposal",
    metadata,
    Column("case_id", String(32), nullable=False),
    Column("no", Integer, nullable=False),
    Column("change", _WORD, nullable=False),
    Column("reason", _WORD, nullable=False),
    Column("stated_on", _DAY, nullable=False),
    Column("until", _DAY, nullable=False),
    Column("proposed_on", _DAY, nullable=False),
    Column("proposed_by", String(100), nullable=False),
    Column("ended", _WORD, nullable=False),
    Column("ended_on", _DAY, nullable=False),
    PrimaryKeyConstraint("case_id", "no"),
    comment="Acts proposed for a second person's approval, as they stand now; ended '' while they wait",
)
_p, _b = status_proposal.c, case_board.c
Index("ix_status_proposal_waiting", _p.ended, _p.proposed_on)
Index("ix_status_proposal_by", _p.proposed_by, _p.ended_on)

COLUMNS = tuple(column.name for column in status_proposal.columns)
_AT_ONCE = 500
_APPROVED = "case.StatusApproved"


def rows_of(case: str, file: CaseFile) -> list[Values]:
    """A file's rows, in the order of `COLUMNS`."""
    return [
        (
            case,
            no,
            each.body["change"],
            each.body.get("reason", ""),
            each.body["on"],
            each.body.get("until", ""),
            each.body["proposed_on"],
            each.body["by"],
            each.ended,
            each.ended_on,
        )
        for no, each in file.proposals.items()
    ]


def project_proposals(conn: Connection, recorded: Iterable[Recorded], files: Mapping[str, CaseFile]) -> None:
    """Writes the rows of the files whose proposals one act touched."""
    touched = sorted({event.originator for event in recorded if _concerns(event.topic)})
    for start in range(0, len(touched), _AT_ONCE):
        conn.execute(delete(status_proposal).where(_p.case_id.in_(touched[start : start + _AT_ONCE])))
    rows = [dict(zip(COLUMNS, row, strict=True)) for case in touched for row in rows_of(case, files[case])]
    if rows:
        conn.execute(insert(status_proposal), rows)


def _concerns(topic: str) -> bool:
    return topic == _APPROVED or LEDGER_OF_TOPIC.get(topic) == PROPOSALS


_JOINED = select(status_proposal, *(_b[name] for name in ("school", "grade", "klass", "township", "village")))
_JOINED = _JOINED.join_from(status_proposal, case_board, _b.case_id == _p.case_id)


def waiting(conn: Connection, reach: Reach, changes: Iterable[str], size: int) -> list[Row[Any]]:
    """What waits for an answer in a reach, longest first, of these changes; `size` rows at most."""
    query = _JOINED.where(_p.ended == "", _p.change.in_(list(changes)), within(case_board, reach))
    return list(conn.execute(query.order_by(_p.proposed_on, _p.case_id).limit(size)))


def waiting_count(conn: Connection, reach: Reach, changes: Iterable[str], but: str) -> int:
    """How many wait, without those of the login `but`: nobody answers their own."""
    query = select(func.count()).join_from(status_proposal, case_board, _b.case_id == _p.case_id)
    query = query.where(_p.ended == "", _p.change.in_(list(changes)), within(case_board, reach))
    return conn.scalar(query.where(_p.proposed_by != but)) or 0


def made_by(conn: Connection, login: str, since: Day, reach: Reach) -> list[Row[Any]]:
    """A person's own proposals still in reach: those that wait, then those answered since a day."""
    query = _JOINED.where(_p.proposed_by == login, (_p.ended == "") | (_p.ended_on >= since))
    query = query.where(within(case_board, reach))
    return list(conn.execute(query.order_by(_p.ended_on, _p.proposed_on, _p.case_id)))


def answered_count(conn: Connection, login: str, since: Day, reach: Reach, answers: Iterable[str]) -> int:
    """How many of a person's proposals were answered since a day, in these ways."""
    query = select(func.count()).join_from(status_proposal, case_board, _b.case_id == _p.case_id)
    query = query.where(_p.proposed_by == login, _p.ended.in_(list(answers)), _p.ended_on >= since)
    return conn.scalar(query.where(within(case_board, reach))) or 0
