"""Random small counties, part 3: visits, letters, sessions and absences."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from tests.oracle import world
from tests.oracle.judge import Child
from tests.oracle.ledgers import identity
from tests.oracle.making import ADULTS, DAY, Kid, Maker
from tests.oracle.moves import Entry
from tests.oracle.rows import contents, key_of
from tests.oracle.world import Row

New = Callable[[Maker, Kid, Child], Row]


def record_rows(maker: Maker, kind: str) -> list[Row]:
    """One workbook of visits, letters, sessions or absences."""
    rows: list[Row] = []
    used: set[tuple[str, ...]] = set()
    for _ in range(maker.rng.randrange(1, 6)):
        kid = maker.rng.choice(maker.kids)
        child = maker.child_of(kid)
        if child is None:
            continue
        old = [entry for entry in maker.county.live(kind) if entry.child == child.id]
        if old and maker.chance(45):
            written = _again(maker, kind, maker.rng.choice(old))
        else:
            written = [NEW[kind](maker, kid, child)]
        keys = {key_of(kind, child.id, contents(kind, cells)) for cells in written}
        known = maker.county.books.get(kind, {})
        if keys & used or (len(written) == 1 and not (old or keys.isdisjoint(known))):
            continue
        used |= keys
        rows += [identity(maker, kid) | cells for cells in written]
    return rows


def _again(maker: Maker, kind: str, entry: Entry) -> list[Row]:
    """A correction, a service of a letter, a void, or a void with its replacement."""
    roll = maker.rng.randrange(100)
    void = entry.cells | {"作废原因": f"录入错误{maker.next_serial()}"}
    if kind == "letters":
        if roll < 60:
            return [entry.cells | service(maker, entry.on)] if "送达日期" not in entry.cells else []
        return [void | {"作废日期": maker.today.isoformat()}]
    other = entry.cells | {"备注": f"更正{maker.next_serial()}"} | _other(maker, kind, entry)
    if roll < 40:
        return [other]
    return [void] if roll < 70 else [void, other]


def _other(maker: Maker, kind: str, entry: Entry) -> Row:
    rng = maker.rng
    if kind == "sessions":
        return {"课时": rng.choice("1234")}
    if kind == "visits":
        changed = {"见到": rng.choice(["无人", "家长", "学生"]), "结果": rng.choice(world.VISIT_RESULTS)}
        if entry.get("记录编号") and maker.chance(40):
            changed["家访日期"] = maker.past_day(30).isoformat()
        return changed
    return {"原因": "病假"}


def _visit(maker: Maker, kid: Kid, child: Child) -> Row:
    rng = maker.rng
    cells = {
        "家访日期": maker.past_day(30).isoformat(),
        "方式": rng.choice(world.VISIT_WAYS),
        "参加人": f"{ADULTS[0]}/教师/学校；{ADULTS[4]}/干部/乡政府",
        "见到": rng.choice(["无人", "家长", "学生", "家长；学生", "委托监护人"]),
        "结果": rng.choice(world.VISIT_RESULTS),
        "记录人": ADULTS[0],
        "备注": f"备注{maker.next_serial()}",
    }
    if maker.chance(50):
        cells["记录编号"] = f"访{maker.next_serial()}"
    if maker.chance(70):
        cells["开始时间"] = f"{rng.randrange(8, 20):02}:{rng.choice(['00', '30'])}"
    roll = rng.randrange(100)
    if roll < 4:
        cells["家访日期"] = (maker.today + 60 * DAY).isoformat()
    elif roll < 7:
        cells["家访日期"] = (kid.born - 5 * DAY).isoformat()
    elif roll < 10:
        cells["结果"] = "很好"
    return cells


def _letter(maker: Maker, kid: Kid, child: Child) -> Row:
    rng, on = maker.rng, maker.past_day(30)
    county = maker.county
    schools = [unit.code for unit in maker.schools(on)]
    orderers = [code for code, unit in sorted(county.units.items()) if unit.kind in ("township", "county")]
    kind = rng.choice([world.SCHOOL_LETTER, world.SCHOOL_LETTER, world.ORDER_LETTER])
    cells = {
        "文书种类": kind,
        "签发单位代码": rng.choice(schools if kind == world.SCHOOL_LETTER else orderers),
        "签发人": ADULTS[1],
        "签发日期": on.isoformat(),
        "限期天数": "7",
    }
    if kind == world.ORDER_LETTER and maker.chance(8):
        cells["签发单位代码"] = rng.choice(schools)
    if maker.chance(75):
        cells["文号"] = f"义劝通字〔{on.year}〕第{maker.next_serial():03}号"
    if maker.chance(40):
        cells |= service(maker, on)
    if maker.chance(4):
        cells["签发日期"] = (maker.today + 60 * DAY).isoformat()
    return cells


def service(maker: Maker, issued: date) -> Row:
    on = min(issued + maker.rng.randrange(0, 15) * DAY, maker.today)
    return {
        "送达日期": max(on, issued).isoformat(),
        "送达方式": maker.rng.choice(["直接", "留置", "邮寄"]),
        "受送达人": "家长甲",
        "与受送达人关系": "父亲",
        "送达地点": "家中",
        "见证人": ADULTS[5],
        "送达人": ADULTS[0],
    }


def _session(maker: Maker, kid: Kid, child: Child) -> Row:
    rng = maker.rng
    cells = {
        "日期": maker.past_day(30).isoformat(),
        "开始时间": f"{rng.randrange(8, 17):02}:00",
        "课时": rng.choice("1233"),
        "教师": "、".join(ADULTS[:2]),
        "备注": f"备注{maker.next_serial()}",
    }
    if maker.chance(5):
        cells["日期"] = (maker.today + 60 * DAY).isoformat()
    return cells


def _absence(maker: Maker, kid: Kid, child: Child) -> Row:
    return {"起始日期": maker.past_day(20).isoformat(), "原因": "事假", "备注": f"备注{maker.next_serial()}"}


NEW: dict[str, New] = {"visits": _visit, "letters": _letter, "sessions": _session, "absences": _absence}
