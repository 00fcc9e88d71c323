"""`unit_duty`: which of its own duties a unit did, and which the level above excused (单位事项办结)."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    bindparam,
    select,
)

from casework.domain.unit_duty import unit_duties_id
from casework.domain.values import Day
from casework.projections.bitemporal import believed
from casework.projections.versions import Values, Versions
from casework.store.history import Recorded
from casework.store.lookup import Lookup
from casework.store.schema import metadata

unit_duty = Table(
    "unit_duty",
    metadata,
    Column("file_id", String(32), nullable=False),
    Column("rule", String(60), nullable=False),
    Column("due_day", String(10), nullable=False),
    Column("done_on", String(10), nullable=False),
    Column("no", Integer, nullable=False),
    Column("figure", Integer, nullable=False),
    Column("excused_on", String(10), nullable=False),
    Column("known_from", BigInteger, nullable=False),
    Column("known_to", BigInteger, nullable=False),
    PrimaryKeyConstraint("file_id", "rule", "due_day", "known_from"),
    comment="Units' own duties that were done (no: the record's event) or excused; figure -1: none",
)

_d = unit_duty.c
_UNTOUCHED: Values = {"done_on": "", "no": 0, "figure": -1, "excused_on": ""}


def _key(event: Recorded) -> tuple[str, str, str] | None:
    if event.topic.startswith("unit_duty.") and "rule" in event.clear:
        return event.originator, event.clear["rule"], event.clear["due_day"]
    return None


def _change(row: Values | None, event: Recorded) -> Values | None:
    told, now = event.clear, {**(row or _UNTOUCHED)}
    match event.topic.partition(".")[2]:
        case "Completed":
            now |= {"done_on": told["on"], "no": event.version, "figure": told["figure"]}
        case "Corrected":
            now |= {"done_on": told["on"], "figure": told["figure"]}
        case "Voided":
            now |= {"done_on": "", "no": 0, "figure": -1}
        case "DutyExcused":
            now |= {"excused_on": told["on"]}
        case "DutyExcuseVoided":
            now |= {"excused_on": ""}
    return now if now != _UNTOUCHED else None


UNIT_DUTIES = Versions(unit_duty, ("file_id", "rule", "due_day"), _key, _change)


class Kept(NamedTuple):
    """What is recorded of one duty of a unit; "" and 0 for nothing. `figure` -1: none was counted."""

    done_on: Day
    no: int
    figure: int
    excused_on: Day


NOTHING = Kept("", 0, -1, "")


def kept_of(
    conn: Connection, k: int, units: Iterable[str], rules: Iterable[str], first: Day, last: Day
) -> dict[tuple[str, str, Day], Kept]:
    """(unit, rule, due day) → what is recorded, for duties of these units that fall due in [first, last]."""
    files = {unit_duties_id(unit).hex: unit for unit in units}
    asked = {"k": k, "rules": sorted(set(rules)), "first": first, "last": last}
    return {
        (files[file], rule, due_day): Kept(*kept)
        for file, rule, due_day, *kept in _KEPT.rows(conn, sorted(files), **asked)
    }


# Made once: every queue asks.
_KEPT = Lookup(
    select(_d.file_id, _d.rule, _d.due_day, _d.done_on, _d.no, _d.figure, _d.excused_on).where(
        *believed(unit_duty),
        _d.rule.in_(bindparam("rules", expanding=True)),
        _d.due_day.between(bindparam("first"), bindparam("last")),
    ),
    _d.file_id,
)
