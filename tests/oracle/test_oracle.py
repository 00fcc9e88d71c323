"""Tests of the oracle itself: examples counted by hand, and what must hold in every county."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from hypothesis import given, settings

from tests.oracle.histories import counties, county_of_seed, make_county, moments, questions, shrink
from tests.oracle.judge import County, replay
from tests.oracle.report import KEYS, week_named, weekly, weekly_of
from tests.oracle.world import SHANGHAI, Import, Row

COUNTY, NORTH, SOUTH, DISTRICT = "539101", "539101101", "539101102", "539101601"
ONE, TWO, THREE = "539101701", "539101702", "539101703"
PAPER = {"证据编号": "证1", "登记人": "丁一帆", "批准人": "石敢"}


def unit(code: str, name: str, kind: str, parent: str, **more: str) -> Row:
    return {"单位代码": code, "单位名称": name, "类型": kind, "上级代码": parent} | more


UNITS = [
    unit(COUNTY, "青禾县", "县", ""),
    unit(NORTH, "北乡", "乡镇", COUNTY),
    unit(SOUTH, "南街道", "街道", COUNTY),
    unit(DISTRICT, "第一学区", "学区", COUNTY),
    unit(ONE, "北小学", "学校", DISTRICT, 学校类别="小学", 所在乡镇代码=NORTH),
    unit(TWO, "南小学", "学校", COUNTY, 学校类别="小学", 所在乡镇代码=SOUTH),
    unit(THREE, "南初中", "学校", COUNTY, 学校类别="初中", 所在乡镇代码=SOUTH),
]


def pupil(number: int, school: str = ONE, **more: str) -> Row:
    row = {"学籍号": f"G{number}", "姓名": f"甲{number}", "性别": "女", "出生日期": "2016-05-04"}
    seat = {"就读情况": "在籍在校", "学校代码": school, "学段": "小学", "年级": "四年级", "班级": "1班"}
    return row | seat | more


def outsider(number: int, **more: str) -> Row:
    row = {"学籍号": f"G{number}", "姓名": f"甲{number}", "性别": "男", "出生日期": "2016-05-04"}
    return row | {"就读情况": "未入学"} | more


def at(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


def status(number: int, on: str, word: str, **more: str) -> Row:
    return {"学籍号": f"G{number}", "日期": on, "变化": word} | more


def begin(*pupils: Row) -> list[Import]:
    return [Import(at(8, 1), "units", UNITS), Import(at(8, 1, 10), "roster", list(pupils))]


def figures(
    report: dict[str, Any], code: str = "total", stage: str = "all", table: str = "schools"
) -> dict[str, Any]:
    """The non-zero figures of one row; duties have an oracle and tests of their own."""
    rows = report["total"] if code == "total" else report["tables"][table]
    (row,) = [r for r in rows if r["stage"] == stage and code in ("total", r["unit"]["code"])]
    quiet = ("unit", "stage", "filing", "pupils", "due_children", "dropout_rate")
    told = {key: value for key, value in row.items() if not key.startswith("duties_")}
    return {key: value for key, value in told.items() if value and key not in quiet}


def now(imports: list[Import], week: str, code: str = COUNTY) -> dict[str, Any]:
    return weekly(imports, code, week, imports[-1].at)


def test_week_and_term() -> None:
    week = week_named("2026-W38")
    assert (week.first.isoformat(), week.last.isoformat()) == ("2026-09-11", "2026-09-17")
    assert (week.term.isoformat(), week.age_day.isoformat()) == ("2026-09-01", "2026-08-31")
    assert week_named("2026-W35").age_day.isoformat() == "2025-08-31"


def test_a_life_in_one_week_and_as_known_before() -> None:
    life = [status(1, "2026-09-11", "疑似辍学"), status(1, "2026-09-15", "辍学", 原因="上学远；残疾")]
    imports = [*begin(pupil(1, 特殊群体="低保")), Import(at(9, 16), "status", life)]
    imports.append(Import(at(9, 18), "status", [status(1, "2026-09-17", "复学")]))
    flows = {"s_new": 1, "confirmed": 1, "term_s_new": 1}
    early = weekly(imports, COUNTY, "2026-W38", at(9, 17))
    held = {"s_close": 0, "d_close": 1, "s_new": 1, "d_new": 0, "s_returned": 0, "d_returned": 0}
    assert figures(early) == flows | {"d_close": 1, "d_by_cause": {"上学远": 1}, "groups": {"低保": held}}
    back = {"d_returned": 1, "returned": 1, "term_returned": 1}
    held |= {"d_close": 0, "d_returned": 1}
    assert figures(now(imports, "2026-W38"), stage="primary") == flows | back | {"groups": {"低保": held}}
    next_week = figures(now(imports, "2026-W39"))
    assert next_week == {"returned": 1, "term_s_new": 1, "term_returned": 1}


def test_a_late_return_makes_a_relapse() -> None:
    told = [status(1, "2026-08-20", "疑似辍学"), status(1, "2026-08-25", "重点关注")]
    told.append(status(1, "2026-09-12", "疑似辍学"))
    imports = [*begin(pupil(1)), Import(at(9, 16), "status", told)]
    assert figures(now(imports, "2026-W38")) == {"s_new": 1, "s_close": 1, "term_s_new": 1}
    imports.append(Import(at(9, 17), "status", [status(1, "2026-08-22", "复学")]))
    assert figures(now(imports, "2026-W38"))["relapsed"] == 1


def test_a_move_of_school_township_and_stage_while_suspected() -> None:
    moved = pupil(1, THREE, 学段="初中", 年级="七年级", 变动日期="2026-09-14")
    imports = [*begin(pupil(1)), Import(at(9, 15), "status", [status(1, "2026-09-12", "疑似辍学")])]
    imports.append(Import(at(9, 16), "roster", [moved]))
    report = now(imports, "2026-W38")
    left = {"s_new": 1, "s_out": 1, "term_s_new": 1}
    assert figures(report, ONE) == figures(report, ONE, "primary") == left
    assert figures(report, THREE, "junior") == {"s_in": 1, "s_close": 1}
    assert figures(report, NORTH, table="townships") == left
    assert figures(report, SOUTH, "junior", "townships") == {"s_in": 1, "s_close": 1}
    assert figures(report) == {"s_new": 1, "s_close": 1, "term_s_new": 1}
    assert figures(report, stage="junior") == {"s_in": 1, "s_close": 1}
    seen_from_one = now(imports, "2026-W38", ONE)
    assert figures(seen_from_one) == figures(seen_from_one, NORTH, table="townships") == left


def test_return_at_another_school_moves_first() -> None:
    told = [status(1, "2026-09-02", "辍学"), status(1, "2026-09-14", "复学", 接收学校代码=TWO)]
    imports = [*begin(pupil(1)), Import(at(9, 15), "status", told)]
    report = now(imports, "2026-W38")
    assert figures(report, ONE) == {"d_open": 1, "d_out": 1, "term_d_new": 1}
    assert figures(report, TWO) == {"d_in": 1, "d_returned": 1, "returned": 1, "term_returned": 1}
    rows = {(r["unit"]["code"], r["stage"]): r["pupils"] for r in report["tables"]["schools"]}
    assert (rows[ONE, "all"], rows[TWO, "all"]) == (0, 1)


def test_transfer_backfilled_whole_then_voided() -> None:
    begun = [*begin(pupil(1)), Import(at(9, 1), "status", [status(1, "2026-08-20", "重点关注")])]
    released = status(1, "2026-09-02", "转出", 接收学校代码=TWO)
    accepted = status(1, "2026-09-04", "转入接收", 接收学校代码=TWO)
    watched = status(1, "2026-09-05", "疑似辍学")
    later = Import(at(9, 8), "status", [watched])
    alone = Import(at(9, 9), "status", [released])
    county = replay([*begun, later])
    assert [verdict.what for verdict in county.take(alone)] == ["refused"]  # 疑似 cannot follow 转出
    both = Import(at(9, 10), "status", [accepted, released])
    assert [verdict.what for verdict in county.take(both)] == ["created", "created"]
    assert figures(weekly_of(county, COUNTY, "2026-W36"), TWO) == {}
    assert figures(weekly_of(county, COUNTY, "2026-W37"), TWO)["s_close"] == 1
    void = Import(at(9, 11), "status", [row | {"作废原因": "误登"} for row in both.rows])
    assert [verdict.what for verdict in county.take(void)] == ["voided", "voided"]
    assert figures(weekly_of(county, COUNTY, "2026-W37"), ONE)["s_close"] == 1


def test_wrong_receiver_and_transfer_out_of_a_stock_are_refused() -> None:
    county = replay(begin(pupil(1), pupil(2)))
    rows = [
        status(1, "2026-08-02", "重点关注"),
        status(1, "2026-08-03", "转出", 接收学校代码=TWO),
        status(1, "2026-08-04", "转入接收", 接收学校代码=THREE),
        status(2, "2026-08-02", "疑似辍学"),
        status(2, "2026-08-03", "转出", 去向="他省"),
    ]
    assert {verdict.what for verdict in county.take(Import(at(8, 9), "status", rows))} == {"refused"}


def test_bad_rows_drop_out_first() -> None:
    county = replay(begin(pupil(1)))
    rows = [status(1, "2026-08-03", "缓学", 批准人="石敢"), status(1, "2026-08-02", "疑似辍学")]
    rows += [status(1, "2027-01-01", "辍学"), status(9, "2026-08-02", "辍学")]
    verdicts = [verdict.what for verdict in county.take(Import(at(8, 9), "status", rows))]
    assert verdicts == ["refused", "created", "refused", "refused"]


def test_void_and_replacement_in_one_sheet_and_the_file_again() -> None:
    first = Import(at(9, 12), "status", [status(1, "2026-09-11", "辍学", 原因="因病")])
    fixed = status(1, "2026-09-11", "辍学", 原因="上学远")
    sheet = [fixed, first.rows[0] | {"作废原因": "写错"}]
    county = replay([*begin(pupil(1)), first])
    assert [v.what for v in county.take(Import(at(9, 13), "status", sheet))] == ["created", "voided"]
    assert [v.what for v in county.take(Import(at(9, 14), "status", sheet))] == ["unchanged"] * 2
    assert [v.what for v in county.take(first)] == ["unchanged"]
    assert figures(weekly_of(county, COUNTY, "2026-W38"))["d_by_cause"] == {"上学远": 1}


def test_a_correction_keeps_the_order_of_the_day() -> None:
    same_day = [status(1, "2026-09-11", word) for word in ("疑似辍学", "复学", "再辍")]
    imports = [*begin(pupil(1)), Import(at(9, 12), "status", same_day)]
    imports.append(Import(at(9, 13), "status", [same_day[0] | {"原因": "网瘾"}]))
    flows = {"s_new": 1, "s_returned": 1, "d_new": 1, "relapsed": 1, "d_close": 1, "d_by_cause": {"网瘾": 1}}
    term = {"term_s_new": 1, "term_d_new": 1, "term_returned": 1}
    assert figures(now(imports, "2026-W38")) == flows | term


def test_a_school_merged_takes_its_children_along() -> None:
    merged = UNITS[4] | {"停用日期": "2026-09-14", "并入单位代码": TWO}
    imports = [*begin(pupil(1)), Import(at(9, 3), "status", [status(1, "2026-09-02", "辍学")])]
    imports.append(Import(at(9, 16), "units", [merged]))
    report = now(imports, "2026-W38")
    assert figures(report, ONE) == {"d_open": 1, "d_out": 1, "term_d_new": 1}
    assert figures(report, TWO) == {"d_in": 1, "d_close": 1, "d_by_cause": {"未填": 1}}
    after = [row["unit"]["code"] for row in now(imports, "2026-W39")["tables"]["schools"]]
    assert ONE in after  # closed, but its term figures still count
    assert ONE not in [r["unit"]["code"] for r in now(imports, "2027-W10")["tables"]["schools"]]


def test_children_without_school_or_township() -> None:
    young = outsider(2, 出生日期="2020-09-01", 户籍地代码="990102203", 现居住地代码=COUNTY)
    imports = begin(outsider(1, 户籍地代码=SOUTH), young, outsider(3, 户籍地代码="990102203"))
    told = [status(number, "2026-09-12", "辍学") for number in (1, 2)]
    imports.append(Import(at(9, 13), "status", told))
    report = now(imports, "2026-W38")
    last = report["tables"]["schools"][-1]
    assert (last["unit"]["code"], last["stage"], last["d_close"], last["d_never"]) == ("", "all", 2, 2)
    assert (last["pupils"], last["due_children"], last["dropout_rate"]) == (0, 1, None)
    direct = report["tables"]["townships"][2]
    assert (direct["unit"]["name"], direct["d_close"], direct["due_children"]) == ("县直/未定", 1, 0)
    assert report["total"][2]["dropout_rate"] == 2.0


def test_stage_of_a_child_whose_stage_was_cleared() -> None:
    gone = outsider(1, 学校代码="无", 学段="无", 变动日期="2026-09-01", 户籍地代码=SOUTH)
    imports = begin(pupil(1, 年级="六年级"))
    imports += [
        Import(at(9, 2), "roster", [gone]),
        Import(at(9, 3), "status", [status(1, "2026-09-02", "辍学")]),
    ]
    report = now(imports, "2026-W37")
    assert figures(report, stage="junior")["d_close"] == 1
    assert report["total"][1]["pupils"] == 0


def test_an_old_roster_after_an_accepted_transfer() -> None:
    told = [status(1, "2026-08-20", "重点关注"), status(1, "2026-09-02", "转出", 接收学校代码=TWO)]
    told.append(status(1, "2026-09-04", "转入接收", 接收学校代码=TWO))
    county = replay([*begin(pupil(1)), Import(at(9, 5), "status", told)])
    old = Import(at(9, 6), "roster", [pupil(1, 班级="2班", 变动日期="2026-08-15")])
    assert [verdict.what for verdict in county.take(old)] == ["changed"]
    (child,) = county.children.values()
    assert child.value("school", at(9, 6).date()) == TWO
    assert child.value("class", at(8, 16).date()) == "2班"
    assert child.value("class", at(9, 6).date()) == ""


def test_visits_letters_and_sessions() -> None:
    child = {"学籍号": "G1"}
    visit = {"家访日期": "2026-09-12", "方式": "上门", "参加人": "甲", "结果": "犹豫", "记录人": "甲"}
    visits = [child | visit | {"见到": "无人", "记录编号": "1"}]
    visits.append(child | visit | {"见到": "家长；学生", "开始时间": "09:00"})
    letter = child | {"文书种类": "劝返复学通知书", "签发单位代码": ONE, "签发人": "甲", "文号": "1号"}
    letter["签发日期"] = "2026-09-10"
    served = letter | {"送达日期": "2026-09-14", "送达方式": "直接"}
    order = letter | {"文书种类": "限期复学通知书"}
    lesson = child | {"日期": "2026-09-13", "开始时间": "09:00", "课时": "3", "教师": "甲"}
    imports = [
        *begin(pupil(1)),
        Import(at(9, 13), "visits", visits),
        Import(at(9, 13, 10), "letters", [letter, order]),
        Import(at(9, 13, 11), "sessions", [lesson]),
        Import(at(9, 15), "letters", [served]),
    ]
    assert figures(now(imports, "2026-W37")) == {"letters_issued": 1}
    work = {"visits": 2, "visits_met": 1, "children_visited": 1, "sessions": 1, "session_hours": 3}
    assert figures(now(imports, "2026-W38")) == work | {"letters_served": 1}
    void = Import(at(9, 16), "letters", [served | {"作废日期": "2026-09-16", "作废原因": "写错"}])
    correction = Import(at(9, 16), "visits", [visits[0] | {"家访日期": "2026-09-08"}])
    imports += [void, correction]
    assert figures(now(imports, "2026-W38")) == work | {"visits": 1}
    assert figures(now(imports, "2026-W37")) == {"visits": 1, "children_visited": 1}


# ---- what holds in every county ----

LOOSE = {"children_visited", "dropout_rate", "filing", "unit", "stage"}
INTO = {"s": (), "d": ("confirmed",)}
OUT_OF = {"s": ("confirmed",), "d": ()}


def check_balance(row: dict[str, Any]) -> None:
    for stock in "sd":
        value = {key[2:]: number for key, number in row.items() if key.startswith(f"{stock}_")}
        more = (
            value["open"] + value["adj"] + value["new"] + value["in"] + sum(row[key] for key in INTO[stock])
        )
        less = sum(value[key] for key in ("returned", "taught", "deferred", "closed", "other", "out"))
        assert more - less - sum(row[key] for key in OUT_OF[stock]) == value["close"], row


def flat(row: dict[str, Any]) -> dict[str, float]:
    """Every figure that sums over rows; of in and out only the difference."""
    sums: dict[str, float] = {}
    for key, value in row.items():
        if key in LOOSE or key.endswith(("_in", "_out")):
            continue
        if key == "groups":
            pairs = [(f"{name} {figure}", n) for name, six in value.items() for figure, n in six.items()]
        else:
            pairs = (
                [(f"{key} {k}", n) for k, n in value.items()] if isinstance(value, dict) else [(key, value)]
            )
        sums |= {name: number for name, number in pairs if number}
    for stock in "sd":
        sums[f"{stock} moved"] = row[f"{stock}_in"] - row[f"{stock}_out"]
    return {name: number for name, number in sums.items() if number}


def total_of(rows: list[dict[str, Any]]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for row in rows:
        for name, number in flat(row).items():
            sums[name] = sums.get(name, 0) + number
    return {name: number for name, number in sums.items() if number}


def check_report(report: dict[str, Any]) -> None:
    """Balances, sums over rows, sums over stages, keys and order."""
    tables = [*report["tables"].values(), report["total"]]
    for table in tables:
        for row in table:
            assert set(row) == {"unit", "stage", *KEYS}
            check_balance(row)
        for place, stage in enumerate(("primary", "junior", "all")):
            assert {row["stage"] for row in table[place::3]} <= {stage}
            assert total_of(table[place::3]) == flat(report["total"][place])
        for first in range(0, len(table), 3):
            assert total_of(table[first : first + 2]) == flat(table[first + 2])
        codes = [row["unit"]["code"] for row in table[::3]]
        assert codes == sorted(codes, key=lambda code: (code == "", code))


@settings(max_examples=60, deadline=None)
@given(counties())
def test_every_report_balances_and_sums(imports: list[Import]) -> None:
    for code, week, known_at in questions(Random(len(imports)), imports, 5):
        check_report(weekly(imports, code, week, known_at, detail=True))


def test_later_imports_never_change_what_was_known() -> None:
    for seed in range(20):
        imports = county_of_seed(seed)
        for code, week, known_at in questions(Random(seed), imports, 3):
            known = [imported for imported in imports if imported.at <= known_at]
            assert weekly(known, code, week, known_at) == weekly(imports, code, week, known_at)


def test_the_same_file_twice_changes_nothing() -> None:
    for seed in range(40):
        county = County()
        for imported in county_of_seed(seed):
            county.take(imported)
            again = Import(imported.at + timedelta(minutes=1), imported.kind, imported.rows)
            assert {verdict.what for verdict in county.take(again)} <= {"unchanged", "refused"}


def test_generated_counties_are_lively() -> None:
    seen: set[str] = set()
    for seed in range(60):
        imports = county_of_seed(seed)
        for row in weekly(imports, imports[0].rows[0]["单位代码"], "2026-W36", moments(imports)[-1])["total"]:
            seen |= {key for key, value in row.items() if value}
    assert {"s_new", "d_close", "relapsed", "term_returned", "transferring", "d_never"} <= seen


def test_shrink_keeps_only_what_matters() -> None:
    imports = make_county(Random(3))
    small = shrink(imports, lambda some: any(i.kind == "status" and i.rows for i in some))
    assert [len(imported.rows) for imported in small] == [1]
