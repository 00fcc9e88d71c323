"""Who may do what (岗位权限), and whose children a unit sees (查看范围): two pure tables, deny by default.

A post (岗位) carries rights; a unit carries a reach. A right without a row here does not exist.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from casework.domain.units import (
    CITY,
    COUNTY,
    DISTRICT,
    PROVINCE,
    SCHOOL,
    TOWNSHIPS,
    VILLAGE,
    Unit,
    Units,
)

HOME = "home"
READ_REPORT = "read_report"
READ_CHILDREN = "read_children"
READ_BOARD = "read_board"
SEARCH = "search"
READ_STUDENTS = "read_students"
READ_CASE = "read_case"
REVEAL = "reveal"
EXPORT = "export"
RECORD_VISIT = "record_visit"
CONFIRM_CHILD = "confirm_child"
GIVE_LEAD = "give_lead"
IMPORT = "import"
IMPORT_UNITS = "import_units"
IMPORT_LEDGERS = "import_ledgers"
MANAGE_ACCOUNTS = "manage_accounts"
READ_LOG = "read_log"
RECORD_ABSENCE = "record_absence"
RECORD_STATUS = "record_status"
APPROVE_STATUS = "approve_status"
RECORD_CHECK = "record_check"
RECORD_SESSION = "record_session"
ISSUE_LETTER = "issue_letter"
SERVE_LETTER = "serve_letter"
READ_LETTERS = "read_letters"
TRANSFER = "transfer"
RECORD_AID = "record_aid"
MANAGE_UNITS = "manage_units"
MANAGE_POSTINGS = "manage_postings"
SCHOOL_YEAR = "school_year"
WATCH_SYSTEM = "watch_system"
READ_CHAIN = "read_chain"
READ_DUTIES = "read_duties"
EXCUSE_DUTY = "excuse_duty"
COMPLETE_DUTY = "complete_duty"
RECORD_DECISION = "record_decision"
MANAGE_REMINDERS = "manage_reminders"
MANAGE_SYSTEM_CHANNELS = "manage_system_channels"
MANAGE_CALENDAR = "manage_calendar"

ACTIONS: dict[str, str] = {
    HOME: "首页与自己的账号",
    READ_REPORT: "周报",
    READ_CHILDREN: "周报数字背后的学生、在册学生名单",
    READ_BOARD: "在册看板",
    SEARCH: "按姓名、拼音、号码查找学生",
    READ_STUDENTS: "我的学生",
    READ_CASE: "个案页",
    REVEAL: "查看证件号、电话、住址原文（记入查看日志）",
    EXPORT: "导出",
    RECORD_VISIT: "记家访劝返",
    CONFIRM_CHILD: "村里核对适龄儿童",
    GIVE_LEAD: "提供线索",
    IMPORT: "导入页面",
    IMPORT_UNITS: "导入单位与人员岗位",
    IMPORT_LEDGERS: "导入花名册与各类台账",
    MANAGE_ACCOUNTS: "管理下属账号",
    READ_LOG: "查看日志",
    RECORD_ABSENCE: "登记缺勤",
    RECORD_STATUS: "登记、更正、申报状态变化",
    APPROVE_STATUS: "审批销号、缓学休学、转送教上门",
    RECORD_CHECK: "巩固期到校检查",
    RECORD_SESSION: "记送教上门",
    ISSUE_LETTER: "签发、作废文书",
    SERVE_LETTER: "登记文书送达",
    READ_LETTERS: "文书登记簿",
    TRANSFER: "转学",
    RECORD_AID: "登记资助发放",
    MANAGE_UNITS: "设立、停用、合并单位",
    MANAGE_POSTINGS: "任职、离任、代理",
    SCHOOL_YEAR: "学年升级、开学核查、全员花名册核对",
    WATCH_SYSTEM: "备份过期等系统提醒",
    READ_CHAIN: "责任链各页（六长）与责任考核",
    READ_DUTIES: "待办",
    EXCUSE_DUTY: "免办下级的责任事项",
    COMPLETE_DUTY: "登记本单位事项办结",
    RECORD_DECISION: "登记法律措施决定",
    MANAGE_REMINDERS: "提醒记录、群机器人",
    MANAGE_SYSTEM_CHANNELS: "邮件和短信的密钥",
    MANAGE_CALENDAR: "校历",
}
"""Every action there is, and what it opens."""

ADMINISTRATOR = "系统管理员"
"""Sets up units, people and accounts; sees no child."""

_LOOK = {HOME, READ_REPORT, READ_CHILDREN, READ_BOARD, READ_CASE, READ_LETTERS}
_WORK = _LOOK | {SEARCH, REVEAL, EXPORT, RECORD_VISIT}
_ACTS = {RECORD_STATUS, RECORD_CHECK, ISSUE_LETTER, SERVE_LETTER}
_SCHOOLING = _ACTS | {RECORD_ABSENCE, RECORD_SESSION, TRANSFER, RECORD_AID, SCHOOL_YEAR}
_COUNTY = _WORK | {IMPORT, IMPORT_LEDGERS}
_COUNTY_LEADS = _COUNTY | _SCHOOLING | {IMPORT_UNITS, MANAGE_ACCOUNTS, READ_LOG}
_COUNTY_LEADS |= {APPROVE_STATUS, MANAGE_UNITS, MANAGE_POSTINGS, WATCH_SYSTEM}
_COUNTY_LEADS |= {READ_CHAIN, READ_DUTIES, COMPLETE_DUTY, RECORD_DECISION}
_COUNTY_LEADS |= {MANAGE_REMINDERS, MANAGE_SYSTEM_CHANNELS, MANAGE_CALENDAR}
_SCHOOL_OFFICE = _WORK | _SCHOOLING | {READ_STUDENTS, IMPORT, IMPORT_LEDGERS, MANAGE_ACCOUNTS}
_SCHOOL_OFFICE |= {MANAGE_POSTINGS, COMPLETE_DUTY, MANAGE_REMINDERS}
_HEADS = {READ_CHAIN, READ_DUTIES, EXCUSE_DUTY, COMPLETE_DUTY}
_TOWNSHIP = _WORK | _ACTS
_TEACHER = {HOME, READ_STUDENTS, READ_CASE, REVEAL, RECORD_VISIT}
_CLASS_TEACHER = _TEACHER | {RECORD_ABSENCE, RECORD_CHECK, RECORD_SESSION, SERVE_LETTER, READ_DUTIES}
_ADMINISTRATION = {HOME, MANAGE_ACCOUNTS, IMPORT, IMPORT_UNITS, MANAGE_UNITS, MANAGE_POSTINGS, WATCH_SYSTEM}
_VILLAGE = {HOME, READ_CASE, RECORD_VISIT, CONFIRM_CHILD, GIVE_LEAD, READ_DUTIES}

RIGHTS: dict[str, frozenset[str]] = {
    post: frozenset(actions)
    for post, actions in {
        # 县
        "县长": (_WORK - {RECORD_VISIT}) | _HEADS,
        "局长": _COUNTY_LEADS | _HEADS,
        "副局长": _COUNTY_LEADS,
        "基教股": _COUNTY_LEADS,
        "资助中心": _COUNTY | {RECORD_AID, READ_DUTIES, COMPLETE_DUTY},
        "特教专干": _COUNTY | {RECORD_STATUS, APPROVE_STATUS, RECORD_SESSION},
        # Not the reports: their lists are the whole county's, an area is less.
        "包片领导": {HOME, READ_BOARD, SEARCH, READ_STUDENTS, READ_CASE, RECORD_VISIT},
        "督导": _LOOK | {READ_CHAIN},
        ADMINISTRATOR: _ADMINISTRATION,
        # 学区、学校；学籍管理员、资助专干也可能在县里
        "学区": _COUNTY | _SCHOOLING | {MANAGE_ACCOUNTS, MANAGE_POSTINGS, READ_CHAIN},
        "校长": _SCHOOL_OFFICE | _HEADS | {READ_LOG},
        "学籍管理员": _SCHOOL_OFFICE,
        "资助专干": _WORK | {IMPORT, IMPORT_LEDGERS, RECORD_AID, COMPLETE_DUTY},
        "班主任": _CLASS_TEACHER | {READ_CHAIN},
        "任课教师": _TEACHER | {RECORD_SESSION},
        "包片教师": _TEACHER,
        # 乡镇、村
        "镇长": _TOWNSHIP | _HEADS | {APPROVE_STATUS},
        "乡镇分管领导": _TOWNSHIP | {APPROVE_STATUS, READ_DUTIES, READ_CHAIN},
        "乡镇干部": _TOWNSHIP,
        "村长": _VILLAGE | {READ_CHAIN},
        "村支书": _VILLAGE,
        # 一对一
        "帮扶责任人": _TEACHER | {READ_DUTIES},
        "代理家长": {HOME},
    }.items()
}
"""Post → the actions it carries."""

AREA_KINDS = (*TOWNSHIPS, VILLAGE, DISTRICT, SCHOOL)
"""Kinds of unit that an area of responsibility may name."""

MASKED_POSTS = frozenset({"督导"})
"""Posts that check figures and histories without learning who the child is."""


def may(post: str, action: str) -> bool:
    """Whether a post carries an action; an unknown post carries none."""
    return action in RIGHTS.get(post, frozenset())


BY_UNIT, BY_CLASS, BY_AREA, BY_CHILD = "unit", "class", "area", "child"

REACHES: dict[str, str] = {
    **dict.fromkeys(
        ("县长", "局长", "副局长", "基教股", "资助中心", "特教专干", "督导", "学区", "校长", "学籍管理员",
         "资助专干", "镇长", "乡镇分管领导", "乡镇干部", "村长", "村支书"),
        BY_UNIT,
    ),
    "班主任": BY_CLASS,
    "任课教师": BY_CLASS,
    "包片教师": BY_AREA,
    "包片领导": BY_AREA,
    "帮扶责任人": BY_CHILD,
}  # fmt: skip
"""Post → whose children it sees: its unit's, its class's (班级), its area's (负责范围), or those it is
named for on the roster (帮扶责任人). A post without a row sees nobody (need to know,
个人信息保护法第二十八条)."""


class Placed(Protocol):
    """Anything that says where a child is: a place of a file, a stretch of the roster."""

    @property
    def county(self) -> str: ...
    @property
    def township(self) -> str: ...
    @property
    def village(self) -> str: ...
    @property
    def school(self) -> str: ...
    @property
    def grade(self) -> str: ...
    @property
    def klass(self) -> str: ...


Room = tuple[str, str, str]
"""School code, 年级, 班级 as the roster writes them."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose children are seen: any one of these is enough. Sets of unit codes, classes, child ids.

    `past`: a unit keeps seeing what happened up to the day a child moved on; a person does not, for
    a class or a village path is another person's next year.
    """

    unit: str
    counties: frozenset[str] = frozenset()
    townships: frozenset[str] = frozenset()
    villages: frozenset[str] = frozenset()
    schools: frozenset[str] = frozenset()
    rooms: frozenset[Room] = frozenset()
    children: frozenset[str] = frozenset()
    past: bool = True

    def holds(self, child: str, at: Placed) -> bool:
        """Whether this child, at this place, is seen."""
        return (
            at.county in self.counties
            or at.township in self.townships
            or at.village in self.villages
            or at.school in self.schools
            or (at.school, at.grade, at.klass) in self.rooms
            or child in self.children
        )

    def joined(self, other: "Reach") -> "Reach":
        """What one of the two sees."""
        return Reach(
            self.unit,
            self.counties | other.counties,
            self.townships | other.townships,
            self.villages | other.villages,
            self.schools | other.schools,
            self.rooms | other.rooms,
            self.children | other.children,
            self.past and other.past,
        )


def reach_of(units: Units, code: str) -> Reach:
    """What a unit sees: children whose school, its township, township or village is it or lies below it."""
    unit = units.get(code)
    if unit is None:
        return Reach(code)
    if unit.kind in (PROVINCE, CITY, COUNTY):
        return Reach(code, counties=frozenset(each.code for each in units.below(code, COUNTY)))
    if unit.kind in TOWNSHIPS:
        located = frozenset(each.code for each in units if each.kind == SCHOOL and each.township == code)
        return Reach(code, townships=frozenset({code}), schools=located)
    if unit.kind == VILLAGE:
        return Reach(code, villages=frozenset({code}))
    return Reach(code, schools=frozenset(each.code for each in units.below(code, SCHOOL)))


def reach_of_area(units: Units, code: str, words: Iterable[str]) -> Reach:
    """What an area of responsibility names: villages, townships, 学区 and schools, by code or by name.

    A name means the unit of that name below the post's own unit; else, for a school, in its township;
    else in its county. What is unknown or could be two units gives nothing.
    """
    found = Reach(code, past=False)
    for word in words:
        unit = _named(units, code, word)
        if unit is not None:
            found = found.joined(reach_of(units, unit.code))
    return found


def _named(units: Units, code: str, word: str) -> Unit | None:
    own = units.get(code)
    if own is None:
        return None
    for above in dict.fromkeys((code, own.township, units.county_of(code))):
        near = units.below(above, *AREA_KINDS) if above else []
        fitting = [unit for unit in near if word in (unit.code, unit.name)]
        if fitting:
            return fitting[0] if len(fitting) == 1 else None
    return None


def report_units(units: Units, code: str) -> list[str]:
    """The units whose weekly report a unit may read: itself, those below and located in it; no villages."""
    unit = units.get(code)
    if unit is None or unit.kind == VILLAGE:
        return []
    kinds = (CITY, COUNTY, *TOWNSHIPS, DISTRICT, SCHOOL)
    below = [each.code for each in units.below(code, *kinds) if each.code != code]
    if unit.kind in TOWNSHIPS:
        below += sorted(reach_of(units, code).schools)
    return [code, *below]
