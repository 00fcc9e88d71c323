"""A county moves to another kind of database whole, or not at all."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect, select

from casework.config import Settings
from casework.domain.values import LOCAL_OPERATOR
from casework.errors import BadInput
from casework.operations import copying
from casework.operations.copying import copy_to
from casework.operations.proof import NotProved
from casework.projections.children import names_of
from casework.projections.roster import child
from casework.store import lease
from casework.store.database import make_engine, reading
from casework.store.read_log import note_reading, read_log
from tests.operations.offices import at_work, left_in, record_visit, told


def silent(_line: str) -> None:
    """Nobody looks."""


def read(settings: Settings) -> list[int]:
    """Notes a reading; the numbers of all."""
    with at_work(settings) as casework:
        note_reading(casework.store.engine, LOCAL_OPERATOR, at=casework.store.now(), what="t")
        with reading(casework.store.engine) as conn:
            return list(conn.scalars(select(read_log.c.id).order_by(read_log.c.id)))


def names(settings: Settings) -> list[tuple[str, ...]]:
    """Every child's name and number."""
    with at_work(settings) as casework, reading(casework.store.engine) as conn:
        ids = list(conn.scalars(select(child.c.child_id).order_by(child.c.child_id)))
        return sorted(tuple(each) for each in names_of(conn, ids))


def move(source: Settings, url: str) -> Settings:
    with at_work(source) as casework:
        copy_to(casework, url, silent)
    return replace(source, database_url=url)


def test_to_postgresql_and_back_everything_is_equal_and_goes_on(
    county: Settings, postgres_url: str, tmp_path: Path
) -> None:
    assert read(county) == [1]
    served = move(county, postgres_url)
    assert told(served) == told(county)
    assert names(served) == names(county)
    assert read(served) == [1, 2]  # numbered on
    with at_work(served) as casework:
        record_visit(casework, "2026-09-21", 1)
    back = move(served, f"sqlite:///{tmp_path / 'back.db'}")
    assert told(back) == told(served)
    assert told(back)[0] == told(county)[0] + 1
    assert read(back) == [1, 2, 3]
    with at_work(back) as casework:
        record_visit(casework, "2026-09-22", 1)


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'target' / 'new.db'}"
    return request.getfixturevalue("postgres_url")


def stop_at_tally(monkeypatch: pytest.MonkeyPatch, fault: Callable) -> None:
    whole = copying._copy
    monkeypatch.setattr(
        copying, "_copy", lambda a, b, table: fault() if table.name == "stored_event" else whole(a, b, table)
    )


def test_what_fails_on_the_way_leaves_the_target_empty(
    county: Settings, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "target").mkdir()
    stop_at_tally(monkeypatch, lambda: 0)  # no event was copied
    with pytest.raises(NotProved, match="stored_event"):
        move(county, target)
    assert left_in(tmp_path / "target") == []
    engine = make_engine(target)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_a_row_that_came_out_otherwise_is_seen(
    county: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = copying.bulk_insert

    def spoil(conn, table, columns, rows):
        rows = list(rows)
        if table.name == "claim":
            rows[0] = (*rows[0][:-1], rows[0][-1] + 1)
        return whole(conn, table, columns, rows)

    monkeypatch.setattr(copying, "bulk_insert", spoil)
    with pytest.raises(NotProved, match="表 claim"):
        move(county, f"sqlite:///{tmp_path / 'new.db'}")
    assert not (tmp_path / "new.db").exists()


def test_a_target_with_tables_is_refused(county: Settings, server_county: Settings) -> None:
    before = told(server_county)
    with pytest.raises(BadInput, match="不是空的"):
        move(county, server_county.database_url)
    with pytest.raises(BadInput, match="不是空的"):
        move(county, county.database_url)
    assert told(server_county) == before


def test_a_county_at_work_is_not_moved(
    county: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    with at_work(county) as casework:
        lease.take(casework.store.engine, lease.WORKER, "a" * 32)
        with pytest.raises(BadInput, match="先停止"):
            copy_to(casework, url, silent)
        lease.give_up(casework.store.engine, lease.WORKER, "a" * 32)
        monkeypatch.setattr(copying, "_set_sequences", lambda _: record_visit(casework, "2026-09-21", 1))
        with pytest.raises(BadInput, match="又有新的登记"):
            copy_to(casework, url, silent)
    assert not (tmp_path / "new.db").exists()


def test_an_address_that_leads_nowhere_is_told(county: Settings, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="没有搬成"):
        move(county, "postgresql+psycopg://nobody@127.0.0.1:1/nowhere?connect_timeout=2")
    with pytest.raises(BadInput, match="没有目录"):
        move(county, f"sqlite:///{tmp_path / 'missing' / 'new.db'}")
