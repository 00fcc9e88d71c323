"""A page met by a full disk or a database away: a whole page that says so, and nothing shown unnoted."""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from casework.store.failures import FULL
from casework.store.read_log import read_log
from casework.web import noted
from tests.support.county import County
from tests.web.pages import Visitor
from tests.web.small_county import HEAD_1


@pytest.fixture
def full_disk(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """The read log cannot be written; what is given makes room again."""
    app.config["PROPAGATE_EXCEPTIONS"] = False  # as a server does
    original = noted.note_reading

    def refuse(*_: Any, **__: Any) -> None:
        fault = sqlite3.OperationalError("database or disk is full")
        fault.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise OperationalError("INSERT", {}, fault)

    monkeypatch.setattr(noted, "note_reading", refuse)
    yield lambda: monkeypatch.setattr(noted, "note_reading", original)


def rows(county: County) -> int:
    with county.casework.reading() as reading:
        return reading.snapshot.conn.scalar(select(func.count()).select_from(read_log)) or 0


def test_what_could_not_be_noted_is_not_shown_and_is_noted_when_it_is(
    signed_in: Callable[[str], Visitor], county: County, full_disk: Callable[[], None]
):
    visitor, before = signed_in(HEAD_1), rows(county)
    for _ in range(2):
        page = visitor.get("/students", 503)
        assert "暂时用不了" in page.text and FULL in page.text and "编号" in page.text
    full_disk()
    visitor.get("/students")
    visitor.get("/students")
    assert rows(county) == before + 1
