"""A duty in words: what must be done, by which rule, by when, and the page of the form that does it."""

from typing import NamedTuple

from casework.domain.attendance import school_days
from casework.domain.duty import EXCUSED
from casework.domain.duty_policy import Rule, UnitRule
from casework.domain.permissions import (
    APPROVE_STATUS,
    COMPLETE_DUTY,
    ISSUE_LETTER,
    RECORD_ABSENCE,
    RECORD_CHECK,
    RECORD_DECISION,
    RECORD_SESSION,
    RECORD_STATUS,
    RECORD_VISIT,
    SERVE_LETTER,
)
from casework.domain.statuses import RETURNED, SUSPECTED
from casework.domain.values import Day, day_after, days_between
from casework.projections.duty_lines import Line
from casework.projections.reference import Reference
from casework.web.board.shown import short_day
from casework.web.duties.addresses import own_duty

LATE, SOON = "late", "soon"
_SOON_DAYS = 3


class Way(NamedTuple):
    """How a duty is done: the right it needs, the button's words, the address with `{child}` and `{no}`."""

    action: str
    label: str
    href: str


_WAYS: dict[str, Way] = {
    "visit": Way(RECORD_VISIT, "记家访", "/children/{child}/visits/new"),
    "status": Way(RECORD_STATUS, "登记状态", "/cases/{child}/status/new"),
    "report": Way(RECORD_ABSENCE, "上报情况表", "/cases/{child}/reports/new"),
    "letter": Way(ISSUE_LETTER, "签发文书", "/cases/{child}/letters/new"),
    "service": Way(SERVE_LETTER, "登记送达", "/cases/{child}/letters/{no}/serve"),
    "check": Way(RECORD_CHECK, "到校检查", "/cases/{child}/checks/new"),
    "session": Way(RECORD_SESSION, "记送教", "/cases/{child}/sessions/new"),
    "decision": Way(RECORD_DECISION, "登记决定", "/cases/{child}/decisions/new"),
    "proposal": Way(APPROVE_STATUS, "去审批", "/cases/{child}/proposals/{no}"),
}
"""Kind of the event that fulfils → the form that records it."""


def rule_of(line: Line, reference: Reference) -> Rule | UnitRule | None:
    """The rule as the policy of the day words it; None when that policy has it no more."""
    policy = reference.duties(line.begins)
    if line.case:
        return policy.rule(line.rule)
    own = (rule for rule in policy.unit_rules if (rule.name, rule.role) == (line.rule, line.role))
    return next(own, None)


def way_of(line: Line, rule: Rule | UnitRule | None) -> Way | None:
    """The form that does it; for a letter or a status the very kind that the rule asks for."""
    if not line.case:
        return Way(COMPLETE_DUTY, "登记办结", own_duty(line.unit, line.rule, line.due_day))
    if not isinstance(rule, Rule):
        return None
    wanted, way = rule.fulfilled_by, _WAYS[rule.fulfilled_by.kind]
    href = way.href.replace("{child}", line.case).replace("{no}", str(line.no))
    if wanted.kind == "letter" and wanted.letters:
        return Way(way.action, f"签发{_short(wanted.letters[0])}", f"{href}?kind={wanted.letters[0]}")
    if wanted.kind == "status":
        return Way(way.action, way.label, href + _change(rule))
    return way._replace(href=href)


def _short(letter: str) -> str:
    """The button's word for a letter: 限期复学通知书 → 限期复学通知书; long names are cut to their end."""
    return letter if len(letter) <= 9 else letter[-9:]


def _change(rule: Rule) -> str:
    if rule.on == "absence":
        return f"?change={SUSPECTED}"
    return f"?change={RETURNED}" if "已复学" in rule.fulfilled_by.statuses else ""


def when_words(line: Line, rule: Rule | UnitRule | None, reference: Reference, today: Day) -> str:
    """By when, as people count: overdue for days, today, so many school days or days left."""
    if line.state == EXCUSED:
        return "已免办"
    left = days_between(today, line.due_day)
    by = short_day(line.due_day, today)
    if left < 0:
        return f"逾期 {-left} 天，应在{by}前"
    if left == 0:
        return "今天到期"
    if isinstance(rule, Rule) and (rule.within.school_days is not None or rule.school_days):
        n = school_days(reference.calendar(today), day_after(today), line.due_day)
        return f"剩 {n} 个教学日，到{by}"
    return f"还有 {left} 天，到{by}"


def tone_of(line: Line, today: Day) -> str:
    """The colour of a line."""
    left = days_between(today, line.due_day)
    return LATE if left < 0 else SOON if left <= _SOON_DAYS else ""
