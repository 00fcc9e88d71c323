"""A letter and its 送达回证 as PDF, set by typst with fonts of our own: the same on every machine.

What is printed is handed over as data; nothing of it is read as typst's markup.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import typst
from pylopdf_fonts_zh_cn import serif_path

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class PrintedLetter:
    """Everything on a letter's sheet; `text` a paragraph a line."""

    title: str
    number: str
    text: Sequence[str]
    issuer: str
    post: str
    signatory: str
    date: str
    voided: bool = False


@dataclass(frozen=True)
class PrintedReceipt:
    """Everything on a 送达回证; `lines` are label and text."""

    issuer: str
    lines: Sequence[tuple[str, str]]
    voided: bool = False


def letter_pdf(letter: PrintedLetter) -> bytes:
    """The letter on A4."""
    return _set("letter.typ", asdict(letter))


def receipt_pdf(receipt: PrintedReceipt) -> bytes:
    """The 送达回证 on A4."""
    return _set("receipt.typ", asdict(receipt))


@cache
def _fonts() -> typst.Fonts:
    """Read once: looking through the font files takes longer than setting a letter."""
    return typst.Fonts(include_system_fonts=False, font_paths=[str(Path(serif_path()).parent)])


def _set(template: str, said: dict[str, Any]) -> bytes:
    told = {"letter": json.dumps(said, ensure_ascii=False)}
    pdf: bytes = typst.compile(str(_HERE / template), font_paths=_fonts(), sys_inputs=told)
    return pdf
