"""Pages of reminders: one's own, the log of a unit and below, sending again, and secrets that stay secret."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from casework.errors import BadInput
from casework.jobs import reminders
from casework.store.reminder_log import reminder, reminder_sweep
from casework.store.reminder_settings import channel_secret, contacts_of, reminder_contact, secret_of
from tests.jobs.reminded import adopt, policy_text
from tests.support.county import County
from tests.web.pages import Visitor
from tests.web.small_county import CLERK, HEAD_1, HEAD_2, MAYOR

SignIn = Callable[[str], Visitor]
TABLES = (reminder, reminder_sweep, channel_secret, reminder_contact)


@pytest.fixture
def planned(county: County) -> Iterator[County]:
    """One digest has been planned; afterwards nothing of it is left."""
    reminders.look(county.casework)
    yield county
    with county.casework.store.engine.begin() as conn:
        for table in TABLES:
            conn.execute(delete(table))


def form(visitor: Visitor, page: str, to: str, **fields: str) -> int:
    """Sends a form of a page with its token."""
    token = visitor.token(page)
    return visitor.client.post(to, data={"csrf_token": token, **fields}).status_code


def rows(county: County, **wanted: str) -> list:
    with county.casework.reading() as reading:
        query = select(reminder).where(*(reminder.c[name] == value for name, value in wanted.items()))
        return list(reading.snapshot.conn.execute(query))


def test_the_head_of_the_page_counts_what_is_unread(planned: County, signed_in: SignIn) -> None:
    visitor = signed_in(HEAD_2)
    assert "提醒 1 条未读" in visitor.get("/").text
    assert "未读" in visitor.get("/reminders").text
    assert form(visitor, "/reminders", "/reminders/read") == 303
    assert "未读" not in visitor.get("/").text
    assert "早间汇总" in visitor.get("/reminders").text


def test_the_log_shows_a_unit_and_what_is_below_to_those_who_may(planned: County, signed_in: SignIn) -> None:
    assert "闵舒禾" in signed_in(CLERK).get("/reminders/log").text
    assert "闵舒禾" in signed_in(HEAD_2).get("/reminders/log").text
    assert "闵舒禾" not in signed_in(HEAD_1).get("/reminders/log").text
    signed_in(MAYOR).get("/reminders/log", 403)


def test_only_what_is_uncertain_or_failed_is_sent_again_and_once(planned: County, signed_in: SignIn) -> None:
    (row,) = rows(planned, recipient=HEAD_2)
    visitor, stranger = signed_in(CLERK), signed_in(HEAD_1)

    def again(who: Visitor, times: str = "0") -> int:
        return form(who, "/reminders/log", "/reminders/log/again", key=row.key, times=times)

    def become(**values: str) -> None:
        with planned.casework.store.engine.begin() as conn:
            conn.execute(update(reminder).where(reminder.c.key == row.key).values(**values))

    assert again(visitor) == 404, "in the application nothing is sent"
    become(channel="email")
    assert again(visitor) in (400, 409, 422)
    become(state="unknown")
    assert again(stranger) == 404
    assert again(visitor) == 303
    assert again(visitor) in (400, 409, 422), "the same button twice"
    (copy,) = rows(planned, again_of=row.key)
    assert (copy.state, copy.again_by, copy.text) == ("planned", CLERK, row.text)
    assert again(visitor, "1") == 303
    assert "路知遥重发" in visitor.get("/reminders/log?channel=email").text


def test_a_saved_secret_is_never_shown(planned: County, app: Flask, signed_in: SignIn) -> None:
    clerk, head, page = signed_in(CLERK), signed_in(HEAD_1), "/reminders/channels"
    evil, hook = "https://evil.example/x", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=topsecret-1"
    assert form(clerk, page, f"{page}/secret", name="sms", secret="gateway-key-9") == 303
    assert form(head, page, f"{page}/secret", name="sms", secret="x") == 403
    assert form(head, page, f"{page}/robot", unit="S1", name="wecombot", address=hook) == 303
    assert form(head, page, f"{page}/robot", unit="S2", name="wecombot", address=hook) == 404
    assert form(clerk, page, f"{page}/robot", unit="S2", name="feishu", address=evil) == 400
    assert form(clerk, page, f"{page}/robot", unit="S2", name="feishu", address="tok?retry=9") == 400
    store = planned.casework.store
    with store.snapshot() as snapshot:
        assert secret_of(snapshot.conn, store.keys, "", "sms") == "gateway-key-9"
        assert secret_of(snapshot.conn, store.keys, "S1", "wecombot") == "wecombot://topsecret-1"
        kept = b"".join(bytes(each) for each in snapshot.conn.scalars(select(channel_secret.c.sealed)))
    assert b"secret" not in kept and b"gateway" not in kept
    for visitor in (clerk, head):
        said = visitor.client.get(page).text
        assert "topsecret" not in said and "gateway-key" not in said
        assert "第一小学" in said
    assert form(head, page, f"{page}/robot", unit="S1", name="wecombot", remove="1") == 303
    assert "还没有登记机器人" in head.get(page).text


def test_one_says_oneself_where_one_is_reached(planned: County, signed_in: SignIn) -> None:
    visitor, page = signed_in(HEAD_1), "/account/reminders"
    assert form(visitor, page, page, email="wen@", phone="139") == 400
    assert form(visitor, page, page, email="wen@example.gov.cn", phone="139 0000 1234", by_sms="1") == 303
    store = planned.casework.store
    with store.snapshot() as snapshot:
        held = contacts_of(snapshot.conn, store.keys, [HEAD_1])[HEAD_1]
    assert (held.email, held.phone) == ("wen@example.gov.cn", "13900001234")
    assert (held.by_email, held.by_sms) == (False, True)


def test_rules_whose_channel_has_no_secret_are_not_adopted(tmp_path) -> None:
    county = County(f"sqlite:///{tmp_path / 'casework.db'}")
    with pytest.raises(BadInput, match="政策文件 reminders 有误：sms：还没有保存短信网关密钥"):
        adopt(county, policy_text(25, 80))
    county.close()
