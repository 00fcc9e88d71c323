"""Threads of one process take turns: one request at a time, and nobody waits long for another's."""

import io
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder

from casework.web.turns import CROWD, LARGEST_FORM, PATIENCE_S, InTurn

Answer = Callable[[dict[str, Any]], None]


class Slow:
    """A body that is still on its way until `arrive` is called."""

    def __init__(self) -> None:
        self.arrived = threading.Event()

    def read(self, _size: int = -1) -> bytes:
        """Waits for it."""
        assert self.arrived.wait(10)
        return b"a=1"


def _application(answer: Answer) -> InTurn:
    def application(environ: dict[str, Any], _start: Any) -> Iterable[bytes]:
        answer(environ)
        return [b"done"]

    return InTurn(application)


def _ask(turns: InTurn, **changes: Any) -> None:
    environ = EnvironBuilder(method=changes.pop("method", "GET")).get_environ() | changes
    assert list(turns(environ, lambda *_: lambda _: None)) == [b"done"]


def _together(*asked: Callable[[], None]) -> None:
    threads = [threading.Thread(target=each) for each in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)


def test_two_requests_are_worked_on_one_after_the_other() -> None:
    at_work, most = [0], [0]

    def answer(_environ: dict[str, Any]) -> None:
        at_work[0] += 1
        most[0] = max(most[0], at_work[0])
        time.sleep(0.01)
        at_work[0] -= 1

    turns = _application(answer)
    _together(*(lambda: _ask(turns) for _ in range(5)))
    assert most == [1]


def test_nobody_waits_long_beside_a_long_request() -> None:
    end = threading.Event()

    def answer(environ: dict[str, Any]) -> None:
        if environ["PATH_INFO"] == "/long":
            assert end.wait(10)

    turns = _application(answer)
    long = threading.Thread(target=lambda: _ask(turns, PATH_INFO="/long"))
    long.start()
    started = time.monotonic()
    _ask(turns)
    waited = time.monotonic() - started
    end.set()
    long.join(10)
    assert waited < PATIENCE_S + 5
    _ask(turns)  # whoever gave up waiting let go of no turn that was not theirs
    assert turns._turn.acquire(blocking=False)


@pytest.mark.parametrize("length", ["3", str(LARGEST_FORM + 1), ""])
def test_what_is_still_on_its_way_keeps_nobody_waiting(length: str) -> None:
    slow, done = Slow(), []

    def answer(environ: dict[str, Any]) -> None:
        if environ["REQUEST_METHOD"] == "POST":
            done.append(environ["wsgi.input"].read())

    turns = _application(answer)
    upload = threading.Thread(
        target=lambda: _ask(turns, method="POST", CONTENT_LENGTH=length, **{"wsgi.input": slow})
    )
    upload.start()
    started = time.monotonic()
    _ask(turns)
    assert time.monotonic() - started < PATIENCE_S
    slow.arrived.set()
    upload.join(10)
    assert done == [b"a=1"]


def test_a_fault_gives_the_turn_back() -> None:
    def answer(_environ: dict[str, Any]) -> None:
        raise ValueError("a fault")

    turns = _application(answer)
    with pytest.raises(ValueError, match="a fault"):
        _ask(turns)
    assert turns._turn.acquire(blocking=False)


def test_a_form_read_beforehand_reads_the_same() -> None:
    seen: list[bytes] = []
    turns = _application(lambda environ: seen.append(environ["wsgi.input"].read()))
    _ask(turns, method="POST", CONTENT_LENGTH="4", **{"wsgi.input": io.BytesIO(b"a=42")})
    assert seen == [b"a=42"]


def test_where_a_crowd_waits_one_connection_is_let_go_to_find_another_process() -> None:
    end = threading.Event()
    told: list[list[tuple[str, str]]] = []

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/long":
            assert end.wait(10)
        start("200 OK", [])
        return [b"done"]

    turns = InTurn(application)

    def ask(path: str, headers: list[list[tuple[str, str]]]) -> None:
        note: Any = lambda _status, sent: headers.append(sent)  # noqa: E731
        list(turns(EnvironBuilder(path=path).get_environ(), note))

    crowd = [threading.Thread(target=ask, args=("/long", [])) for _ in range(CROWD)]
    for each in crowd:
        each.start()
    until = time.monotonic() + 10
    while len(turns._present) < CROWD and time.monotonic() < until:
        time.sleep(0.001)
    ask("/", told)
    end.set()
    for each in crowd:
        each.join(10)
    ask("/", told)
    assert told == [[("Connection", "close")], []]
