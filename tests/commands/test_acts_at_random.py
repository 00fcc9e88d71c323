"""Everybody acts at once, in random order, with stale forms and forms sent twice, on both databases.

Eight hands work off each round of forms together. Whatever they meet, an acknowledged act is there once,
a refused one left nothing, numbers have neither gap nor repeat, and every week of every unit balances.
"""

import dataclasses
from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from casework.commands.letter_service import record_service
from casework.projections.letters import letter
from casework.projections.rebuild import REBUILT, rebuild
from casework.projections.reconcile import reconcile
from casework.store.schema import act, claim, metadata, number_series, stored_event
from casework.web import create_app
from tests.soak import seeds
from tests.support.busy_county import ACTORS, SCHOOLS, busy_county, seen_now
from tests.support.busy_day import Day, wrote_nothing
from tests.support.county import County
from tests.support.rows import COUNTY, EAST, WEST
from tests.web.conftest import SETTINGS

ROUNDS = 30
WEEKS = [f"2026-W{week}" for week in range(35, 43)]
PASSWORD = "allehandeanbord-26"


def check_all(day: Day) -> None:
    """Everything that must hold after any such day."""
    _nothing_lost_and_nothing_left(day)
    _numbers_run_through(day.county)
    _weeks_balance(day.county)
    _read_models_follow(day.county)
    _histories_render(day.county)


def _nothing_lost_and_nothing_left(day: Day) -> None:
    acts = day.acts_by_form()
    assert set(acts.values()) <= {1}
    assert acts.keys() <= day.replies.keys(), "a refused form left an act"
    for form_id, (form, reply) in day.replies.items():
        assert form_id in acts or wrote_nothing(reply) or "left" in reply, (form, reply)
    with day.county.casework.store.engine.connect() as conn:
        ids = list(conn.scalars(select(act.c.id).order_by(act.c.id)))
        assert ids == list(range(1, len(ids) + 1))
        for table in (stored_event, claim):
            assert set(conn.scalars(select(table.c.act))) <= set(ids)
        e = stored_event.c
        told = {
            (row.originator_id, row.version): row.command_id
            for row in conn.execute(
                select(e.originator_id, e.version, act.c.command_id).join(act, act.c.id == e.act)
            )
        }
    for form_id, (form, reply) in day.replies.items():
        # A service is told under the number of its letter, what a village confirms under none.
        if reply.get("verb") == "recorded" and "no" in reply and form.command is not record_service:
            assert told[reply["child"], reply["no"]] == form_id


def _numbers_run_through(county: County) -> None:
    register: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    with county.casework.store.engine.connect() as conn:
        for row in conn.execute(select(letter).order_by(letter.c.n)):
            register[row.issuer, row.kind, row.year].append(row.n)
        last = {(row.issuer, row.kind, row.year): row.last for row in conn.execute(select(number_series))}
    assert {series: list(range(1, n + 1)) for series, n in last.items()} == register


_FLOWS = {
    "s": (("s_open", "s_adj", "s_new", "s_in"), ("confirmed",), "s_close"),
    "d": (("d_open", "d_adj", "d_new", "d_in", "confirmed"), (), "d_close"),
}
_LEAVING = ("returned", "taught", "deferred", "closed", "other", "out")
_SUMMED = (
    "s_open s_adj s_new confirmed d_new relapsed s_returned d_returned s_close d_close pupils visits".split()
)


def _weeks_balance(county: County) -> None:
    for unit in (COUNTY, EAST, WEST, *SCHOOLS):
        for week in WEEKS:
            report = county.casework.weekly_report(unit, week)
            tables = report["tables"]
            for row in (*report["total"], *(row for rows in tables.values() for row in rows)):
                _row_balances(row, (unit, week, row["unit"]))
            for rows in tables.values():
                _rows_sum(rows, report["total"], (unit, week))


def _row_balances(row: dict[str, Any], where: Any) -> None:
    for stock, (coming, more, close) in _FLOWS.items():
        left = sum(row[f"{stock}_{how}"] for how in _LEAVING) + sum(row[key] for key in more)
        assert sum(row[key] for key in coming) - left == row[close], (where, row)


def _rows_sum(rows: list[dict[str, Any]], total: list[dict[str, Any]], where: Any) -> None:
    for whole in total:
        parts = [row for row in rows if row["stage"] == whole["stage"]]
        for key in _SUMMED:
            assert sum(row[key] for row in parts) == whole[key], (where, key)


def _read_models_follow(county: County) -> None:
    with county.casework.reading() as reading:
        found = reconcile(reading.snapshot)
    assert found == []
    before = _rebuilt_rows(county)
    rebuild(county.casework.store)
    after = _rebuilt_rows(county)
    for name in before:
        assert before[name] == after[name], name


def _rebuilt_rows(county: County) -> dict[str, Counter[Any]]:
    with county.casework.store.engine.connect() as conn:
        return {
            name: Counter(tuple(row) for row in conn.execute(select(metadata.tables[name])))
            for name in REBUILT
        }


def _histories_render(county: County) -> None:
    clerk = ACTORS["clerk"]
    county.casework.accounts.make(clerk.account, clerk.name, PASSWORD, now=datetime(2026, 9, 1, tzinfo=UTC))
    app = create_app(county.casework, SETTINGS, wall=lambda: datetime(2026, 10, 20, 7, tzinfo=UTC))
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    assert client.post("/sign-in", data={"login": clerk.account, "password": PASSWORD}).status_code == 302
    for child_id, number in seen_now(county).numbers.items():
        page = client.get(f"/cases/{child_id}")
        assert page.status_code == 200 and f"学生{number}" in page.text


@pytest.mark.parametrize("seed", range(2))
def test_a_day_of_many_hands_loses_nothing_and_balances(database_url: str, seed: int) -> None:
    with busy_county(database_url) as county:
        day = Day(county, seed)
        day.go(ROUNDS)
        check_all(day)
        # A day on which everything is refused, or nothing, proves little.
        assert len(day.replies) > 100 and day.refused.total() > 100


@pytest.mark.soak
@pytest.mark.parametrize("seed", seeds(1000, 20))
def test_hundreds_of_days_of_many_hands(database_url: str, seed: int) -> None:
    with busy_county(database_url) as county:
        day = Day(county, seed)
        day.go(ROUNDS)
        check_all(day)


def test_a_form_id_used_for_something_else_is_refused(sqlite_url: str) -> None:
    with busy_county(sqlite_url) as county:
        day = Day(county, 7)
        day.go(rounds=8)
        for form, _ in list(day.replies.values())[:20]:
            before = day.acts_by_form()
            other = dataclasses.replace(form, said={**form.said, "child_id": "0" * 32})
            if day.send(other) is None:
                assert day.acts_by_form() == before
