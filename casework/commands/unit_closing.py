"""What a closing brings with it, as it stands at one moment: for the preview and for the act itself."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from casework.commands.units import affected_by
from casework.domain.posting import PostingRow
from casework.domain.units import Unit, Units
from casework.domain.values import FOREVER, Day
from casework.projections.case_board import case_board
from casework.projections.children import sitting_in, with_open_files
from casework.projections.unit_posts import lasting_at


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
