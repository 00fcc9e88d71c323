"""单位登记: adding, describing and merging units; what a whole sheet of them may say.

All rows are judged together, for a parent may stand below its child in the sheet. Children follow a
merged unit in acts of their own, each complete in itself; asked again, the rest follows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from casework.commands.roster import CHANGED, CREATED, REFUSED, UNCHANGED, Taken, follow_units
from casework.domain.unit import UnitFile, unit_id
from casework.domain.units import (
    COUNTY,
    PARENT_KINDS,
    SCHOOL,
    TOWNSHIPS,
    Unit,
    Units,
)
from casework.domain.values import FOREVER, SINCE_EVER
from casework.projections.children import sitting_in
from casework.projections.reference import ReferenceReader
from casework.store.act import Act

FILES_AT_ONCE = 200
"""Children moved in one act: the lock is held for less than a second."""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One row: the unit as stated; `stated` names the optional fields the row fills in."""

    unit: Unit
    stated: frozenset[str] = frozenset()


def take_unit_rows(act: Act, units: Units, rows: Sequence[UnitRow]) -> list[Taken]:
    """Takes the rows that fit together with what is known; the others are refused with the reason."""
    known = {unit.code: unit for unit in units}
    wanted = [_merged(known.get(row.unit.code), row) for row in rows]
    faults = _faults(known, wanted, act)
    taken = []
    for unit, fault in zip(wanted, faults, strict=True):
        taken.append(Taken(REFUSED, note=fault) if fault else _take(act, unit))
    return taken


def children_to_move(act_conn: object, units: Units, codes: Sequence[str]) -> list[str]:
    """Children who still sit in merged or newly known units and must follow them."""
    since = min((unit.closed_on for unit in map(units.get, codes) if unit and unit.successor), default=None)
    return sitting_in(act_conn, codes, since or SINCE_EVER)  # type: ignore[arg-type]


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


def _take(act: Act, unit: Unit) -> Taken:
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
        (label, str(getattr(before, name)), str(getattr(unit, name)))
        for name, label in _LABELS.items()
        if getattr(before, name) != getattr(unit, name)
    ]
    return Taken(CHANGED, changes=changes)


_LABELS = {
    "name": "单位名称",
    "category": "学校类别",
    "reports_for": "代报单位代码",
    "poor_village": "覆盖贫困村",
    "opened_on": "启用日期",
    "closed_on": "停用日期",
    "successor": "并入单位代码",
}


def _faults(known: Mapping[str, Unit], wanted: Sequence[Unit], act: Act) -> list[str]:
    """Per row why it can not be; a row that leans on a refused row is refused with it."""
    repeated = _contradicting(wanted)
    faults = [
        "同一单位代码在本表中出现多次且内容不同，请只保留正确的一行" if unit.code in repeated else ""
        for unit in wanted
    ]
    while True:
        taken = {unit.code: unit for unit, fault in zip(wanted, faults, strict=True) if not fault}
        tree = {**known, **taken}
        found = [
            fault or _fault(unit, tree, known.get(unit.code), act)
            for unit, fault in zip(wanted, faults, strict=True)
        ]
        if found == faults:
            return faults
        faults = found


def _contradicting(wanted: Sequence[Unit]) -> set[str]:
    seen: dict[str, Unit] = {}
    return {unit.code for unit in wanted if seen.setdefault(unit.code, unit) != unit}


def _fault(unit: Unit, tree: Mapping[str, Unit], known: Unit | None, act: Act) -> str:
    return (
        _parent_fault(unit, tree)
        or _school_fault(unit, tree)
        or _changed_fault(unit, known)
        or _closing_fault(unit, tree, known, act)
    )


def _parent_fault(unit: Unit, tree: Mapping[str, Unit]) -> str:
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
    if not unit.parent:
        if unit.kind in ("province", "city", "county"):
            return ""
        return "上级代码为空：乡镇、村、学区和学校都要填写上级代码"
    parent = tree[unit.parent]
    if parent.kind not in PARENT_KINDS[unit.kind]:
        return (
            f"上级单位“{parent.name}”的类型不对：学校的上级应为学区或县，"
            "学区、乡镇和街道的上级应为县，村的上级应为乡镇或街道"
        )
    return ""


def _school_fault(unit: Unit, tree: Mapping[str, Unit]) -> str:
    if unit.township:
        if unit.kind != SCHOOL:
            return "所在乡镇代码只用于学校"
        township = tree.get(unit.township)
        if township is None or township.kind not in TOWNSHIPS:
            return f"所在乡镇代码“{unit.township}”不是已登记的乡镇或街道"
    if unit.reports_for and unit.reports_for not in tree:
        return f"代报单位代码“{unit.reports_for}”不存在"
    return ""


def _changed_fault(unit: Unit, known: Unit | None) -> str:
    if known is None:
        return ""
    for label, name in (("类型", "kind"), ("上级代码", "parent"), ("所在乡镇代码", "township")):
        if getattr(unit, name) != getattr(known, name):
            return (
                f"{label}不能更改：{unit.code}（{known.name}）登记为“{getattr(known, name)}”；"
                "隶属有变请停用原单位并新设单位"
            )
    return ""


def _closing_fault(unit: Unit, tree: Mapping[str, Unit], known: Unit | None, act: Act) -> str:
    if unit.successor and unit.closed_on == FOREVER:
        return "填写了并入单位代码，但没有停用日期"
    if unit.closed_on == FOREVER:
        return ""
    if unit.closed_on <= unit.opened_on:
        return f"停用日期 {unit.closed_on} 不晚于启用日期 {unit.opened_on}"
    if unit.successor:
        return _successor_fault(unit, tree)
    if known and known.closed_on == FOREVER and unit.kind != COUNTY and _has_children(unit, act):
        return "该单位名下还有学生，停用须填写并入单位代码（学生和个案随之转入）"
    return ""


def _successor_fault(unit: Unit, tree: Mapping[str, Unit]) -> str:
    successor = tree.get(unit.successor)
    if successor is None:
        return f"并入单位代码“{unit.successor}”不存在"
    if successor.kind != unit.kind and not {successor.kind, unit.kind} <= set(TOWNSHIPS):
        return f"并入单位“{successor.name}”的类型与本单位不同"
    seen = {unit.code}
    while successor is not None and successor.successor:
        if successor.code in seen:
            break
        seen.add(successor.code)
        successor = tree.get(successor.successor)
    if successor is None or successor.code in seen:
        return "并入单位代码成环：单位最终又并入自己"
    return ""


def _has_children(unit: Unit, act: Act) -> bool:
    return bool(sitting_in(act.conn, [unit.code], unit.closed_on))
