"""Log lines: known keys only, nothing typed, no numbers; of an exception what it was and where."""

import json
import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from casework.errors import RuleBroken
from casework.telemetry import logs
from casework.telemetry.scrub import KNOWN, MASK, masked, scrub, told_of

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What was logged so far."""
    written = StringIO()
    logs.begin("info", written)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logs.end()


@pytest.mark.parametrize(
    "number",
    [
        "530102200706123417",
        "53010220070612341X",
        "530102 20070612 3417",
        "530102-20070612-341x",
        "G530102200706123417",
        "L99012620130506000X",
        "G20260001",
        "13888812345",
        "138 8881 2345",
        "138-8881-2345",
        "0871-65123456",
        "6222021234567890123",
    ],
)
def test_a_number_of_a_person_is_masked_wherever_it_stands(number: str):
    for text in (number, f"row {number} refused", f"({number},)", f"x={number}"):
        assert number not in masked(text) and MASK in masked(text)
        assert not any(part.isdigit() and len(part) > 4 for part in masked(text).replace("-", " ").split())


@pytest.mark.parametrize(
    "words",
    [
        "Spawning worker-1 with PID: 18149",
        "Listening at: http://127.0.0.1:8000",
        "2026-09-14 08:00:12 done in 0.25 s",
        "/cases/<string(length=32):child_id>",
        "casework.store.failures.StoreBusy",
        f"head of act 1234: {'0123456789' * 6}abcd",
    ],
)
def test_what_the_program_says_stays(words: str):
    assert masked(words) == words


@given(st.text())
def test_whatever_is_not_ascii_was_typed_and_goes(text: str):
    assert masked(text).isascii() and "\n" not in masked(text)


@given(
    st.dictionaries(st.sampled_from([*KNOWN, "name", "path", "phone"]), st.text() | st.integers() | st.none())
)
def test_no_key_lets_a_long_number_or_a_word_typed_through(line: dict[str, Any]):
    told = scrub(None, "", dict(line))
    assert set(told) <= set(KNOWN)
    for key, value in told.items():
        assert str(value).isascii()
        if key != "request_id":
            assert masked(str(value)) == str(value) or abs(float(value)) < 10**9


def test_a_key_nobody_declared_is_dropped(lines: Lines):
    logs.tell("command", command="visits.record", child="张小雨", login="13888812345", act=7)
    (line,) = lines()
    assert set(line) == {"at", "pid", "level", "event", "command", "act"}


def test_a_code_that_is_no_code_is_dropped():
    assert "command" not in scrub(None, "", {"command": "record Zhang Xiaoyu"})
    assert "act" not in scrub(None, "", {"act": 13888812345})
    assert "request_id" not in scrub(None, "", {"request_id": "G20260001"})


def test_an_exception_tells_its_kind_and_places_but_never_its_message(lines: Lines):
    try:
        try:
            raise ValueError("张小雨 13888812345")
        except ValueError as cause:
            raise IntegrityError("INSERT INTO child", {"name": "张小雨", "latin": "Li Hua"}, cause) from cause
    except IntegrityError as error:
        logging.getLogger("casework.anything").exception("unexpected: %s", error)
        logs.fault("unexpected", error)
        told = told_of(error)
    text = json.dumps(lines(), ensure_ascii=False)
    for private in ("张小雨", "13888812345", "Li Hua", "INSERT"):
        assert private not in json.dumps(told, ensure_ascii=False) + text
    for line in lines():
        assert line["error"] == "sqlalchemy.exc.IntegrityError<-ValueError"
        assert any("test_scrub.py:" in place for place in line["places"])


def test_libraries_threads_and_warnings_come_out_as_the_same_lines(lines: Lines):
    logging.getLogger("apscheduler").error("Job of 张小雨 missed")
    logging.getLogger("apscheduler").info("told to nobody")
    thread = threading.Thread(target=lambda: _refuse("张小雨不在本校"))
    thread.start()
    thread.join()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("the row of 张小雨", stacklevel=1)
    scheduler, died, warned = lines()
    assert scheduler["event"] == f"Job of {MASK} missed" and scheduler["logger"] == "apscheduler"
    assert died["event"] == "a thread ended by a fault"
    assert died["error"] == "casework.errors.RuleBroken"
    assert warned["logger"] == "py.warnings"
    assert "张" not in json.dumps(lines(), ensure_ascii=False)


def test_what_is_put_into_a_message_is_a_number_a_code_or_masked(lines: Lines):
    log = logging.getLogger("casework.x")
    log.error("%s of %d in %s: %s", "backups", 3, "/srv/backups", "Li Hua did not come")
    log.error("%(job)s: %(why)s", {"job": "backups", "why": RuleBroken("Li Hua")})
    assert [line["event"] for line in lines()] == [
        f"backups of 3 in /srv/backups: {MASK}",
        "backups: RuleBroken",
    ]


def _refuse(message: str) -> None:
    raise RuleBroken(message)


def test_lines_of_a_request_carry_its_id(lines: Lines):
    before = logs.request_id.set("0123456789abcdef")
    logs.tell("command", command="x")
    logging.getLogger("casework.x").error("broken")
    logs.request_id.reset(before)
    logs.tell("command", command="y")
    assert [line.get("request_id") for line in lines()] == ["0123456789abcdef"] * 2 + [None]


def test_before_a_log_is_begun_nothing_is_written(capsys: pytest.CaptureFixture[str]):
    logs.tell("command", command="x")
    assert capsys.readouterr() == ("", "")
