"""Whoever sees a child's name leaves a row: every page is walked, and no page is excused."""

import io
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import Row, func, select
from sqlalchemy.exc import OperationalError

from casework.store.read_log import CASE_OPENED, CHILDREN_LISTED, EXPORTED, REVEALED, read_log
from casework.web import noted
from casework.web.noted import LISTS
from tests.security.walk import addresses, rules
from tests.support.county import County
from tests.web.pages import Visitor
from tests.web.small_county import (
    CALM,
    CHIEF,
    CLERK,
    HEAD_1,
    HEAD_2,
    HILL,
    INSPECTOR,
    MAYOR,
    MOON,
    NAMES,
    RAIN,
)

SignedIn = Callable[[str], Visitor]
CHILDREN = (RAIN, HILL, MOON, CALM)
NUMBER = {"unit": "C1", "week": "2026-W37", "table": "total", "row": "C1", "figure": "s_new"}


def last(county: County) -> int:
    """The number of the newest row."""
    with county.casework.store.engine.connect() as conn:
        return conn.scalar(select(func.max(read_log.c.id))) or 0


def since(county: County, number: int) -> list[Row[Any]]:
    """The rows after a number."""
    with county.casework.store.engine.connect() as conn:
        return list(conn.execute(select(read_log).where(read_log.c.id > number).order_by(read_log.c.id)))


@pytest.fixture
def opened(app: Flask, county: County, signed_in: SignedIn) -> Iterator[Callable[..., list[Row[Any]]]]:
    """Opens an address as somebody who has not looked at anything this hour; the rows that this left."""
    visitors: dict[str, Visitor] = {}

    def open_(login: str, address: str, seen: list[str] | None = None) -> list[Row[Any]]:
        visitor = visitors.setdefault(login, signed_in(login))
        app.extensions["lists_noted"].clear()
        before = last(county)
        answer = visitor.client.get(address)
        if seen is not None:
            said = answer.get_data().decode(errors="replace") if answer.status_code == 200 else ""
            seen += [name for name in CHILDREN if name in said]
        return since(county, before)

    yield open_


QUERIES = ("", f"?{urlencode(NUMBER)}", "?q=%E5%BC%A0&name=%E5%BC%A0&which=all")


@pytest.mark.parametrize(
    ("login", "child"), [(CLERK, RAIN), (HEAD_1, RAIN), (HEAD_2, HILL), (MAYOR, RAIN), (CHIEF, RAIN)]
)
def test_no_page_names_a_child_without_a_row(
    app: Flask, ids: dict[str, str], opened: Callable[..., list[Row[Any]]], login: str, child: str
):
    shown: set[str] = set()
    for address in addresses(app, "GET", ids[child], range(2, 5)):
        about = ids[child] in address
        for query in ("",) if about else QUERIES:
            seen: list[str] = []
            rows = opened(login, address + query, seen)
            if seen and address != "/read-log":  # looking at the log would bury what it shows
                shown.add(address)
                assert rows, (address + query, seen)
                assert {row.account for row in rows} == {login}
            if seen and about:
                assert any(row.what == CASE_OPENED and row.child_id == ids[child] for row in rows), address
    assert len(shown) > 4


def test_no_row_holds_a_name_or_a_number_of_a_child(
    app: Flask,
    county: County,
    ids: dict[str, str],
    opened: Callable[..., list[Row[Any]]],
    signed_in: SignedIn,
):
    before = last(county)
    for rule in rules(app, "GET"):
        if not rule.arguments:
            for query in (f"?q={RAIN}", f"?name={RAIN}&after=a&after={RAIN}&after=1&after=1&after=1"):
                opened(CLERK, rule.rule + query)
    clerk = signed_in(CLERK)
    clerk.client.post("/search", data={"csrf_token": clerk.token("/"), "q": "G20260001"})
    told = "".join(row.detail for row in since(county, before))
    for private in (*CHILDREN, "%E5%BC%A0%E5%B0%8F", "G20260001"):
        assert private not in told


def test_every_list_of_the_table_is_a_page_that_exists(app: Flask):
    assert set(LISTS) <= {rule.rule for rule in app.url_map.iter_rules()}


def test_every_export_is_noted_with_its_filter_and_how_many_rows_it_has(
    app: Flask, county: County, ids: dict[str, str], signed_in: SignedIn
):
    clerk, taken = signed_in(CLERK), 0
    for address in addresses(app, "GET", ids[RAIN]):
        before = last(county)
        answer = clerk.client.get(address, query_string={"school": "S2", "unit": "C1", "term": "2026-09-01"})
        if answer.status_code != 200 or not str(answer.mimetype).endswith("spreadsheetml.sheet"):
            continue
        if address.startswith("/import/templates"):
            continue  # an empty form
        (row,) = since(county, before)
        assert (row.what, row.account, row.post, row.unit) == (EXPORTED, CLERK, "基教股", "C1"), address
        path, _, query = row.detail.partition("?")
        assert path == address and "rows=" in query, row.detail
        taken += 1
        if address in ("/board.xlsx", "/letters.xlsx"):
            sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
            head = next(at for at, cells in enumerate(sheet) if cells[0] == "序号")
            assert f"rows={len(sheet) - head - 1}" in query
    assert taken >= 7


def test_a_list_looked_at_all_day_is_one_row_an_hour_but_each_further_page_and_search_is_one(
    county: County, signed_in: SignedIn, wall: Any
):
    clerk, before = signed_in(CLERK), last(county)
    for _ in range(3):
        clerk.get("/board")
    assert [row.what for row in since(county, before)] == [CHILDREN_LISTED]
    clerk.get("/board?school=S1")
    wall.pass_(hours=1)
    clerk.get("/board")
    assert len(since(county, before)) == 3
    for _ in range(4):
        clerk.get("/search?q=张")
    asked = [row.detail for row in since(county, before)[3:]]
    assert asked == ["/search?by=name"] * 4


def test_going_through_many_numbers_leaves_a_row_each(
    county: County, ids: dict[str, str], signed_in: SignedIn
):
    head, before = signed_in(HEAD_1), last(county)
    token = head.token("/")
    for n in range(5):
        head.client.post("/search", data={"csrf_token": token, "q": f"G9999000{n}"})
        head.client.post(f"/cases/{ids[RAIN]}/reveal", data={"csrf_token": token, "field": "phone"})
    what = [row.what for row in since(county, before)]
    assert what.count(REVEALED) == 5 and what.count(CHILDREN_LISTED) >= 5


def test_who_sees_no_names_leaves_rows_of_files_only(
    county: County, ids: dict[str, str], signed_in: SignedIn
):
    inspector, before = signed_in(INSPECTOR), last(county)
    inspector.get("/board")
    inspector.get(f"/cases/{ids[RAIN]}")
    assert [row.what for row in since(county, before)] == [CASE_OPENED]


def test_a_refused_page_leaves_no_row(county: County, ids: dict[str, str], signed_in: SignedIn):
    head, before = signed_in(HEAD_1), last(county)
    head.get(f"/cases/{ids[HILL]}", 404)
    head.get(f"/cases/{'0' * 32}", 404)
    head.get("/weekly?unit=C1", 404)
    assert not since(county, before)


def test_what_can_not_be_noted_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, ids: dict[str, str], secure: SignedIn
):
    def full(*_: Any, **__: Any) -> None:
        raise OperationalError("insert", {}, Exception("disk full"))

    head = secure(HEAD_1)
    monkeypatch.setattr(noted, "note_reading", full)
    for address in (f"/cases/{ids[RAIN]}", "/board", "/board.xlsx"):
        answer = head.client.get(address)
        assert answer.status_code == 500 and RAIN not in answer.text, address
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_log_says_in_words_what_was_read(county: County, ids: dict[str, str], signed_in: SignedIn):
    head = signed_in(HEAD_1)
    case = f"/cases/{ids[RAIN]}"
    said = {
        f"{case}?known_at=2026-09-20": "截至 2026-09-20 所知",
        f"{case}/absences/new": "缺勤（新登记）",
        f"{case}/status/new": "状态登记（新登记）",
        f"/children/{ids[RAIN]}/visits/new": "家访记录（新登记）",
        "/board?school=S1&status=returned": "在册学生，第一小学，已复学",
        "/search?q=张": "查找学生，按姓名或号码查找",
    }
    for address, words in said.items():
        head.get(address)
        newest = " ".join(" ".join(head.get("/read-log").rows[1]).split())
        assert words in newest, (address, newest)
        assert "visit" not in newest and "/" not in words
    number = next(
        n for n in range(1, 9) if head.client.get(f"/children/{ids[RAIN]}/visits/{n}").status_code == 200
    )
    head.get(f"/children/{ids[RAIN]}/visits/{number}")
    newest = " ".join(" ".join(head.get("/read-log").rows[1]).split())
    assert newest.endswith(f"打开个案 {RAIN} 家访记录") and NAMES[HEAD_1] in newest
