"""`roll_call` and `roll_call_child`: how each school's 开学核查 stands, and who was not in class.

Both follow from the sheets' events. The figures are those of the last filing, also while a filed
sheet is open for correction; the children are those marked now.
"""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    select,
)

from casework.domain.roll_call import ABSENT, DRAFT, FIGURES, FILED
from casework.domain.values import Day
from casework.projections.bitemporal import believed_at
from casework.projections.roster import child
from casework.projections.versions import Values, Versions
from casework.store.history import Recorded
from casework.store.schema import act as act_table
from casework.store.schema import metadata

roll_call = Table(
    "roll_call",
    metadata,
    Column("roll_call_id", String(32), nullable=False),
    Column("school", String(40), nullable=False),
    Column("term", String(10), nullable=False),
    Column("state", String(10), nullable=False),
    Column("filed", Integer, nullable=False),
    Column("filed_by", Integer, nullable=False),
    *(Column(name, Integer, nullable=False) for name in FIGURES),
    Column("classes", Text, nullable=False),
    Column("known_from", Integer, nullable=False),
    Column("known_to", Integer, nullable=False),
    PrimaryKeyConstraint("roll_call_id", "known_from"),
    Index(None, "term", "school"),
    comment="A school's sheet of a term; figures and classes (JSON) as last filed, by act filed_by",
)

roll_call_child = Table(
    "roll_call_child",
    metadata,
    Column("roll_call_id", String(32), nullable=False),
    Column("child_id", String(32), nullable=False),
    Column("mark", String(20), nullable=False),
    Column("outcome", String(40), nullable=False),
    Column("known_from", Integer, nullable=False),
    Column("known_to", Integer, nullable=False),
    PrimaryKeyConstraint("roll_call_id", "child_id", "known_from"),
    comment="Why a child was not in class at the start of a term; the words are sealed in the events",
)


class FiledSheet(NamedTuple):
    """A school's sheet: its state, how often and by whom it was filed (microseconds), figures as filed."""

    school: str
    state: str
    filed: int
    by: str
    at_us: int
    figures: dict[str, int]
    classes: list[dict[str, Any]]


class NotArrived(NamedTuple):
    """One 未报到 child of a sheet, verified by name."""

    school: str
    child_id: str
    name: str
    outcome: str


def _sheet_key(event: Recorded) -> tuple[str] | None:
    return (event.originator,) if event.topic.startswith("roll_call.") else None


def _sheet(row: Values | None, event: Recorded) -> Values | None:
    told = event.clear
    if event.topic == "roll_call.Opened":
        head = {"school": told["school"], "term": told["term"], "state": DRAFT, "filed": 0, "filed_by": 0}
        return {**head, **dict.fromkeys(FIGURES, 0), "classes": "[]"}
    assert row is not None, event
    if event.topic == "roll_call.Filed":
        sums = {name: sum(each[name] for each in told["classes"]) for name in FIGURES}
        classes = json.dumps(told["classes"], ensure_ascii=False, sort_keys=True)
        filed = {"state": FILED, "filed": told["no"], "filed_by": event.act}
        return {**row, **filed, **sums, "classes": classes}
    return {**row, "state": DRAFT} if event.topic == "roll_call.Reopened" else row


def _child_key(event: Recorded) -> tuple[str, str] | None:
    return (event.originator, event.clear["child_id"]) if event.topic == "roll_call.ChildMarked" else None


def _child(row: Values | None, event: Recorded) -> Values | None:
    told = event.clear
    return {"mark": told["mark"], "outcome": told["outcome"]} if told["mark"] else None


ROLL_CALLS = Versions(roll_call, ("roll_call_id",), _sheet_key, _sheet)
ROLL_CALL_CHILDREN = Versions(roll_call_child, ("roll_call_id", "child_id"), _child_key, _child)


def sheets_of(conn: Connection, k: int, term: Day, schools: Iterable[str]) -> dict[str, FiledSheet]:
    """School → its sheet of a term, filed or not; schools that have not begun are left out."""
    wanted = set(schools)
    r, a = roll_call.c, act_table.c
    query = (
        select(roll_call, a.name.label("by"), a.recorded_us)
        .join_from(roll_call, act_table, a.id == r.filed_by, isouter=True)
        .where(r.term == term, *believed_at(roll_call, k))
    )
    return {
        row["school"]: FiledSheet(
            row["school"],
            row["state"],
            row["filed"],
            row["by"] or "",
            row["recorded_us"] or 0,
            {name: row[name] for name in FIGURES},
            json.loads(row["classes"]),
        )
        for row in conn.execute(query).mappings()
        if row["school"] in wanted
    }


def not_arrived(conn: Connection, k: int, term: Day, schools: Iterable[str]) -> list[NotArrived]:
    """The 未报到 children of the schools' filed sheets of a term, by school and name."""
    wanted = set(schools)
    r, m = roll_call.c, roll_call_child.c
    query = (
        select(r.school, m.child_id, child.c.name, m.outcome)
        .join_from(roll_call_child, roll_call, r.roll_call_id == m.roll_call_id)
        .join(child, child.c.child_id == m.child_id)
        .where(r.term == term, r.state == FILED, m.mark == ABSENT)
        .where(*believed_at(roll_call, k), *believed_at(roll_call_child, k))
        .order_by(r.school, child.c.pinyin, m.child_id)
    )
    return [NotArrived(*row) for row in conn.execute(query) if row.school in wanted]
