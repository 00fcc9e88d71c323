"""What the importers accept: the county as it is known after some imports, told workbook by workbook.

Nothing here is clever: "as known at T" is the replay of the imports up to T, and the value of a field on a
day is the last of its recorded changes on or before that day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from tests.oracle import world
from tests.oracle.moves import Entry, Misfit, Step, walk
from tests.oracle.rows import Refused, check_alone, contents, key_of
from tests.oracle.world import SINCE_EVER, Import, Row, cell, day, several

# roster column -> field of the child's place
FIELDS = {
    "就读情况": "enrolment",
    "学校代码": "school",
    "学段": "stage",
    "年级": "grade",
    "班级": "class",
    "户籍地代码": "registration",
    "现居住地代码": "residence",
    "特殊群体": "groups",
    "帮扶责任人": "helper",
    "监护人": "guardian",
}


@dataclass
class Unit:
    """One row of 单位表 as last known."""

    code: str
    name: str
    kind: str
    parent: str
    category: str = ""
    location: str = ""
    opens: date = date.min
    closes: date = date.max  # 停用日期: the first day it is no longer open
    successor: str = ""


@dataclass(frozen=True)
class Change:
    """From a day on a field has this value, until its next recorded change."""

    on: date
    no: int
    value: str
    source: str  # roster, merger or ledger


@dataclass
class Child:
    """One person of the roster; `recorded` holds what roster and mergers said, field by field."""

    id: str
    number: str
    name: str
    born: date
    certificate: str
    recorded: dict[str, dict[date, Change]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    _changes: dict[str, list[Change]] = field(default_factory=dict)

    def record(self, name: str, on: date, no: int, value: str, source: str) -> None:
        """One value per field per day."""
        self.recorded.setdefault(name, {})[on] = Change(on, no, value, source)
        self._changes.clear()

    def set_steps(self, steps: list[Step]) -> None:
        """The status history as now believed."""
        self.steps = steps
        self._changes.clear()

    def _moves(self, name: str) -> list[Change]:
        """转入接收 and 复学 with 接收学校代码: the child sits in that school from that day."""
        value = {"enrolment": "在籍在校", "class": ""}
        moves = []
        for step in self.steps:
            school = step.entry.get("接收学校代码")
            if school and step.entry.word in ("转入接收", "复学"):
                new = school if name == "school" else value[name]
                moves.append(Change(step.entry.on, step.entry.no, new, "ledger"))
        return moves

    def all_changes(self, name: str) -> list[Change]:
        """Every change of a field, several on one day included, in (day, recorded) order."""
        changes = list(self.recorded.get(name, {}).values())
        if name in ("school", "enrolment", "class"):
            changes += self._moves(name)
        return sorted(changes, key=lambda change: (change.on, change.no))

    def value(self, name: str, on: date) -> str:
        """The field on that day: the last change on or before it ("" for none)."""
        if name not in self._changes:
            self._changes[name] = self.all_changes(name)
        value = ""
        for change in self._changes[name]:
            if change.on > on:
                break
            value = change.value
        return value

    def days_of_change(self) -> list[date]:
        """Every day on which any field of the place changes."""
        return sorted({change.on for name in FIELDS.values() for change in self.all_changes(name)})

    def has_place(self, on: date) -> bool:
        """Whether the roster knows the child on that day."""
        return any(first <= on for changes in self.recorded.values() for first in changes)


@dataclass
class Slot:
    """All that was ever written under one key of a ledger."""

    live: Entry | None = None
    voided: list[Row] = field(default_factory=list)
    voiding: list[Row] = field(default_factory=list)


Book = dict[tuple[str, ...], Slot]


@dataclass(frozen=True)
class Verdict:
    """What became of one row: created, changed, unchanged, voided or refused (with why)."""

    what: str
    why: str = ""


class County:
    """Everything known after the imports taken so far."""

    CHILD: type[Child] = Child

    def __init__(self) -> None:
        self.units: dict[str, Unit] = {}
        self.children: dict[str, Child] = {}
        self.books: dict[str, Book] = {}
        self._last_no = 0

    def take(self, imported: Import) -> list[Verdict]:
        """Apply one workbook; one verdict a row."""
        if imported.kind == "units":
            return self._take_units(imported)
        if imported.kind == "roster":
            return [self._take_pupil(row, imported.today) for row in imported.rows]
        return self._take_ledger(imported)

    def live(self, kind: str) -> list[Entry]:
        """The rows of a ledger that stand."""
        return [slot.live for slot in self.books.get(kind, {}).values() if slot.live]

    def is_school(self, code: str) -> bool:
        """Whether the code names a school."""
        return code in self.units and self.units[code].kind == "school"

    def standing(self, code: str, on: date) -> str:
        """The unit that stands for another on a day; a workbook's merger is told as recorded changes."""
        return code

    def days_of_change(self, child: Child) -> list[date]:
        """Every day on which a child's place may change."""
        return child.days_of_change()

    def _next_no(self) -> int:
        self._last_no += 1
        return self._last_no

    # ---- 单位表 -------------------------------------------------------------------------------------------

    def _take_units(self, imported: Import) -> list[Verdict]:
        codes = {cell(row, "单位代码") for row in imported.rows} | set(self.units)
        return [self._take_unit(row, codes) for row in imported.rows]

    def _take_unit(self, row: Row, codes: set[str]) -> Verdict:
        code, name, parent = cell(row, "单位代码"), cell(row, "单位名称"), cell(row, "上级代码")
        kind = world.KINDS_OF_UNIT.get(cell(row, "类型"), "")
        if not code or not name or not kind or (parent and parent not in codes):
            return Verdict("refused", "unit incomplete, of unknown kind or without its parent")
        before = self.units.get(code)
        if before and (before.kind, before.parent) != (kind, parent):
            return Verdict("refused", "A unit's code, kind and parent never change")
        unit = Unit(code, name, kind, parent, cell(row, "学校类别"), cell(row, "所在乡镇代码"))
        unit.opens = day(cell(row, "启用日期")) if cell(row, "启用日期") else date.min
        unit.closes = day(cell(row, "停用日期")) if cell(row, "停用日期") else date.max
        unit.successor = cell(row, "并入单位代码")
        if unit == before:
            return Verdict("unchanged")
        self.units[code] = unit
        if unit.successor and not (before and before.successor):
            self._merge(unit)
        return Verdict("changed" if before else "created")

    def _merge(self, closed: Unit) -> None:
        """ "Schools merge (撤点并校): open cases and postings move on that day": pupils move with them."""
        for child in self.children.values():
            if child.value("school", closed.closes) == closed.code:
                child.record("school", closed.closes, self._next_no(), closed.successor, "merger")

    # ---- 学生花名册 ----------------------------------------------------------------------------------------

    def _take_pupil(self, row: Row, today: date) -> Verdict:
        try:
            return self._take_good_pupil(row, today)
        except Refused as refused:
            return Verdict("refused", str(refused))

    def _take_good_pupil(self, row: Row, today: date) -> Verdict:
        given = {FIELDS[header]: cell(row, header) for header in FIELDS}
        born, on = self._check_pupil(row, given, today)
        found = self._candidates(row)
        if not found:
            return self._new_pupil(row, given, born, on)
        return self._changed_pupil(_the_one(found, row), given, on or today)

    def _changed_pupil(self, child: Child, given: Row, on: date) -> Verdict:
        """ "In a later roster only the *changed* fields hold from 变动日期; a field is compared with its
        value on 变动日期, … an empty cell says nothing, 无 clears"."""
        changed = False
        for name, text in given.items():
            value = "" if text == "无" else text
            if text and _same(name, child.value(name, on)) != _same(name, value):
                child.record(name, on, self._next_no(), value, "roster")
                changed = True
        return Verdict("changed" if changed else "unchanged")

    def _check_pupil(self, row: Row, given: Row, today: date) -> tuple[date, date | None]:
        try:
            born = day(cell(row, "出生日期"))
            on = day(cell(row, "变动日期")) if cell(row, "变动日期") else None
        except ValueError:
            raise Refused("no day") from None
        if born > today or (on and (on > today or on < born)):
            raise Refused("dated in the future or before birth")
        if not cell(row, "姓名") or not cell(row, "性别"):
            raise Refused("name or sex missing")
        if (given["enrolment"] or "在籍在校") not in world.ENROLMENTS:
            raise Refused("就读情况 unknown")
        if given["stage"] and given["stage"] not in (*world.STAGES, "无"):
            raise Refused("学段 unknown")
        if given["school"] not in ("", "无") and not self.is_school(given["school"]):
            raise Refused("学校代码 unknown")
        if any(name not in (*world.GROUPS, "无") for name in several(given["groups"])):
            raise Refused("特殊群体 unknown")
        if (given["enrolment"] or "在籍在校") == "在籍在校":
            if not all(given[name] for name in ("school", "stage", "grade", "class")):
                raise Refused("在籍在校 needs school, stage, grade and class")
        # "A roster row without a school needs a residence or registration code."
        elif all(given[name] in ("", "无") for name in ("residence", "registration")):
            raise Refused("neither residence nor registration")
        return born, on

    def _new_pupil(self, row: Row, given: Row, born: date, on: date | None) -> Verdict:
        number, certificate = cell(row, "学籍号"), cell(row, "证件号")
        name = f"child {len(self.children) + 1}"
        child = self.CHILD(name, number, cell(row, "姓名"), born, certificate)
        given["enrolment"] = given["enrolment"] or "在籍在校"
        for name, text in given.items():
            # "A pupil's first roster row holds since ever unless 变动日期 says otherwise"
            value = "" if text == "无" else text
            child.record(name, on or SINCE_EVER, self._next_no(), value, "roster")
        self.children[child.id] = child
        return Verdict("created")

    def _candidates(self, row: Row) -> list[Child]:
        """The children that 学籍号, else 证件号, else 姓名+出生日期 point to."""
        number, certificate = cell(row, "学籍号"), cell(row, "证件号")
        everybody = self.children.values()
        if number:
            return [child for child in everybody if child.number == number]
        if certificate:
            return [child for child in everybody if child.certificate == certificate]
        named = [child for child in everybody if child.name == cell(row, "姓名")]
        born = cell(row, "出生日期")
        return [child for child in named if born and child.born == day(born)]

    # ---- the ledgers --------------------------------------------------------------------------------------

    def _take_ledger(self, imported: Import) -> list[Verdict]:
        verdicts: dict[int, Verdict] = {}
        of_child: dict[str, list[tuple[int, Row]]] = {}
        for index, row in enumerate(imported.rows):
            try:
                child = _the_one(self._candidates(row), row)
                of_child.setdefault(child.id, []).append((index, row))
            except (Refused, ValueError) as problem:
                verdicts[index] = Verdict("refused", str(problem))
        # "All rows of one child in one workbook are judged together"
        for child_id, rows in of_child.items():
            verdicts |= self._take_child(imported, self.children[child_id], rows)
        return [verdicts[index] for index in range(len(imported.rows))]

    def _take_child(self, imported: Import, child: Child, rows: list[tuple[int, Row]]) -> dict[int, Verdict]:
        book = self.books.setdefault(imported.kind, {})
        draft = _copy(book)
        verdicts: dict[int, Verdict] = {}
        # "(voids first, then the whole history)"; the others keep sheet order
        for index, row in sorted(rows, key=lambda pair: (not cell(pair[1], "作废原因"), pair[0])):
            try:
                verdicts[index] = self._take_row(imported, child, row, draft)
            except Refused as refused:  # "rows bad by themselves drop out first"
                verdicts[index] = Verdict("refused", str(refused))
        if imported.kind == "status":
            mine = [slot.live for slot in draft.values() if slot.live and slot.live.child == child.id]
            try:
                child.set_steps(walk(mine))
            except Misfit as misfit:  # "if the rest do not fit, none of that child's rows is taken"
                return {index: Verdict("refused", str(misfit)) for index in verdicts}
        self.books[imported.kind] = draft
        return verdicts

    def _take_row(self, imported: Import, child: Child, row: Row, draft: Book) -> Verdict:
        kind = imported.kind
        cells = contents(kind, row)
        key = key_of(kind, child.id, cells)
        if cell(row, "作废原因"):
            return _void(draft.get(key), cells | {"作废原因": cell(row, "作废原因")})
        on = check_alone(self, kind, child, cells, imported.today)
        slot = draft.setdefault(key, Slot())
        if slot.live and slot.live.child != child.id:
            raise Refused("the key belongs to another child")
        if slot.live and slot.live.cells == cells:
            return Verdict("unchanged")
        if cells in slot.voided:  # "A row equal to a voided one is "unchanged (已作废)""
            return Verdict("unchanged", "已作废")
        if slot.live:  # "a row whose key exists with other values is a correction"
            slot.live = Entry(slot.live.no, child.id, on, cells)
            return Verdict("changed")
        # "a row whose key is voided and which differs in any cell is a new entry"
        slot.live = Entry(self._next_no(), child.id, on, cells)
        return Verdict("created")


def replay(imports: Iterable[Import], known_at: datetime | None = None) -> County:
    """The county as known at an instant: every import at or before it, in order."""
    county = County()
    for imported in imports:
        if known_at is None or imported.at <= known_at:
            county.take(imported)
    return county


def _the_one(found: list[Child], row: Row) -> Child:
    """ "must point to exactly one child; otherwise the row is refused"."""
    if len(found) != 1:
        raise Refused(f"{len(found)} candidates")
    # a name that differs must be confirmed; without --confirm-names whatever needs asking is refused
    if cell(row, "姓名") and cell(row, "姓名") != found[0].name:
        raise Refused("another name")
    return found[0]


def _same(name: str, value: str) -> object:
    return frozenset(several(value)) if name == "groups" else value


def _copy(book: Book) -> Book:
    return {key: Slot(slot.live, list(slot.voided), list(slot.voiding)) for key, slot in book.items()}


def _void(slot: Slot | None, row: Row) -> Verdict:
    """ "a row with 作废原因 voids the earlier row with the same key"; "voiding twice changes nothing"."""
    if slot is None or not (slot.live or slot.voided):
        raise Refused("nothing to void")
    if slot.live is None or row in slot.voiding:  # the same file again finds its own voids
        return Verdict("unchanged", "已作废")
    slot.voided.append(slot.live.cells)
    slot.voiding.append(row)
    slot.live = None
    return Verdict("voided")
