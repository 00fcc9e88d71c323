"""提醒规则: which duties are told of, when, by which channels, and how often a failed message is tried."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta
from ipaddress import ip_address
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from casework.domain.policy import Document
from casework.domain.values import SHANGHAI, Day

Channel = Literal["in_app", "email", "robot", "sms"]
IN_APP, EMAIL, ROBOT, SMS = "in_app", "email", "robot", "sms"
CHANNEL_NAMES: dict[str, str] = {IN_APP: "站内", EMAIL: "邮件", ROBOT: "群机器人", SMS: "短信"}

ROBOTS = {"wecombot": "企业微信", "dingtalk": "钉钉", "feishu": "飞书"}
"""Scheme of a group robot's address → whose it is."""

SECRETS = {EMAIL: "邮件服务器密码", SMS: "短信网关密钥"}
"""Channel → the one secret it may need; a robot's secret is its address, kept with its unit."""

_FROZEN = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
_ADDRESS = re.compile(r"http(?P<safe>s?)://(?P<host>[A-Za-z0-9.-]+)(:\d{1,5})?(/[^\s]*)?")
_CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
ClockTime = Annotated[str, Field(pattern=_CLOCK)]


def is_local(host: str) -> bool:
    """Whether a host is this machine: only there a connection may go unencrypted."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Digest(BaseModel):
    """汇总: one message for everything, at a time of day."""

    model_config = _FROZEN
    name: str
    at: ClockTime

    def on(self, day: Day) -> datetime:
        """The instant of a day."""
        return datetime.combine(datetime.fromisoformat(day).date(), time.fromisoformat(self.at), SHANGHAI)


class Quiet(BaseModel):
    """免打扰: from one time of day to another, over midnight when the second is earlier."""

    model_config = _FROZEN
    since: ClockTime
    until: ClockTime

    def holds(self, at: datetime) -> bool:
        """Whether an instant lies in the quiet hours."""
        clock = at.astimezone(SHANGHAI).strftime("%H:%M")
        if self.since <= self.until:
            return self.since <= clock < self.until
        return clock >= self.since or clock < self.until

    def end(self, at: datetime) -> datetime:
        """The instant itself, or the end of the quiet hours it lies in."""
        if not self.holds(at):
            return at
        local = at.astimezone(SHANGHAI)
        ends = datetime.combine(local.date(), time.fromisoformat(self.until), SHANGHAI)
        return ends if ends > local else ends + timedelta(days=1)


class Retry(BaseModel):
    """重试: minutes to wait after each definite failure; after the last of them it is given up."""

    model_config = _FROZEN
    after_minutes: tuple[Annotated[int, Field(ge=0, le=24 * 60)], ...]

    def wait(self, attempts: int) -> timedelta | None:
        """How long to wait after so many failed attempts, None when it is given up."""
        if attempts > len(self.after_minutes):
            return None
        return timedelta(minutes=self.after_minutes[attempts - 1])


class Kind(BaseModel):
    """提醒种类: duties due within `days`, overdue, or escalated; of these rules and roles, or of all."""

    model_config = _FROZEN
    name: str
    when: Literal["due_soon", "overdue", "escalated"]
    days: int = Field(default=0, ge=0, le=60)
    rules: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    channels: tuple[Channel, ...]
    digests: tuple[str, ...] = Field(min_length=1)

    def takes(self, rule: str, role: str, when: str, days_left: int) -> bool:
        """Whether a duty of this rule and role, so many days before its due day, is of this kind."""
        if when != self.when or (self.rules and rule not in self.rules):
            return False
        return (not self.roles or role in self.roles) and (when != "due_soon" or days_left <= self.days)


class Email(BaseModel):
    """邮件服务器; the password is kept sealed, never in this text."""

    model_config = _FROZEN
    host: str = Field(min_length=1)
    port: int = Field(ge=1, le=65535)
    security: Literal["tls", "starttls", "none"] = "tls"
    sender: str = Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")
    user: str = ""


class Sms(BaseModel):
    """短信网关: the JSON posted, with {phone} and {text}; the key goes into a header, or signs the body.

    `answer_key`, `answer`: what the gateway's JSON says when it took the message.
    """

    model_config = _FROZEN
    url: str
    fields: Mapping[str, str]
    key_header: str = "Authorization"
    key_value: str = "Bearer {key}"
    signature_header: str = ""
    answer_key: str = ""
    answer: str = ""


class ReminderPolicy(Document):
    """提醒规则. Kinds are looked at in order: a duty is of the first that takes it."""

    model_config = _FROZEN
    link: str = ""
    digests: tuple[Digest, ...] = Field(min_length=1)
    quiet: Quiet
    merge_minutes: int = Field(ge=0, le=12 * 60)
    keep_days: int = Field(ge=30, le=3660)
    retry: Retry
    kinds: tuple[Kind, ...] = Field(min_length=1)
    robots: tuple[Literal["wecombot", "dingtalk", "feishu"], ...] = ()
    email: Email | None = None
    sms: Sms | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> "ReminderPolicy":
        """What is named exists, and nothing travels in clear beyond this machine."""
        digests = [digest.name for digest in self.digests]
        _once("digests", digests)
        _once("kinds", [kind.name for kind in self.kinds])
        for kind in self.kinds:
            for named in set(kind.digests) - set(digests):
                raise ValueError(
                    f"kinds.{kind.name}.digests：没有“{named}”这个汇总，应为 {'、'.join(digests)}"
                )
            for channel in set(kind.channels) - self._set_up():
                raise ValueError(
                    f"kinds.{kind.name}.channels：用到{CHANNEL_NAMES[channel]}（{channel}），但没有设置它"
                )
        minutes = sorted(int(each.at[:2]) * 60 + int(each.at[3:]) for each in self.digests)
        if any(b - a < self.merge_minutes for a, b in pairwise(minutes)):
            raise ValueError(f"digests：两次汇总相隔不足 merge_minutes（{self.merge_minutes} 分钟），应隔开")
        if self.link:
            _https("link", self.link)
        if self.email and self.email.security == "none" and not is_local(self.email.host):
            raise ValueError("email.security：只有本机的邮件服务器可以不加密，应为 tls 或 starttls")
        if self.sms:
            _https("sms.url", self.sms.url)
            if not any("{text}" in value for value in self.sms.fields.values()):
                raise ValueError("sms.fields：应有一项写明 {text}")
        return self

    def _set_up(self) -> set[str]:
        return {
            IN_APP,
            *([EMAIL] if self.email else ()),
            *([ROBOT] if self.robots else ()),
            *([SMS] if self.sms else ()),
        }

    def secrets_needed(self) -> set[str]:
        """The channels whose secret must be there before this text is adopted."""
        return {*([EMAIL] if self.email and self.email.user else ()), *([SMS] if self.sms else ())}

    def kind_of(self, rule: str, role: str, when: str, days_left: int) -> Kind | None:
        """The kind of a duty at a moment, None when nobody is told of it."""
        return next((kind for kind in self.kinds if kind.takes(rule, role, when, days_left)), None)

    def days_ahead(self) -> int:
        """How many days ahead of its due day a duty may be told of."""
        return max((kind.days for kind in self.kinds if kind.when == "due_soon"), default=0)

    def check_against(self, rules: Collection[str], roles: Collection[str], secrets: Collection[str]) -> str:
        """What does not fit the county's duties and secrets: key and what was expected; "" when all does."""
        for kind in self.kinds:
            for named in kind.rules:
                if named not in rules:
                    return f"kinds.{kind.name}.rules：责任事项里没有“{named}”这条规则"
            for named in kind.roles:
                if named not in roles:
                    return f"kinds.{kind.name}.roles：没有“{named}”这个角色，应为 {'、'.join(roles)} 之一"
        for channel in sorted(self.secrets_needed() - set(secrets)):
            return f"{channel}：还没有保存{SECRETS[channel]}，请先在“提醒渠道”页面保存，再采用"
        return ""


def _once(where: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{where}：“{name}”出现多次，应只有一个")


def _https(where: str, address: str) -> None:
    written = _ADDRESS.fullmatch(address)
    if written is None or (not written["safe"] and not is_local(written["host"])):
        raise ValueError(f"{where}：应以 https:// 开头（本机可用 http://），现为 {address}")
