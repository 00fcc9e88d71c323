"""Forms sent by a stranger's page, addresses that lead astray, fields nobody asked for."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from casework.accounts import account, session
from casework.store.schema import act, stored_event
from casework.web.sign_in.routes import own_page
from tests.security.walk import addresses
from tests.support.county import County
from tests.web.pages import Visitor
from tests.web.small_county import CLERK, HEAD_1, HILL, PASSWORD, RAIN, TEACHER
from tests.web.test_visits import filled

SignedIn = Callable[[str], Visitor]


def state(county: County) -> list[Any]:
    """Everything that a form could change: acts, events, accounts, signed-in devices."""
    with county.casework.store.engine.connect() as conn:
        columns = (session.c.token_hash, session.c.revoked_us, session.c.posting_id)
        return [
            conn.execute(select(act.c.id)).all(),
            conn.execute(select(stored_event.c.position)).all(),
            conn.execute(select(account.c.login, account.c.password_hash, account.c.disabled_us)).all(),
            sorted(map(str, conn.execute(select(*columns)))),
        ]


@pytest.mark.parametrize("login", [CLERK, HEAD_1])
def test_no_form_of_a_strangers_page_is_taken(
    app: Flask, county: County, signed_in: SignedIn, ids: dict[str, str], login: str
):
    visitor = signed_in(login)
    before = state(county)
    fields = {"login": TEACHER, "name": "x", "unit": "S1", "form_id": "a" * 32, "on": "2026-10-08"}
    others: tuple[dict[str, str], ...] = (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {},
    )
    for headers in others:
        for address in addresses(app, "POST", ids[RAIN], range(1, 2)):
            for token in ({}, {"csrf_token": "forged"}):
                answer = visitor.client.post(address, data=fields | token, headers=headers)
                assert answer.status_code == 400, (address, answer.status_code)
    assert state(county) == before
    assert visitor.client.get("/account").status_code == 200


def test_the_token_of_another_browser_is_no_token(signed_in: SignedIn, visitor: Visitor):
    victim = signed_in(CLERK)
    stolen = visitor.token()
    answer = victim.client.post("/account/devices/all", data={"csrf_token": stolen})
    assert answer.status_code == 400 and victim.client.get("/account").status_code == 200


def test_a_form_for_another_child_or_of_another_person_is_the_viewers_own(
    county: County, signed_in: SignedIn, ids: dict[str, str]
):
    """Fields that the form does not have: whose child, who recorded, when, in which post."""
    head, address = signed_in(HEAD_1), f"/children/{ids[RAIN]}/visits/new"
    form = filled(head, address).to_dict(flat=True) | {
        "child_id": ids[HILL], "child": ids[HILL], "recorder": "冒名者", "actor": CLERK, "account": CLERK,
        "name": "冒名者", "post": "局长", "unit": "C1", "recorded_at": "2020-01-01", "act": "1", "key": "x",
        "administrator": "1", "no": "1", "version": "99",
    }  # fmt: skip
    answer = head.client.post(address, data=form)
    assert answer.status_code == 303, answer.text[:2000]
    assert f"/children/{ids[RAIN]}/visits/" in answer.location
    assert "冒名者" not in head.get(answer.location).text
    with county.casework.store.engine.connect() as conn:
        last = conn.execute(select(act).order_by(act.c.id.desc()).limit(1)).one()
        of = conn.scalar(select(stored_event.c.originator_id).where(stored_event.c.act == last.id))
    assert (last.account, last.post, last.unit) == (HEAD_1, "校长", "S1") and of == ids[RAIN]
    assert last.recorded_us > 1_790_000_000_000_000


def test_nobody_becomes_more_by_adding_fields_to_a_form(
    county: County, signed_in: SignedIn, visitor: Visitor
):
    more = {"administrator": "1", "posting": "0" * 32, "stage": "", "totp_since_us": "", "unit": "C1"}
    visitor.sign_in(TEACHER, PASSWORD, **more)
    visitor.get("/board", 403)
    head = signed_in(HEAD_1)
    form = {
        "csrf_token": head.token("/people"), "unit": "S1", "name": "新来的", "login": "xin-9",
        "post": "任课教师", "since": "2026-10-01", **more,
    }  # fmt: skip
    assert head.client.post("/people/new", data=form | {"unit": "C1"}).status_code == 404
    head.client.post("/people/new", data=form | {"unit": "S1"})
    with county.casework.store.engine.connect() as conn:
        made = conn.execute(select(account.c.administrator).where(account.c.login == "xin-9")).all()
    assert not any(row.administrator for row in made)


ELSEWHERE = (
    "https://evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
    "/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "\t//evil.example", " //evil.example",
    "javascript:alert(1)", "data:text/html,x", "evil.example", "/%0d%0aSet-Cookie:x=1\r\nSet-Cookie: x=1",
    "/\u2028/evil.example", "/\x00", "",
)  # fmt: skip


@pytest.mark.parametrize("asked", ELSEWHERE)
def test_after_signing_in_nobody_is_sent_elsewhere(visitor: Visitor, asked: str):
    assert own_page(asked) == "/"
    answer = visitor.sign_in(CLERK, PASSWORD, next=asked)
    assert answer.location == "/"
    form = {"csrf_token": visitor.token("/"), "posting": "0" * 32, "next": asked}
    assert visitor.client.post("/sign-in/post", data=form).status_code == 400


def test_an_address_within_is_kept(visitor: Visitor):
    for asked in ("/weekly?week=2026-W37&unit=C1", "/search?q=张", "/board?next=//evil.example"):
        assert own_page(asked) == asked


@pytest.mark.parametrize(
    "line", ["a\r\nSet-Cookie: stolen=1", "a\nLocation: //evil.example", "a\r\n\r\n<script>"]
)
def test_a_line_end_in_any_argument_makes_no_header(
    app: Flask, signed_in: SignedIn, ids: dict[str, str], line: str
):
    visitor = signed_in(CLERK)
    asked = dict.fromkeys(
        ("next", "q", "name", "unit", "week", "view", "kind", "saved", "done", "school", "after"), line
    )
    for address in addresses(app, "GET", ids[RAIN], range(1, 3)):
        answer = visitor.client.get(address, query_string=asked)
        assert answer.status_code != 500, address
        assert "stolen" not in str(answer.headers.getlist("Set-Cookie")), address
        for name, value in answer.headers:
            assert "\n" not in value and "\r" not in value, (address, name)
