"""Random small counties, part 2: the status ledger, mostly legal, with late entries and corrections."""

from __future__ import annotations

from datetime import date

from tests.oracle import world
from tests.oracle.judge import Child
from tests.oracle.making import ADULTS, DAY, Kid, Maker
from tests.oracle.moves import DROPOUT_WORDS, TARGET, WORDS, Entry, Misfit, in_order, walk
from tests.oracle.rows import Refused, check_alone, contents, key_of
from tests.oracle.world import Row

# drawn more often than others: what the report is about
LIKELY = "疑似辍学 疑似辍学 疑似辍学 辍学 辍学 再辍 复学 复学 复学 转出 转入接收 销号 送教上门 休学".split()
# what people write next, by the status held
FOLLOWING = {
    "transferring": "转入接收 转入接收 转入接收 转入拒收 转出撤回 销号 转出".split(),
    "suspected": "辍学 辍学 复学 复学 送教上门 缓学 重点关注 销号 疑似辍学".split(),
    "dropped_out": "复学 复学 复学 送教上门 休学 销号 辍学".split(),
    "returned": "疑似辍学 再辍 再辍 辍学 转出 转出 转出 销号 重点关注 复学".split(),
    "home_teaching": "转出 转出 复学 疑似辍学 休学 送教上门".split(),
    "deferred": "转出 转出 复学 辍学 送教上门 休学".split(),
    "watch": "疑似辍学 待核查 转出".split(),
    "verifying": "辍学 重点关注 疑似辍学 转出 销号".split(),
    "closed": "重开 疑似辍学 辍学 再辍 销号".split(),
}


def identity(maker: Maker, kid: Kid) -> Row:
    """学籍号, else 证件号, else 姓名+出生日期: any of them may point to the child."""
    if kid.number and maker.chance(80):
        return {"学籍号": kid.number} | ({"姓名": kid.name} if maker.chance(50) else {})
    if kid.certificate and maker.chance(60):
        return {"证件号": kid.certificate}
    return {"姓名": kid.name, "出生日期": kid.born.isoformat()}


def fits(entries: list[Entry]) -> bool:
    """Whether the history is possible."""
    try:
        walk(entries)
    except Misfit:
        return False
    return True


class StatusSheet:
    """The rows of one child in one 状态登记 workbook, built against what would stand after them."""

    def __init__(self, maker: Maker, kid: Kid, child: Child) -> None:
        self.maker, self.kid, self.child = maker, kid, child
        self.book = maker.county.books.get("status", {})
        self.entries = [e for e in maker.county.live("status") if e.child == child.id]
        self.used: set[tuple[str, ...]] = set()
        self.rows: list[Row] = []

    def fill(self) -> list[Row]:
        """One to four intentions."""
        for _ in range(self.maker.rng.choice([1, 1, 2, 2, 3, 4])):
            roll = self.maker.rng.randrange(100)
            if roll < 72 or not self.entries:
                self._add(late=roll < 22)
            elif roll < 82:
                self._correct()
            elif roll < 94:
                self._void(replace=roll >= 88)
            elif roll < 97:
                self._spoil()
            else:
                self._gamble()
        return self.rows

    # ---- intentions ----------------------------------------------------------------------------------------

    def _add(self, late: bool) -> None:
        """A legal new entry: after the last one (often on its day), or between others."""
        maker = self.maker
        for _ in range(12):
            on = maker.past_day(50)
            if self.entries and not late:
                last = in_order(self.entries)[-1].on
                on = min(last + maker.rng.choice([0, 0, 1, 2, 3, 5, 8, 13]) * DAY, maker.today)
            elif self.entries and maker.chance(40):
                on = maker.rng.choice(self.entries).on
            if self._take(self._cells(self._word(late), on)):
                return

    def _word(self, late: bool) -> str:
        rng = self.maker.rng
        if self.entries and not late and fits(self.entries) and self.maker.chance(60):
            return rng.choice(FOLLOWING[walk(self.entries)[-1].after])
        return rng.choice(LIKELY if self.maker.chance(70) else WORDS)

    def _correct(self) -> None:
        entry = self.maker.rng.choice(self.entries)
        if self._key(entry.cells) not in self.used:
            self._take(self._altered(entry), entry)

    def _void(self, replace: bool) -> None:
        entry = self.maker.rng.choice(self.entries)
        key = self._key(entry.cells)
        rest = [other for other in self.entries if other is not entry]
        if key in self.used or not (replace or fits(rest) or self.maker.chance(15)):
            return
        self.used.add(key)
        self._write(entry.cells | {"作废原因": f"录入错误{self.maker.next_serial()}"})
        self.entries = rest
        if replace:
            self.used.discard(key)
            self._take(self._altered(entry))

    def _spoil(self) -> None:
        """A row bad by itself."""
        cells = self._bad_cells()
        if self._key(cells) not in self.used:
            self.used.add(self._key(cells))
            self._write(cells)

    def _gamble(self) -> None:
        """Any word on any day: mostly an impossible history."""
        word = self.maker.rng.choice(WORDS)
        cells = self._cells(word, self.maker.past_day(50))
        key = self._key(cells)
        if key not in self.used and key not in self.book:
            self.used.add(key)
            self._write(cells)

    # ---- rows ----------------------------------------------------------------------------------------------

    def _key(self, cells: Row) -> tuple[str, ...]:
        return key_of("status", self.child.id, contents("status", cells))

    def _write(self, cells: Row) -> None:
        row = identity(self.maker, self.kid) | cells
        row["日期"] = self.maker.shown_day(date.fromisoformat(row["日期"]))
        self.rows.append(row)

    def _take(self, cells: Row, corrected: Entry | None = None) -> bool:
        """Write a row that is legal with all others, or none."""
        maker, key = self.maker, self._key(cells)
        if key in self.used or (corrected is None and self._lives(key)):
            return False
        if key in self.book:  # never equal to anything said under this key before
            cells["备注"] = f"备注{maker.next_serial()}"
        no = corrected.no if corrected else 10**6 + len(self.rows)
        others = [entry for entry in self.entries if entry is not corrected]
        try:
            check_alone(maker.county, "status", self.child, cells, maker.today)
            entry = Entry(no, self.child.id, date.fromisoformat(cells["日期"]), cells)
            walk([*others, entry])
        except (Refused, Misfit):
            return False
        self.entries = [*others, entry]
        self.used.add(key)
        self._write(cells)
        return True

    def _lives(self, key: tuple[str, ...]) -> bool:
        return any(self._key(entry.cells) == key for entry in self.entries)

    def _cells(self, word: str, on: date) -> Row:
        maker, rng = self.maker, self.maker.rng
        cells = {"日期": on.isoformat(), "变化": word}
        if maker.chance(50):
            cells["登记人"] = rng.choice(ADULTS[:3])
        if maker.chance(25):
            cells["备注"] = f"备注{maker.next_serial()}"
        if word in DROPOUT_WORDS and maker.chance(55):
            cells["原因"] = "；".join(rng.sample(world.CAUSES, rng.randrange(1, 3)))
        elsewhere = any(c.value not in ("在籍在校", "未入学") for c in self.child.all_changes("enrolment"))
        if maker.chance(20) or (elsewhere and word in DROPOUT_WORDS):
            cells["失学类型"] = rng.choice(world.DROPOUT_KINDS)
        if word in ("缓学", "休学", "送教上门", "销号"):
            cells |= {"证据编号": f"证{maker.next_serial()}", "批准人": rng.choice(ADULTS[3:])}
        if word in ("缓学", "休学") and maker.chance(60):
            cells["截止日期"] = (on + rng.randrange(0, 300) * DAY).isoformat()
        if word == "销号":
            transfer = self._asked(on) is not None
            cells["销号原因"] = (
                "转学已接收" if transfer else rng.choice(["核查排除", "复学稳定", "毕业", "出国"])
            )
        if word == "复学" and maker.chance(40):
            cells["安置方式"] = rng.choice(world.PLACEMENTS)
        self._receiver(cells, word, on)
        return cells

    def _receiver(self, cells: Row, word: str, on: date) -> None:
        maker = self.maker
        here = self.child.value("school", on)
        staged = self.child.value("stage", on) != ""  # a school for a child without 学段 is an open question
        others = [unit.code for unit in maker.schools(on) if unit.code != here and staged]
        if word == "转出":
            away = maker.chance(30) or not others
            cells |= {"去向": "他省某县"} if away else {"接收学校代码": maker.rng.choice(others)}
        if word == "转入接收":
            cells["接收学校代码"] = self._asked(on) or maker.rng.choice(others or ["0"])
        if word == "复学" and others and maker.chance(30):
            cells["接收学校代码"] = maker.rng.choice(others)

    def _asked(self, on: date) -> str | None:
        """The receiver of the last 转出 up to that day ("" outside, None for no transfer)."""
        found = [e for e in in_order(self.entries) if e.on <= on and TARGET.get(e.word) == "transferring"]
        return found[-1].get("接收学校代码") if found else None

    def _altered(self, entry: Entry) -> Row:
        """The same key with something else in its cells."""
        maker, cells = self.maker, dict(entry.cells)
        cells["备注"] = f"更正{maker.next_serial()}"
        if entry.word in DROPOUT_WORDS and maker.chance(70):
            cells["原因"] = maker.rng.choice(world.CAUSES)
        if maker.chance(25):
            cells["失学类型"] = maker.rng.choice(world.DROPOUT_KINDS)
        if entry.word == "销号" and cells["销号原因"] != "转学已接收":
            cells["销号原因"] = maker.rng.choice(["核查排除", "毕业", "死亡"])
        if entry.word in ("复学", "转出"):
            cells.pop("接收学校代码", None)
            self._receiver(cells, entry.word, entry.on)
        return cells

    def _bad_cells(self) -> Row:
        maker, on = self.maker, self.maker.past_day(50)
        day = on.isoformat()
        born = (self.kid.born - 9 * DAY).isoformat()
        future = (maker.today + 90 * DAY).isoformat()
        paper = {"日期": day, "证据编号": "证0", "登记人": ADULTS[0], "批准人": ADULTS[4]}
        return maker.rng.choice(
            [
                {"日期": future, "变化": "疑似辍学"},
                {"日期": born, "变化": "疑似辍学"},
                {"日期": day, "变化": "失踪"},
                {"日期": day, "变化": "疑似辍学", "原因": "天气不好"},
                {"日期": day, "变化": "辍学", "失学类型": "不明"},
                {"日期": day, "变化": "转入接收"},
                {"日期": day, "变化": "转出"},
                {"日期": day, "变化": "复学", "安置方式": "在家"},
                {"日期": day, "变化": "复学", "接收学校代码": "990000"},
                paper | {"变化": "缓学", "批准人": ADULTS[0]},
                paper | {"变化": "休学", "证据编号": ""},
                paper | {"变化": "休学", "截止日期": (on - DAY).isoformat()},
                paper | {"变化": "销号", "销号原因": "不想管了"},
                paper | {"变化": "销号", "销号原因": "毕业", "批准人": ""},
            ]
        )


def status_rows(maker: Maker) -> list[Row]:
    """One 状态登记 workbook."""
    rows = []
    for kid in maker.rng.sample(maker.kids, min(len(maker.kids), maker.rng.randrange(1, 5))):
        child = maker.child_of(kid)
        if child:
            rows += StatusSheet(maker, kid, child).fill()
    if maker.chance(6):
        rows.append({"学籍号": "G999", "日期": maker.today.isoformat(), "变化": "疑似辍学"})
    return rows
