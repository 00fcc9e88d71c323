"""What duties need to know beside the weekly report: when a fact was told, who held which post, and acts
that no workbook carries (checks, reports of absences, decisions, proposals, adopted policies).

These acts are told like workbooks, as rows of kinds of their own, so that one list is a whole history.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from tests.oracle.duty_calendar import Calendar
from tests.oracle.duty_terms import Terms, read
from tests.oracle.judge import Book, Child, County, Slot, Verdict
from tests.oracle.moves import Entry, walk
from tests.oracle.rows import contents, key_of
from tests.oracle.world import SHANGHAI, Import, Row, cell, day

ACTS = ("checks", "reports", "decisions", "proposals", "excuses")


@dataclass(frozen=True)
class Posting:
    """One row of 人员岗位表."""

    login: str
    name: str
    post: str
    unit: str
    klass: str
    since: date
    until: date

    def held(self, on: date) -> bool:
        """任职日期 and 离任日期 are both days in post."""
        return self.since <= on <= self.until


@dataclass(frozen=True)
class Told:
    """An act of a day, and when it was recorded."""

    child: str
    on: date
    at: datetime


@dataclass(frozen=True, order=True)
class Done:
    """A fact that may fulfil: its business date, and when it was told."""

    on: date
    at: datetime


UnitDuty = tuple[str, str, date]
"""A duty of a unit itself: unit, rule, due day."""


@dataclass(frozen=True)
class Voided:
    """A letter taken back, on 作废日期."""

    letter: Entry
    on: date


@dataclass(frozen=True)
class Proposal:
    """申报: pending until `ended`; `how` is approve, decline or withdraw."""

    child: str
    word: str
    on: date
    ended: Told | None = None
    how: str = ""


class DutyCounty(County):
    """Everything known after the imports and acts taken so far."""

    def __init__(self) -> None:
        super().__init__()
        self.at = datetime.min
        self.told: dict[int, datetime] = {}
        self.served: dict[int, datetime] = {}
        self.voided_letters: list[Voided] = []
        self.postings: dict[tuple[str, ...], Posting] = {}
        self.acts: dict[str, list[Told]] = {kind: [] for kind in ACTS}
        self.proposals: list[Proposal] = []
        self.excuses: dict[tuple[str, str, str], date] = {}
        self.policies: list[tuple[str, date, Row]] = []
        self.completed: dict[UnitDuty, Done] = {}
        self.unit_excuses: dict[UnitDuty, date] = {}

    def take(self, imported: Import) -> list[Verdict]:
        """One workbook, or one round of acts."""
        self.at = imported.at
        if imported.kind == "staff":
            return [self._take_posting(row) for row in imported.rows]
        if imported.kind == "policy":
            self.policies += [(row["name"], day(row["from"]), row) for row in imported.rows]
            return [Verdict("created") for _ in imported.rows]
        if imported.kind in ACTS:
            for row in imported.rows:
                self._act(imported.kind, row)
            return [Verdict("created") for _ in imported.rows]
        return super().take(imported)

    def calendar(self, on: date) -> Calendar:
        """The calendar in force on a day."""
        adopted = self._in_force("calendar", on)
        return Calendar(adopted["text"]) if adopted else Calendar()

    def terms(self, on: date) -> Terms:
        """The numbers of the rules in force on a day."""
        adopted = self._in_force("duties", on)
        return read(adopted["numbers"]) if adopted else Terms()

    def _in_force(self, name: str, on: date) -> Row | None:
        """The last adopted of those whose day has come: it holds from its day on, over all before it."""
        told = [row for each, since, row in self.policies if each == name and since <= on]
        return told[-1] if told else None

    # ---- when it was told ---------------------------------------------------------------------------------

    def _next_no(self) -> int:
        no = super()._next_no()
        self.told[no] = self.at
        return no

    def _take_row(self, imported: Import, child: Child, row: Row, draft: Book) -> Verdict:
        if imported.kind != "letters":
            return super()._take_row(imported, child, row, draft)
        key = key_of("letters", child.id, contents("letters", row))
        before = draft.get(key, Slot()).live
        verdict = super()._take_row(imported, child, row, draft)
        if verdict.what == "voided" and before:
            self.voided_letters.append(Voided(before, day(cell(row, "作废日期"))))
        live = draft[key].live
        if live and live.get("送达日期"):
            self.served.setdefault(live.no, self.at)
        return verdict

    # ---- staff --------------------------------------------------------------------------------------------

    def _take_posting(self, row: Row) -> Verdict:
        """ "登录名+岗位+单位+任职日期" is the key; another 离任日期 is a change."""
        key = tuple(cell(row, name) for name in ("登录名", "岗位", "单位代码", "任职日期"))
        until = day(cell(row, "离任日期")) if cell(row, "离任日期") else date.max
        new = Posting(key[0], cell(row, "姓名"), key[1], key[2], cell(row, "班级"), day(key[3]), until)
        known = self.postings.get(key)
        self.postings[key] = new
        return Verdict("unchanged" if known == new else "changed" if known else "created")

    # ---- acts ---------------------------------------------------------------------------------------------

    def child_named(self, name: str) -> Child:
        """The child of that name."""
        return next(child for child in self.children.values() if child.name == name)

    def pending(self, child: str) -> Proposal | None:
        """The proposal of a child that waits."""
        return next((p for p in self.proposals if p.child == child and p.ended is None), None)

    def _act(self, kind: str, row: Row) -> None:
        child = self.child_named(row["姓名"])
        told = Told(child.id, day(row["日期"]), self.at)
        if kind == "excuses":
            self.excuses[child.id, row["rule"], row["of"]] = told.on
        elif kind != "proposals":
            self.acts[kind].append(told)
        elif row["办理"] == "propose":
            self.proposals.append(Proposal(child.id, row["变化"], told.on))
        else:
            self._decide(child, row, told)

    def _decide(self, child: Child, row: Row, told: Told) -> None:
        waiting = self.pending(child.id)
        assert waiting
        self.proposals[self.proposals.index(waiting)] = replace(waiting, ended=told, how=row["办理"])
        if row["办理"] == "approve":
            cells = {name: row[name] for name in ("变化", "销号原因", "证据编号")}
            cells["日期"] = row["日期"]
            entry = Entry(self._next_no(), child.id, told.on, cells)
            book = self.books.setdefault("status", {})
            book.setdefault(key_of("status", child.id, cells), Slot()).live = entry
            mine = [slot.live for slot in book.values() if slot.live and slot.live.child == child.id]
            child.set_steps(walk(mine))


def replay_all(imports: Iterable[Import], known_at: datetime | None = None) -> DutyCounty:
    """The county as known at an instant."""
    county = DutyCounty()
    for imported in imports:
        if known_at is None or imported.at <= known_at:
            county.take(imported)
    return county


def day_told(at: datetime) -> date:
    """The business day of an instant."""
    return at.astimezone(SHANGHAI).date()
