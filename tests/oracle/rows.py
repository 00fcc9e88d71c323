"""Which ledger rows are bad by themselves, whatever else their workbook holds, and what their key is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from tests.oracle import world
from tests.oracle.moves import DROPOUT_WORDS, WORDS, second_person
from tests.oracle.world import Row, cell, day, several

if TYPE_CHECKING:
    from tests.oracle.judge import Child, County

IDENTITY = ("学籍号", "姓名", "证件类型", "证件号", "出生日期")
VOIDING = ("作废原因", "作废日期")
COLUMNS = {
    "absences": "起始日期 截止日期 原因 登记人 备注".split(),
    "status": (
        "日期 变化 原因 去向 安置方式 接收学校代码 截止日期 销号原因 证据编号 登记人 批准人 失学类型 备注"
    ).split(),
    "visits": (
        "记录编号 家访日期 开始时间 结束时间 方式 地点 参加人 见到 结果 约定日期 谈话要点 家长意见 学生意见 "
        "困难需求 下一步 记录人 备注"
    ).split(),
    "letters": (
        "文书种类 文号 签发单位代码 签发人 签发日期 限期天数 送达日期 送达时间 送达方式 受送达人 "
        "与受送达人关系 送达地点 见证人 拒收理由 送达人"
    ).split(),
    "sessions": "日期 开始时间 结束时间 课时 教师 内容 学生反应 作业 家长签字 记录人 备注".split(),
}
REQUIRED = {
    "absences": ["起始日期"],
    "status": ["日期", "变化"],
    "visits": ["家访日期", "方式", "参加人", "见到", "结果", "记录人"],
    "letters": ["文书种类", "签发单位代码", "签发人", "签发日期"],
    "sessions": ["日期", "开始时间", "课时", "教师"],
}
BUSINESS_DAY = {
    "absences": "起始日期",
    "status": "日期",
    "visits": "家访日期",
    "letters": "签发日期",
    "sessions": "日期",
}
PAST_DAYS = {"letters": ["送达日期"], "absences": ["截止日期"]}
DAYS = ("日期", "起始日期", "截止日期", "家访日期", "约定日期", "签发日期", "送达日期")


class Refused(Exception):
    """Why a row (or all rows of a child in a workbook) is not taken."""


def contents(kind: str, row: Row) -> Row:
    """The cells that are compared: known columns, days in one spelling, identity and voiding left out."""
    found = {}
    for header in COLUMNS[kind]:
        text = cell(row, header)
        if text and header in DAYS:
            text = _day(header, text).isoformat()
        if text:
            found[header] = text
    return found


def key_of(kind: str, child: str, cells: Row) -> tuple[str, ...]:
    """The key column of formats.md; "学籍号 in a *key* means the child"."""

    def get(header: str) -> str:
        return cells.get(header, "")

    if kind == "absences":
        return (child, get("起始日期"))
    if kind == "status":
        return (child, get("日期"), get("变化"))
    if kind == "sessions":
        return (child, get("日期"), get("开始时间"))
    if kind == "visits":  # 记录编号, else 学籍号+家访日期+开始时间
        number = get("记录编号")
        return ("number", number) if number else (child, get("家访日期"), get("开始时间"))
    if get("文号"):  # 签发单位代码+文书种类+文号, else 学籍号+文书种类+签发单位代码+签发日期
        return ("number", get("签发单位代码"), get("文书种类"), get("文号"))
    return (child, get("文书种类"), get("签发单位代码"), get("签发日期"))


def check_alone(county: County, kind: str, child: Child, cells: Row, today: date) -> date:
    """The business day of a row that is good by itself; Refused otherwise."""
    for header in REQUIRED[kind]:
        if not cells.get(header):
            raise Refused(f"{header} missing")
    on = day(cells[BUSINESS_DAY[kind]])
    # "A fact dated in the future, before birth, or before the child's case allows it is refused"
    for header in (BUSINESS_DAY[kind], *PAST_DAYS.get(kind, [])):
        if cells.get(header) and day(cells[header]) > today:
            raise Refused(f"{header} in the future")
    if on < child.born:
        raise Refused("before birth")
    # "a status dated before a child has any place is refused" (convention: a fact of any ledger)
    if not child.has_place(on):
        raise Refused("before any place")
    if cells.get("截止日期") and day(cells["截止日期"]) < on:
        raise Refused("截止日期 before the day itself")
    _CHECKS[kind](county, cells)
    return on


def _day(header: str, text: str) -> date:
    try:
        return day(text)
    except ValueError:
        raise Refused(f"{header} is no day: {text}") from None


def _known(header: str, text: str, names: tuple[str, ...] | list[str]) -> None:
    """Unknown dictionary names are refused."""
    if text not in names:
        raise Refused(f"{header} unknown: {text}")


def _absence(county: County, cells: Row) -> None:
    """Absences have nothing else to judge."""


def _status(county: County, cells: Row) -> None:
    word = cells["变化"]
    _known("变化", word, WORDS)
    if word in DROPOUT_WORDS:  # "原因 is cause names split by ；, first = primary"
        for name in (part.strip() for part in cells.get("原因", "").split("；")):
            if name:
                _known("原因", name, world.CAUSES)
    for header, names in (("失学类型", world.DROPOUT_KINDS), ("安置方式", world.PLACEMENTS)):
        if cells.get(header):
            _known(header, cells[header], names)
    receiver = cells.get("接收学校代码", "")
    if receiver and not county.is_school(receiver):
        raise Refused(f"接收学校代码 unknown: {receiver}")
    if word == "转入接收" and not receiver:
        raise Refused("转入接收 needs 接收学校代码")
    if word == "转出" and not (receiver or cells.get("去向")):
        raise Refused("转出 needs 接收学校代码 or 去向")
    if word in ("缓学", "休学") and not cells.get("证据编号"):
        raise Refused(f"{word} needs 证据编号")
    if word in ("缓学", "休学", "销号") and not second_person(cells):
        raise Refused(f"{word} needs a second person")
    if word == "销号":
        _known("销号原因", cells.get("销号原因", ""), world.REASONS)


def _visit(county: County, cells: Row) -> None:
    _known("方式", cells["方式"], world.VISIT_WAYS)
    _known("结果", cells["结果"], world.VISIT_RESULTS)
    for name in several(cells["见到"]):
        _known("见到", name, world.MET)


def _letter(county: County, cells: Row) -> None:
    _known("文书种类", cells["文书种类"], world.LETTER_KINDS)
    issuer = county.units.get(cells["签发单位代码"])
    if issuer is None:
        raise Refused("签发单位代码 unknown")
    # "township government or county bureau only"; "A school user can never issue an order letter"
    if cells["文书种类"] == world.ORDER_LETTER and issuer.kind not in ("township", "county"):
        raise Refused(f"{issuer.kind} issues no order letter")
    if cells.get("送达方式"):
        _known("送达方式", cells["送达方式"], world.SERVICE_WAYS)


def _session(county: County, cells: Row) -> None:
    try:
        float(cells["课时"])
    except ValueError:
        raise Refused("课时 is no number") from None


_CHECKS: dict[str, Callable[[County, Row], None]] = {
    "absences": _absence,
    "status": _status,
    "visits": _visit,
    "letters": _letter,
    "sessions": _session,
}
