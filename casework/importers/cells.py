"""The text of a cell as a value: days, times, money, 课时, 是/否, names.

Every `parse_…` gives None for an empty cell and raises `ValueError` with the reason in Chinese, ready to
be shown beside the row and column. Digits, letters and colons may be full width; names are left as typed.
"""

import re
import unicodedata
from datetime import date
from functools import lru_cache

from casework.domain.values import Day

_FIRST_YEAR, _LAST_YEAR = 1900, 2199

_TIME_TAIL = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_SEPARATED = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + _TIME_TAIL)
_WRITTEN = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]?" + _TIME_TAIL)
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_CLOCK = re.compile(r"(上午|下午)?(\d{1,2})(?::(\d{2})(?::\d{2})?|[点时](?:(\d{1,2})分?|(半)|整)?)")
_MONEY = re.compile(r"[¥]?(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d+))?元?")
_HOURS = re.compile(r"(\d{1,3})(?:\.(\d+))?(?:个?课时)?")
_COUNT = re.compile(r"(\d{1,6})(?:天|日|个工作日)?")
_BETWEEN_NAMES = re.compile(r"[、,，;；\n\r]+")
_DASHES = str.maketrans("‐‑‒–—−", "------")

_YES = frozenset("是 有 Y YES TRUE 1 √ ✓".split())
_NO = frozenset("否 无 没有 N NO FALSE 0 × X".split())


def folded_width(text: str) -> str:
    """Full-width digits, letters and signs as half-width ones (NFKC), trimmed. Not for names."""
    return unicodedata.normalize("NFKC", text).strip()


@lru_cache(maxsize=16384)
def parse_day(text: str) -> Day | None:
    """2026-09-14, 2026/9/14, 2026.9.14, 2026年9月14日 or 20260914 as a day; a time behind it is dropped."""
    plain = folded_width(text).translate(_DASHES)
    if not plain:
        return None
    plain = re.sub(r"\s*([-/.年月日])\s*(?=[\d日]|$)", r"\1", plain)
    if match := _SEPARATED.fullmatch(plain):
        return _day(text, match[1], match[3], match[4])
    if match := _WRITTEN.fullmatch(plain) or _PACKED.fullmatch(plain):
        return _day(text, match[1], match[2], match[3])
    if _SERIAL.fullmatch(plain):
        raise ValueError(f"“{text}”是 Excel 的日期序号。请把该列设为日期格式，或写成 2026-09-14 的样子")
    raise ValueError(f"“{text}”不是日期。请写成 2026-09-14、2026/9/14、2026年9月14日 或 20260914 的样子")


def _day(text: str, year: str, month: str, day: str) -> Day:
    if not _FIRST_YEAR <= int(year) <= _LAST_YEAR:
        raise ValueError(f"“{text}”的年份不对，应在 {_FIRST_YEAR} 至 {_LAST_YEAR} 年之间")
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise ValueError(f"“{text}”这一天不存在，请核对月份和日子") from None


def parse_clock(text: str) -> str | None:
    """8:30, 08:30, 8：30, 8点30分, 8点半, 下午3:00 as `HH:MM`; a date before it and seconds are dropped."""
    plain = folded_width(text)
    if not plain:
        return None
    day, _, tail = plain.rpartition(" ")
    if day and tail and _is_day(day):
        plain = tail
    match = _CLOCK.fullmatch("".join(plain.split()))
    if not match:
        raise ValueError(f"“{text}”不是时间。请写成 8:30 或 14:05 的样子")
    half, hour, minute = match[1], int(match[2]), int(match[3] or match[4] or (30 if match[5] else 0))
    if half == "下午" and hour < 12:
        hour += 12
    if hour > 23 or minute > 59:
        raise ValueError(f"“{text}”不是一天里的时间，应在 0:00 至 23:59 之间")
    return f"{hour:02d}:{minute:02d}"


def _is_day(text: str) -> bool:
    try:
        return parse_day(text) is not None
    except ValueError:
        return False


def parse_money_fen(text: str) -> int | None:
    """An amount in 元 as whole 分: 1250, 1,250.00, ￥1250.5元. Not negative, at most two decimals."""
    plain = folded_width(text).replace(" ", "")
    if not plain:
        return None
    match = _MONEY.fullmatch(plain)
    if not match:
        raise ValueError(f"“{text}”不是金额。请只写以元为单位的数字，如 1250 或 625.50")
    decimals = (match[2] or "").rstrip("0")
    if len(decimals) > 2:
        raise ValueError(f"“{text}”的小数超过两位，金额只能精确到分")
    return int(match[1].replace(",", "")) * 100 + int(decimals.ljust(2, "0"))


def parse_hours_tenths(text: str) -> int | None:
    """课时 in whole tenths: 3 is 30, 1.5 is 15. More than 0, at most one decimal."""
    plain = folded_width(text).replace(" ", "")
    if not plain:
        return None
    match = _HOURS.fullmatch(plain)
    if not match:
        raise ValueError(f"“{text}”不是课时数。请只写数字，如 3 或 1.5")
    decimals = (match[2] or "").rstrip("0")
    if len(decimals) > 1:
        raise ValueError(f"“{text}”的小数超过一位，课时最多写一位小数，如 1.5")
    tenths = int(match[1]) * 10 + int(decimals or "0")
    if not tenths:
        raise ValueError("课时要大于 0")
    return tenths


def parse_count(text: str) -> int | None:
    """A whole number of days (限期天数): 7 or 7天, more than 0."""
    plain = folded_width(text).replace(" ", "")
    if not plain:
        return None
    match = _COUNT.fullmatch(plain)
    if not match or not int(match[1]):
        raise ValueError(f"“{text}”不是天数。请写大于 0 的整数，如 7")
    return int(match[1])


def parse_yes_no(text: str) -> bool | None:
    """是/否, 有/无, Y/N, √/×."""
    plain = folded_width(text).upper()
    if not plain:
        return None
    if plain in _YES:
        return True
    if plain in _NO:
        return False
    raise ValueError(f"“{text}”看不出是或否。请填“是”或“否”（有无则填“有”或“无”）")


def split_names(text: str) -> list[str]:
    """The names in a cell, split at 、 , ， ; ； and line breaks, trimmed, in order, each once."""
    names = (name.strip() for name in _BETWEEN_NAMES.split(text))
    return list(dict.fromkeys(name for name in names if name))
