"""Addresses of the pages about one duty."""

from urllib.parse import urlencode

from casework.domain.values import Day
from casework.projections.duty_lines import Line


def own_duty(unit: str, rule: str, due_day: Day) -> str:
    """The page of one of a unit's own duties."""
    return "/duties/own?" + urlencode({"unit": unit, "rule": rule, "due": due_day})


def excuse_page(line: Line) -> str:
    """The page where the level above excuses a duty or takes the excuse back."""
    if not line.case:
        return own_duty(line.unit, line.rule, line.due_day)
    return f"/cases/{line.case}/duties/excuse?" + urlencode({"key": line.key})
