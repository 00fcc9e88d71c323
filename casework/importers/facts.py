"""Rows of the five case ledgers as facts: absences, status acts, visits, sessions, letters (个案台账).

Each reader turns the cells of one row into what happened (clear) and what was said (private), and
notes every fault. The key is what makes two rows the same; the mark, all cells but name and voiding.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from casework.commands.letters import LetterRow
from casework.domain import statuses as s
from casework.domain.held_once import numbered_visit
from casework.domain.home_visit import people_of
from casework.domain.ledger import Fact, fact_of
from casework.domain.letter_numbers import letter_key
from casework.domain.letter_rules import issuer_fault
from casework.domain.status_rules import status_faults
from casework.domain.values import SINCE_EVER, Day
from casework.domain.words import as_listed, unknown_word
from casework.importers.cells import parse_count, parse_hours_tenths
from casework.importers.reading import Cells
from casework.projections.reference import Reference

Mark = Callable[[str], str]
"""Makes the keyed fingerprint of a row's text."""


@dataclass(frozen=True)
class Desk:
    """What a reader needs besides the row: words and units, the fingerprint, who imports."""

    reference: Reference
    mark: Mark
    importer: str

    def fact(
        self,
        cells: Cells,
        key: str,
        body: Mapping[str, Any],
        private: Mapping[str, str],
        void_on: Day = "",
    ) -> Fact:
        """The row as a fact; empty private texts are left out."""
        return fact_of(key, body, private, self.mark, void_reason=cells.text("作废原因"), void_on=void_on)


def read_absence(cells: Cells, desk: Desk) -> Fact:
    """缺勤登记: 截止日期 is the last day absent, empty while the child is still away."""
    on, until = cells.day("起始日期", needed=True), cells.day("截止日期")
    if until and until < on:
        cells.fault("截止日期", f"早于起始日期 {on}")
    private = {"why": cells.text("原因"), "recorder": cells.text("登记人"), "note": cells.text("备注")}
    _void_by_key(cells, "起始日期")
    return desk.fact(cells, on, {"on": on, "until": until}, private)


_WHO = ("学籍号", "姓名", "证件类型", "证件号", "出生日期")


def _void_by_key(cells: Cells, *key: str) -> None:
    """A row that voids needs nothing but the child and the key: its other cells are not judged."""
    if cells.text("作废原因"):
        cells.forgive((*_WHO, *key, "作废原因"))


_STATUS_COLUMNS = {
    "causes": "原因",
    "lost_type": "失学类型",
    "placement": "安置方式",
    "school": "接收学校代码",
    "until": "截止日期",
    "reason": "销号原因",
    "evidence": "证据编号",
    "approved": "批准人",
}
_STATUS_PRIVATE = {"去向": "destination", "登记人": "recorder", "批准人": "approver", "备注": "note"}


def read_status(cells: Cells, desk: Desk) -> Fact:
    """状态登记: one act on the status. In 疑似辍学/辍学/再辍 rows 原因 names causes, else it is a note."""
    on = cells.day("日期", needed=True)
    word = cells.word("变化", s.CHANGES, needed=True)
    change = s.CHANGES.get(word, "")
    out = s.status_of(change) in s.OUT
    approver = cells.text("批准人")
    words = desk.reference.dictionaries(on or SINCE_EVER)
    body = {
        "on": on,
        "change": change,
        "causes": _causes(cells, words.causes) if out else [],
        "lost_type": cells.text("失学类型"),
        "placement": as_listed(cells.text("安置方式"), words.placements),
        "school": cells.text("接收学校代码"),
        "until": cells.day("截止日期"),
        "reason": as_listed(cells.text("销号原因"), words.closing_reasons),
        "evidence": cells.text("证据编号"),
        "approved": bool(approver) and approver != (cells.text("登记人") or desk.importer),
    }
    private = {name: cells.text(column) for column, name in _STATUS_PRIVATE.items()}
    private["why"] = "" if out else cells.text("原因")
    for fault in status_faults(body, private["destination"], words, desk.reference.units):
        more = "；多个原因用“；”分开，第一个为主要原因" if fault.field == "causes" else ""
        cells.fault(_STATUS_COLUMNS[fault.field], fault.why + more)
    _void_by_key(cells, "日期", "变化")
    return desk.fact(cells, f"{on} {change}", body, private)


def _causes(cells: Cells, known: Sequence[str]) -> list[str]:
    named = [as_listed(part.strip(), known) for part in cells.text("原因").replace(";", "；").split("；")]
    return list(dict.fromkeys(name for name in named if name))


_VISIT_PRIVATE = {
    "地点": "place",
    "参加人": "participants",
    "谈话要点": "talk",
    "家长意见": "guardian_view",
    "学生意见": "child_view",
    "困难需求": "needs",
    "下一步": "next_step",
    "记录人": "recorder",
    "备注": "note",
}


def read_visit(cells: Cells, desk: Desk) -> Fact:
    """家访劝返记录: a visit where nobody was met is a real visit, attempted, not achieved."""
    on = cells.day("家访日期", needed=True)
    words = desk.reference.dictionaries(on or SINCE_EVER)
    cells.needed("记录人")
    start, end = cells.clock("开始时间"), cells.clock("结束时间")
    if start and end and end < start:
        cells.fault("结束时间", f"早于开始时间 {start}")
    body = {
        "on": on,
        "start": start,
        "end": end,
        "mode": cells.word("方式", words.visit_modes, needed=True),
        "met": _met(cells, words.visit_met),
        "outcome": cells.word("结果", words.visit_outcomes, needed=True),
        "agreed_on": cells.day("约定日期"),
        "units": _participants(cells),
    }
    private = {name: cells.text(column) for column, name in _VISIT_PRIVATE.items()}
    body["people"] = people_of(private["participants"], private["recorder"], desk.mark)
    number = cells.text("记录编号")
    _void_by_key(cells, *(["记录编号"] if number else ["家访日期", "开始时间"]))
    return desk.fact(cells, numbered_visit(number) if number else f"{on} {start}", body, private)


def _met(cells: Cells, known: list[str]) -> list[str]:
    met = [as_listed(name, known) for name in cells.names("见到")]
    if not cells.needed("见到"):
        return []
    for name in met:
        if name not in known:
            cells.fault("见到", unknown_word(name, known))
    if "无人" in met and len(met) > 1:
        cells.fault("见到", "“无人”不能与其他人同时填写")
    return [name for name in met if name != "无人"]


def _participants(cells: Cells) -> list[str]:
    """The units of the participants, one each ("" when not written); names stay private."""
    parts = cells.needed("参加人").replace(";", "；").replace("\n", "；").split("；")
    units = []
    for part in parts:
        fields = [text.strip() for text in part.replace("／", "/").split("/")]
        if not fields[0] and len(parts) > 1:
            continue
        if not fields[0] and cells.text("参加人"):
            cells.fault("参加人", "请写成 姓名/职务/单位，多人用“；”分开")
        units.append(fields[2] if len(fields) > 2 else "")
    return units


_SESSION_PRIVATE = {
    "教师": "teachers",
    "内容": "content",
    "学生反应": "response",
    "作业": "homework",
    "记录人": "recorder",
    "备注": "note",
}


def read_session(cells: Cells, desk: Desk) -> Fact:
    """送教记录: teaching time in tenths of a 课时."""
    on = cells.day("日期", needed=True)
    cells.needed("教师")
    start, end = cells.clock("开始时间"), cells.clock("结束时间")
    if cells.needed("开始时间") and end and end < start:
        cells.fault("结束时间", f"早于开始时间 {start}")
    tenths = cells.parsed("课时", parse_hours_tenths)
    if not cells.text("课时"):
        cells.needed("课时")
    body = {
        "on": on,
        "start": start,
        "end": end,
        "tenths": tenths or 0,
        "signed": bool(cells.yes("家长签字")),
    }
    private = {name: cells.text(column) for column, name in _SESSION_PRIVATE.items()}
    _void_by_key(cells, "日期", "开始时间")
    return desk.fact(cells, f"{on} {start}", body, private)


_SERVICE_PRIVATE = {
    "受送达人": "recipient",
    "与受送达人关系": "relation",
    "送达地点": "place",
    "见证人": "witness",
    "拒收理由": "refusal",
    "送达人": "server",
}


def read_letter(cells: Cells, desk: Desk) -> LetterRow:
    """文书登记: the letter as issued; its service and its voiding when the row has them."""
    on = cells.day("签发日期", needed=True)
    policy = desk.reference.letters(on or SINCE_EVER)
    kind, code = cells.needed("文书种类"), cells.needed("签发单位代码")
    cells.needed("签发人")
    issuer = desk.reference.units.get(code)
    if code and issuer is None:
        cells.fault("签发单位代码", "没有这个单位，请核对单位表")
    elif kind and issuer:
        fault = issuer_fault(policy, kind, issuer)
        if fault:
            cells.fault("文书种类" if policy.kind(kind) is None else "签发单位代码", fault)
    known = policy.kind(kind)
    days = cells.parsed("限期天数", parse_count)
    number = cells.text("文号")
    body = {
        "on": on,
        "kind": kind,
        "issuer": code,
        "number": number,
        "days": days if days is not None else (known.days if known else 0),
        "signatory": cells.text("签发人"),
    }
    key = letter_key(code, kind, number) if number else " ".join((kind, code, on))
    letter = desk.fact(cells, key, body, {}, cells.day("作废日期"))
    return _with_service(cells, desk, letter)


def _with_service(cells: Cells, desk: Desk, letter: Fact) -> LetterRow:
    served_on = cells.day("送达日期")
    words = desk.reference.dictionaries(served_on or SINCE_EVER)
    private = {name: text for column, name in _SERVICE_PRIVATE.items() if (text := cells.text(column))}
    service = {
        "on": served_on,
        "mode": cells.word("送达方式", words.service_modes),
        "at": cells.clock("送达时间"),
    }
    if not served_on:
        if private or service["mode"] or service["at"]:
            cells.fault("送达日期", "填写了送达情况，但没有送达日期")
        return LetterRow(letter)
    mark = desk.mark(repr((sorted(service.items()), sorted(private.items()))))
    return LetterRow(letter, service, private, mark)


READERS: dict[str, Callable[[Cells, Desk], Fact | LetterRow]] = {
    "absences": read_absence,
    "status": read_status,
    "visits": read_visit,
    "sessions": read_session,
    "letters": read_letter,
}
"""Ledger → its reader."""
