"""What people type into forms on their phones, read kindly."""

from datetime import date

from casework.domain.values import Day


def day_fault(text: str) -> str:
    """What is wrong with a day as a date field sends it (2026-11-12); "" when nothing is."""
    try:
        return "" if text == date.fromisoformat(text).isoformat() else "请按 2026-11-12 这样填写日期"
    except ValueError:
        return "请填写日期，如 2026-11-12" if text else "请选择日期"


def born_about(age: str, today: Day) -> Day:
    """The middle of the year in which somebody of this age was born; "" when it is no age."""
    years = int(age) if age.isascii() and age.isdigit() else -1
    return f"{int(today[:4]) - years:04d}-07-01" if 0 <= years < 30 else ""
