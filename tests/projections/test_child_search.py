"""Searching by name: those whom the reach holds on the day, in order; other counties' names are not read.

A province of three counties: A (townships AT1, AT2, villages AV1, AV2, schools AS1 to AS4), B and C alike.
AS4 sits in the township BT1. In November AT2 merges into BT2, CT2 into CT1, the school AS2 into BS2.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import event, select, update

from casework.commands.erasure import erase_child
from casework.domain.permissions import Reach, reach_of, reach_of_area
from casework.domain.values import LOCAL_OPERATOR, Day
from casework.operations.copying import copy_to
from casework.projections.board_queries import ELSEWHERE, RECEIVING, BoardFilter, board_page
from casework.projections.child_counties import child_elsewhere
from casework.projections.child_search import MOST, find_children
from casework.projections.reconcile import reconcile
from casework.projections.roster import child, roster_span
from casework.projections.scope import counties_of
from casework.projections.spelling import named_like
from casework.service import Reading
from casework.store.database import make_engine
from tests.support.copied import filled_county
from tests.support.county import County
from tests.support.rows import Row, pupil, unit
from tests.web.small_county import at

TODAY, NEXT_MONTH = "2026-10-09", "2026-11-09"
DAYS = ("2026-03-01", "2026-09-15", TODAY, NEXT_MONTH, "2027-01-01")
_FAMILY, _GIVEN = "张章赵周钟", "小晓雨玉欣"


def units() -> Iterator[Row]:
    """The province."""
    yield unit("P", "省", "")
    for c in "ABC":
        yield unit(f"{c}C", "县", "P")
        yield unit(f"{c}D", "学区", f"{c}C")
        for n in "12":
            yield unit(f"{c}T{n}", "乡镇", f"{c}C")
            yield unit(f"{c}V{n}", "村", f"{c}T{n}")
        for n in "123":
            yield unit(f"{c}S{n}", "学校", f"{c}D", 学校类别="小学", 所在乡镇代码=f"{c}T{1 + (n > '1')}")
    yield unit("AS4", "学校", "AC", 学校类别="小学", 所在乡镇代码="BT1")


def pupils(seed: int) -> Iterator[Row]:
    """Children with few names between them; a third move, once or twice, some of them later on."""
    rng = Random(seed)
    for n in range(150):
        name = rng.choice(_FAMILY) + rng.choice(_GIVEN) + rng.choice((*_GIVEN, ""))
        yield pupil(f"G{n}", name, **_place(rng))
        for on in sorted(rng.sample(("2026-09-01", "2026-09-20", "2026-10-20", "2026-11-20"), 2)):
            if rng.random() < 0.4:
                yield pupil(f"G{n}", name, 变动日期=on, **_place(rng))


def _place(rng: Random) -> Row:
    school = rng.choice(("AS1", "AS2", "AS3", "AS4", "BS1", "BS2", "CS1", "CS3", ""))
    home = {"现居住地代码": rng.choice(("AV1", "AV2", "BV1", "BV2", "CV2", "CT1", "XX"))}
    here, away = {"就读情况": "在籍在校", "班级": rng.choice(("1班", "2班"))}, {"就读情况": "县外就读"}
    none = {"年级": "", "班级": "", "学段": ""}
    return {"学校代码": school, **home, **(here if school else away | none)}


def take_province(county: County, seed: int) -> None:
    """The units, the children as a sheet says, and the mergers."""
    county.take("units", list(units()), at("2026-02-01T09:00"))
    assert not county.take("roster", list(pupils(seed)), at("2026-12-02T09:00")).refused
    merged = [
        unit("AT2", "乡镇", "AC", 停用日期="2026-11-01", 并入单位代码="BT2"),
        unit("CT2", "乡镇", "CC", 停用日期="2026-11-01", 并入单位代码="CT1"),
        unit("AS2", "学校", "AD", 学校类别="小学", 停用日期="2026-11-01", 并入单位代码="BS2"),
    ]
    assert not county.take("units", merged, at("2026-12-03T09:00")).refused


@pytest.fixture(params=[1, 2, 3])
def province(database_url: str, request: pytest.FixtureRequest) -> Iterator[County]:
    """Three counties in one database."""
    with filled_county(database_url, take_province, request.param) as county:
        yield county


def reaches(reading: Reading) -> Iterator[Reach]:
    """Of every unit, of areas, of classes and children, of one who sees two counties."""
    known = reading.reference.units
    yield from (reach_of(known, each.code) for each in known)
    yield reach_of_area(known, "AC", ["AV1", "AV2", "AS2", "AD"])
    yield reach_of(known, "AC").joined(reach_of(known, "BT1"))
    few = frozenset(reading.snapshot.conn.scalars(select(child.c.child_id).limit(9)))
    rooms = frozenset({("AS1", "四年级", "1班"), ("BS1", "四年级", "2班")})
    yield Reach("u", rooms=rooms, children=few)
    yield Reach("u", villages=frozenset({"AV1"}), rooms=rooms, children=few)


def found(reading: Reading, reach: Reach, typed: str, day: Day = TODAY) -> tuple[list[str], bool]:
    """Ids as found, and whether there are more."""
    children, more = find_children(reading.snapshot, reading.reference.units, reach, typed, day)
    return [each.child_id for each in children], more


def held(reading: Reading, reach: Reach, typed: str, day: Day) -> tuple[list[str], bool]:
    """The same the long way: every child of the database, asked for where it is on the day."""
    s, k = roster_span.c, reading.snapshot.k
    believed = (s.valid_from <= day, s.valid_to > day, s.known_from <= k, s.known_to > k)
    rows = reading.snapshot.conn.execute(
        select(roster_span, *(child.c[name] for name in ("name", "pinyin", "initials")))
        .join_from(roster_span, child, child.c.child_id == s.child_id)
        .where(*believed)
    ).all()
    seen = [row._mapping for row in rows if reach.holds(row.child_id, row)]
    ids: list[str] = []
    for column in ("pinyin", "initials") if typed.isascii() else ("name",):
        named = sorted((row[column], row["child_id"]) for row in seen if row[column].startswith(typed))
        ids += [child_id for _, child_id in named[: MOST + 1] if child_id not in ids]
    return ids[:MOST], len(ids) > MOST


def test_found_are_those_whom_the_reach_holds_in_order(province: County) -> None:
    some = 0
    with province.casework.reading() as reading:
        for reach in reaches(reading):
            for typed in ("张", "张小", "赵欣", "z", "zh", "zhangx", "zxy", "无"):
                for day in DAYS:
                    expected = held(reading, reach, typed, day)
                    assert found(reading, reach, typed, day) == expected, (reach, typed, day)
                    some += bool(expected[0])
    assert some > 200


def test_a_board_asked_for_a_name_shows_the_files_of_that_name(province: County) -> None:
    watched = [{"学籍号": f"G{n}", "日期": "2026-10-08", "变化": "重点关注"} for n in range(150)]
    leaving = {"日期": "2026-10-09", "变化": "转出", "接收学校代码": "CS1"}
    province.take("status", [*watched, *({"学籍号": f"G{n}", **leaving} for n in range(0, 150, 2))])
    shown = 0
    with province.casework.reading() as reading:
        conn = reading.snapshot.conn
        for reach, part in product(reaches(reading), ("", ELSEWHERE, RECEIVING)):
            counties = counties_of(reading.reference.units, reach)
            everyone = board_page(conn, reach, BoardFilter(part=part), TODAY, size=999).rows
            for typed in ("张", "zh", "zx"):
                named = set(conn.scalars(select(child.c.child_id).where(named_like(typed))))
                asked = BoardFilter(part=part, name=typed, counties=counties)
                page = board_page(conn, reach, asked, TODAY, size=999).rows
                assert page == [row for row in everyone if row.case_id in named]
                shown += len(page) if part == RECEIVING else 0
    assert shown > 10


NAME, OTHER = "欧阳晴", "上官晴"
SCHOOL = unit("AS1", "学校", "AD", 学校类别="小学", 所在乡镇代码="AT1")


def take_one(county: County) -> None:
    """The units, and one child at AS1, whose school is to merge into BS1 on the first of November."""
    county.take("units", list(units()), at("2026-02-01T09:00"))
    assert not county.take(
        "roster", [pupil("G1", NAME, "AS1", 现居住地代码="AV1")], at("2026-10-09T09:00")
    ).refused
    assert not county.take("units", [{**SCHOOL, "停用日期": "2026-11-01", "并入单位代码": "BS1"}]).refused


@pytest.fixture
def one(database_url: str) -> Iterator[County]:
    """The child that is about to move."""
    with filled_county(database_url, take_one) as county:
        yield county


def finders(county: County, typed: str = NAME, day: Day = TODAY) -> str:
    """The counties, townships and schools whose people find somebody."""
    with county.casework.reading() as reading:
        known = reading.reference.units
        reaching = {each.code: reach_of(known, each.code) for each in known if each.kind != "village"}
        return " ".join(
            code for code, reach in sorted(reaching.items()) if found(reading, reach, typed, day)[0]
        )


def agrees(county: County) -> list[str]:
    with county.casework.store.snapshot() as snapshot:
        return reconcile(snapshot)


def test_who_moves_next_month_is_found_where_it_is_until_then(one: County) -> None:
    for typed in (NAME, "ouyang", "oyq"):
        assert finders(one, typed, "2026-10-31") == "AC AD AS1 AT1 P"
        assert finders(one, typed, "2026-11-01") == "BC BD BS1 BT1 P"
    assert agrees(one) == []


def test_a_move_that_is_taken_back_leaves_no_trace_elsewhere(one: County) -> None:
    one.take("roster", [pupil("G1", NAME, "AS3", 现居住地代码="AV1", 变动日期="2026-10-05")])
    assert finders(one) == finders(one, day="2026-11-01") == "AC AD AS3 AT1 AT2 P"
    with one.casework.reading() as reading:
        assert reading.snapshot.conn.scalars(select(child_elsewhere.c.county)).all() == []
        assert reading.snapshot.conn.scalars(select(child.c.county)).all() == ["AC"]
    assert agrees(one) == []


def test_who_went_and_came_back_is_found_in_either_county_in_its_time(one: County) -> None:
    row = pupil("G1", NAME, "AS3", 现居住地代码="AV1", 变动日期="2026-12-01")
    assert not one.take("roster", [row], at("2026-12-02T09:00")).refused
    days = (TODAY, NEXT_MONTH, "2026-12-01")
    assert [finders(one, day=day)[:2] for day in days] == ["AC", "BC", "AC"]
    assert agrees(one) == []


def test_a_new_name_is_found_and_the_old_one_no_more(one: County) -> None:
    row = pupil("G1", OTHER, "AS1", 现居住地代码="AV1")
    assert not one.take("roster", [row], confirm_names=True).refused
    assert finders(one, OTHER) == finders(one, "sgq") == "AC AD AS1 AT1 P"
    assert finders(one, NAME) == finders(one, "ouyang") == ""


def test_who_was_erased_is_found_nowhere(one: County) -> None:
    with one.casework.reading() as reading:
        (child_id,) = reading.snapshot.conn.scalars(select(child.c.child_id))
    one.casework.do(
        "erase_child",
        lambda act, reference: erase_child(act, reference, child_id=child_id, reason="保存期满"),
        actor=LOCAL_OPERATOR,
    )
    assert finders(one, NAME) == finders(one, "o") == ""
    assert agrees(one) == []


def test_a_copied_database_finds_who_is_about_to_move(one: County, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'copy.db'}"
    copy_to(one.casework, url, lambda _line: None)
    copied = County.over(make_engine(url), one.now)
    assert finders(copied) == "AC AD AS1 AT1 P"
    copied.close()


@pytest.mark.parametrize(
    ("change", "table"),
    [
        (update(child).values(county="AC"), "child："),
        (update(child_elsewhere).values(until="2026-10-01"), "child_elsewhere："),
        (child_elsewhere.delete(), "child_elsewhere："),
    ],
)
def test_a_changed_county_is_told_by_reconcile(one: County, change: Any, table: str) -> None:
    with one.casework.store.engine.begin() as conn:
        conn.execute(change)
    assert [each for each in agrees(one) if each.startswith(table)]


def test_a_search_reads_a_range_of_each_county_and_no_other_names(sqlite_url: str) -> None:
    with filled_county(sqlite_url, take_province, 1) as county, county.casework.reading() as reading:
        known = reading.reference.units
        for code, ranges in (("AC", 1), ("AD", 1), ("BT1", 2), ("P", 3)):
            for typed, name in (("张", "name"), ("zh", "pinyin"), ("zh", "initials")):
                plan = plan_of(reading, reach_of(known, code), typed, name)
                assert plan.count(f"ix_child_county_{name} (county=? AND {name}>? AND {name}<?)") == ranges
                assert "SCAN child" not in plan and "SCAN roster_span" not in plan, plan
                assert "FOR ORDER BY" not in plan.split("UNION ALL")[0], plan


def plan_of(reading: Reading, reach: Reach, typed: str, name: str) -> str:
    """How SQLite looks for what was typed in a column."""
    conn = reading.snapshot.conn
    asked: list[tuple[str, Any]] = []

    def noted(_conn: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    event.listen(conn, "before_cursor_execute", noted)
    found(reading, reach, typed)
    event.remove(conn, "before_cursor_execute", noted)
    statement, values = next(each for each in asked if f"child.{name} >=" in each[0])
    rows = conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    return "\n".join(row[3] for row in rows)
