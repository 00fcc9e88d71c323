"""Every page and every export of an erased child says 已清除 and none of its words."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from werkzeug.routing import Rule

from casework.commands.erasure import erase_child
from casework.domain.values import LOCAL_OPERATOR
from casework.web import create_app
from tests.support.county import County
from tests.support.field import county_at_work, ids_of
from tests.support.letters import HEAD_OF_2, serve, service
from tests.web.conftest import SETTINGS
from tests.web.pages import Visitor
from tests.web.small_county import CLERK, HILL, NAMES, NOW, PASSWORD

WORDS = (HILL, "G20260002", "990126201305060002", "李家长", "县外工地", "见到了母亲", "收信忘川")
NUMBERS = range(1, 12)


@pytest.fixture
def erased(sqlite_url: str) -> Iterator[tuple[County, str]]:
    """The small county after 李大山 was erased: out of school, visited, with a letter that was served."""
    with county_at_work(sqlite_url) as county:
        made = datetime(2026, 10, 1, tzinfo=UTC)
        county.casework.accounts.make(CLERK, NAMES[CLERK], PASSWORD, now=made)
        child = ids_of(county)[HILL]
        serve(county, HEAD_OF_2, child, _letter(county, child), service("2026-10-08", recipient="收信忘川"))
        said = {"child_id": child, "reason": "监护人申请"}
        county.casework.do("e", lambda act, ref: erase_child(act, ref, **said), actor=LOCAL_OPERATOR)
        yield county, child


def _letter(county: County, child: str) -> int:
    with county.casework.reading() as reading:
        rows = reading.snapshot.events_of(child)
    return next(row.version for row in rows if row.topic == "case.LetterRecorded")


@pytest.fixture
def clerk(erased: tuple[County, str]) -> tuple[Flask, Visitor]:
    """The county's clerk, who may read everything."""
    app = create_app(erased[0].casework, SETTINGS, wall=lambda: datetime.fromisoformat(NOW))
    visitor = Visitor(app.test_client())
    visitor.sign_in(CLERK, PASSWORD)
    return app, visitor


def _addresses(app: Flask, child: str) -> Iterator[str]:
    """Every page that is asked for, with the child and its entries wherever an address names one."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static" or "sign" in rule.rule:
            continue
        for no in NUMBERS if rule.arguments & {"no", "number"} else (1,):
            if (said := _arguments(rule, child, no)) is not None:
                yield adapter.build(rule.endpoint, said)


def _arguments(rule: Rule, child: str, no: int) -> dict[str, object] | None:
    known = {"child_id": child, "case_id": child, "child": child, "no": no, "number": no, "unit": "C1"}
    known |= {"week": "2026-W40", "code": "S2", "school": "S2"}
    return {name: known[name] for name in rule.arguments} if rule.arguments <= known.keys() else None


def _text(content: bytes) -> str:
    if content[:2] != b"PK":
        return content.decode("utf-8", errors="replace")
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "".join(book.read(name).decode("utf-8", errors="replace") for name in book.namelist())


def test_no_page_and_no_export_says_a_word_of_an_erased_child(
    erased: tuple[County, str], clerk: tuple[Flask, Visitor]
) -> None:
    app, visitor = clerk
    seen: dict[str, str] = {}
    for address in _addresses(app, erased[1]):
        answer = visitor.client.get(address)
        assert answer.status_code < 500 or address == "/readyz", address
        if answer.status_code == 200:
            seen[address] = _text(answer.data)
    assert len(seen) > 15
    told = {address: word for address, text in seen.items() for word in WORDS if word in text}
    assert told == {}
    of_the_child = [address for address in seen if erased[1] in address]
    assert of_the_child
    assert any("已清除" in seen[address] for address in of_the_child)
    exports = [address for address in seen if "xlsx" in address or "export" in address]
    assert any("已清除" in seen[address] for address in exports), exports
