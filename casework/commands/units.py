"""单位登记: adding, describing and merging units; what a whole sheet of them may say.

All rows are judged together, for a parent may stand below its child in the sheet. Children follow a
merged unit in acts of their own, each complete in itself; asked again, the rest follows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from casework.commands.roster import CHANGED, CREATED, REFUSED, UNCHANGED, Taken, follow_units
from casework.domain.unit import UnitFile, unit_id
from casework.domain.units import (
    CITY,
    COUNTY,
    KINDS,
    PARENT_KINDS,
    PROVINCE,
    SCHOOL,
    TOWNSHIPS,
    Unit,
    Units,
)
from casework.domain.values import FOREVER, SINCE_EVER
from casework.projections.children import left_behind, sitting_in, with_open_files
from casework.projections.postings import posts_held_from
from casework.projections.reference import ReferenceReader
from casework.store.act import Act

FILES_AT_ONCE = 200
"""Children moved in one act: the lock is held for less than a second."""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One row: the unit as stated; `stated` names the optional fields the row fills in."""

    unit: Unit
    stated: frozenset[str] = frozenset()


Fault = tuple[str, str]
"""(why a row can not be, the column it is about); ("", "") when it can."""

NO_FAULT: Fault = ("", "")


def take_unit_rows(act: Act, units: Units, rows: Sequence[UnitRow]) -> list[Taken]:
    """Takes the rows that fit together with what is known; the others are refused with the reason."""
    known = {unit.code: unit for unit in units}
    wanted = [_merged(known.get(row.unit.code), row) for row in rows]
    faults = _faults(known, wanted, act.conn)
    taken = []
    for unit, (why, column) in zip(wanted, faults, strict=True):
        taken.append(Taken(REFUSED, note=why, column=column) if why else _take(act, units, unit))
    return taken


def children_to_move(conn: Connection, units: Units, codes: Sequence[str]) -> list[str]:
    """Children who must be placed anew: `codes` are new or changed, or an earlier merger was interrupted."""
    below = {each for code in codes for each in affected_by(units, code)}
    merged = [(unit.code, unit.closed_on) for unit in units if unit.successor and unit.closed_on != FOREVER]
    return sorted({*sitting_in(conn, sorted(below), SINCE_EVER), *left_behind(conn, merged)})


def affected_by(units: Units, code: str) -> set[str]:
    """The unit, those below it and the schools located in it: whose children follow when it merges."""
    located = {unit.code for unit in units if unit.township == code}
    return {code, *located, *(unit.code for unit in units.below(code, *KINDS.values()))}


def move_children(act: Act, reader: ReferenceReader, children: Sequence[str]) -> int:
    """One act's share of the children who follow their unit."""
    return follow_units(act, reader.within(act.conn, act.id).units, children)


def _merged(known: Unit | None, row: UnitRow) -> Unit:
    """What the row says over what is known: an empty cell says nothing."""
    if known is None:
        return row.unit
    optional = ("category", "township", "reports_for", "poor_village", "opened_on", "closed_on", "successor")
    kept = {name: getattr(known, name) for name in optional if name not in row.stated}
    return replace(row.unit, **kept)


def _take(act: Act, units: Units, unit: Unit) -> Taken:
    held = act.find(UnitFile, unit_id(unit.code))
    if held is None:
        made = UnitFile.add(replace(unit, closed_on=FOREVER, successor=""))
        if unit.closed_on != FOREVER:
            made.become(unit)
        act.save(made)
        return Taken(CREATED)
    before = held.unit
    if not held.become(unit):
        return Taken(UNCHANGED)
    act.save(held)
    changes = [
        (label, _shown(getattr(before, name)), _shown(getattr(unit, name)))
        for name, label in _LABELS.items()
        if getattr(before, name) != getattr(unit, name)
    ]
    closes = (before.closed_on, before.successor) != (unit.closed_on, unit.successor)
    return Taken(CHANGED, changes=changes, warnings=_closing_notes(act, units, unit) if closes else [])


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value in (FOREVER, SINCE_EVER) else str(value)


def _closing_notes(act: Act, units: Units, unit: Unit) -> list[str]:
    """What a closing brings with it: who moves, and which posts must be given anew."""
    codes = sorted(affected_by(units, unit.code))
    children = sitting_in(act.conn, codes, unit.closed_on)
    notes = []
    if children:
        files = len(with_open_files(act.conn, children))
        notes.append(
            f"{unit.name}自 {unit.closed_on} 起并入 {unit.successor}：{len(children)} 名学生"
            f"（其中未销号个案 {files} 份）随之转入"
        )
    held = posts_held_from(act.conn, unit.code, unit.closed_on)
    if held:
        names = "、".join(f"{each.post} {each.name}（{each.login}）" for each in held)
        notes.append(f"{unit.name}停用后以下岗位空悬，请在人员岗位表中填写离任日期并登记新任职：{names}")
    return notes


_LABELS = {
    "name": "单位名称",
    "category": "学校类别",
    "reports_for": "代报单位代码",
    "poor_village": "覆盖贫困村",
    "opened_on": "启用日期",
    "closed_on": "停用日期",
    "successor": "并入单位代码",
}


def _faults(known: Mapping[str, Unit], wanted: Sequence[Unit], conn: Connection) -> list[Fault]:
    """Per row why it can not be; a row that leans on a refused row is refused with it."""
    repeated = _contradicting(wanted)
    twice: Fault = ("同一单位代码在本表中出现多次且内容不同，请只保留正确的一行", "单位代码")
    faults = [twice if unit.code in repeated else NO_FAULT for unit in wanted]
    while True:
        taken = {unit.code: unit for unit, fault in zip(wanted, faults, strict=True) if fault == NO_FAULT}
        tree = {**known, **taken}
        found = [
            fault if fault != NO_FAULT else _fault(unit, tree, known.get(unit.code), conn)
            for unit, fault in zip(wanted, faults, strict=True)
        ]
        if found == faults:
            return faults
        faults = found


def _contradicting(wanted: Sequence[Unit]) -> set[str]:
    seen: dict[str, Unit] = {}
    return {unit.code for unit in wanted if seen.setdefault(unit.code, unit) != unit}


def _fault(unit: Unit, tree: Mapping[str, Unit], known: Unit | None, conn: Connection) -> Fault:
    found = (
        _changed_fault(unit, known),
        _parent_fault(unit, tree),
        _school_fault(unit, tree),
        closing_fault(unit, tree, known, conn),
    )
    return next((fault for fault in found if fault != NO_FAULT), NO_FAULT)


def _parent_fault(unit: Unit, tree: Mapping[str, Unit]) -> Fault:
    why = _ancestry_fault(unit, tree)
    if why:
        return why, "上级代码"
    if not unit.parent:
        if unit.kind in (PROVINCE, CITY, COUNTY):
            return NO_FAULT
        return "上级代码为空：乡镇、村、学区和学校都要填写上级代码", "上级代码"
    parent = tree[unit.parent]
    if parent.kind not in PARENT_KINDS[unit.kind]:
        rule = "学校的上级应为学区或县，学区、乡镇和街道的上级应为县，村的上级应为乡镇或街道"
        return f"上级单位“{parent.name}”的类型不对：{rule}", "上级代码"
    return NO_FAULT


def _ancestry_fault(unit: Unit, tree: Mapping[str, Unit]) -> str:
    seen = {unit.code}
    above = unit.parent
    while above:
        if above in seen:
            return f"上级代码成环：{unit.code} 的上级最终又是它自己，请改正上级代码"
        seen.add(above)
        if above not in tree:
            return (
                f"上级代码“{above}”不存在（或该行被退回），请先登记上级单位" if above == unit.parent else ""
            )
        above = tree[above].parent
    return ""


def _school_fault(unit: Unit, tree: Mapping[str, Unit]) -> Fault:
    if unit.township:
        if unit.kind != SCHOOL:
            return "所在乡镇代码只用于学校", "所在乡镇代码"
        township = tree.get(unit.township)
        if township is None or township.kind not in TOWNSHIPS:
            return f"所在乡镇代码“{unit.township}”不是已登记的乡镇或街道", "所在乡镇代码"
    if unit.reports_for and unit.reports_for not in tree:
        return f"代报单位代码“{unit.reports_for}”不存在", "代报单位代码"
    return NO_FAULT


def _changed_fault(unit: Unit, known: Unit | None) -> Fault:
    if known is None:
        return NO_FAULT
    for label, name in (("类型", "kind"), ("上级代码", "parent"), ("所在乡镇代码", "township")):
        if getattr(unit, name) != getattr(known, name):
            return (
                f"{label}不能更改：{unit.code}（{known.name}）登记为“{getattr(known, name)}”；"
                "隶属有变请停用原单位并新设单位"
            ), label
    return NO_FAULT


def closing_fault(unit: Unit, tree: Mapping[str, Unit], known: Unit | None, conn: Connection) -> Fault:
    """Why a unit can not close as stated: its day, its successor, or what it would leave behind."""
    if unit.successor and unit.closed_on == FOREVER:
        return "填写了并入单位代码，但没有停用日期", "停用日期"
    if unit.closed_on == FOREVER:
        return NO_FAULT
    if unit.closed_on <= unit.opened_on:
        return f"停用日期 {unit.closed_on} 不晚于启用日期 {unit.opened_on}", "停用日期"
    if unit.successor:
        return _successor_fault(unit, tree)
    if known and known.closed_on != FOREVER:
        return NO_FAULT
    open_below = [
        each for each in tree.values() if each.parent == unit.code and each.closed_on > unit.closed_on
    ]
    if open_below:
        names = "、".join(each.name for each in open_below[:3]) + ("等" if len(open_below) > 3 else "")
        return f"其下还有未停用的单位（{names}），请先停用它们或填写并入单位代码", "停用日期"
    staying = len(sitting_in(conn, [unit.code], unit.closed_on))
    if staying:
        why = f"停用日期之后名下还有 {staying} 名学生，须填写并入单位代码（学生和个案随之转入）"
        return why, "并入单位代码"
    return NO_FAULT


def _successor_fault(unit: Unit, tree: Mapping[str, Unit]) -> Fault:
    column = "并入单位代码"
    successor = tree.get(unit.successor)
    if successor is None:
        return f"并入单位代码“{unit.successor}”不存在（或该行被退回）", column
    if successor.kind != unit.kind and not {successor.kind, unit.kind} <= set(TOWNSHIPS):
        return f"并入单位“{successor.name}”的类型与本单位不同", column
    if successor.closed_on <= unit.closed_on and not successor.successor:
        return f"并入单位“{successor.name}”已于 {successor.closed_on} 停用", column
    seen = {unit.code}
    at: Unit | None = successor
    while at and at.successor:
        if at.code in seen:
            break
        seen.add(at.code)
        at = tree.get(at.successor)
    if at is None or at.code in seen:
        return "并入单位代码成环：单位最终又并入自己", column
    return NO_FAULT
