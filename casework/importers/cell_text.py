"""A raw cell, as Excel or CSV holds it, as the text a person meant.

`text_of(kind)` gives one converter per type of raw value, so that the reading loop only looks up
`type(cell)`. A converter raises `Unreadable` where the cell no longer holds what was typed: a number
Excel has rounded, an error value, a class like 3-1 turned into a date. `shown(cell)` is the text for
the workbook of refused rows; read again it gives the same cell or the same refusal.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from stdnum.cn import ric

from casework.importers.columns import Kind

Converter = Callable[[Any], str]

# Excel keeps 15 significant digits; from here on it may have put zeros for what was typed.
_ROUNDED_FROM = 1e15
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060"
_EDGES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + _INVISIBLE
_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?E\+\d{2,3}", re.IGNORECASE)
_ERRORS = frozenset("#N/A #DIV/0! #REF! #VALUE! #NAME? #NUM! #NULL! #GETTING_DATA #SPILL! #CALC!".split())

# Tabs and line breaks are normal in a cell; nothing else below the space is.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")

_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")

_ROUNDED = "Excel 只保留 15 位数字，这个号码已被改成近似值。请把该列设为“文本”格式后重新填写完整号码"
_APPROXIMATED = "Excel 把这个号码变成了科学计数法的近似值。请把该列设为“文本”格式后重新填写完整号码"
_MADE_A_DATE = "Excel 把这里的内容当成了日期。请把该列设为“文本”格式后重新填写"


class Unreadable(ValueError):
    """The cell does not hold what was typed; the message says in Chinese why and what to do."""


def text_of(kind: Kind) -> Mapping[type, Converter]:
    """How each type of raw cell becomes text in a column of this kind."""
    return _CONVERTERS[kind]


def shown(cell: object) -> str:
    """A raw cell as text to be written back for correction."""
    if isinstance(cell, float) and not abs(cell) < _ROUNDED_FROM:
        return f"{cell:.14E}"
    converter = _ANY.get(type(cell), str)
    try:
        return converter(cell)
    except Unreadable:
        return str(cell).strip(_EDGES)


def from_str(cell: str) -> str:
    """Text without surrounding white space, also NBSP, full-width space and invisible marks."""
    text = cell.strip(_EDGES)
    if _CONTROL.search(text):
        raise Unreadable("单元格里有看不见的控制字符，请删去后重新填写")
    if text.startswith("#") and text in _ERRORS:
        raise Unreadable(f"单元格里是 Excel 的错误值 {text}。请改正公式或直接填写内容")
    if "+" in text and _SCIENTIFIC.fullmatch(text):
        raise Unreadable(_APPROXIMATED)
    return text


def _code_of_str(cell: str) -> str:
    text = from_str(cell)
    if len(text) == 10 and _ISO_DAY.fullmatch(text):
        raise Unreadable(f"{_MADE_A_DATE}（现在是 {text}）")
    return text


def refuse_rounded(text: str) -> None:
    """In CSV a rounded number looks like text: long digits ending in zeros."""
    if len(text) >= 18 and text.endswith("000") and looks_rounded(text):
        raise Unreadable(_ROUNDED)


def refuse_longer(text: str, limit: int) -> None:
    """A code of a hundred characters is a sentence in the wrong column."""
    if limit and len(text) > limit:
        raise Unreadable(f"这里有 {len(text)} 个字符，最多 {limit} 个，可能填错了列，请核对")


def looks_rounded(text: str) -> bool:
    """Whether these 18 or more digits are zero from the 16th on and no valid identity number."""
    if not (text.isascii() and text.isdigit()) or text[15:].strip("0"):
        return False
    return len(text) != 18 or ric.calc_check_digit(text) != text[17]


def _from_float(cell: float) -> str:
    if not abs(cell) < _ROUNDED_FROM:
        raise Unreadable(_ROUNDED)
    whole = int(cell)
    if whole == cell:
        return str(whole)
    # 15 digits is what Excel itself shows: 0.30000000000000004 was typed as 0.3.
    text = f"{cell:.15g}"
    return f"{cell:.20f}".rstrip("0") if "e" in text else text


def _from_fraction(cell: float) -> str:
    """In a clock column a bare fraction of a day is a time whose cell format was lost."""
    if 0 < cell < 1:
        return _clock(round(cell * 86400))
    return _from_float(cell)


def _from_time(cell: time) -> str:
    return _clock(round(cell.hour * 3600 + cell.minute * 60 + cell.second + cell.microsecond / 1e6))


def _from_duration(cell: timedelta) -> str:
    seconds = round(cell.total_seconds())
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"


def _clock(seconds: int) -> str:
    """`HH:MM` of seconds since midnight; Excel's 23:59:59.99 stays on its day."""
    minutes = min(seconds // 60, 1439)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _from_datetime(cell: datetime) -> str:
    return cell.date().isoformat()


def _clock_of_datetime(cell: datetime) -> str:
    return _from_time(cell.time())


def _made_a_date(cell: date) -> str:
    raise Unreadable(f"{_MADE_A_DATE}（现在是 {cell.isoformat()[:10]}）")


def _yes_no(cell: bool) -> str:
    return "是" if cell else "否"


def _truth(cell: bool) -> str:
    return "TRUE" if cell else "FALSE"


_ANY: Mapping[type, Converter] = {
    str: from_str,
    float: _from_float,
    int: _from_float,
    bool: _truth,
    date: date.isoformat,
    datetime: _from_datetime,
    time: _from_time,
    timedelta: _from_duration,
}

_CONVERTERS: Mapping[Kind, Mapping[type, Converter]] = {
    "text": _ANY,
    "names": _ANY,
    "number": _ANY,
    "day": _ANY,
    "code": {**_ANY, str: _code_of_str, date: _made_a_date, datetime: _made_a_date},
    "clock": {**_ANY, float: _from_fraction, datetime: _clock_of_datetime},
    "yes_no": {**_ANY, bool: _yes_no},
}
