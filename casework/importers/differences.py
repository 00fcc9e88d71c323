"""What a ledger row changes, in the words of its columns: old → new (更正前后).

Dates, codes and outcomes are shown. What was said of a child or family is not: only the names of the
columns that differ, for a preview may be read by people who may import but not read everything.
"""

from collections.abc import Callable, Mapping
from typing import Any

from casework.commands.letters import LetterRow
from casework.domain.held_once import visit_number
from casework.domain.ledger import Fact, Verdict
from casework.domain.statuses import CHANGE_NAMES

Change = tuple[str, str, str]
"""(column, old, new) as text."""

_CLEAR: dict[str, dict[str, str]] = {
    "absences": {"on": "起始日期", "until": "截止日期"},
    "status": {
        "on": "日期",
        "change": "变化",
        "causes": "原因",
        "lost_type": "失学类型",
        "placement": "安置方式",
        "school": "接收学校代码",
        "until": "截止日期",
        "reason": "销号原因",
        "evidence": "证据编号",
        "approved": "另一人批准",
    },
    "visits": {
        "on": "家访日期",
        "start": "开始时间",
        "end": "结束时间",
        "mode": "方式",
        "met": "见到",
        "outcome": "结果",
        "agreed_on": "约定日期",
        "units": "参加人单位",
    },
    "sessions": {
        "on": "日期",
        "start": "开始时间",
        "end": "结束时间",
        "tenths": "课时",
        "signed": "家长签字",
    },
    "letters": {
        "on": "签发日期",
        "kind": "文书种类",
        "issuer": "签发单位代码",
        "number": "文号",
        "days": "限期天数",
        "signatory": "签发人",
    },
    "aid": {
        "on": "发放日期",
        "year": "学年",
        "term": "学期",
        "programme": "项目代码",
        "fen": "金额(元)",
        "way": "发放方式",
        "voucher": "凭证号",
        "unpaid": "未资助原因",
    },
}
_SAID: dict[str, dict[str, str]] = {
    "absences": {"why": "原因", "recorder": "登记人", "note": "备注"},
    "status": {
        "why": "原因",
        "destination": "去向",
        "recorder": "登记人",
        "approver": "批准人",
        "note": "备注",
    },
    "visits": {
        "place": "地点",
        "participants": "参加人",
        "talk": "谈话要点",
        "guardian_view": "家长意见",
        "child_view": "学生意见",
        "needs": "困难需求",
        "next_step": "下一步",
        "recorder": "记录人",
        "note": "备注",
    },
    "sessions": {
        "teachers": "教师",
        "content": "内容",
        "response": "学生反应",
        "homework": "作业",
        "recorder": "记录人",
        "note": "备注",
    },
    "letters": {},
    "aid": {"unpaid_why": "未资助原因"},
}
_SERVICE = {"on": "送达日期", "at": "送达时间", "mode": "送达方式"}
_NAMED: dict[str, Callable[[Any], str]] = {
    "change": lambda code: CHANGE_NAMES[code],
    "causes": "；".join,
    "approved": lambda approved: "是" if approved else "否",
    "met": lambda met: "、".join(met) or "无人",
    "units": lambda units: "、".join(unit for unit in units if unit),
    "tenths": lambda tenths: f"{tenths / 10:g}",
    "signed": lambda signed: "有" if signed else "无",
    "days": lambda days: str(days or ""),
    "fen": lambda fen: f"{fen // 100}.{fen % 100:02d}" if fen else "",
}


def corrected(kind: str, row: Fact | LetterRow, verdict: Verdict) -> list[Change]:
    """The columns in which a correction differs from what stood."""
    fact = row.letter if isinstance(row, LetterRow) else row
    old = verdict.old or {}
    if "service" in old and isinstance(row, LetterRow):
        changes = _differing(_SERVICE, old["service"], row.service or {})
        return changes or [("受送达人等送达情况", "（不显示）", "（有更改，不显示）")]
    changes = _differing(_CLEAR[kind], old, fact.body)
    before = _opened(old.get("private"))
    columns = [
        column for name, column in _SAID[kind].items() if before.get(name, "") != fact.private.get(name, "")
    ]
    return [*changes, *([("、".join(columns), "（不显示）", "（有更改，不显示）")] if columns else [])]


def voided(kind: str, verdict: Verdict) -> list[Change]:
    """What an entry was that is now voided."""
    old = verdict.old or {}
    words = (_text(name, old[name]) for name in _SUMMARY[kind] if old.get(name))
    return [("登记", " ".join(words), "作废")]


_SUMMARY = {
    "absences": ("on", "until"),
    "status": ("on", "change"),
    "visits": ("on", "start", "mode", "outcome"),
    "sessions": ("on", "start"),
    "letters": ("on", "kind", "number"),
    "aid": ("on", "programme", "fen"),
}


def column_of(kind: str, row: Fact | LetterRow, field: str) -> str:
    """The column that a refused part of a fact stands in; "" for the row as a whole."""
    columns = _CLEAR[kind]
    if field == "service":
        return _SERVICE["on"]
    if field != "key":
        return columns.get(field, "")
    if isinstance(row, LetterRow):
        return columns["number"] if row.letter.body.get("number") else columns["on"]
    return "记录编号" if visit_number(row.key) else columns["on"]


def _differing(columns: Mapping[str, str], old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    pairs = (
        (name, column, _text(name, old.get(name)), _text(name, new.get(name)))
        for name, column in columns.items()
    )
    return [(column, before, after) for _, column, before, after in pairs if before != after]


def _text(name: str, value: Any) -> str:
    named = _NAMED.get(name)
    return named(value) if named and value is not None else str(value or "")


def _opened(private: Any) -> Mapping[str, str]:
    """What was said then: sealed when it was loaded, plain when it was told in this very act."""
    said = private if private is None or isinstance(private, Mapping) else private.open()
    return said or {}
