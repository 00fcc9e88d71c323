"""A county whose duties are reminded of by every channel, through servers on this machine."""

from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any

from sqlalchemy import select

from casework.channels import Outgoing
from casework.commands.policies import adopt_policy
from casework.domain.values import LOCAL_OPERATOR, SINCE_EVER, Actor
from casework.jobs import reminders
from casework.jobs.reminder_courier import Courier
from casework.store.reminder_log import reminder
from casework.store.reminder_settings import Contact, keep_contact, keep_secret
from tests.jobs.receivers import Taken
from tests.support.county import County
from tests.web.small_county import NAMES, fill

BY = Actor("jijiao", "路知遥", "基教股", "C1")
MORNING = datetime.fromisoformat("2026-10-12T08:00:00+08:00")
CHANNELS = """
[email]
host = "127.0.0.1"
port = {mail}
security = "none"
sender = "kcbx@example.gov.cn"

[sms]
url = "http://127.0.0.1:{gateway}/send"
fields = {{ phone = "{{phone}}", content = "{{text}}" }}
answer_key = "code"
answer = "0"
"""


def policy_text(mail: int, gateway: int, changes: Mapping[str, str] | None = None) -> str:
    """The shipped rules with every channel, at these ports, and with other words here and there."""
    text = (files("casework") / "policy" / "reminders.toml").read_text(encoding="utf-8")
    text = text.replace('channels = ["in_app", "robot"]', 'channels = ["in_app", "email", "robot", "sms"]')
    for old, new in (changes or {}).items():
        assert old in text
        text = text.replace(old, new)
    return text + CHANNELS.format(mail=mail, gateway=gateway)


def adopt(county: County, text: str) -> None:
    """Adopts rules of reminders, from ever."""
    county.casework.do(
        "policy.adopt",
        lambda act, _: {"adopted": adopt_policy(act, name="reminders", text=text, effective_from=SINCE_EVER)},
        actor=LOCAL_OPERATOR,
    )


def reminded_county(county: County, mail: int, gateway: int) -> None:
    """The small county on a Monday morning; everybody has an address, two units have a group."""
    fill(county)
    store = county.casework.store
    keep_secret(store.engine, store.keys, "", "sms", "sms-key-1", BY, county.now)
    for unit, name, secret in (
        ("S2", "wecombot", "wecombot://bot-key-1"),
        ("C1", "feishu", "feishu://tok-1"),
    ):
        keep_secret(store.engine, store.keys, unit, name, secret, BY, county.now)
    for number, login in enumerate(NAMES):
        contact = Contact(f"{login}@example.gov.cn", f"1390000{number:04d}")
        keep_contact(store.engine, store.keys, login, contact, county.now)
    county.now = MORNING
    adopt(county, policy_text(mail, gateway))


def states(county: County) -> list[tuple[str, str, str]]:
    """(channel, recipient, state) of every message."""
    with county.casework.reading() as reading:
        c = reminder.c
        query = select(c.channel, c.recipient, c.state).order_by(c.channel, c.recipient, c.instant_us)
        return [tuple(row) for row in reading.snapshot.conn.execute(query)]


ROBOTS = ("qyapi.weixin.qq.com", "open.feishu.cn", "oapi.dingtalk.com")


class Post:
    """The county, what arrived by mail and at the gateway, and a pair of hands for each channel."""

    def __init__(self, county: County, mail: Taken, web: Taken, ports: tuple[int, int]) -> None:
        self.county, self.mail, self.web, self.ports = county, mail, web, ports
        out = Outgoing(connect_s=2, reply_s=2, routes=dict.fromkeys(ROBOTS, f"127.0.0.1:{ports[1]}"))
        self.couriers = {name: Courier(county.casework, name, out) for name in ("email", "robot", "sms")}

    def look(self) -> int:
        """Plans what is owed; how many messages were added."""
        return reminders.look(self.county.casework)

    def deliver(self) -> None:
        """Hands over what waits."""
        for courier in self.couriers.values():
            courier.run()

    def rows(self, **wanted: str) -> list[dict[str, Any]]:
        """The messages with these values."""
        with self.county.casework.reading() as reading:
            query = select(reminder).where(*(reminder.c[name] == value for name, value in wanted.items()))
            return [dict(row) for row in reading.snapshot.conn.execute(query).mappings()]
