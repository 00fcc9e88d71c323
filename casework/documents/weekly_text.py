"""The weekly report as plain text for a terminal: the two balances and the rows that are not empty."""

from collections.abc import Iterable
from typing import Any
from unicodedata import east_asian_width

_STAGES = {"primary": "小学", "junior": "初中", "all": "合计"}
_COLUMNS = (
    ("期初疑似", "s_open"),
    ("更正", "s_adj"),
    ("新增疑似", "s_new"),
    ("划入", "s_in"),
    ("转辍学", "confirmed"),
    ("到校", "s_returned"),
    ("送教", "s_taught"),
    ("缓休", "s_deferred"),
    ("销号", "s_closed"),
    ("其他", "s_other"),
    ("划出", "s_out"),
    ("期末疑似", "s_close"),
    ("期初辍学", "d_open"),
    ("更正", "d_adj"),
    ("新增辍学", "d_new"),
    ("划入", "d_in"),
    ("复学", "d_returned"),
    ("送教", "d_taught"),
    ("缓休", "d_deferred"),
    ("销号", "d_closed"),
    ("划出", "d_out"),
    ("期末辍学", "d_close"),
    ("家访", "visits"),
    ("见面", "visits_met"),
    ("文书", "letters_issued"),
    ("送教次", "sessions"),
    ("在籍", "pupils"),
)
_TABLES = {"counties": "按县", "schools": "按学校", "townships": "按乡镇"}


def weekly_text(report: dict[str, Any]) -> str:
    """The report as lines; every table ends with the unit's own rows."""
    unit = report["unit"]
    lines = [
        f"周监测报告　{unit['name']}（{unit['code']}）　{report['week']}　{report['from']} 至 {report['to']}",
        f"截至 {report['known_at']} 所知（第 {report['act']} 号操作）"
        + ("" if report["complete"] else "　本周尚未结束，为截至目前的数字"),
    ]
    for name, rows in report["tables"].items():
        lines += ["", _TABLES[name], *_table([*rows, *report["total"]])]
    return "\n".join(
        [*lines, "", f"摘要 {report['digest']}　政策 {report['policy']}　口径 {report['rules']}"]
    )


def _table(rows: Iterable[dict[str, Any]]) -> list[str]:
    head = ["单位", "学段", *(name for name, _ in _COLUMNS)]
    body = [
        [row["unit"]["name"], _STAGES[row["stage"]], *(str(row[key]) for _, key in _COLUMNS)] for row in rows
    ]
    widths = [max(map(_width, column)) for column in zip(head, *body, strict=True)]
    return [_line(cells, widths) for cells in (head, *body)]


def _line(cells: list[str], widths: list[int]) -> str:
    padded = []
    for at, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        gap = " " * (width - _width(cell))
        padded.append(cell + gap if at < 2 else gap + cell)
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Columns a text takes in a terminal: Chinese characters take two."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
