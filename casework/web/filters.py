"""How values are written on pages: days, instants, figures, masked names."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from flask import Flask, g

from casework.domain.statuses import STAGE_NAMES, STATUS_NAMES
from casework.domain.values import SHANGHAI, SINCE_EVER, Day

_WEEKDAYS = "一二三四五六日"


def register(app: Flask, asset: Callable[[str], str]) -> None:
    """Adds the filters, and what every template may use."""
    app.jinja_env.filters |= {
        "day": day_text,
        "weekday": weekday,
        "instant": instant_text,
        "status": status_name,
        "stage": lambda code: STAGE_NAMES.get(code, ""),
        "rate": rate_text,
        "week": week_text,
    }
    app.jinja_env.globals["asset"] = asset
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(lambda: {"viewer": g.get("viewer")})


def day_text(day: Day) -> str:
    """2026年9月14日; nothing for an unknown or the first of all days."""
    if not day or day == SINCE_EVER:
        return ""
    at = date.fromisoformat(day)
    return f"{at.year}年{at.month}月{at.day}日"


def weekday(day: Day) -> str:
    """周一 … 周日."""
    return f"周{_WEEKDAYS[date.fromisoformat(day).weekday()]}"


def week_text(week: str) -> str:
    """2026年第46周."""
    year, _, number = week.partition("-W")
    return f"{year}年第{int(number)}周"


def instant_text(at: datetime) -> str:
    """2026-09-14 10:32, in Asia/Shanghai."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def status_name(status: str) -> str:
    """A status as it is printed; 无个案状态 when there is none."""
    return STATUS_NAMES.get(status, "未登记状态")


def rate_text(rate: Any) -> str:
    """A rate of four decimals as a percentage."""
    return "—" if rate is None else f"{rate * 100:.2f}%"


def masked_name(name: str) -> str:
    """The surname only: 张*."""
    return f"{name[:1]}{'*' * max(len(name) - 1, 1)}" if name else ""


def file_name(text: str) -> str:
    """A name for a download: what ends a header line or names a folder in a unit's name is left out."""
    return "".join(sign if sign.isprintable() and sign not in '\\/:*?"<>|' else "_" for sign in text)
