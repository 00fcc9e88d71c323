"""The preview of a closing: who and what moves from the old place to the new one."""

from dataclasses import dataclass

from sqlalchemy import select

from casework.commands.unit_closing import Closing, check_closing, closing_of
from casework.domain.permissions import READ_CHILDREN
from casework.domain.posting import PostingRow
from casework.domain.units import TOWNSHIPS, Unit, Units
from casework.domain.values import FOREVER, Day
from casework.projections.case_board import case_board
from casework.projections.children import records_of
from casework.projections.scope import within
from casework.service import Reading
from casework.web.access import Viewer
from casework.web.filters import masked_name
from casework.web.units.lines import managed_by
from casework.web.units.rooms import rooms_of

_b = case_board.c


@dataclass(frozen=True)
class OpenFile:
    """One file that moves, as far as the viewer may see it."""

    child_id: str
    name: str
    room: str
    status: str


@dataclass(frozen=True)
class Preview:
    """What will be asked to be confirmed. `bound`: postings that can not go along.

    `same_rooms`: classes that both schools have by the same name.
    """

    closing: Closing
    into: Unit | None
    files: list[OpenFile]
    bound: set[str]
    same_rooms: list[str]

    def may_move(self, row: PostingRow) -> bool:
        """Whether a posting may go on at the successor."""
        return self.into is not None and row.id not in self.bound


def preview(reading: Reading, viewer: Viewer, unit: Unit, on: Day, successor: str, today: Day) -> Preview:
    """The preview, or the reason why the unit can not close so."""
    units, conn = reading.reference.units, reading.snapshot.conn
    managed = {each.code for each in managed_by(units, viewer)}
    check_closing(conn, units, managed, unit, on=on, successor=successor, today=today)
    closing = closing_of(conn, units, unit, on)
    alone = reading.reference.posts(on).one_holder
    bound = {row.id for row in closing.postings if row.post in alone and not row.acting}
    into = units.get(successor) if successor else None
    same = _same_rooms(reading, unit, into, today) if into else []
    return Preview(closing, into, _named(reading, viewer, closing.files), bound, same)


def _same_rooms(reading: Reading, unit: Unit, into: Unit, today: Day) -> list[str]:
    theirs = set(rooms_of(reading, into.code, today))
    return [grade + klass for grade, klass in rooms_of(reading, unit.code, today) if (grade, klass) in theirs]


def _named(reading: Reading, viewer: Viewer, files: list[str]) -> list[OpenFile]:
    """The files the viewer sees; the administrator sees numbers only."""
    if not viewer.may(READ_CHILDREN):
        return []
    conn, found = reading.snapshot.conn, []
    for start in range(0, len(files), 500):
        chunk = files[start : start + 500]
        query = select(_b.case_id, _b.grade, _b.klass, _b.status).where(
            _b.case_id.in_(chunk), within(case_board, viewer.reach)
        )
        names = records_of(conn, chunk)
        for child_id, grade, klass, status in conn.execute(query.order_by(_b.rank, _b.case_id)):
            name = names[child_id].name if child_id in names else ""
            found.append(
                OpenFile(child_id, masked_name(name) if viewer.masked else name, grade + klass, status)
            )
    return found


def successors(units: Units, viewer: Viewer, unit: Unit) -> tuple[list[Unit], list[Unit]]:
    """Units that may take this one over: (below the same parent or in the same township, elsewhere)."""
    kinds = TOWNSHIPS if unit.kind in TOWNSHIPS else (unit.kind,)
    county = units.county_of(unit.code)
    fit = [
        each
        for each in managed_by(units, viewer)
        if each.kind in kinds
        and each.code != unit.code
        and each.closed_on == FOREVER
        and units.county_of(each.code) == county
    ]
    near = [
        each
        for each in fit
        if each.parent == unit.parent or (unit.township and each.township == unit.township)
    ]
    return near, [each for each in fit if each not in near]
