"""Rows of some keys: one value, many values and thousands are asked for differently, and found alike."""

import pytest
from sqlalchemy import bindparam, insert, select

from casework.store.database import reading, writing
from casework.store.lookup import Lookup
from casework.store.schema import claim

OF_KIND = Lookup(
    select(claim.c.key, claim.c.owner).where(claim.c.kind == bindparam("kind")).order_by(claim.c.key),
    claim.c.key,
)
HELD = 1203


@pytest.fixture
def conn(engine):
    rows = [{"kind": "a", "key": f"{n:04d}", "owner": f"child {n}", "act": 1} for n in range(HELD)]
    with writing(engine) as conn:
        conn.execute(insert(claim), rows)
        conn.execute(insert(claim).values(kind="b", key="0001", owner="another", act=1))
    with reading(engine) as conn:
        yield conn


@pytest.mark.parametrize("asked", [0, 1, 2, 500, 501, HELD])
def test_however_many_are_asked_for_each_is_found_once(conn, asked):
    found = list(OF_KIND.rows(conn, (f"{n:04d}" for n in range(asked)), kind="a"))
    assert [tuple(row) for row in found] == [(f"{n:04d}", f"child {n}") for n in range(asked)]


def test_what_is_not_there_is_left_out(conn):
    assert list(OF_KIND.rows(conn, ["9999"], kind="a")) == []
    assert [row.owner for row in OF_KIND.rows(conn, ["0001", "9999"], kind="b")] == ["another"]
