"""One week in which everything happens: two counties, and every figure of the report in one of them.

The week is 2026-W38, 11–17 September; the county is 539101 青禾县. Each child has one story.
"""

from __future__ import annotations

from datetime import datetime

from tests.oracle.world import SHANGHAI, Import, Row

PROVINCE, CITY, COUNTY, OTHER = "53", "5391", "539101", "539102"
NORTH, SOUTH, VILLAGE, DISTRICT, EAST = "539101101", "539101102", "539101101001", "539101601", "539102101"
ONE, TWO, THREE, SENIOR, GONE, LATER = (f"53910170{n}" for n in range(1, 7))
FAR = "539102701"
WEEK = "2026-W38"
FIRST_TOLD = datetime(2026, 9, 17, 20, tzinfo=SHANGHAI)
ALL_TOLD = datetime(2026, 9, 26, 9, tzinfo=SHANGHAI)
_PAPERS = {"证据编号": "证1", "登记人": "丁一帆", "批准人": "石敢"}


def _unit(code: str, name: str, kind: str, parent: str, **more: str) -> Row:
    return {"单位代码": code, "单位名称": name, "类型": kind, "上级代码": parent} | more


def _school(code: str, name: str, parent: str, category: str, location: str, **more: str) -> Row:
    return _unit(code, name, "学校", parent, 学校类别=category, 所在乡镇代码=location, **more)


UNITS = [
    _unit(PROVINCE, "南省", "省", ""),
    _unit(CITY, "雨市", "市", PROVINCE),
    _unit(COUNTY, "青禾县", "县", CITY),
    _unit(OTHER, "白水县", "县", CITY),
    _unit(NORTH, "北乡", "乡镇", COUNTY),
    _unit(SOUTH, "南街道", "街道", COUNTY),
    _unit(VILLAGE, "北村", "村", NORTH),
    _unit(DISTRICT, "第一学区", "学区", COUNTY),
    _unit(EAST, "东乡", "乡镇", OTHER),
    _school(ONE, "北小学", DISTRICT, "小学", NORTH),
    _school(TWO, "南小学", COUNTY, "小学", SOUTH),
    _school(THREE, "南初中", COUNTY, "初中", SOUTH),
    _school(SENIOR, "县一中", COUNTY, "普高", SOUTH),
    _school(GONE, "旧教学点", COUNTY, "教学点", NORTH, 停用日期="2026-09-11"),
    _school(LATER, "新小学", COUNTY, "小学", NORTH, 启用日期="2026-09-18"),
    _school(FAR, "白水小学", OTHER, "小学", EAST),
]


class _Told:
    """Collects stories: children of the roster, their status acts, and what was told a week later."""

    def __init__(self) -> None:
        self.roster: list[Row] = []
        self.status: list[Row] = []
        self.moves: list[Row] = []
        self.late: list[Row] = []

    def child(self, school: str = ONE, **more: str) -> str:
        number = f"G{len(self.roster) + 1}"
        seat = {"就读情况": "在籍在校", "学校代码": school, "学段": "小学", "年级": "四年级", "班级": "1班"}
        if school in (THREE, SENIOR):
            stage, grade, birth = (
                ("初中", "七年级", "2013-05-04") if school == THREE else ("普高", "高一", "2010-05-04")
            )
            seat |= {"学段": stage, "年级": grade, "出生日期": birth}
        row = {
            "学籍号": number,
            "姓名": f"甲{len(self.roster) + 1:03d}",
            "性别": "女",
            "出生日期": "2016-05-04",
        }
        self.roster.append(row | seat | more)
        return number

    def acts(self, number: str, *acts: str, late: bool = False, **more: str) -> None:
        """Acts written as "09-12 复学"; papers come by themselves."""
        for act in acts:
            day, word = act.split()
            papers = _PAPERS if word in ("销号", "缓学", "休学", "送教上门") else {}
            reason = {"销号原因": more.get("销号原因", "毕业")} if word == "销号" else {}
            out = word in ("疑似辍学", "辍学", "再辍")
            kept: Row = {name: more[name] for name in ("原因", "去向") if out and name in more}
            kept |= {"安置方式": more["安置方式"]} if word == "复学" and "安置方式" in more else {}
            row = {"学籍号": number, "日期": f"2026-{day}", "变化": word}
            (self.late if late else self.status).append(row | papers | reason | kept)

    def moved(self, number: str, on: str, **more: str) -> None:
        before = next(row for row in self.roster if row["学籍号"] == number)
        self.moves.append(before | {"变动日期": f"2026-{on}"} | more)


def eventful_county() -> list[Import]:
    """The imports: units and roster in August, the week told at its end, the late ones a week later."""
    told = _Told()
    _out_and_back(told)
    _comings(told)
    _places(told)
    _edges_of_the_week(told)
    _late(told)
    _of_two_people(told)
    return [
        Import(datetime(2026, 8, 20, 9, tzinfo=SHANGHAI), "units", UNITS),
        Import(datetime(2026, 8, 20, 10, tzinfo=SHANGHAI), "roster", told.roster),
        Import(datetime(2026, 9, 17, 17, tzinfo=SHANGHAI), "roster", told.moves),
        Import(datetime(2026, 9, 17, 18, tzinfo=SHANGHAI), "status", told.status),
        *_work(),
        Import(datetime(2026, 9, 25, 18, tzinfo=SHANGHAI), "status", told.late),
    ]


def _out_and_back(told: _Told) -> None:
    """Out of each stock on every way there is, each once from 小学 and once from 初中."""
    for school in (ONE, THREE):
        for out, cause in (("疑似辍学", "上学远"), ("辍学", "残疾；因病")):
            for way in ("复学", "送教上门", "缓学", "销号"):
                told.acts(
                    told.child(school, 特殊群体="低保；残疾学生"), f"09-04 {out}", f"09-14 {way}", 原因=cause
                )
            told.acts(told.child(school, 特殊群体="低保"), f"09-04 {out}", 原因=cause)
        told.acts(told.child(school), "09-05 疑似辍学", "09-15 重点关注")
        told.acts(told.child(school), "09-05 疑似辍学", "09-16 辍学", 原因="外出务工")
        told.acts(told.child(school), "09-08 重点关注", "09-13 销号", 销号原因="转学已接收")


def _comings(told: _Told) -> None:
    """Into the stocks from nothing, from another status, for the second time; and into every other status."""
    for school in (TWO, THREE):
        told.acts(told.child(school, 特殊群体="留守儿童"), "09-12 疑似辍学")
        told.acts(told.child(school, 特殊群体="留守儿童；低保"), "09-12 辍学", 原因="失联")
        told.acts(told.child(school), "09-08 重点关注", "09-13 疑似辍学", "09-13 辍学")
        told.acts(told.child(school), "08-25 疑似辍学", "09-02 复学", "09-13 再辍")
        told.acts(told.child(school), "08-25 疑似辍学", "09-02 复学", "09-13 疑似辍学")
        told.acts(told.child(school), "09-12 疑似辍学", "09-12 复学", "09-12 疑似辍学")
        told.acts(told.child(school), "09-14 重点关注")
        told.acts(told.child(school), "09-14 待核查")
        out = told.child(school)
        told.acts(out, "09-10 重点关注", "09-15 转出")
        told.status[-1]["接收学校代码"] = ONE


MOVED = "转班"
"""With the stock behind it: the one who moves from ONE to TWO, into another class, on 14 September."""


def _places(told: _Told) -> None:
    """Moves while in a stock: of school, township, stage and county; children of no school or township."""
    for out in ("疑似辍学", "辍学"):
        mover = told.child(ONE, 姓名=f"{MOVED}{out}", 现居住地代码=SOUTH)
        told.acts(mover, f"09-06 {out}")
        told.moved(mover, "09-14", 学校代码=TWO, 班级="2班")
        resident = told.child(TWO, 现居住地代码=NORTH)
        told.acts(resident, f"09-06 {out}")
        told.moved(resident, "09-15", 现居住地代码=SOUTH)
        riser = told.child(THREE, 学段="小学", 年级="六年级")
        told.acts(riser, f"09-06 {out}")
        told.moved(riser, "09-11", 学段="初中", 年级="七年级")
        back = told.child(TWO, 现居住地代码=SOUTH)
        told.acts(back, f"09-06 {out}")
        told.moved(back, "09-14", 学校代码=ONE)
        resident = told.child(TWO, 现居住地代码=SOUTH)
        told.acts(resident, f"09-06 {out}")
        told.moved(resident, "09-15", 现居住地代码=NORTH)
        mistaken = told.child(THREE)
        told.acts(mistaken, f"09-06 {out}")
        told.moved(mistaken, "09-11", 学段="小学", 年级="六年级")
        for leaver, home in ((told.child(ONE), FAR), (told.child(FAR), ONE), (told.child(THREE), FAR)):
            told.acts(leaver, f"09-06 {out}")
            told.moved(leaver, "09-16", 学校代码=home)
        both = told.child(ONE)
        told.acts(both, "09-06 疑似辍学", f"09-14 {'辍学' if out == '辍学' else '复学'}")
        told.moved(both, "09-14", 学校代码=THREE)
    never = {"就读情况": "未入学", "学段": "", "年级": "", "班级": ""}
    told.acts(told.child("", 户籍地代码=COUNTY, **never), "09-12 辍学")
    told.acts(told.child("", 现居住地代码=VILLAGE, **never), "09-03 辍学", "09-12 送教上门")
    told.acts(told.child("", 户籍地代码=SOUTH, **never | {"年级": "六年级"}), "09-03 疑似辍学")
    told.acts(told.child("", 户籍地代码=OTHER, **never), "09-12 辍学")
    told.acts(told.child(SENIOR), "09-12 疑似辍学")
    told.acts(told.child(TWO), "09-12 疑似辍学")
    told.status[-1]["销号原因"] = "毕业"
    told.acts(told.child(THREE), "09-12 辍学")
    told.status[-1]["失学类型"] = "小升初未衔接"
    told.moved(told.child(TWO), "09-17", 学校代码=ONE)
    last = told.child(TWO)
    told.acts(last, "09-06 疑似辍学")
    told.moved(last, "09-17", 学校代码=ONE)
    told.child("", 户籍地代码=NORTH, **never | {"就读情况": "县外就读"})
    told.acts(told.child(FAR, 特殊群体="低保"), "09-12 疑似辍学", "09-16 辍学")
    told.child(TWO)
    told.child(THREE, 出生日期="2011-08-31")
    told.child(ONE, 出生日期="2020-08-31")
    told.child(ONE, 出生日期="2020-09-01")


def _edges_of_the_week(told: _Told) -> None:
    """On the last day before, the first day, the last day and the day after; and on the term's edges."""
    for day in ("09-10", "09-11", "09-17"):
        told.acts(told.child(TWO), f"{day} 疑似辍学")
        told.acts(told.child(TWO), "09-02 疑似辍学", f"{day} 复学")
        told.acts(told.child(TWO), "09-02 辍学", f"{day} 复学")
    for day in ("08-31", "09-01"):
        told.acts(told.child(THREE), f"{day} 辍学")
        told.acts(told.child(THREE), "08-22 疑似辍学", f"{day} 复学")


def _late(told: _Told) -> None:
    """What the county learned a week later: of the week, of before, and of the day after."""
    returned = told.child(ONE)
    told.acts(returned, "09-03 疑似辍学", "09-16 疑似辍学")
    told.acts(returned, "09-12 复学", late=True)
    told.acts(told.child(TWO), "09-07 辍学", late=True, 原因="早婚早育")
    told.acts(told.child(TWO), "09-18 疑似辍学", late=True)
    watched = told.child(TWO)
    told.acts(watched, "09-17 疑似辍学")
    told.acts(watched, "09-10 重点关注", late=True)
    mistaken = told.child(ONE)
    told.acts(mistaken, "09-12 疑似辍学")
    told.late.append(told.status[-1] | {"作废原因": "记错了人"})


BACK, AGAIN = "远归", "又走"
"""Back for good, told twice; and away again, back only after the week."""


def _of_two_people(told: _Told) -> None:
    """What a list tells of a child: since when, where to, back when and how, visits and letters."""
    back, again = told.child(ONE, 姓名=BACK, 班级="0班"), told.child(ONE, 姓名=AGAIN, 班级="0班")
    for number in (back, again):
        told.acts(number, "09-03 疑似辍学", 去向="东莞")
        told.acts(number, "09-05 辍学")
        told.acts(number, "09-12 复学", 安置方式="插班")
    told.acts(back, "09-13 复学", 安置方式="单独编班")
    told.acts(again, "09-16 再辍", 去向="县城")
    told.acts(again, "09-17 再辍", 去向="省城")
    told.acts(again, "09-20 复学", late=True, 安置方式="随班就读")


def _work() -> list[Import]:
    """Visits, letters and lessons inside and outside the week, voided and met and not, at several schools."""
    at = datetime(2026, 9, 17, 19, tzinfo=SHANGHAI)
    visit = {"方式": "上门", "参加人": "甲", "结果": "犹豫", "记录人": "甲"}
    visits = [
        visit | {"学籍号": number, "家访日期": f"2026-{day}", "见到": met, "开始时间": hour}
        for number, day, met, hour in (
            ("G1", "09-11", "家长", "09:00"),
            ("G1", "09-17", "无人", "09:00"),
            ("G1", "09-17", "家长；学生", "15:00"),
            ("G1", "09-10", "家长", "09:00"),
            ("G13", "09-12", "无人", "10:00"),
            ("G2", "09-13", "家长", "10:00"),
        )
    ]
    mover = {"姓名": f"{MOVED}疑似辍学", "出生日期": "2016-05-04"}
    visits += [
        visit | mover | {"家访日期": f"2026-{day}", "见到": "无人"} for day in ("09-13", "09-14", "09-16")
    ]
    again = {"姓名": AGAIN, "出生日期": "2016-05-04"}
    visits += [
        visit | again | {"家访日期": f"2026-{day}", "见到": "家长", "谈话要点": f"{day}谈过"}
        for day in ("09-15", "09-04", "09-17")
    ]
    letter = {"文书种类": "劝返复学通知书", "签发单位代码": ONE, "签发人": "甲"}
    letters = [
        letter
        | {
            "学籍号": "G1",
            "文号": "1号",
            "签发日期": "2026-09-11",
            "送达日期": "2026-09-17",
            "送达方式": "直接",
        },
        letter | {"学籍号": "G2", "文号": "2号", "签发日期": "2026-09-17"},
        *(letter | again | {"文号": f"{day}号", "签发日期": f"2026-{day}"} for day in ("09-14", "09-07")),
        letter
        | {
            "学籍号": "G3",
            "文号": "3号",
            "签发日期": "2026-09-10",
            "送达日期": "2026-09-11",
            "送达方式": "直接",
        },
    ]
    lesson = {"开始时间": "09:00", "教师": "甲"}
    lessons = [
        lesson | {"学籍号": "G2", "日期": "2026-09-15", "课时": "1.5"},
        lesson | {"学籍号": "G2", "日期": "2026-09-17", "课时": "2"},
        lesson | {"学籍号": "G2", "日期": "2026-09-17", "课时": "1", "开始时间": "14:00"},
        lesson | {"学籍号": "G7", "日期": "2026-09-16", "课时": "2"},
        lesson | {"学籍号": "G14", "日期": "2026-09-16", "课时": "3"},
    ]
    later = datetime(2026, 9, 25, 17, tzinfo=SHANGHAI)
    after = [visit | again | {"家访日期": "2026-09-18", "见到": "家长"}]
    letters_after = [letter | again | {"文号": "后号", "签发日期": "2026-09-18"}]
    return [
        Import(at, "visits", visits),
        Import(at, "letters", letters),
        Import(at, "sessions", lessons),
        Import(later, "visits", after),
        Import(later, "letters", letters_after),
    ]
