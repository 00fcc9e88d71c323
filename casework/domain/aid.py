"""资助发放 of one child: what a grant, or the reason why there is none, must say (一人一笔)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from casework.domain.aid_policy import OTHER_REASON, TERMS, AidPolicy
from casework.domain.values import Day

_YEAR = re.compile(r"(20\d{2})-(20\d{2})")
MOST_FEN = 10_000_000_00
"""An amount above it has its decimal point in the wrong place: ten million 元 for one child."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Aid for one child, one term, one programme. Paid: `fen` and `on`; not paid: `unpaid`, the reason."""

    year: str
    term: str
    programme: str
    fen: int = 0
    on: Day = ""
    way: str = ""
    voucher: str = ""
    unpaid: str = ""

    @property
    def key(self) -> str:
        """What makes it the same grant: year, term, programme, day of payment."""
        return " ".join(filter(None, (self.year, self.term, self.programme, self.on)))

    def body(self, policy: AidPolicy) -> dict[str, Any]:
        """The clear part. A reason for no aid belongs to its term, and counts under a word of the county."""
        known = self.unpaid in policy.unpaid_reasons
        return {
            "on": self.on or policy.term_start(self.year, self.term),
            "year": self.year,
            "term": self.term,
            "programme": self.programme,
            "fen": self.fen,
            "way": self.way,
            "voucher": self.voucher,
            "unpaid": (self.unpaid if known else OTHER_REASON) if self.unpaid else "",
        }

    def said(self, policy: AidPolicy) -> dict[str, str]:
        """The personal part: a reason in one's own words."""
        return {"unpaid_why": "" if self.unpaid in policy.unpaid_reasons else self.unpaid}


def grant_faults(policy: AidPolicy, grant: Grant) -> Iterator[tuple[str, str]]:
    """(field, what is wrong with it): nothing for a grant that can be."""
    year = year_fault(grant.year)
    if year:
        yield "year", year
    if grant.term not in TERMS:
        yield "term", f"学期应填{'或'.join(TERMS)}"
    if not year and grant.term in TERMS:
        fault = programme_fault(policy, grant.programme, policy.term_start(grant.year, grant.term))
        if fault:
            yield "programme", fault
    if grant.unpaid:
        if grant.fen or grant.on:
            yield "unpaid", "填写了未资助原因，金额和发放日期应留空；已发放的不填未资助原因"
        return
    if not grant.on:
        yield "on", "请填发放日期；没有发放的，填未资助原因"
    if grant.fen <= 0:
        yield "fen", "金额要大于 0；没有发放的，填未资助原因"
    elif grant.fen > MOST_FEN:
        yield "fen", "金额太大，请核对小数点和单位（元）"


def year_fault(year: str) -> str:
    """What is wrong with a school year."""
    match = _YEAR.fullmatch(year)
    if match and int(match[2]) == int(match[1]) + 1:
        return ""
    return "学年应写成 2026-2027 的样子，后一年比前一年大一"


def programme_fault(policy: AidPolicy, code: str, start: Day) -> str:
    """What is wrong with a programme for a term that begins on a day; it names those that may be given."""
    found = policy.programme(code)
    if found and found.runs_on(start):
        return ""
    known = "、".join(f"{each.code}（{each.name}）" for each in policy.running(start))
    if found:
        return f"“{found.name}”在这个学期（{start} 起）不发放，可填：{known}"
    return f"没有代码为“{code}”的资助项目，可填：{known}"
