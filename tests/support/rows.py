"""Rows of every kind of workbook, as short as a sentence: what a test does not name has an ordinary value."""

from typing import Any

Row = dict[str, str]

COUNTY, EAST, WEST, STREET = "C", "T1", "T2", "T3"
"""县 C with the townships T1 东乡 and T2 西乡 and the subdistrict T3 南街."""
HILL, VALLEY = "V1", "V2"
"""Villages of T1 and T2."""
NEAR, FAR, JUNIOR_SCHOOL = "S1", "S2", "S3"
"""Schools: S1 近小 (in T1) and S3 中学 (in T1) of the district D, S2 远小 (in T2) of the county."""


def unit(code: str, kind: str = "学校", parent: str = "D", /, **cells: str) -> Row:
    """One unit; a school of the district unless said otherwise."""
    return {"单位代码": code, "单位名称": f"单位{code}", "类型": kind, "上级代码": parent, **cells}


UNITS = [
    unit(COUNTY, "县", ""),
    unit(EAST, "乡镇", COUNTY, 单位名称="东乡"),
    unit(WEST, "乡镇", COUNTY, 单位名称="西乡"),
    unit(STREET, "街道", COUNTY, 单位名称="南街"),
    unit(HILL, "村", EAST),
    unit(VALLEY, "村", WEST),
    unit("D", "学区", COUNTY),
    unit(NEAR, 单位名称="近小", 学校类别="小学", 所在乡镇代码=EAST),
    unit(FAR, "学校", COUNTY, 单位名称="远小", 学校类别="小学", 所在乡镇代码=WEST),
    unit(JUNIOR_SCHOOL, 单位名称="中学", 学校类别="初中", 所在乡镇代码=EAST),
]

BORN = "2016-03-01"


def pupil(number: str = "G1", name: str = "", school: str = NEAR, /, **cells: str) -> Row:
    """A child of grade four at 近小, who lives in the village of 东乡."""
    return {
        "姓名": name or f"学生{number}",
        "性别": "女",
        "出生日期": BORN,
        "学籍号": number,
        "学校代码": school,
        "学段": "小学",
        "年级": "四年级",
        "班级": "1班",
        "现居住地代码": HILL,
        "监护人": f"家长{number}",
        **cells,
    }


def said(number: str, **cells: str) -> Row:
    """A roster row that says nothing but who it is about and the cells given."""
    who = {name: pupil(number)[name] for name in ("姓名", "性别", "出生日期", "学籍号")}
    return {**who, "学段": "", **cells}


def status(on: str, word: str, number: str = "G1", /, **cells: str) -> Row:
    """One status act, with the papers that 缓学, 休学 and 销号 need."""
    papers = {"证据编号": "证1", "登记人": "甲", "批准人": "乙"} if word in ("缓学", "休学", "销号") else {}
    reason = {"销号原因": "毕业"} if word == "销号" else {}
    return {"学籍号": number, "日期": on, "变化": word, **papers, **reason, **cells}


def visit(on: str, number: str = "G1", /, **cells: str) -> Row:
    """A visit at home that met a parent."""
    return {
        "学籍号": number,
        "家访日期": on,
        "开始时间": "18:00",
        "方式": "上门",
        "参加人": "王老师/班主任/近小",
        "见到": "家长",
        "结果": "犹豫",
        "谈话要点": "谈了上学的事",
        "记录人": "王老师",
        **cells,
    }


def absence(on: str, number: str = "G1", /, **cells: str) -> Row:
    """An absence that goes on."""
    return {"学籍号": number, "起始日期": on, "原因": "未说明", **cells}


def session(on: str, number: str = "G1", /, **cells: str) -> Row:
    """A session of 送教上门."""
    return {"学籍号": number, "日期": on, "开始时间": "9:00", "课时": "3", "教师": "李老师、赵老师", **cells}


def letter(on: str, number: str = "G1", /, **cells: str) -> Row:
    """A letter of the school."""
    return {
        "学籍号": number,
        "文书种类": "劝返复学通知书",
        "文号": "义劝通字〔2026〕第001号",
        "签发单位代码": NEAR,
        "签发人": "张校长",
        "签发日期": on,
        **cells,
    }


def aid(on: str, number: str = "G1", /, **cells: str) -> Row:
    """A term's living allowance, paid."""
    return {
        "学籍号": number,
        "学年": "2026-2027",
        "学期": "秋",
        "项目代码": "living_boarder",
        "金额(元)": "625.00",
        "发放日期": on,
        "凭证号": "A1",
        "发放方式": "银行卡",
        **cells,
    }


def posting(login: str, post: str = "校长", at: str = NEAR, /, **cells: str) -> Row:
    """A posting since 2024."""
    return {
        "登录名": login,
        "姓名": f"教师{login}",
        "岗位": post,
        "单位代码": at,
        "任职日期": "2024-09-01",
        **cells,
    }


LEDGERS: dict[str, Any] = {
    "absences": absence,
    "status": lambda on, number="G1", /, **cells: status(on, "疑似辍学", number, **cells),
    "visits": visit,
    "sessions": session,
    "letters": letter,
    "aid": aid,
}
"""Every case ledger with a maker of one ordinary row."""
