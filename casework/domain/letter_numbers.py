"""The number of a letter in its register: how it is written, and where it stands (文号)."""

import re

from casework.domain.values import Day

PLAIN_FORM = "〔{year}〕第{n:03d}号"
"""How a number is written where the county's rules name no form of its own."""

_BRACKETED = re.compile(r"[〔\[［(（【](\d{4})[〕\]］)）】]\D*(\d{1,6})(?!\d)")
_LAST_DIGITS = re.compile(r"(?<!\d)(\d{1,6})\D*$")


def series_place(number: str, on: Day) -> tuple[int, int] | None:
    """(year, number) of a 文号 in its issuer's series; None when it shows no number.

    The year is the one in brackets (义劝通字〔2026〕第001号), else that of the day of issue.
    """
    if match := _BRACKETED.search(number):
        return int(match[1]), int(match[2])
    match = _LAST_DIGITS.search(number)
    return (int(on[:4]), int(match[1])) if match else None


def number_text(form: str, year: int, n: int) -> str:
    """The n-th number of a year: 义劝通字〔2026〕第001号."""
    return (form or PLAIN_FORM).format(year=year, n=n)


def letter_key(issuer: str, kind: str, number: str) -> str:
    """What makes a numbered letter the same one: its place in the register of its issuer and kind."""
    return " ".join((issuer, kind, number))
