"""Nobody gets data of another area: every post walks every page and gives every command, with tampered ids.

Names are the tell-tale: every child of the wide county has one of its own.
"""

import ast
import inspect
import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

import casework.web
from casework.commands import rights
from casework.commands.appointments import appoint
from casework.commands.home_visits import Visit, record_visit
from casework.commands.postings import PostingRow
from casework.commands.village import NewChild, lead_on_new_child
from casework.domain.permissions import READ_CASE, may
from casework.domain.values import Actor
from casework.errors import CaseworkError, NotAllowed, NotFound
from casework.projections.roster import child
from casework.store.schema import stored_event
from casework.web import create_app
from casework.web.access import FINISHING, PROBE, PUBLIC, action_of
from casework.web.cases import facts
from tests.support.county import County
from tests.web.child_commands import CALLS
from tests.web.conftest import SETTINGS
from tests.web.wide_county import Post, Pupil, fill_wide, posts, pupils, sees

PASSWORD = "zwei-lampen-2026"
NOW = datetime(2026, 10, 9, 7, tzinfo=UTC)
NOBODY = "0" * 32
POSTS = [post for post in posts() if post.login.startswith("A")]


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """The two counties, with an account for every login of the first."""
    opened = County(f"sqlite:///{tmp_path_factory.mktemp('wide') / 'casework.db'}")
    fill_wide(opened)
    for post in POSTS:
        opened.casework.accounts.make(post.login, post.name, PASSWORD, now=NOW)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def pages(wide: County, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The pages, without form tokens: a thief would have one of their own."""
    settings = replace(SETTINGS, data_dir=tmp_path_factory.mktemp("uploads"))
    app = create_app(wide.casework, settings, wall=lambda: NOW)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


@pytest.fixture(scope="module")
def ids(wide: County) -> dict[str, str]:
    """学籍号 → child id."""
    with wide.casework.reading() as reading:
        return {row.student_no: row.child_id for row in reading.snapshot.conn.execute(select(child))}


def signed_in(pages: Flask, post: Post) -> FlaskClient:
    client = pages.test_client()
    answer = client.post("/sign-in", data={"login": post.login, "password": PASSWORD})
    assert answer.status_code == 302, answer.text[:500]
    return client


def read(answer: TestResponse) -> str:
    """What an answer says; a workbook is unpacked."""
    body = answer.get_data()
    if not body.startswith(b"PK"):
        return body.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        return "".join(book.read(name).decode(errors="replace") for name in book.namelist())


def strangers(post: Post) -> list[Pupil]:
    return [each for each in pupils() if not sees(post, each)]


def assert_silent(post: Post, answer: TestResponse, where: str) -> None:
    """No name of a child that this post does not see; no fault of the server either."""
    assert answer.status_code < 500, (post.login, where)
    said = read(answer)
    told = [each.name for each in strangers(post) if each.name in said]
    assert not told, (post.login, post.post, where, told)


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.login)
def test_a_post_opens_the_files_of_its_children_and_no_other(
    wide: County, pages: Flask, ids: dict[str, str], post: Post
):
    client = signed_in(pages, post)
    for each in pupils():
        answer = client.get(f"/cases/{ids[each.number]}")
        if not may(post.post, READ_CASE):
            assert answer.status_code == 403
        else:
            assert answer.status_code == (200 if sees(post, each) else 404), (post, each)
        assert_silent(post, answer, each.name)


TAMPERED = {
    "unit": ("AC", "BC", "AS1", "BS1", "AS2", "BV1", "AT2", "A", "%", "nichts"),
    "school": ("AS1", "AS2", "BS2"),
    "township": ("AT1", "AT2", "BT1"),
    "village": ("AV1", "BV2"),
    "table": ("total", "schools", "townships"),
    "row": ("AC", "AS1", "BS1", "AT1"),
    "figure": ("s_new", "s_close", "pupils", "visits"),
    "stage": ("all", "primary"),
    "week": ("2026-W37",),
    "which": ("all", "waiting", "confirmed"),
    "q": ("赵甲", "晴", "雪", "zhao", "G00000001"),
    "name": ("赵", "晴"),
    "status": ("suspected",),
    "by": ("village", "person", "school"),
    "login": ("BS1-0", "A-xian0"),
    "known_at": ("2026-09-20",),
    "after": ("0", "x"),
}


def addresses(rule: Rule, child_id: str, rng: random.Random) -> Iterator[str]:
    """A route with this child in every place for one, and arguments of another area."""
    path = re.sub(r"<string\(length=32\):\w+>", child_id, rule.rule)
    path = re.sub(r"<int:\w+>", str(rng.randint(1, 4)), path)
    path = re.sub(r"<[^>]+>", "visits", path)
    yield path
    for _ in range(2):
        chosen = rng.sample(sorted(TAMPERED), rng.randint(1, 6))
        yield f"{path}?{urlencode({name: rng.choice(TAMPERED[name]) for name in chosen})}"


def routes(pages: Flask, method: str) -> list[Rule]:
    views = pages.view_functions
    return [
        rule
        for rule in pages.url_map.iter_rules()
        if method in (rule.methods or ())
        and action_of(views[rule.endpoint]) not in (PUBLIC, FINISHING, PROBE)
    ]


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.login)
def test_no_page_tells_a_name_of_another_area(wide: County, pages: Flask, ids: dict[str, str], post: Post):
    rng, client = random.Random(post.login), signed_in(pages, post)
    unseen = [ids[each.number] for each in strangers(post)] or [NOBODY]
    before = _acts(wide)
    for rule in routes(pages, "GET"):
        for child_id in (rng.choice(unseen), rng.choice(sorted(ids.values())))[: 1 + bool(rule.arguments)]:
            for address in addresses(rule, child_id, rng):
                assert_silent(post, client.get(address), address)
    assert _acts(wide) == before, "reading made an act"


def _acts(county: County) -> int:
    with county.casework.reading() as reading:
        return reading.snapshot.k


@pytest.mark.parametrize("post", POSTS, ids=lambda post: post.login)
def test_another_areas_child_and_one_that_is_not_there_are_one_answer(
    pages: Flask, ids: dict[str, str], post: Post
):
    rng, client = random.Random(post.login), signed_in(pages, post)
    unseen = [ids[each.number] for each in strangers(post)]
    if not unseen:
        return
    for method in ("GET", "POST"):
        for rule in routes(pages, method):
            if "child_id" in rule.arguments:
                path = re.sub(r"<int:\w+>", "1", rule.rule)
                answers = [
                    client.open(path.replace("<string(length=32):child_id>", each), method=method, data=FORM)
                    for each in (rng.choice(unseen), NOBODY)
                ]
                assert answers[0].status_code in (403, 404), (post, path)
                assert answers[0].status_code == answers[1].status_code, (post, path)
                assert _plain(answers[0]) == _plain(answers[1]), (post, path)


FORM = {
    "on": "2026-10-08", "start": "18:00", "mode": "上门", "met": "家长", "outcome": "犹豫", "talk": "x",
    "words": "x", "found": "enrolled", "reason": "x", "field": "phone",
}  # fmt: skip


def _plain(answer: TestResponse) -> str:
    """The words of a page without what differs each time."""
    return re.sub(r'name="csrf_token"[^>]*|[0-9a-f]{32}', "", answer.text)


def test_sent_forms_change_nothing_of_another_area(wide: County, pages: Flask, ids: dict[str, str]):
    """Every form of every page, sent by every post with another area's ids in every field."""
    rng = random.Random(7)
    for post in POSTS:
        client = signed_in(pages, post)
        unseen = strangers(post)
        if not unseen:
            continue
        before = _events(wide, [ids[each.number] for each in unseen])
        for rule in routes(pages, "POST"):
            if rule.rule in ("/account/devices/all", "/sign-in/post", "/import"):
                continue
            target = ids[rng.choice(unseen).number]
            fields = {**FORM, "child_id": target, "child": target, "unit": "BC", "village": "BV1"}
            fields |= {"login": rng.choice(["BS1-0", "A-xian0"]), "only": "BS1-0", "q": rng.choice("赵雪晴")}
            path = next(addresses(rule, target, rng))
            assert_silent(post, client.post(path, data=fields), path)
        assert _events(wide, [ids[each.number] for each in unseen]) == before, post


def _events(county: County, children: list[str]) -> int:
    with county.casework.reading() as reading:
        query = select(func.count()).where(stored_event.c.originator_id.in_(children))
        return reading.snapshot.conn.scalar(query) or 0


_VISIT = Visit(on="2026-10-08", mode="上门", outcome="犹豫", start="18:00", met=("家长",))


@pytest.mark.parametrize(("command", "more"), CALLS, ids=lambda each: getattr(each, "__name__", ""))
def test_every_command_refuses_another_areas_child_like_one_that_is_not_there(
    wide: County, ids: dict[str, str], command: Callable[..., dict[str, Any]], more: dict[str, Any]
):
    def refusal(post: Post, child_id: str) -> tuple[type[CaseworkError], str]:
        actor = Actor(post.login, post.name, post.post, post.unit)
        with pytest.raises((NotAllowed, NotFound)) as refused:
            wide.casework.do(
                command.__name__,
                lambda act, ref: command(act, ref, child_id=child_id, **more),
                actor=actor,
            )
        return type(refused.value), refused.value.message

    rng = random.Random(command.__name__)
    for post in POSTS:
        unseen = [ids[each.number] for each in strangers(post)]
        for child_id in rng.sample(unseen, min(4, len(unseen))):
            assert refusal(post, child_id) == refusal(post, NOBODY), (post, command.__name__)


def test_a_post_that_is_not_held_reaches_nobody(wide: County, ids: dict[str, str]):
    """The actor of an act names a post: saying so is not enough."""
    mine = ids[next(each for each in pupils() if each.school == "AS1").number]
    for actor in (Actor("AS1-4", "校4AS1", "校长", "AS1"), Actor("AS1-0", "校0AS1", "校长", "AS2")):
        with pytest.raises(NotFound):
            wide.casework.do(
                "record_visit",
                lambda act, ref: record_visit(act, ref, child_id=mine, visit=_VISIT),
                actor=actor,
            )


def test_a_village_reports_new_children_of_its_own_only(wide: County):
    stranger = NewChild(name="新来的", sex="男", birth="2016-01-01")
    for post in POSTS:
        actor = Actor(post.login, post.name, post.post, post.unit)
        with pytest.raises((NotAllowed, NotFound)):
            wide.casework.do(
                "lead",
                lambda act, ref: lead_on_new_child(act, ref, village="BV1", child=stranger, words="x"),
                actor=actor,
            )


def test_nobody_appoints_sideways_upwards_or_themselves(wide: County):
    rows = {
        "another county": PostingRow("new-1", "某某", "校长", "BS1", "2026-10-01"),
        "above": PostingRow("new-2", "某某", "局长", "AC", "2026-10-01"),
        "a login of somebody above": PostingRow("A-xian0", "县0A", "任课教师", "AS1", "2026-10-01"),
        "sideways": PostingRow("new-3", "某某", "校长", "AS1", "2026-10-01"),
    }
    headmaster = Actor("AS1-0", "校0AS1", "校长", "AS1")
    rows["themselves"] = PostingRow("AS1-0", "校0AS1", "任课教师", "AS1", "2026-10-01")

    def appointed(row: PostingRow) -> None:
        wide.casework.do("appoint", lambda act, ref: appoint(act, ref, row=row), actor=headmaster)

    for why, row in rows.items():
        with pytest.raises(CaseworkError):
            appointed(row)
            pytest.fail(why)


def test_every_command_behind_a_page_declares_the_right_it_needs():
    """Read from the source: what a view hands to `do` is a command with a right."""
    given: set[str] = set()
    for file in Path(inspect.getfile(casework.web)).parent.rglob("*.py"):
        source = ast.parse(file.read_text(encoding="utf-8"))
        # What a view hands to the shared steps of a fact is given by them.
        shared = file == Path(inspect.getfile(facts))
        steps = {} if shared else _names_of(source, facts)
        for node in ast.walk(source):
            if not isinstance(node, ast.Call):
                continue
            if getattr(node.func, "attr", "") == "do":
                command = node.args[1]
                assert isinstance(command, ast.Lambda) and isinstance(command.body, ast.Call), file
                if not shared:
                    given.add(getattr(command.body.func, "id", ast.unparse(command.body.func)))
            elif steps.get(getattr(node.func, "id", "")) in ("tell", "write", "void"):
                given.add(ast.unparse(node.args[0]))
    assert given and given <= set(rights.NEEDED), given - set(rights.NEEDED)
    assert {"record_check", "void_decision", "end_absence"} <= given


def _names_of(source: ast.Module, module: ModuleType) -> dict[str, str]:
    """How a file calls what it takes from a module: its name here → its name there."""
    taken = [
        each for each in source.body if isinstance(each, ast.ImportFrom) and each.module == module.__name__
    ]
    return {name.asname or name.name: name.name for each in taken for name in each.names}
