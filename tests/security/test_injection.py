"""Hostile text in every field: it is shown as text, exported as text, and does nothing anywhere."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from urllib.parse import unquote

import pytest
from flask import Flask

from casework.web import create_app
from tests.security.walk import addresses
from tests.support.county import County
from tests.web.conftest import SETTINGS, Wall
from tests.web.pages import StrictPage, Visitor
from tests.web.small_county import CLERK, HEAD_1, NAMES, PASSWORD, ROSTER, at, fill

SCRIPT = "<script>alert(1)</script>"
BREAK = "\"><img src=x onerror=alert(2)>'"
TEMPLATE = "{{7*7}}{%raw%}${7*7}"
FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(1)", "=cmd|'/c calc'!A0", '=HYPERLINK("http://evil.example")')


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """The small county, and three children whose every word was typed by an enemy."""
    made = County(f"sqlite:///{tmp_path_factory.mktemp('hostile') / 'casework.db'}")
    fill(made)
    for n, words in enumerate((SCRIPT, BREAK, TEMPLATE)):
        take(made, f"G2026100{n}", words)
    for n, words in enumerate(FORMULAS):
        take(made, f"G2026200{n}", words)
    for login, name in NAMES.items():
        made.casework.accounts.make(login, name, PASSWORD, now=at("2026-10-01T08:00"))
    yield made
    made.close()


def take(county: County, no: str, words: str) -> None:
    """A child with `words` in every free field, with a status, a visit, an absence and a letter."""
    child = {**ROSTER[0], "学籍号": no, "姓名": words, "证件号": "", "证件类型": "", "监护人": words}
    child |= {"现居住地址": words, "班级": words, "帮扶责任人": words, "与监护人关系": words}
    assert not county.take("roster", [child], at("2026-10-08T11:00")).refused
    who = {"学籍号": no, "姓名": words, "登记人": words}
    status = {**who, "日期": "2026-10-08", "变化": "疑似辍学", "去向": words, "备注": words, "原因": "上学远"}
    county.take("status", [status])
    visit = {
        **who, "家访日期": "2026-10-08", "开始时间": "18:00", "方式": "上门", "见到": "家长", "结果": "犹豫",
        "参加人": f"{words}/校长/第一小学", "谈话要点": words, "家长意见": words, "困难需求": words,
        "备注": words, "记录人": words, "地点": words,
    }  # fmt: skip
    county.take("visits", [visit])
    county.take("absences", [{**who, "起始日期": "2026-10-08", "原因": words, "备注": words}])
    letter = {
        **who, "文书种类": "劝返复学通知书", "文号": f"义劝通字〔2026〕第{no[-4:]}号", "签发单位代码": "S1",
        "签发人": words, "签发日期": "2026-10-08", "送达人": words, "拒收理由": words,
    }  # fmt: skip
    county.take("letters", [letter])


@pytest.fixture(scope="module")
def hostile(county: County) -> list[str]:
    """The ids of those children."""
    from sqlalchemy import select

    from casework.projections.roster import child

    with county.casework.reading() as reading:
        query = select(child.c.child_id).where(child.c.student_no.like("G20261%"))
        return list(reading.snapshot.conn.scalars(query))


def raw(text: str) -> list[str]:
    """What of the enemy's words would be alive in a page."""
    return [word for word in (SCRIPT, "<img src=x", "onerror=alert(2)>", "<script>alert") if word in text]


@pytest.mark.parametrize("login", [CLERK, HEAD_1])
def test_hostile_words_are_text_on_every_page(
    app: Flask, hostile: list[str], signed_in: Callable[[str], Visitor], login: str
):
    visitor, told = signed_in(login), 0
    for child_id in hostile:
        for address in addresses(app, "GET", child_id, range(2, 6)):
            answer = visitor.client.get(address, query_string={"unit": "C1" if login == CLERK else "S1"})
            assert answer.status_code < 500 or address == "/readyz", address
            if answer.mimetype != "text/html" or answer.status_code >= 300:
                continue
            assert not raw(answer.text), (address, raw(answer.text))
            assert not StrictPage(answer.text).faults, address
            assert "${49}" not in answer.text and "49{%" not in answer.text, address
            told += "&lt;script&gt;alert(1)" in answer.text
    assert len(hostile) == 3 and told >= 10


def test_words_of_an_address_come_back_as_text(
    app: Flask, hostile: list[str], signed_in: Callable[[str], Visitor]
):
    visitor = signed_in(CLERK)
    asked = dict.fromkeys(
        ("q", "name", "unit", "week", "kept", "saved", "done", "next", "status", "kind"), BREAK
    )
    for address in addresses(app, "GET", hostile[0], range(2, 3)):
        answer = visitor.client.get(address, query_string=asked)
        if answer.mimetype == "text/html" and not 300 <= answer.status_code < 400:
            assert not raw(answer.text), address
            assert not StrictPage(answer.text).faults, address
    form = {"csrf_token": visitor.token("/"), "login": BREAK, "password": "x"}
    assert not raw(visitor.client.post("/sign-in", data=form).text)
    assert not raw(visitor.client.post("/search", data={**form, "q": BREAK}, follow_redirects=True).text)


def test_no_export_holds_a_formula(app: Flask, hostile: list[str], signed_in: Callable[[str], Visitor]):
    clerk, books, told = signed_in(CLERK), 0, set()
    for address in addresses(app, "GET", hostile[0]):
        answer = clerk.client.get(address)
        if answer.status_code != 200 or not str(answer.mimetype).endswith("spreadsheetml.sheet"):
            continue
        books += 1
        with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
            names = book.namelist()
            sheets = [
                book.read(name).decode()
                for name in names
                if "worksheets/sheet" in name and name.endswith("xml")
            ]
            text = "".join(sheets) + "".join(book.read(n).decode() for n in names if "sharedStrings" in n)
        assert not any("vba" in name or "externalLink" in name for name in names)
        for sheet in sheets:
            assert not re.search(r"<(f|hyperlink)[ >]", sheet), address
        told |= {
            words for words in FORMULAS if words.replace("'", "&apos;").replace('"', "&quot;")[:5] in text
        }
    assert books >= 8 and told >= {"=1+1", "+1+1", "-1+1", "@SUM(1)"}


def test_a_hostile_unit_name_makes_no_header_and_no_path(county: County, wall: Wall):
    """Names of units are in the names of the workbooks that people download."""
    name = 'C:\\..\\/etc/"; filename=evil.exe\r\nSet-Cookie: a=b'
    app = create_app(county.casework, SETTINGS, wall=wall)
    county.take(
        "units",
        [
            {
                "单位代码": "X1",
                "单位名称": name,
                "类型": "学校",
                "上级代码": "C1",
                "学校类别": "小学",
                "所在乡镇代码": "T1",
            }
        ],
    )
    county.take(
        "staff",
        [{"登录名": "x-1", "姓名": SCRIPT, "岗位": "校长", "单位代码": "X1", "任职日期": "2026-08-01"}],
    )
    county.casework.accounts.make("x-1", SCRIPT, PASSWORD, now=wall())
    visitor = Visitor(app.test_client())
    visitor.sign_in("x-1", PASSWORD)
    assert not raw(visitor.client.get("/").text)
    for address in ("/board.xlsx", "/letters.xlsx", "/read-log.xlsx"):
        answer = visitor.client.get(address)
        assert answer.status_code == 200, (address, answer.text)
        disposition = answer.headers["Content-Disposition"]
        assert "\r" not in disposition and "\n" not in disposition
        assert disposition.startswith("attachment") and "Set-Cookie" not in answer.headers, disposition
        named = unquote(disposition.split("''")[-1])
        assert named.endswith(".xlsx") and "\n" not in named, named
