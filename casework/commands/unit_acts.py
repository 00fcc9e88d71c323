"""设立、停用、合并单位 by a page: what moves is shown first, and confirmed as it was shown (撤点并校).

A closing is one act: the unit, and the postings at it. The children follow in acts of at most 200
files, each complete in itself: `follow_unit` asked again goes on where it was.
"""

from collections.abc import Collection
from dataclasses import replace

from casework.commands.rights import needs
from casework.commands.roster import REFUSED, UNCHANGED, follow_units
from casework.commands.standing import manager_of, take_all, unit_at_hand
from casework.commands.unit_closing import Closing, check_closing, closing_of, standing
from casework.commands.units import FILES_AT_ONCE, UnitRow, affected_by, take_unit_rows
from casework.domain.permissions import MANAGE_UNITS
from casework.domain.posting import Posting, PostingRow
from casework.domain.unit import UnitFile, unit_id
from casework.domain.units import Unit, Units
from casework.domain.values import FOREVER, Day, day_after, day_of
from casework.errors import BadInput, ChangedMeanwhile, NotAllowed, NotFound, RuleBroken
from casework.projections.children import left_behind, sitting_in
from casework.projections.reference import Reference
from casework.projections.unit_history import closing_act, ever_placed, versions_of
from casework.projections.unit_posts import changed_by
from casework.store.act import Act
from casework.store.store import Reply

_CLOSING = frozenset({"closed_on", "successor"})
"""What a closing states of a unit."""


@needs(MANAGE_UNITS)
def add_unit(act: Act, reference: Reference, *, unit: Unit) -> Reply:
    """设立单位 below one of the actor's. A code is never used twice, nor a name below one parent."""
    managed = manager_of(act, reference.units).managed
    for above in (unit.parent, unit.township):
        if above and above not in managed:
            raise NotFound("没有这个上级单位或乡镇", unit=above)
    if not unit.code or not unit.name:
        raise BadInput("请填写单位代码和单位名称")
    if unit.code in reference.units:
        raise RuleBroken(f"单位代码“{unit.code}”已经用过；代码停用后也不再使用，请核对后换一个")
    _check_above(reference.units, unit)
    taken = take_unit_rows(act, reference.units, [UnitRow(unit)])[0]
    if taken.verb == REFUSED:
        raise RuleBroken(taken.note)
    return {"unit": unit.code}


@needs(MANAGE_UNITS)
def close_unit(
    act: Act,
    reference: Reference,
    *,
    code: str,
    on: Day,
    successor: str = "",
    seen: str,
    moving: Collection[str] = (),
) -> Reply:
    """停用, or 并入 with a successor, from `on`. Every posting ends on the day before.

    `seen`: the mark of the preview that was confirmed; `moving`: postings that go on at the successor.
    """
    unit = closable(act, reference, code)
    managed, today = manager_of(act, reference.units).managed, day_of(act.recorded_at)
    check_closing(act.conn, reference.units, managed, unit, on=on, successor=successor, today=today)
    closing = closing_of(act.conn, reference.units, unit, on)
    if closing.mark != seen:
        raise ChangedMeanwhile(f"预览之后有变化，现在是：{closing.said}。请核对下面的内容，再确认一次")
    row = UnitRow(replace(unit, closed_on=on, successor=successor), _CLOSING)
    taken = take_unit_rows(act, reference.units, [row])[0]
    if taken.verb in (REFUSED, UNCHANGED):
        raise RuleBroken(taken.note or "没有变化")
    if closing.postings:
        rows = _ended(closing, on, successor, moving)
        _check_moving(reference, rows, successor)
        take_all(act, reference.units, rows, judged=True)
    return {"unit": code, "children": len(closing.children), "files": len(closing.files)}


@needs(MANAGE_UNITS)
def reopen_unit(act: Act, reference: Reference, *, code: str, reason: str, seen: Day) -> Reply:
    """撤销停用: takes a wrong closing back with the postings it ended and began; the children follow back."""
    unit = unit_at_hand(act, reference, code)
    if unit.closed_on != seen:
        raise ChangedMeanwhile(standing(reference.units, unit))
    parent = reference.units.get(unit.parent)
    if parent and parent.closed_on != FOREVER and not parent.successor:
        raise RuleBroken(f"上级单位{parent.name}已于 {parent.closed_on} 停用，请先恢复上级单位")
    closed_by = closing_act(versions_of(act.conn, act.id, code))
    file = act.get(UnitFile, unit_id(code))
    file.reopen(reason)
    act.save(file)
    return {"unit": code, "postings": _take_back(act, unit, closed_by, reason)}


@needs(MANAGE_UNITS)
def follow_unit(act: Act, reference: Reference, *, code: str, after: str = "") -> Reply:
    """One act's share of the children who are to be placed anew, in order of their ids, from `after` on."""
    unit = unit_at_hand(act, reference, code)
    waiting = [each for each in placed_anew(act, reference.units, unit) if each > after]
    chunk = waiting[:FILES_AT_ONCE]
    if chunk:
        follow_units(act, reference.units, chunk)
    return {"last": chunk[-1] if chunk else "", "left": len(waiting) - len(chunk)}


def placed_anew(act: Act, units: Units, unit: Unit) -> list[str]:
    """Whose places follow from this unit: those left behind by its merger, or all it ever placed.

    A unit that merged, came back and merged again may have children at its successor since the first day.
    """
    mergers = {
        (version.unit.successor, version.unit.closed_on)
        for version in versions_of(act.conn, act.id, unit.code)
        if version.unit.successor
    }
    if mergers == {(unit.successor, unit.closed_on)}:
        return left_behind(act.conn, [(unit.code, unit.closed_on)])
    found = ever_placed(act.conn, affected_by(units, unit.code))
    for successor, closed_on in mergers:
        # Children told of after the merger were placed at the successor from the start.
        found.update(sitting_in(act.conn, [units.standing(successor, FOREVER)], closed_on))
    return sorted(found)


def closable(act: Act, reference: Reference, code: str) -> Unit:
    """A unit that is the actor's to close: below the own one, and open."""
    unit = unit_at_hand(act, reference, code)
    if code == act.actor.unit:
        raise NotAllowed("不能停用自己所在的单位；请由上级办理")
    if unit.closed_on != FOREVER:
        raise ChangedMeanwhile(standing(reference.units, unit))
    return unit


def _check_above(units: Units, unit: Unit) -> None:
    for label, above in (("上级单位", units.get(unit.parent)), ("所在乡镇", units.get(unit.township))):
        if above and above.closed_on != FOREVER:
            raise RuleBroken(f"{label}{above.name}已于 {above.closed_on} 停用，请选择现在的单位")
    same = (
        each for each in units if (each.parent, each.kind, each.name) == (unit.parent, unit.kind, unit.name)
    )
    twin = next((each for each in same if each.closed_on == FOREVER), None)
    if twin:
        raise RuleBroken(f"上级单位下已经有同名的{twin.name}（代码 {twin.code}），请核对是否已经登记")


def _ended(closing: Closing, on: Day, successor: str, moving: Collection[str]) -> list[PostingRow]:
    """The postings as the closing leaves them; those that move begin at the successor on its day."""
    last = day_after(on, -1)
    rows: list[PostingRow] = []
    for row in closing.postings:
        if row.since > last:
            raise RuleBroken(f"{row.name}自 {row.since} 起任{row.post}，晚于停用前一天；请先作废这条任职")
        rows.append(replace(row, until=last))
        if successor and row.id in moving:
            rows.append(replace(row, unit=successor, since=on))
    return rows


def _check_moving(reference: Reference, rows: list[PostingRow], successor: str) -> None:
    """Who alone answers for a unit does not come along to one that has its own head."""
    for row in rows:
        if row.unit == successor and row.post in reference.posts(row.since).one_holder and not row.acting:
            into = reference.units.name(successor)
            raise RuleBroken(f"{row.post}由一人担任，{row.name}不能随迁到{into}；请在合并后用“交接”登记")


def _take_back(act: Act, unit: Unit, closed_by: int, reason: str) -> int:
    """Undoes what the closing act did to postings, where nobody changed them since."""
    count = 0
    for row, before in changed_by(act.conn, closed_by):
        posting = act.get(Posting, row.id)
        if row.unit == unit.code and before:
            count += posting.change(before)
        elif row.unit == unit.successor and before is None:
            posting.void(reason)
            count += 1
        act.save(posting)
    return count
