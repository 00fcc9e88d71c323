"""`promotion`: which school has taken which school year's step, when and by whom (学年升级)."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    PrimaryKeyConstraint,
    Select,
    String,
    Table,
    select,
)

from casework.domain.promotion import BEGUN, DECLARED, DONE
from casework.projections.bitemporal import believed_at
from casework.projections.versions import Values, Versions
from casework.store.history import Recorded
from casework.store.schema import act as act_table
from casework.store.schema import metadata

_FIGURES = ("up", "left_primary", "left_junior", "stayed")

promotion = Table(
    "promotion",
    metadata,
    Column("promotion_id", String(32), nullable=False),
    Column("school", String(40), nullable=False),
    Column("year", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    *(Column(name, Integer, nullable=False) for name in _FIGURES),
    Column("told_by", Integer, nullable=False),
    Column("known_from", Integer, nullable=False),
    Column("known_to", Integer, nullable=False),
    PrimaryKeyConstraint("promotion_id", "known_from"),
    comment="A school's step into a school year; told_by: the act that began or finished it",
)


class Step(NamedTuple):
    """How a school's promotion stands: by whom and when (microseconds) it was last told."""

    school: str
    state: str
    up: int
    left_primary: int
    left_junior: int
    stayed: int
    by: str
    at_us: int

    @property
    def moved(self) -> int:
        """Pupils who went up or left."""
        return self.up + self.left_primary + self.left_junior


def _key(event: Recorded) -> tuple[str] | None:
    return (event.originator,) if event.topic.startswith("promotion.") else None


def _change(row: Values | None, event: Recorded) -> Values | None:
    told: dict[str, Any] = dict(event.clear)
    if event.topic == "promotion.Begun":
        state = DECLARED if told["declared"] else BEGUN
        none = dict.fromkeys(_FIGURES, 0)
        return {
            "school": told["school"],
            "year": told["year"],
            "state": state,
            **none,
            "told_by": event.act,
        }
    assert row is not None, event
    if event.topic == "promotion.PupilsMoved":
        return {**row, **{name: row[name] + told[name] for name in _FIGURES}}
    return {**row, "state": DONE, "told_by": event.act}


PROMOTIONS = Versions(promotion, ("promotion_id",), _key, _change)


def promotions(conn: Connection, k: int, year: int, schools: Iterable[str]) -> dict[str, Step]:
    """School → how its promotion of a year stands; schools that have not begun are left out."""
    wanted = sorted(schools)
    found: dict[str, Step] = {}
    p, a = promotion.c, act_table.c
    for start in range(0, len(wanted), 500):
        query: Select[Any] = (
            select(p.school, p.state, *(p[name] for name in _FIGURES), a.name, a.recorded_us)
            .join_from(promotion, act_table, a.id == p.told_by)
            .where(p.year == year, p.school.in_(wanted[start : start + 500]), *believed_at(promotion, k))
        )
        found.update((row[0], Step(*row)) for row in conn.execute(query))
    return found
