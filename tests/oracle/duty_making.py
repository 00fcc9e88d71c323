"""Random histories for duties, part 1: an autumn of a county with staff, helpers and acts."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.oracle.duties import judge, unit_of
from tests.oracle.duty_county import DutyCounty
from tests.oracle.duty_life import Life
from tests.oracle.duty_records import NEW, OUT, held, later
from tests.oracle.duty_rules import raised
from tests.oracle.duty_terms import NUMBERS, calendar_text, policy_text, told
from tests.oracle.judge import Child
from tests.oracle.ledgers import StatusSheet, identity
from tests.oracle.making import ADULTS, DAY, Kid, Maker
from tests.oracle.moves import Entry, Misfit, walk
from tests.oracle.rows import contents, key_of
from tests.oracle.world import ORDER_LETTER, TOWNSHIPS, Import, Row, day

KINDS = (
    *("status",) * 8,
    *("visits",) * 5,
    *("letters",) * 8,
    *("sessions",) * 2,
    *("absences",) * 6,
    *("excuses",) * 2,
    *("roster",) * 2,
    "units",
    *("staff",) * 3,
    *("checks",) * 3,
    *("reports", "decisions") * 2,
    *("proposals",) * 3,
    *("again", "calendar", "duties"),
)
HELPERS = ["帮一", "帮二", ADULTS[4]]


class _Sheet(StatusSheet):
    """状态登记 in which every 缓学 and 休学 names its end, often a near one."""

    def back(self, on: date) -> None:
        """A return on a day, where it fits."""
        self._take(self._cells("复学", on))

    def _cells(self, word: str, on: date) -> Row:
        cells = super()._cells(word, on)
        if word in ("缓学", "休学"):
            cells["截止日期"] = (on + self.maker.rng.randrange(0, 40) * DAY).isoformat()
        return cells


class DutyMaker(Maker):
    """Builds one autumn; `county` knows acts and staff too."""

    first_day = date(2026, 8, 5)
    county: DutyCounty

    def empty(self) -> DutyCounty:
        return DutyCounty()

    def _first_row(self, kid: Kid) -> Row:
        row = super()._first_row(kid)
        if self.chance(60):
            row["帮扶责任人"] = self.rng.choice(HELPERS)
        return row

    def _later_row(self, kid: Kid) -> Row | None:
        row, child = super()._later_row(kid), self.child_of(kid)
        if row and self.chance(40):
            row["帮扶责任人"] = self.rng.choice(HELPERS)
        if row and child and row.get("学校代码") != child.value("school", self.today):
            row.setdefault("变动日期", self.today.isoformat())  # undated it may be an old roster's
        return row

    def import_one(self, kind: str) -> None:
        """One workbook or round of acts."""
        if kind == "roster":
            self.change_roster()
        elif kind == "units":
            self.change_units()
        elif kind == "again":
            last = self.imports[-1]
            if last.kind in (*NEW, "status", "staff"):
                self.offer(last.kind, last.rows)
        elif kind == "status":
            self.offer("status", self._status_rows())
        elif kind in NEW:
            self.offer(kind, self._record_rows(kind))
        else:
            name = "policy" if kind in ("calendar", "duties") else kind
            self.offer(name, getattr(self, f"_{kind}_rows")())

    def _status_rows(self) -> list[Row]:
        rows: list[Row] = []
        for kid in self.rng.sample(self.kids, min(len(self.kids), self.rng.randrange(1, 4))):
            if child := self.child_of(kid):
                sheet, served = _Sheet(self, kid, child), self._served(child)
                if served and held(child) in OUT and self.chance(40):
                    sheet.back(later(self, self.rng.choice(served) + DAY, 10))
                rows += sheet.fill()
        return rows

    def _served(self, child: Child, *kinds: str) -> list[date]:
        """The days on which letters to a child were served."""
        letters = [entry for entry in self.county.live("letters") if entry.child == child.id]
        served = [entry for entry in letters if entry.get("送达日期")]
        wanted = [entry for entry in served if not kinds or entry.get("文书种类") in kinds]
        return [day(entry.get("送达日期")) for entry in wanted]

    def _record_rows(self, kind: str) -> list[Row]:
        rows: list[Row] = []
        used: set[Any] = set()
        for kid in self.rng.sample(self.kids, min(len(self.kids), self.rng.randrange(1, 6))):
            child = self.child_of(kid)
            old = [entry for entry in self.county.live(kind) if child and entry.child == child.id]
            cells = NEW[kind](self, kid, child, old) if child else None
            if not child or not cells:
                continue
            key = key_of(kind, child.id, contents(kind, cells))
            lives = any(key_of(kind, child.id, entry.cells) == key for entry in old)
            if key in used or (key in self.county.books.get(kind, {}) and not lives):
                continue
            used.add(key)
            rows.append(identity(self, kid) | cells)
        return rows

    # ---- staff --------------------------------------------------------------------------------------------

    def first_staff(self) -> list[Row]:
        """Most posts held, some vacant, some by two."""
        rows = []
        for unit in self.county.units.values():
            posts = {"county": ["局长", "基教股", "基教股", "资助中心"], "school": ["校长", "班主任"]}.get(
                unit.kind, []
            )
            if unit.kind in TOWNSHIPS:
                posts = ["镇长"]
            rows += [self._posting(post, unit.code) for post in posts if self.chance(85)]
        for child in self.county.children.values():
            grade = child.value("grade", self.today) if self.chance(75) else ""
            klass = grade + child.value("class", self.today)
            if child.value("class", self.today) and self.chance(70):
                rows.append(self._posting("班主任", child.value("school", self.today), klass))
        return rows

    def _posting(self, post: str, unit: str, klass: str = "") -> Row:
        number = self.next_serial()
        since = self.today - self.rng.choice([500, 60, 5]) * DAY
        row = {"登录名": f"u{number}", "姓名": f"职{number}", "岗位": post, "单位代码": unit}
        return row | {"班级": klass, "任职日期": since.isoformat()}

    def _staff_rows(self) -> list[Row]:
        """Handovers: the day of leaving and the day of coming may be one."""
        rows = []
        for posting in self.rng.sample(list(self.county.postings.values()), 2):
            if posting.until < date.max or posting.since >= self.county.units[posting.unit].closes:
                continue
            on = max(self.past_day(20), posting.since)
            left = {"登录名": posting.login, "姓名": posting.name, "岗位": posting.post}
            left |= {"单位代码": posting.unit, "班级": posting.klass, "任职日期": posting.since.isoformat()}
            rows.append(left | {"离任日期": on.isoformat()})
            if self.chance(70):
                new = self._posting(posting.post, posting.unit, posting.klass)
                since = on + self.rng.randrange(0, 4) * DAY
                if since < self.county.units[posting.unit].closes:
                    rows.append(new | {"任职日期": since.isoformat()})
        return rows

    # ---- acts ---------------------------------------------------------------------------------------------

    def _one_of(self, *statuses: str | None) -> tuple[Kid, Child] | None:
        known = [(kid, child) for kid in self.kids if (child := self.child_of(kid))]
        found = [(kid, child) for kid, child in known if held(child) in statuses]
        return self.rng.choice(found) if found else None

    def _act_rows(self, kind: str, causes: list[tuple[str, date]], span: int) -> list[Row]:
        """Acts of a day or a few, each some days after what asks for it: (child, day)."""
        rows: dict[tuple[str, date], Row] = {}
        for _ in range(self.rng.randrange(1, 5) if causes else 0):
            child_id, first = self.rng.choice(causes)
            child, on = self.county.children[child_id], later(self, first, span)
            if child.has_place(on) and (child_id, on) not in {
                (a.child, a.on) for a in self.county.acts[kind]
            }:
                rows[child_id, on] = {"姓名": child.name, "日期": on.isoformat()}
        return list(rows.values())

    def _checks_rows(self) -> list[Row]:
        children = self.county.children.values()
        back = [
            (child.id, step.entry.on)
            for child in children
            for step in child.steps
            if step.after == "returned"
        ]
        return self._act_rows("checks", back, 12)

    def _reports_rows(self) -> list[Row]:
        away = [(entry.child, entry.on) for entry in self.county.live("absences")]
        return self._act_rows("reports", away, 8)

    def _decisions_rows(self) -> list[Row]:
        children = self.county.children.values()
        ordered = [(child.id, on) for child in children for on in self._served(child, ORDER_LETTER)]
        return self._act_rows("decisions", ordered, 35)

    def _excuses_rows(self) -> list[Row]:
        """A duty still to be done that the level above lets be."""
        child = self.rng.choice(list(self.county.children.values()))
        life = Life(self.county, child, self.today)
        begun = [each for each in raised(life) if unit_of(life, each)]
        told = Counter((each.rule, each.begins.on, each.due_day) for each in begun)
        clear = [each for each in begun if told[each.rule, each.begins.on, each.due_day] == 1]
        waiting = [each for each in clear if judge(life, each).state in ("open", "overdue")]
        if not waiting:
            return []
        duty = self.rng.choice(waiting)
        days = {"begins": f"{duty.begins.on}", "due": f"{duty.due_day}", "日期": f"{self.today}"}
        return [{"姓名": child.name, "rule": duty.rule, "of": duty.name, **days}]

    def _proposals_rows(self) -> list[Row]:
        """Asked for, approved, declined or withdrawn."""
        today = self.today.isoformat()
        waiting = [proposal for proposal in self.county.proposals if proposal.ended is None]
        if waiting and self.chance(65):
            proposal = self.rng.choice(waiting)
            child = self.county.children[proposal.child]
            how = self.rng.choice(["approve", "decline", "decline", "withdraw"])
            if how == "approve" and not self._fits(child):
                how = "decline"
            return [{"姓名": child.name, "办理": how, "日期": today, **_CLOSED}]
        chosen = self._one_of("watch", "verifying", "suspected", "dropped_out", "returned")
        if chosen is None or self.county.pending(chosen[1].id) or not self._fits(chosen[1]):
            return []
        return [{"姓名": chosen[0].name, "办理": "propose", "日期": today, **_CLOSED}]

    def _fits(self, child: Child) -> bool:
        """Whether a closure today fits, and no entry was told since it was asked for."""
        cells = {"日期": self.today.isoformat(), **_CLOSED}
        key = key_of("status", child.id, contents("status", cells))
        mine = [entry for entry in self.county.live("status") if entry.child == child.id]
        asked = self.asked.get(child.id)
        if key in self.county.books.get("status", {}) or (self.county.pending(child.id) and asked != mine):
            return False
        try:
            walk([*mine, Entry(10**6, child.id, self.today, cells)])
        except Misfit:
            return False
        self.asked[child.id] = mine
        return True

    asked: dict[str, list[Entry]]

    # ---- policies -----------------------------------------------------------------------------------------

    def _duties_rows(self) -> list[Row]:
        """Other numbers for some rules, from a day before or after today."""
        rules = self.rng.sample(sorted(NUMBERS), 5)
        changed = {
            rule: tuple(self.rng.randrange(1, 13) for _ in NUMBERS[rule][:1])
            if rule != "returned.check"
            else tuple(sorted(self.rng.sample(range(1, 15), self.rng.randrange(2, 5))))
            for rule in rules
        }
        since = self.today + self.rng.randrange(-15, 10) * DAY
        text = policy_text(f"duties-{self.next_serial()}", changed)
        return [{"name": "duties", "from": since.isoformat(), "text": text, "numbers": told(changed)}]

    def _calendar_rows(self) -> list[Row]:
        """校历 with days closed and weekend days made up, from a day before or after today."""
        start = self.today - 20 * DAY
        days = [start + number * DAY for number in range(60)]
        closed = self.rng.sample([on for on in days if on.weekday() < 5], 4)
        made_up = self.rng.sample([on for on in days if on.weekday() > 4], 3)
        text = calendar_text(str(self.next_serial()), closed, made_up)
        since = self.today + self.rng.randrange(-10, 10) * DAY
        return [{"name": "calendar", "from": since.isoformat(), "text": text}]


_CLOSED = {"变化": "销号", "销号原因": "核查排除", "证据编号": "证0"}


def autumn(seed: int, sheets: int | None = None) -> list[Import]:
    """A county of 3–8 children over two to four months: units, roster, staff, then workbooks and acts."""
    rng = Random(seed)
    maker = DutyMaker(rng, rng.randrange(3, 9))
    maker.asked = {}
    maker.clock += timedelta(hours=1)
    maker.offer("staff", maker.first_staff())
    for _ in range(sheets or rng.randrange(20, 45)):
        maker.clock += rng.choice([0, 0, 1, 1, 2, 3, 6]) * DAY + rng.randrange(1, 200) * timedelta(minutes=1)
        if maker.clock.hour >= 21:
            maker.clock -= timedelta(hours=12) - DAY
        maker.import_one(rng.choice(KINDS))
    return maker.imports
