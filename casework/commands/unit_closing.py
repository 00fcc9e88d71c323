"""What a closing brings with it, as it stands at one moment: for the preview and for the act itself."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from casework.commands.units import affected_by, closing_fault
from casework.domain.posting import PostingRow
from casework.domain.units import DISTRICT, SCHOOL, TOWNSHIPS, Unit, Units
from casework.domain.values import FOREVER, Day
from casework.errors import BadInput, NotFound, RuleBroken
from casework.projections.case_board import case_board
from casework.projections.children import sitting_in, with_open_files
from casework.projections.unit_posts import lasting_at

_FARTHEST = timedelta(days=366)


@dataclass(frozen=True)
class Closing:
    """Children placed there on or after the day, those with open files, and the postings that end.

    `arriving`: children under way to it by 转学; `reporting`: units that report through it.
    """

    children: list[str]
    files: list[str]
    postings: list[PostingRow]
    arriving: int
    reporting: list[Unit]

    @property
    def mark(self) -> str:
        """The same mark: the very same children, files and postings."""
        parts = (self.children, self.files, [(row.id, row.until) for row in self.postings], self.arriving)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]

    @property
    def said(self) -> str:
        """In numbers."""
        return (
            f"学生 {len(self.children)} 名，其中未销号个案 {len(self.files)} 份，任职 {len(self.postings)} 个"
        )


def closing_of(conn: Connection, units: Units, unit: Unit, on: Day) -> Closing:
    """What closing a unit from a day on would move and end, as believed now."""
    children = sitting_in(conn, sorted(affected_by(units, unit.code)), on)
    arriving = select(func.count()).where(case_board.c.receiver == unit.code)
    return Closing(
        children,
        with_open_files(conn, children),
        lasting_at(conn, unit.code, on),
        conn.scalar(arriving) or 0,
        [each for each in units if each.reports_for == unit.code and each.closed_on == FOREVER],
    )


def check_closing(
    conn: Connection,
    units: Units,
    managed: Collection[str],
    unit: Unit,
    *,
    on: Day,
    successor: str,
    today: Day,
) -> None:
    """Whether a unit may close so; `managed`: the units the asker manages. Raises the reason."""
    if date.fromisoformat(on) > date.fromisoformat(today) + _FARTHEST:
        raise BadInput(f"停用日期 {on} 在一年以后，请核对年份")
    if successor and successor not in managed:
        raise NotFound("没有这个并入单位", unit=successor)
    closed = replace(unit, closed_on=on, successor=successor)
    why, _ = closing_fault(closed, {each.code: each for each in (*units, closed)}, unit, conn)
    if why:
        raise RuleBroken(why)
    into = units.get(successor)
    if into and into.opened_on > on:
        raise RuleBroken(f"并入单位{into.name}自 {into.opened_on} 起才设立，晚于停用日期")
    schools = _left_without(units, unit, on, successor)
    if schools:
        names = "、".join(each.name for each in schools[:3]) + ("等" if len(schools) > 3 else "")
        raise RuleBroken(
            f"{unit.name}下还有没有停用的学校（{names}）。学校的上级和所在乡镇不能更改，请先停用这些学校或并入别的学校"
        )


def standing(units: Units, unit: Unit) -> str:
    """How a unit now stands, for somebody who saw it otherwise."""
    if unit.closed_on == FOREVER:
        return f"{unit.name}现在没有停用，可能已被他人撤销停用。请刷新后再看"
    into = f"，并入{units.name(unit.successor)}" if unit.successor else ""
    return f"{unit.name}已登记自 {unit.closed_on} 起停用{into}，不需要再办。如登记有误，请先撤销停用"


def _left_without(units: Units, unit: Unit, on: Day, successor: str) -> list[Unit]:
    """Open schools that would hang in the air: below a closing 学区, or located in a township that ends."""
    if unit.kind == DISTRICT:
        return [each for each in units.below(unit.code, SCHOOL) if each.closed_on > on]
    if unit.kind in TOWNSHIPS and not successor:
        return [each for each in units if each.township == unit.code and each.closed_on > on]
    return []
