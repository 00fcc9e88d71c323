"""Reminders: planned once, handed over at most once, tried again only when they definitely did not arrive."""

import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from casework.channels import Outgoing
from casework.jobs import reminders
from casework.jobs.reminder_courier import Courier
from casework.store.reminder_log import reminder
from casework.store.reminder_settings import Contact, keep_contact
from tests.jobs.receivers import Taken, gateway, mail_server
from tests.jobs.reminded import ROBOTS, adopt, policy_text, reminded_county, states
from tests.support.county import County
from tests.web.small_county import CALM, HILL, MOON, RAIN


class Post:
    """The county, what arrived by mail and at the gateway, and a pair of hands for each channel."""

    def __init__(self, county: County, mail: Taken, web: Taken, ports: tuple[int, int]) -> None:
        self.county, self.mail, self.web, self.ports = county, mail, web, ports
        out = Outgoing(connect_s=2, reply_s=2, routes=dict.fromkeys(ROBOTS, f"127.0.0.1:{ports[1]}"))
        self.couriers = {name: Courier(county.casework, name, out) for name in ("email", "robot", "sms")}

    def look(self) -> int:
        return reminders.look(self.county.casework)

    def deliver(self) -> None:
        for courier in self.couriers.values():
            courier.run()

    def rows(self, **wanted: str) -> list[dict]:
        with self.county.casework.reading() as reading:
            query = select(reminder).where(*(reminder.c[name] == value for name, value in wanted.items()))
            return [dict(row) for row in reading.snapshot.conn.execute(query).mappings()]


@pytest.fixture
def post(database_url: str) -> Iterator[Post]:
    mail, web = Taken(), Taken()
    with mail_server(mail) as mail_port, gateway(web) as web_port:
        county = County(database_url)
        reminded_county(county, mail_port, web_port)
        yield Post(county, mail, web, (mail_port, web_port))
        county.close()


def test_everyone_gets_one_message_by_channel_and_digest_and_no_childs_name(post: Post) -> None:
    assert post.look() > 0
    assert post.look() == 0, "planned once"
    post.deliver()
    post.deliver()
    told = states(post.county)
    assert {state for _, _, state in told} == {"sent"}
    assert {channel for channel, _, _ in told} == {"in_app", "email", "robot", "sms"}
    assert len(told) == len({each[:2] for each in told})
    assert all(b64decode(text).decode().startswith("【控辍保学】") for _, text in post.mail.got)
    by_mail = [login for channel, login, _ in told if channel == "email"]
    assert sorted(to.partition("@")[0] for to, _ in post.mail.got) == sorted(by_mail)
    assert len(post.web.got) == len([each for each in told if each[0] in ("sms", "robot")])
    assert "xz2" in by_mail, "the headmaster of the school with a dropout"
    for row in post.rows():
        said = row["subject"] + row["text"] + row["why"]
        assert not [name for name in (RAIN, HILL, MOON, CALM) if name in said]
        assert sum(json.loads(row["why"]).values()) > 0


def test_only_what_definitely_did_not_arrive_is_tried_again(post: Post) -> None:
    moods = iter(["busy", "vanish", "refuse"])
    post.mail.mood = lambda: next(moods, "take")
    adopt(post.county, policy_text(*post.ports, {"[1, 5, 15, 60]": "[0, 0]"}))
    post.look()
    for _ in range(4):
        post.deliver()
    ended = [row["state"] for row in post.rows(channel="email")]
    assert sorted(ended) == sorted(["sent"] * (len(ended) - 2) + ["unknown", "failed"])
    assert not post.mail.twice()
    assert post.mail.tries == len(ended) + 1, "the busy one once more, the others never"


def test_a_broken_channel_keeps_no_other_waiting_and_is_given_up_after_the_last_try(post: Post) -> None:
    changes = {"[1, 5, 15, 60]": "[0, 0]"}
    adopt(post.county, policy_text(1, post.ports[1], changes))
    post.look()
    for _ in range(40):
        post.deliver()
    assert {row["state"] for row in post.rows(channel="email")} == {"failed"}
    assert {row["attempts"] for row in post.rows(channel="email")} == {3}
    assert {row["state"] for row in (*post.rows(channel="sms"), *post.rows(channel="robot"))} == {"sent"}


def test_two_days_down_cost_one_digest(post: Post) -> None:
    first = post.look()
    post.county.now += timedelta(days=2, hours=3)
    assert 0 < post.look() <= first + 4
    assert post.look() == 0
    assert len({row["instant_us"] for row in post.rows()}) == 2


def test_in_quiet_hours_nothing_leaves(post: Post) -> None:
    post.look()
    post.county.now = post.county.now.replace(hour=22)
    post.deliver()
    assert not post.mail.tries and not post.web.tries
    assert post.look() == 0
    post.county.now += timedelta(hours=10)
    post.deliver()
    assert post.mail.got


def test_a_clock_set_back_sends_nothing_twice(post: Post) -> None:
    post.look()
    post.deliver()
    before = len(post.rows())
    post.county.now -= timedelta(minutes=20)
    assert post.look() == 0
    post.county.now += timedelta(minutes=40)
    assert post.look() == 0
    assert len(post.rows()) == before


def test_who_has_no_address_is_told_in_the_application_and_the_log_says_why(post: Post) -> None:
    store, contact = post.county.casework.store, Contact(phone="13900001111", by_sms=False)
    keep_contact(store.engine, store.keys, "xz2", contact, post.county.now)
    post.look()
    rows = {row["channel"]: row for row in post.rows(recipient="xz2")}
    assert rows["in_app"]["state"] == "sent"
    assert (rows["email"]["state"], rows["email"]["reason"]) == ("suppressed", "没有登记邮箱")
    assert (rows["sms"]["state"], rows["sms"]["reason"]) == ("suppressed", "本人关闭了短信提醒")
