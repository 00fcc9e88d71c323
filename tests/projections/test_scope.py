"""What the database shows to a reach is what the reach itself holds."""

from itertools import product
from typing import Any

import pytest
from sqlalchemy import Column, MetaData, String, Table, create_engine, insert, select

from casework.domain.permissions import Reach
from casework.domain.places import Place
from casework.projections.scope import within

_PLACE = ("county", "township", "village", "school", "grade", "klass")
_META = MetaData()
PUPILS = Table("pupils", _META, *(Column(name, String) for name in ("child_id", *_PLACE)))
CASES = Table("cases", _META, *(Column(name, String) for name in ("case_id", *_PLACE, "receiver")))
ROWS = [
    {"id": f"{number:02d}", **dict(zip(_PLACE, values, strict=True))}
    for number, values in enumerate(
        product(("A", "B"), ("AT", "BT"), ("AV", ""), ("S1", "S2"), ("四", "五"), ("1班", "2班"))
    )
]
REACHES = [
    Reach("u"),
    Reach("u", counties=frozenset({"A"})),
    Reach("u", townships=frozenset({"AT", "CT"})),
    Reach("u", villages=frozenset({"AV"})),
    Reach("u", schools=frozenset({"S2"})),
    Reach("u", rooms=frozenset({("S1", "四", "1班"), ("S2", "五", "2班")})),
    Reach("u", children=frozenset({"03", "60", "99"})),
    Reach(
        "u", villages=frozenset({"AV"}), rooms=frozenset({("S1", "五", "1班")}), children=frozenset({"60"})
    ),
]


def shown(table: Table, reach: Reach, **more: str) -> set[str]:
    key = table.c[0].name
    engine = create_engine("sqlite://")
    _META.create_all(engine)
    rows = [{key: row["id"], **{name: row[name] for name in _PLACE}, **more} for row in ROWS]
    with engine.begin() as conn:
        conn.execute(insert(table), rows)
        found = set(conn.scalars(select(table.c[0]).where(within(table, reach))))
    engine.dispose()
    return found


def held(reach: Reach) -> set[str]:
    def place(row: dict[str, str]) -> Place:
        values: dict[str, Any] = {name: row[name] for name in _PLACE}
        return Place("2026-09-01", **values)

    return {row["id"] for row in ROWS if reach.holds(row["id"], place(row))}


@pytest.mark.parametrize("reach", REACHES)
def test_rows_are_shown_of_exactly_those_children_whom_the_reach_holds(reach: Reach):
    assert shown(PUPILS, reach) == held(reach)
    assert shown(CASES, reach, receiver="") == held(reach)
    assert bool(held(reach)) is (reach != Reach("u"))


def test_a_file_on_its_way_to_a_school_is_shown_there_too():
    everything = {row["id"] for row in ROWS}
    assert shown(CASES, Reach("u", schools=frozenset({"S9"})), receiver="S9") == everything
    assert shown(CASES, Reach("u", schools=frozenset({"S9"})), receiver="S8") == set()
    assert shown(CASES, Reach("u", townships=frozenset({"S9"})), receiver="S9") == set()
