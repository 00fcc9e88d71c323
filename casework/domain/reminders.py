"""提醒: when a digest is due, what it says, and what one message is called. Pure: the clock is given."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from casework.domain.reminder_policy import Digest, ReminderPolicy
from casework.domain.values import SHANGHAI, Day, day_after, day_of

PLANNED, HANDING, SENT, FAILED, UNKNOWN, SUPPRESSED = STATES = (
    "planned", "handing", "sent", "failed", "unknown", "suppressed",
)  # fmt: skip
"""Waiting to be sent; between hand-over and reply; taken by the channel; definitely not, given up;
结果不明: nobody knows whether it was taken; never to be sent, with the reason."""

STATE_NAMES = {
    PLANNED: "待发",
    HANDING: "正在发",
    SENT: "已发",
    FAILED: "没发出",
    UNKNOWN: "结果不明",
    SUPPRESSED: "没有发",
}

DUE_SOON, OVERDUE, ESCALATED = "due_soon", "overdue", "escalated"


@dataclass(frozen=True, slots=True)
class DueDigest:
    """A digest that is owed: which, and the instant it stands for."""

    digest: Digest
    instant: datetime


@dataclass(frozen=True, slots=True)
class Words:
    """One message: a subject of one line, and the text. No name of a child."""

    subject: str
    text: str


def due_digest(policy: ReminderPolicy, now: datetime, done: Collection[datetime]) -> DueDigest | None:
    """The digest owed at `now`: the last one appointed, unless it was given; `done` may be of the last days.

    What was missed before it is not made up for: two days down cost one message, not four. In quiet hours
    nothing is owed; what is owed after them joins the next digest when that is near, as does one whose
    neighbour has just been given (the county moved its hours, the clock was set back).
    """
    if policy.quiet.holds(now):
        return None
    near = timedelta(minutes=policy.merge_minutes)
    owed = _last(policy, now)
    if any(abs(each - owed.instant) < max(near, timedelta(seconds=1)) for each in done):
        return None
    late = now - owed.instant > near
    return None if late and _next(policy, now).instant - now <= near else owed


def _last(policy: ReminderPolicy, now: datetime) -> DueDigest:
    return max((each for each in _around(policy, now) if each.instant <= now), key=lambda each: each.instant)


def _next(policy: ReminderPolicy, now: datetime) -> DueDigest:
    return min((each for each in _around(policy, now) if each.instant > now), key=lambda each: each.instant)


def _around(policy: ReminderPolicy, now: datetime) -> list[DueDigest]:
    days = [day_after(day_of(now), offset) for offset in (-1, 0, 1)]
    return [DueDigest(digest, digest.on(day)) for day in days for digest in policy.digests]


def reminder_key(recipient: str, channel: str, instant: datetime, version: str) -> str:
    """What one message is called: the same for whoever plans it, however often (64 hex characters)."""
    said = "\n".join((recipient, channel, instant.astimezone(SHANGHAI).isoformat(), version))
    return hashlib.sha256(said.encode()).hexdigest()


def words(digest: str, on: Day, counts: Mapping[str, int], *, unit: str = "", link: str = "") -> Words:
    """The message: how many duties of which kind. `unit`: whose group it is, "" for a person."""
    said = "，".join(f"{kind} {count} 件" for kind, count in counts.items() if count)
    month, day = int(on[5:7]), int(on[8:])
    whose = f"{unit}：" if unit else "您有"
    where = f"请打开 {link} 办理。" if link else "请登录系统办理。"
    return Words(
        f"控辍保学{digest}汇总：{said}", f"【控辍保学】{month}月{day}日{digest}汇总，{whose}{said}。{where}"
    )
