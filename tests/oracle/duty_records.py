"""Random histories for duties, part 2: visits, letters step by step, sessions, absences and acts."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from tests.oracle import world
from tests.oracle.judge import Child
from tests.oracle.making import ADULTS, DAY, Kid, Maker
from tests.oracle.moves import Entry, Step
from tests.oracle.records import service
from tests.oracle.world import TOWNSHIPS, Row, day

OUT = ("suspected", "dropped_out")
NEXT_ORDER = (world.REPORT_LETTER, world.ORDER_LETTER, world.ORDER_LETTER, world.SCHOOL_LETTER)


def held(child: Child) -> str | None:
    """The status now held."""
    return child.steps[-1].after if child.steps else None


def since_out(child: Child) -> Step | None:
    """The entry that began the present time out of school."""
    first = None
    for step in child.steps:
        if step.after not in OUT:
            first = None
        elif first is None:
            first = step
    return first


def later(maker: Maker, first: date, span: int) -> date:
    """Some day from `first` on that has come."""
    return min(first + maker.rng.randrange(0, span + 1) * DAY, maker.today)


def voiding(maker: Maker, entry: Entry) -> Row:
    """The row that takes an entry back."""
    return entry.cells | {"作废原因": f"录入错误{maker.next_serial()}"}


def visit(maker: Maker, kid: Kid, child: Child, old: list[Entry]) -> Row | None:
    """A visit by one to three people of school, township, village or nowhere in particular."""
    if old and maker.chance(8):
        return voiding(maker, maker.rng.choice(old))
    rng = maker.rng
    on = maker.past_day(rng.choice([3, 10, 30]))
    away = [entry.on for entry in maker.county.live("absences") if entry.child == child.id]
    if away and maker.chance(50):
        on = later(maker, rng.choice(away), 4)
    townships = [unit for unit in maker.county.units.values() if unit.kind in (*TOWNSHIPS, "village")]
    units = [word for unit in townships for word in (unit.name, unit.code)] + ["", "乡政府", "学校"] * 4
    people = rng.sample([*ADULTS[:4], child.value("helper", on) or ADULTS[4]], rng.choice([1, 2, 2, 3]))
    return {
        "家访日期": on.isoformat(),
        "开始时间": f"{rng.randrange(8, 20):02}:{rng.choice(['00', '30'])}",
        "方式": rng.choice(world.VISIT_WAYS),
        "参加人": "；".join(f"{name}/教师/{rng.choice(units)}".rstrip("/") for name in dict.fromkeys(people)),
        "见到": rng.choice(["无人", "家长", "学生"]),
        "结果": rng.choice(world.VISIT_RESULTS),
        "记录人": child.value("helper", on) or ADULTS[0] if maker.chance(20) else ADULTS[0],
        "记录编号": f"访{maker.next_serial()}" if maker.chance(30) else "",
    }


def letter(maker: Maker, kid: Kid, child: Child, old: list[Entry]) -> Row | None:
    """The next step of the papers of a child out of school; now and then any letter, or one taken back."""
    rng, first = maker.rng, since_out(child)
    if old and maker.chance(8):
        entry = rng.choice(old)
        served = day(entry.get("送达日期")) if entry.get("送达日期") else entry.on
        return voiding(maker, entry) | {"作废日期": later(maker, served, 12).isoformat()}
    waiting = [
        entry for entry in old if not entry.get("送达日期") and entry.get("文书种类") != world.REPORT_LETTER
    ]
    if waiting and maker.chance(70):
        entry = rng.choice(waiting)
        return entry.cells | service(maker, entry.on)
    if first is None and maker.chance(85):
        return None
    on = later(maker, first.entry.on, 12) if first else maker.past_day(20)
    kinds = [entry.get("文书种类") for entry in old if first and entry.on >= first.entry.on]
    kind = world.SCHOOL_LETTER
    if kinds or maker.chance(10):
        kind, on = rng.choice(NEXT_ORDER), maker.past_day(6)
    told = [day(entry.get("送达日期")) for entry in old if first and entry.get("送达日期")]
    if told and kind in (world.ORDER_LETTER, world.REPORT_LETTER) and maker.chance(50):
        on = later(maker, max(told) + 7 * DAY, 10)
    return _new_letter(maker, child, kind, on)


def _new_letter(maker: Maker, child: Child, kind: str, on: date) -> Row:
    rng, county = maker.rng, maker.county
    units = sorted(county.units.values(), key=lambda unit: unit.code)
    issuers = [unit.code for unit in units if unit.kind in ("township", "county")]
    if kind != world.ORDER_LETTER:
        issuers = [child.value("school", on)] * 4 + [unit.code for unit in maker.schools(on)]
    cells = {
        "文书种类": kind,
        "签发单位代码": rng.choice([code for code in issuers if code]),
        "签发人": ADULTS[1],
        "签发日期": on.isoformat(),
        "文号": f"第{maker.next_serial():04}号",
    }
    if kind != world.REPORT_LETTER:
        cells["限期天数"] = rng.choice(["7", "7", "3", "10"])
        if maker.chance(35):
            cells |= service(maker, on)
    return cells


def session(maker: Maker, kid: Kid, child: Child, old: list[Entry]) -> Row | None:
    """A session, mostly of a child taught at home."""
    if old and maker.chance(10):
        return voiding(maker, maker.rng.choice(old))
    if held(child) != "home_teaching" and maker.chance(80):
        return None
    return {
        "日期": maker.past_day(12).isoformat(),
        "开始时间": f"{maker.rng.randrange(8, 17):02}:00",
        "课时": maker.rng.choice("123"),
        "教师": "、".join(ADULTS[:2]),
    }


def absence(maker: Maker, kid: Kid, child: Child, old: list[Entry]) -> Row | None:
    """An absence, its end, or one taken back; two of a child leave a day between them."""
    if old and maker.chance(10):
        return voiding(maker, maker.rng.choice(old))
    going_on = [entry for entry in old if not entry.get("截止日期")]
    if going_on and maker.chance(50):
        entry = maker.rng.choice(going_on)
        cells = entry.cells | {"截止日期": later(maker, entry.on, 25).isoformat()}
        return cells if _apart(cells, [each for each in old if each is not entry]) else None
    first = maker.past_day(maker.rng.choice([2, 14, 25]))
    cells = {"起始日期": first.isoformat(), "原因": "事假", "备注": f"备注{maker.next_serial()}"}
    if maker.chance(40):
        cells["截止日期"] = later(maker, first, 12).isoformat()
    return cells if _apart(cells, old) else None


def _apart(cells: Row, others: list[Entry]) -> bool:
    """Whether "absent" and "this absence" mean the same days (see OPEN_QUESTIONS of the duties)."""
    spans = [cells, *(entry.cells for entry in others)]
    days = sorted((day(each["起始日期"]), day(each.get("截止日期", "9999-12-30"))) for each in spans)
    return all(end + DAY < start for (_, end), (start, _) in pairwise(days))


NEW = {"visits": visit, "letters": letter, "sessions": session, "absences": absence}
