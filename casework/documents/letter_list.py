"""文书登记簿 as a workbook: a whitelist of columns, no text of a letter, no address."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from casework.documents.sheets import Sheet, Value, write_workbook
from casework.domain.values import Day


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One letter: its row of `letter`, the child's name, the issuer's, its state in words, its deadline."""

    row: Any
    child: str
    issuer: str
    state: str
    due: Day


Cell = Callable[[LetterLine], Value]

COLUMNS: dict[str, Cell] = {
    "签发单位": lambda line: line.issuer,
    "文书种类": lambda line: line.row.kind,
    "年度": lambda line: line.row.year,
    "文号": lambda line: line.row.number,
    "学生姓名": lambda line: line.child,
    "签发日期": lambda line: line.row.issued_on,
    "签发人": lambda line: line.row.signatory,
    "限期天数": lambda line: line.row.days or "",
    "送达日期": lambda line: line.row.served_on,
    "送达方式": lambda line: line.row.mode,
    "未送达次数": lambda line: line.row.attempts or "",
    "期限到": lambda line: line.due,
    "情况": lambda line: line.state,
    "作废日期": lambda line: line.row.voided_on,
}
"""Header → what stands under it. What is not named here leaves no office."""


def write_letter_list(
    target: Path | BinaryIO,
    lines: Iterable[LetterLine],
    *,
    title: str,
    notes: Sequence[str],
    at: datetime,
) -> int:
    """Writes the register; `notes` say whose it is and who exported it."""
    rows = (
        [number, *(cell(line) for cell in COLUMNS.values())] for number, line in enumerate(lines, start=1)
    )
    return write_workbook(
        target, [Sheet("文书登记簿", ("序号", *COLUMNS), rows, (title, *notes))], created=at
    )
