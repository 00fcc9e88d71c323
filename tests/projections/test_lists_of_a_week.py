"""The children behind the numbers of the eventful week: as many as the number, and what a line says."""

from typing import Any

import pytest

from casework.errors import BadInput
from casework.projections.weekly_children import PUPILS, Cell, Entry, Question, entries_behind
from casework.projections.weekly_pupils import PupilPage, pupils_behind
from tests.oracle import eventful as told
from tests.projections.test_weekly_children import cells_of, pupils_by_page
from tests.support.county import County

HERE = ("total", told.COUNTY, "all")


def report_of(county: County, unit: str) -> dict[str, Any]:
    return county.casework.weekly_report(unit, told.WEEK, detail=True)


def behind(county: County, cell: Cell, unit: str = told.COUNTY) -> list[Entry]:
    with county.casework.reading() as reading:
        question = Question.of(
            reading.snapshot,
            reading.reference,
            unit=unit,
            week=told.WEEK,
            known_at=reading.known_at,
            cell=cell,
        )
        return entries_behind(question)


ROWS = [
    (told.COUNTY, "total", told.COUNTY, "all"),
    (told.COUNTY, "schools", told.THREE, "junior"),
    (told.COUNTY, "schools", "", "all"),
    (told.COUNTY, "townships", told.COUNTY, "all"),
    (told.SOUTH, "townships", told.SOUTH, "junior"),
    (told.CITY, "counties", told.OTHER, "primary"),
    (told.CITY, "schools", told.FAR, "all"),
    (told.DISTRICT, "total", told.DISTRICT, "primary"),
]


@pytest.mark.parametrize(("unit", *"table row stage".split()), ROWS)
def test_behind_every_number_stand_that_many(eventful: County, unit: str, table: str, row: str, stage: str):
    numbers = list(cells_of(report_of(eventful, unit)))
    with eventful.casework.reading() as reading:
        for cell, n in numbers:
            if (cell.table, cell.row, cell.stage) != (table, row, stage):
                continue
            question = Question.of(
                reading.snapshot, reading.reference,
                unit=unit, week=told.WEEK, known_at=reading.known_at, cell=cell,
            )  # fmt: skip
            found = sum(entry.n for entry in entries_behind(question))
            assert (found / 10 if cell.figure == "session_hours" else found) == n, cell


def lines(county: County, figure: str, name: str = "", unit: str = told.COUNTY) -> list[Entry]:
    return behind(county, Cell("total", unit, "all", figure, name), unit)


def test_a_line_of_a_movement_says_from_what_to_what_on_which_day(eventful: County):
    assert {(each.before, each.after, each.on) for each in lines(eventful, "confirmed")} == {
        ("suspected", "dropped_out", f"2026-09-{day}") for day in (13, 14, 16)
    }
    for figure in ("confirmed", "s_new", "d_new", "s_returned", "d_returned", "d_closed"):
        assert {each.moved_from for each in lines(eventful, figure)} == {None}, figure
    assert {each.cause for each in lines(eventful, "confirmed")} == {"外出务工", "未填"}


def test_a_line_of_a_move_says_where_from(eventful: County):
    came = lines(eventful, "d_in")
    assert [(each.where.school, each.moved_from and each.moved_from.school) for each in came] == [
        (told.ONE, told.FAR)
    ]
    assert {(each.before, each.after) for each in came} == {("dropped_out", "dropped_out")}


def test_a_line_of_a_stock_says_since_when_and_not_out_of_what(eventful: County):
    for figure in ("s_open", "d_open", "s_close", "d_close", "watch"):
        assert all(each.before == "" and each.after for each in lines(eventful, figure)), figure
    opened = lines(eventful, "d_open")
    assert {each.after for each in opened} == {"dropped_out"}
    assert (
        max(each.on for each in opened) < "2026-09-11" <= max(each.on for each in lines(eventful, "d_close"))
    )


def test_a_closure_says_its_reason_and_no_cause(eventful: County):
    closed = lines(eventful, "closed_by_reason", "转学已接收")
    assert {(each.detail, each.cause, each.before) for each in closed} == {("转学已接收", "", "watch")}
    for figure in ("s_new", "s_close", "d_close", "returned"):
        assert {each.detail for each in lines(eventful, figure)} == {""}, figure


def test_lines_stand_by_school_day_and_child(eventful: County):
    for figure in ("s_close", "term_s_new", "visits", "duties_due"):
        order = [(each.where.school, each.on, each.case) for each in lines(eventful, figure)]
        assert order == sorted(order) and len(order) > 3, figure


def test_a_child_visited_twice_is_one_child_and_two_visits(eventful: County):
    visits, children = lines(eventful, "visits"), lines(eventful, "children_visited")
    assert (len(visits), len(children)) == (10, 5)
    assert {each.case for each in visits} == {each.case for each in children}
    assert {each.detail for each in visits} == {"犹豫"}


def test_work_is_shown_with_the_class_and_groups_of_its_day(eventful: County):
    taught = lines(eventful, "sessions")
    assert {(each.grade, each.klass) for each in taught} == {("四年级", "1班"), ("七年级", "1班")}
    assert {each.groups for each in taught} == {("低保", "残疾学生")}
    assert sorted(each.n for each in lines(eventful, "session_hours")) == [10, 15, 20, 20, 30]
    assert {each.after for each in taught} == {""}


def test_a_visit_is_shown_at_the_school_and_class_of_its_own_day(eventful: County):
    days = ("2026-09-13", "2026-09-14", "2026-09-16")
    visits = [each for each in lines(eventful, "visits") if each.on in days]
    assert [(each.on, each.where.school, each.klass) for each in visits] == [
        ("2026-09-13", told.ONE, "1班"),
        ("2026-09-13", told.ONE, "1班"),
        ("2026-09-14", told.TWO, "2班"),
        ("2026-09-16", told.TWO, "2班"),
    ]


def test_a_duty_names_its_rule(eventful: County):
    assert all(each.detail and each.case for each in lines(eventful, "duties_due"))


# ---- pupils -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "unit",
    [told.PROVINCE, told.CITY, told.COUNTY, told.NORTH, told.SOUTH, told.DISTRICT, told.ONE, told.THREE],
)
def test_behind_every_roster_figure_stand_those_children_page_by_page(eventful: County, unit: str):
    report = report_of(eventful, unit)
    with eventful.casework.reading() as reading:
        for table, rows in {**report["tables"], "total": report["total"]}.items():
            for row in rows:
                for figure in PUPILS:
                    cell = Cell(table, row["unit"]["code"], row["stage"], figure)
                    page = _page(reading, unit, cell)
                    assert page.total == row[figure], cell
                    assert len(page.pupils) == min(page.total, 100), cell


def _page(
    reading: Any, unit: str, cell: Cell, after: tuple[str, ...] | None = None, size: int = 100
) -> PupilPage:
    return pupils_behind(
        reading.snapshot, reading.reference, unit=unit, week=told.WEEK, cell=cell, after=after, size=size
    )


def test_pages_turn_in_order_of_school_class_and_name(eventful: County):
    cell = Cell(*HERE, "pupils")
    with eventful.casework.reading() as reading:
        whole = _page(reading, told.COUNTY, cell)
        assert whole.after is None
        order = [(each.school, each.grade, each.klass, each.name) for each in whole.pupils]
        assert order == sorted(order)
        first = _page(reading, told.COUNTY, cell, size=7)
        assert (first.pupils, first.total) == (whole.pupils[:7], whole.total)
        assert _page(reading, told.COUNTY, cell, first.after, 7).pupils == whole.pupils[7:14]
        exactly = _page(reading, told.COUNTY, cell, size=whole.total)
        assert (len(exactly.pupils), exactly.after) == (whole.total, None)
        found = [each.child_id for each in whole.pupils]
        assert pupils_by_page(reading, told.COUNTY, told.WEEK, cell) == found


def test_who_is_enrolled_elsewhere_is_no_pupil_of_the_school_named_beside(sqlite_url: str):
    county = County(sqlite_url)
    county.take("units", told.UNITS)
    row = {"姓名": "某某", "性别": "女", "出生日期": "2016-05-04", "学段": "小学", "学校代码": told.ONE}
    rows = [
        row | {"学籍号": "G1", "就读情况": "在籍在校", "年级": "四年级", "班级": "1班"},
        *(
            row | {"学籍号": f"G{n}", "就读情况": word}
            for n, word in ((2, "县外就读"), (3, "未入学"), (4, "无学籍"))
        ),
    ]
    assert not county.take("roster", rows, told.ALL_TOLD.replace(month=8)).refused
    county.now = told.ALL_TOLD
    with county.casework.reading() as reading:
        page = _page(reading, told.ONE, Cell("total", told.ONE, "all", "pupils"))
    assert [each.enrolment for each in page.pupils] == ["在籍在校"]
    county.close()


# ---- what is no number ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        Cell(*HERE, "dropout_rate"),
        Cell(*HERE, "visits", "低保"),
        Cell("villages", told.COUNTY, "all", "s_new"),
        Cell("total", told.COUNTY, "senior", "s_new"),
        Cell("counties", told.COUNTY, "all", "s_new"),
    ],
)
def test_what_is_no_number_of_the_report_has_no_list(eventful: County, cell: Cell):
    with pytest.raises(BadInput, match="没有这"):
        behind(eventful, cell)


@pytest.mark.parametrize("cell", [Cell(*HERE, "d_by_cause", "没有人说过"), Cell(*HERE, "s_new", "孤儿")])
def test_a_name_that_nobody_counted_under_has_nobody_behind_it(eventful: County, cell: Cell):
    assert behind(eventful, cell) == []
