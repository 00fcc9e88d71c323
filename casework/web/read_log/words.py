"""What a row of the read log says, in words: which part of a file, which list, which export and how long."""

from collections.abc import Iterator
from urllib.parse import parse_qsl

from casework.domain.statuses import STAGE_NAMES, STATUS_NAMES
from casework.domain.units import Units
from casework.importers.guide import WORKBOOKS
from casework.store.read_log import CASE_OPENED, CHILDREN_LISTED, EXPORTED, REVEALED, TRANSFER_ASKED
from casework.web.noted import LISTS

WHAT = {
    CASE_OPENED: "打开个案",
    CHILDREN_LISTED: "查看名单",
    REVEALED: "显示原文",
    EXPORTED: "导出",
    TRANSFER_ASKED: "申请转入",
}
_EXPORTS = {
    "/aid.xlsx": "资助发放台账",
    "/board.xlsx": "在册学生名单",
    "/deferrals.xlsx": "缓学休学名单",
    "/home-teaching.xlsx": "送教上门名单",
    "/import/refused.xlsx": "导入时退回的行",
    "/letters.xlsx": "文书登记簿",
    "/read-log.xlsx": "查阅记录",
    "/school-year/roll-call.xlsx": "开学核查",
    "/weekly.xlsx": "周监测报告",
}
_PARTS = {
    "absences": "缺勤",
    "aid": "资助",
    "checks": "返校核查",
    "letters": "文书",
    "proposals": "申报",
    "reports": "情况报告表",
    "sessions": "送教记录",
    "status": "状态登记",
    "transfer": "转学",
    "village": "提供线索",
    "visits": "家访记录",
}
_DONE = {
    "attempt": "登记未送达",
    "correct": "更正",
    "end": "登记返校",
    "letter.pdf": "PDF",
    "new": "新登记",
    "print": "打印",
    "receipt": "打印送达回证",
    "receipt.pdf": "送达回证 PDF",
    "serve": "登记送达",
    "service": "更正送达",
    "void": "作废",
}
_CODES = {**STATUS_NAMES, **STAGE_NAMES, **WHAT, **{kind: book.title for kind, book in WORKBOOKS.items()}}
_ARGUMENTS = {("by", "name"): "按姓名或号码查找", ("page", "next"): "翻到后面的页"}


def detail_of(what: str, detail: str, units: Units) -> str:
    """What was opened or taken, in words; "" when there is nothing to add."""
    if what == CASE_OPENED:
        return _part(detail)
    if what == TRANSFER_ASKED:
        return units.name(detail)
    if what in (EXPORTED, CHILDREN_LISTED):
        path, _, query = detail.partition("?")
        name = _EXPORTS.get(path) or LISTS.get(path, path)
        return "，".join(filter(None, (name, *_filters(query, units))))
    return detail


def _part(detail: str) -> str:
    """The part of a file: `visits/3/correct` is 家访记录（更正）, a day is how the file stood then."""
    first, *rest = detail.split("/")
    if first not in _PARTS:
        return f"截至 {detail} 所知" if detail[:1].isdigit() else detail
    done = _DONE.get(rest[-1], "") if rest else ""
    return f"{_PARTS[first]}（{done}）" if done else _PARTS[first]


def _filters(query: str, units: Units) -> Iterator[str]:
    for name, value in parse_qsl(query):
        if name == "rows":
            yield f"{value} 行"
        else:
            yield _ARGUMENTS.get((name, value)) or _CODES.get(value) or units.name(value)
