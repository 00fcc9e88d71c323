"""Every route declares who may enter; what is not one's own is not there; reading changes nothing."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import func, select

from casework.domain.permissions import ACTIONS, RIGHTS, may, reach_of, report_units
from casework.store.schema import act, stored_event
from casework.web.access import FINISHING, PROBE, PUBLIC, SIGNED_IN, action_of
from casework.web.security import CONTENT_SECURITY_POLICY
from tests.support.county import County
from tests.web.pages import Visitor
from tests.web.small_county import (
    CALM,
    CHIEF,
    CLERK,
    DISTRICT,
    HEAD_1,
    HEAD_2,
    HILL,
    INSPECTOR,
    MAYOR,
    MOON,
    RAIN,
    TEACHER,
)

PROBES = {"/healthz", "/readyz", "/metrics"}
SignedIn = Callable[[str], Visitor]
Ids = dict[str, str]


def test_every_route_declares_its_action(app: Flask):
    undeclared = [
        rule.rule for rule in app.url_map.iter_rules() if not action_of(app.view_functions[rule.endpoint])
    ]
    assert not undeclared
    declared = {action_of(view) for view in app.view_functions.values()}
    assert declared <= {*ACTIONS, PUBLIC, SIGNED_IN, FINISHING, PROBE}


def declaring(app: Flask, action: str) -> set[str]:
    views = app.view_functions
    return {rule.rule for rule in app.url_map.iter_rules() if action_of(views[rule.endpoint]) == action}


def test_only_signing_in_and_out_is_open_to_everyone(app: Flask):
    assert declaring(app, PUBLIC) == {"/sign-in", "/sign-out"}


def test_machines_ask_three_questions_without_a_session(app: Flask):
    # What they are told, and who is told more, is in test_probes.
    assert declaring(app, PROBE) == PROBES


def test_a_route_that_declares_nothing_is_refused_to_everyone(app: Flask, signed_in: SignedIn):
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    page = signed_in(CLERK).get("/forgotten", 403)
    assert "secret" not in page.text


def test_every_post_of_the_dictionary_has_its_row_of_rights(county: County):
    with county.casework.reading() as reading:
        posts = reading.reference.dictionaries("2026-09-01").posts
    assert set(posts) <= set(RIGHTS)
    assert not any(may("没有这个岗位", action) for action in ACTIONS)


def addresses(app: Flask, ids: Ids) -> list[str]:
    """Every page there is, with arguments that mean something."""
    number = {"unit": "C1", "week": "2026-W37", "table": "total", "row": "C1", "figure": "s_new"}
    known = {"/weekly/children": "?" + urlencode(number)}
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            # A child's id where one belongs, else a number: whatever stands there must not matter.
            path = re.sub(r"<string\(length=32\):\w+>", ids[RAIN], rule.rule)
            path = re.sub(r"<[^>]*>", "1", path)
            found.append(path + known.get(path, ""))
    return found


def test_reading_makes_no_act(app: Flask, signed_in: SignedIn, ids: Ids, county: County):
    def acts() -> tuple[int, int]:
        with county.casework.store.snapshot() as snapshot:
            counts = (
                snapshot.conn.scalar(select(func.count()).select_from(each)) for each in (act, stored_event)
            )
            return tuple(count or 0 for count in counts)  # type: ignore[return-value]

    before = acts()
    visitor = signed_in(CLERK)
    for address in addresses(app, ids):
        assert visitor.client.get(address).status_code < 500 or address == "/readyz", address
    assert acts() == before


def test_whoever_is_not_signed_in_is_sent_to_sign_in(app: Flask, visitor: Visitor, ids: Ids):
    for address in addresses(app, ids):
        if not address.startswith("/sign-") and address not in PROBES:
            answer = visitor.client.get(address)
            assert answer.status_code == 302 and answer.location.startswith("/sign-in"), address


def test_every_answer_carries_the_protecting_headers(visitor: Visitor):
    for address in ("/sign-in", "/nowhere", "/weekly"):
        headers = visitor.client.get(address).headers
        assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_static_files_are_kept_for_a_year_under_an_address_that_changes_with_them(visitor: Visitor):
    page = visitor.client.get("/sign-in").text
    address = page.split('rel="stylesheet" href="', 1)[1].split('"', 1)[0]
    answer = visitor.client.get(address, headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert answer.status_code == 200 and "?v=" in address
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert int(answer.headers["Content-Length"]) < 100_000


@pytest.mark.parametrize(
    ("login", "seen"),
    [
        (CLERK, {RAIN, HILL, MOON, CALM}),
        (HEAD_1, {RAIN, MOON}),  # MOON moved away: her history up to that day stays
        (HEAD_2, {HILL, MOON, CALM}),
        (MAYOR, {RAIN, MOON, CALM}),  # CALM lives there, whatever the school
        (DISTRICT, {HILL, MOON, CALM}),
    ],
)
def test_a_unit_opens_the_files_of_its_own_children_and_no_other(
    signed_in: SignedIn, ids: Ids, login: str, seen: set[str]
):
    visitor = signed_in(login)
    for name, child_id in ids.items():
        visitor.get(f"/cases/{child_id}", 200 if name in seen else 404)


def test_not_yours_and_not_there_are_one_answer(signed_in: SignedIn, ids: Ids):
    visitor = signed_in(HEAD_1)
    nowhere = visitor.get(f"/cases/{'0' * 32}", 404).text
    assert visitor.get(f"/cases/{ids[HILL]}", 404).text == nowhere
    assert visitor.get(f"/cases/{ids[HILL]}?known_at=2026-09-12", 404).text == nowhere
    for page in (
        "/weekly?unit={}",
        "/weekly/children?unit={}&figure=s_new&table=total",
        "/weekly.xlsx?unit={}",
    ):
        for unit in ("S2", "C1", "D1", "nowhere"):
            assert visitor.get(page.format(unit), 404).text == nowhere, (page, unit)


def test_a_school_finds_no_other_schools_child_behind_any_number(signed_in: SignedIn):
    visitor = signed_in(HEAD_1)
    for table in ("total", "schools", "townships"):
        for row in ("S1", "S2", "C1", "T1", "T2", ""):
            for figure in ("s_new", "s_close", "d_close", "visits", "pupils", "due_children", "term_s_new"):
                query = urlencode(
                    {"unit": "S1", "week": "2026-W41", "table": table, "row": row, "figure": figure}
                )
                page = visitor.get(f"/weekly/children?{query}")
                assert HILL not in page.text and CALM not in page.text, query


def test_lists_hold_only_what_is_in_reach(signed_in: SignedIn):
    assert HILL not in signed_in(HEAD_1).get("/board").text
    assert RAIN not in signed_in(HEAD_2).get("/board").text
    assert RAIN not in signed_in(HEAD_2).get("/board?name=张").text


def test_who_may_not_read_a_page_is_told_so(signed_in: SignedIn):
    visitor = signed_in(TEACHER)
    assert "您的岗位" in visitor.get("/").text
    for address in ("/weekly", "/board", "/weekly.xlsx"):
        assert "没有权限" in visitor.get(address, 403).text
    assert "没有权限" in signed_in(CHIEF).get("/weekly", 403).text


def test_an_inspector_reads_figures_and_histories_but_no_names(signed_in: SignedIn, ids: Ids):
    visitor = signed_in(INSPECTOR)
    query = "unit=C1&week=2026-W37&table=total&row=C1&figure=s_new"
    for address in ("/", "/board", f"/cases/{ids[RAIN]}", f"/weekly/children?{query}"):
        page = visitor.get(address).text
        for private in (RAIN, HILL, "G20260001", "张家长", "990126", "一起想办法", "温若谷/校长"):
            assert private not in page, (address, private)
    assert "张**" in visitor.get(f"/cases/{ids[RAIN]}").text
    # A beginning of a name must not tell by its result who is there.
    assert visitor.get("/board?name=李").text == visitor.get("/board?name=无").text
    visitor.get("/weekly.xlsx", 403)


def test_reach_follows_the_tree_and_the_place(county: County):
    with county.casework.reading() as reading:
        units = reading.reference.units
    assert reach_of(units, "T1").schools == {"S1"} and reach_of(units, "T1").townships == {"T1"}
    assert reach_of(units, "D1").schools == {"S2"}
    assert reach_of(units, "V1").villages == {"V1"} and not reach_of(units, "V1").schools
    nobody = reach_of(units, "nowhere")
    assert not (nobody.counties or nobody.townships or nobody.villages or nobody.schools)
    assert report_units(units, "C1") == ["C1", "D1", "S1", "S2", "T1", "T2"]
    assert report_units(units, "T1") == ["T1", "S1"]
    assert report_units(units, "V1") == []
