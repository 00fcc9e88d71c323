"""Random small counties, part 1: units, children and the roster's later changes."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from tests.oracle.clear import is_clear
from tests.oracle.judge import FIELDS, Child, County, Unit
from tests.oracle.world import GROUPS, SHANGHAI, TOWNSHIPS, Import, Row, several

DAY = timedelta(days=1)
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
GIVEN = "禾苗 小满 春生 向阳 采薇 望舒 清和 知秋 立夏 若谷 子衿 南乔 青禾 远山 月初 晓岚".split()
ADULTS = "罗立本 白云舟 丁一帆 石敢 陆行远 唐守正".split()
OUTSIDE = "990102203"  # a code no unit table of these counties knows
GRADES = {
    "小学": ["一年级", "二年级", "三年级", "四年级", "五年级", "六年级"],
    "初中": ["七年级", "八年级", "九年级"],
    "学前": ["大班"],
    "普高": ["高一"],
}


@dataclass(frozen=True)
class Kid:
    """The identity columns of one child."""

    number: str
    certificate: str
    name: str
    sex: str
    born: date

    def full(self) -> Row:
        """Identity as the roster gives it."""
        row = {"姓名": self.name, "性别": self.sex, "出生日期": self.born.isoformat()}
        if self.number:
            row["学籍号"] = self.number
        if self.certificate:
            row |= {"证件类型": "居民身份证", "证件号": self.certificate}
        return row


class Maker:
    """Builds one county import by import, asking the oracle what is known so far."""

    first_day = date(2026, 7, 1)

    def __init__(self, rng: Random, kids: int) -> None:
        self.rng = rng
        self.imports: list[Import] = []
        self.county = self.empty()
        self.kids: list[Kid] = []
        self.unit_rows: dict[str, Row] = {}
        self.serial = 0
        start = self.first_day + rng.randrange(0, 62) * DAY
        self.clock = datetime(start.year, start.month, start.day, 8, tzinfo=SHANGHAI)
        self.offer("units", self._first_units())
        self.clock += timedelta(hours=1)
        self.offer("roster", [self._first_row(self._new_kid()) for _ in range(kids)])

    def empty(self) -> County:
        """The oracle that is asked."""
        return County()

    # ---- small tools ---------------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        """The day of the next import."""
        return self.clock.date()

    def chance(self, percent: int) -> bool:
        """True that often."""
        return self.rng.randrange(100) < percent

    def next_serial(self) -> int:
        """A number never used before in this county."""
        self.serial += 1
        return self.serial

    def offer(self, kind: str, rows: list[Row]) -> bool:
        """Take an import unless it leads where the contracts are open."""
        if not rows:
            return False
        imported = Import(self.clock, kind, rows)
        trial = copy.deepcopy(self.county)
        trial.take(imported)
        if not is_clear(trial):
            return False
        self.county = trial
        self.imports.append(imported)
        return True

    def child_of(self, kid: Kid) -> Child | None:
        """What the oracle knows of a kid."""
        found = [child for child in self.county.children.values() if child.name == kid.name]
        return found[0] if found else None

    def past_day(self, span: int = 40) -> date:
        """Some day before today, or today."""
        return self.today - self.rng.randrange(0, span + 1) * DAY

    def shown_day(self, on: date) -> str:
        """One of the spellings of a day."""
        if self.chance(85):
            return on.isoformat()
        return self.rng.choice([f"{on:%Y%m%d}", f"{on.year}/{on.month}/{on.day}", f"{on:%Y年%m月%d日}"])

    # ---- units ---------------------------------------------------------------------------------------------

    def _first_units(self) -> list[Row]:
        rows: list[Row] = []
        city = ""
        if self.chance(30):
            city = "5391"
            if self.chance(50):
                rows.append(_unit("53", "云岭省", "省", ""))
            rows.append(_unit(city, "望川市", "市", "53" if rows else ""))
        for number in range(1, (3 if city else 2)):
            rows += self._county_units(f"53910{number}", "青禾县" if number == 1 else "石桥县", city)
        self.unit_rows = {row["单位代码"]: row for row in rows}
        return rows

    def _county_units(self, code: str, name: str, city: str) -> list[Row]:
        rng = self.rng
        rows = [_unit(code, name, "县", city)]
        townships = [f"{code}1{number:02}" for number in range(1, rng.randrange(3, 5))]
        for number, township in enumerate(townships):
            street = number > 0 and self.chance(30)
            rows.append(
                _unit(
                    township,
                    f"第{number + 1}{'街道' if street else '乡'}",
                    "街道" if street else "乡镇",
                    code,
                )
            )
            for village in range(1, rng.randrange(2, 4)):
                rows.append(_unit(f"{township}2{village:02}", f"{number + 1}乡{village}村", "村", township))
        districts = [f"{code}6{number:02}" for number in range(1, rng.randrange(2, 4))]
        rows += [_unit(district, f"学区{district[-1]}", "学区", code) for district in districts]
        kinds = [
            "小学",
            "初中",
            *rng.choices(["小学", "初中", "九年一贯", "教学点", "普高"], k=rng.randrange(1, 4)),
        ]
        for number, kind in enumerate(kinds, 1):
            row = _unit(
                f"{code}7{number:02}", f"{name[:2]}{number}号{kind}", "学校", rng.choice([*districts, code])
            )
            row["学校类别"] = kind
            if self.chance(85):
                row["所在乡镇代码"] = rng.choice(townships)
            if self.chance(20):
                row["启用日期"] = "2010-09-01"
            rows.append(row)
        return rows

    def schools(self, on: date, county: str = "") -> list[Unit]:
        """Schools open on a day as known, of one county if named."""
        return [
            unit
            for code, unit in sorted(self.county.units.items())
            if unit.kind == "school" and unit.opens <= on < unit.closes and code.startswith(county)
        ]

    def change_units(self) -> bool:
        """A school merged, an empty one closed, or a new one opened."""
        on = self.past_day(20)
        held = {c.value for child in self.county.children.values() for c in child.all_changes("school")}
        roll = self.rng.randrange(100)
        school = self.rng.choice(self.schools(on))
        if roll < 25 or len(self.schools(on)) < 3:
            code = f"{school.code[:6]}8{self.next_serial():02}"
            row = _unit(code, f"新{code[-2:]}号小学", "学校", school.parent)
            row |= {"学校类别": "小学", "所在乡镇代码": school.location, "启用日期": on.isoformat()}
            self.unit_rows[code] = row
            return self.offer("units", [row])
        row = {**self.unit_rows[school.code], "停用日期": on.isoformat()}
        if school.code in held:
            others = [unit for unit in self.schools(on, school.code[:6]) if unit.code != school.code]
            if not others:
                return False
            row["并入单位代码"] = self.rng.choice(others).code
        if self.offer("units", [row]):
            self.unit_rows[school.code] = row
            return True
        return False

    # ---- children ------------------------------------------------------------------------------------------

    def _new_kid(self) -> Kid:
        rng = self.rng
        taken = {kid.name for kid in self.kids}
        name = next(
            name for _ in range(1000) if (name := rng.choice(SURNAMES) + rng.choice(GIVEN)) not in taken
        )
        born = date(rng.randrange(2009, 2021), rng.randrange(1, 13), rng.randrange(1, 29))
        if self.chance(10):  # the edges of "aged 6–15 on the 31 August"
            born = date(rng.choice([2010, 2011, 2019, 2020]), *rng.choice([(8, 31), (9, 1)]))
        no = len(self.kids) + 1
        certificate = _certificate(born, no) if self.chance(50) else ""
        number = "" if certificate and self.chance(20) else f"G{born.year}{no:014}"
        self.kids.append(Kid(number, certificate, name, rng.choice("男女"), born))
        return self.kids[-1]

    def _first_row(self, kid: Kid) -> Row:
        rng, on = self.rng, self.today
        age = on.year - kid.born.year
        row = kid.full() | {"监护人": kid.name[0] + "建国", "就读情况": "在籍在校"}
        if self.chance(25):
            row["就读情况"] = rng.choice(["未入学", "未入学", "县外就读", "无学籍", "高校"])
        stage = "小学" if age <= 12 else "初中"
        if self.chance(8):
            stage = "学前" if age < 9 else "普高"
        if row["就读情况"] == "在籍在校":
            row |= self._seat(stage, rng.choice(self.schools(on)).code)
        else:
            if self.chance(50):
                row["学段"] = "高校" if row["就读情况"] == "高校" else stage
            row |= {"就读学校名称": "他乡学校", "所在地": "他省"}
            row["户籍地代码"] = self.home(allow_empty=False)
        for header in ("户籍地代码", "现居住地代码"):
            home = self.home()
            if home and header not in row:
                row[header] = home
        if self.chance(50):
            row["特殊群体"] = "、".join(rng.sample(GROUPS[:8], rng.randrange(1, 3)))
        if self.chance(12):
            row["变动日期"] = self.shown_day(max(self.past_day(), kid.born))
        return row

    def _seat(self, stage: str, school: str) -> Row:
        seat = {"学校代码": school, "学段": stage, "年级": self.rng.choice(GRADES[stage])}
        return {**seat, "班级": self.rng.choice("123") + "班", "就读情况": "在籍在校"}

    def home(self, allow_empty: bool = True) -> str:
        """A residence or registration code: a village or township, another county's, outside, or none."""
        roll = self.rng.randrange(100)
        if roll < 15 and allow_empty:
            return ""
        if roll < 25:
            return OUTSIDE
        homes = [c for c, unit in sorted(self.county.units.items()) if unit.kind in (*TOWNSHIPS, "village")]
        return self.rng.choice(homes)

    # ---- later rosters -------------------------------------------------------------------------------------

    def change_roster(self) -> bool:
        """A later roster: some children's places change, now and then a child is new."""
        stock = [kid for kid in self.kids if self._in_stock(kid)]
        pool = stock if stock and self.chance(60) else self.kids
        chosen = self.rng.sample(pool, min(len(pool), self.rng.randrange(1, 4)))
        rows = [row for kid in chosen if (row := self._later_row(kid))]
        if self.chance(12):
            rows.append(self._first_row(self._new_kid()))
            if not self.offer("roster", rows):
                self.kids.pop()
                return False
            return True
        return self.offer("roster", rows)

    def _in_stock(self, kid: Kid) -> bool:
        child = self.child_of(kid)
        return bool(child and child.steps and child.steps[-1].after in ("suspected", "dropped_out"))

    def _later_row(self, kid: Kid) -> Row | None:
        child = self.child_of(kid)
        if child is None:
            return None
        row, on = kid.full(), self.today
        if self.chance(60):
            on = max(self.past_day(self.rng.choice([8, 40])), kid.born)
            row["变动日期"] = self.shown_day(on)
        # all that is believed of that day, so that only what is changed on purpose changes
        for header, name in FIELDS.items():
            if value := child.value(name, on):
                row[header] = value
        if not row.get("就读情况"):
            return None
        self._change(row, child, on)
        if row["就读情况"] == "在籍在校":
            row = {"班级": "9班", "年级": "五年级"} | row
        elif not (row.get("户籍地代码") or row.get("现居住地代码")):
            row["户籍地代码"] = self.home(allow_empty=False)
        return row

    def _change(self, row: Row, child: Child, on: date) -> None:
        seated = row["就读情况"] == "在籍在校"
        held = {change.value for change in child.all_changes("school")}
        new = [unit.code for unit in self.schools(on) if unit.code not in held]
        for _ in range(self.rng.randrange(1, 3)):
            roll = self.rng.randrange(100)
            if roll < 22 and seated and new:
                row["学校代码"] = self.rng.choice(new)
            elif roll < 38 and seated and row.get("学段") == "小学":
                row |= {"学段": "初中", "年级": "七年级"}
            elif roll < 46 and seated:
                row["班级"] = self.rng.choice("4567") + "班"
            elif roll < 66:
                row["现居住地代码"] = self.home() or "无"
            elif roll < 80:
                now = several(row.get("特殊群体", ""))
                groups = self.rng.sample(GROUPS[:8], self.rng.randrange(1, 3))
                row["特殊群体"] = "无" if now and self.chance(30) else "、".join(groups)
            # Back to no school, as before a case gave it one, without a day: it would be asked (question 29).
            elif roll < 90 and seated and ("" not in held or "变动日期" in row):
                row |= {"就读情况": self.rng.choice(["未入学", "县外就读", "无学籍"]), "学校代码": "无"}
                row["就读学校名称"], row["所在地"] = "他乡学校", "他省"
                row.pop("班级", None)
                if self.chance(40):
                    row["学段"] = "无"
                return
            elif not seated and new and row["就读情况"] != "高校":
                row |= self._seat(self.rng.choice(["小学", "初中"]), self.rng.choice(new))
                return


def _unit(code: str, name: str, kind: str, parent: str) -> Row:
    return {"单位代码": code, "单位名称": name, "类型": kind, "上级代码": parent}


def _certificate(born: date, no: int) -> str:
    """An invented identity number with the right check digit (GB 11643)."""
    digits = f"539101{born:%Y%m%d}{no:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    rest = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11
    return digits + "10X98765432"[rest]
