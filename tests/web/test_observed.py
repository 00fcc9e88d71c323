"""A whole journey leaves figures and log lines, and in them no child, no number, no word that was typed."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from casework.errors import RuleBroken
from casework.store.failures import CommandReused
from casework.telemetry import logs
from casework.telemetry.metrics import figures
from casework.web.access import PUBLIC, allow
from tests.support.county import County
from tests.support.field import TEACH_1, county_at_work
from tests.support.rows import pupil
from tests.web.conftest import Wall
from tests.web.pages import Visitor
from tests.web.small_county import CLERK, HILL, MOON, NAMES, PASSWORD, RAIN
from tests.web.test_visits import TALK, filled

SignIn = Callable[[str], Visitor]


@pytest.fixture
def county(sqlite_url: str) -> Iterator[County]:
    """A county of one's own, with people in the field."""
    with county_at_work(sqlite_url) as county:
        county.casework.accounts.make(CLERK, NAMES[CLERK], PASSWORD, now=datetime(2026, 10, 1, tzinfo=UTC))
        yield county


@pytest.fixture
def written() -> Iterator[StringIO]:
    """The log of a server."""
    stream = StringIO()
    logs.begin("info", stream)
    yield stream
    logs.end()


def lines(written: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def counted(name: str, **labels: str) -> float:
    return figures().registry.get_sample_value(f"casework_{name}", labels) or 0.0


def journey(signed_in: SignIn, visitor: Visitor, ids: dict[str, str], county: County) -> None:
    """Signing in, wrong and right; searching, opening, exporting, writing, importing, and what is refused."""
    visitor.sign_in("13888812345", "geheim-张三")
    teacher, clerk = signed_in(TEACH_1), signed_in(CLERK)
    for address in (
        f"/search?q={RAIN}", "/search?q=G20260001", f"/board?name={HILL}", f"/cases/{ids[RAIN]}",
        "/board.xlsx", f"/nowhere/{RAIN}?phone=13888812345", f"/cases/{ids[HILL]}?q={MOON}",
    ):  # fmt: skip
        clerk.client.get(address)
    address = f"/children/{ids[RAIN]}/visits/new"
    form = filled(teacher, address)
    for talk in (TALK, TALK + "又改了"):  # the second has another content under the same id
        form["talk"] = talk
        teacher.client.post(address, data=form, headers={"Sec-Fetch-Site": "same-origin"})
    teacher.client.post(address, data={"talk": TALK, "who": RAIN}, headers={"Sec-Fetch-Site": "same-origin"})
    county.take(
        "roster", [pupil("G99", 姓名="钱多多", 监护人1电话="13912345678")], at=county.now + timedelta(1)
    )


def test_a_whole_journey_is_told_without_a_name_a_number_or_a_word_typed(
    signed_in: SignIn, visitor: Visitor, ids: dict[str, str], county: County, written: StringIO
):
    journey(signed_in, visitor, ids, county)
    told = written.getvalue()
    assert {line["event"] for line in lines(written)} == {"request", "command"}
    assert told.isascii()
    private = (
        *ids, *ids.values(), *NAMES.values(), TALK, "13888812345", "13912345678", "G20260001", "990126",
        "geheim", PASSWORD, TEACH_1, CLERK, "?", "G99",
    )  # fmt: skip
    unescaped = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines(written))
    assert not [each for each in private if each in told or each in unescaped]


def test_a_command_is_told_with_its_outcome_act_and_request(
    signed_in: SignIn, visitor: Visitor, ids: dict[str, str], county: County, written: StringIO
):
    journey(signed_in, visitor, ids, county)
    found = {line["command"]: line for line in lines(written) if line["event"] == "command"}
    visit = next(
        line for line in lines(written) if line.get("outcome") == "done" and "visit" in line["command"]
    )
    assert visit["ms"] > 0 and visit["wait_ms"] >= 0 and isinstance(visit["act"], int)
    asked = [line for line in lines(written) if line.get("request_id") == visit["request_id"]]
    assert [line["event"] for line in asked] == ["command", "request"]
    assert asked[1]["route"] == "/children/<string(length=32):child_id>/visits/new"
    assert (asked[1]["method"], asked[1]["status"]) == ("POST", 303)
    assert "import.roster" in found and "request_id" not in found["import.roster"]


def test_outcomes_are_counted_by_kind(county: County):
    actor: Any = _local()

    def refuse(act: Any, ref: Any) -> dict[str, Any]:
        raise RuleBroken("张小雨不在本校")

    def fail(act: Any, ref: Any) -> dict[str, Any]:
        raise ZeroDivisionError

    def write(act: Any, ref: Any) -> dict[str, Any]:
        act.touch()
        return {}

    do = county.casework.do
    do("test.it", write, actor=actor, command_id="1")
    do("test.it", write, actor=actor, command_id="1")
    do("test.it", lambda act, ref: {}, actor=actor)
    county.casework.try_out("test.it", write, lambda act: act.id, actor=actor)
    with pytest.raises(CommandReused):
        do("test.it", write, actor=actor, command_id="1", content={"x": 1})
    with pytest.raises(RuleBroken):
        do("test.it", refuse, actor=actor)
    with pytest.raises(ZeroDivisionError):
        do("test.it", fail, actor=actor)
    outcomes = ("done", "repeated", "unchanged", "taken_back", "CommandReused", "RuleBroken", "fault")
    for outcome in outcomes:
        assert counted("commands_total", command="test.it", outcome=outcome) == 1, outcome
    assert counted("command_seconds_count", command="test.it") == len(outcomes)


def _local() -> Any:
    from casework.domain.values import LOCAL_OPERATOR

    return LOCAL_OPERATOR


def test_requests_failures_to_sign_in_and_readings_are_counted(
    signed_in: SignIn, visitor: Visitor, ids: dict[str, str], wall: Wall
):
    def now() -> tuple[float, ...]:
        return (
            counted("requests_total", method="GET", route="(none)", status="404"),
            counted("sign_in_failures_total", why="wrong"),
            counted("readings_total", what="case_opened"),
            counted("requests_total", method="(none)", route="(none)", status="404"),
        )

    before = now()
    visitor.client.get(f"/nowhere/{RAIN}")
    visitor.client.open(f"/nowhere/{RAIN}", method="PROPFIND")
    assert visitor.sign_in(CLERK, "wrong").status_code == 403
    signed_in(CLERK).get(f"/cases/{ids[RAIN]}")
    assert [after - first for after, first in zip(now(), before, strict=True)] == [1, 1, 1, 1]


def test_a_fault_shows_a_number_that_is_in_the_log_with_where_it_was(
    app: Flask, visitor: Visitor, county: County, written: StringIO
):
    @allow(PUBLIC)
    def broken() -> str:
        with county.casework.store.engine.connect() as conn:
            conn.execute(text("INSERT INTO nowhere VALUES (:name)"), {"name": "Li Hua 张小雨"})
        return ""

    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/broken", "broken", broken)
    page = visitor.get("/broken", 500)
    (number,) = re.findall(r"编号：\s*([0-9a-f]{16})", page.text)
    fault, request = (line for line in lines(written) if line.get("request_id") == number)
    assert request["status"] == 500
    assert fault["error"].startswith("sqlalchemy.exc.OperationalError")
    assert any("test_observed.py" in place and "broken" in place for place in fault["places"])
    assert "Li Hua" not in written.getvalue() and "nowhere VALUES" not in written.getvalue()


def test_every_answer_carries_its_number_and_no_two_are_alike(visitor: Visitor):
    numbers = [
        visitor.client.get(address).headers["X-Request-Id"] for address in ("/sign-in", "/x", "/healthz")
    ]
    assert len(set(numbers)) == 3
    asked = visitor.client.get("/sign-in", headers={"X-Request-Id": "f" * 16})
    assert asked.headers["X-Request-Id"] != "f" * 16


def test_a_page_not_found_shows_no_number(visitor: Visitor):
    assert "编号" not in visitor.get("/nowhere", 404).text
