"""我的学生: what is next, who is out, the class; found by name, pinyin or initials; nobody else's child."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from casework.projections.students import Student
from casework.web.students.shown import line_of
from tests.support.county import County
from tests.support.field import TEACH_1, TEACH_2, county_at_work
from tests.web.pages import Visitor
from tests.web.small_county import CALM, CHIEF, HILL, RAIN

SignIn = Callable[[str], Visitor]


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """A county of one's own, with people in the field."""
    with county_at_work(database_url) as county:
        yield county


def test_the_first_page_of_a_teacher_leads_to_the_students(signed_in: SignIn):
    assert "/students" in signed_in(TEACH_1).get("/").links


def test_a_teacher_sees_who_is_out_first_then_the_class(signed_in: SignIn, ids: dict[str, str]):
    page = signed_in(TEACH_2).get("/students")
    assert "离校 31 天，还没有约好回校日期" in page.text
    assert page.text.index(HILL) < page.text.index(CALM)
    assert "七年级1班其他同学 1 人" in page.text
    assert f"/children/{ids[HILL]}/visits/new" in page.links
    assert f"/children/{ids[CALM]}/visits/new" in page.links
    assert RAIN not in page.text


@pytest.mark.parametrize("typed", ["李", "李大山", "lidashan", "lids", "LDS", "l d"])
def test_a_child_is_found_by_name_pinyin_or_initials(signed_in: SignIn, typed: str):
    page = signed_in(TEACH_2).get(f"/students?q={typed}")
    found = typed not in ("lids",)  # neither the spelling nor the initials begin so
    assert (HILL in page.text) is found
    assert CALM not in page.text


def test_a_child_of_another_class_is_not_found(signed_in: SignIn):
    page = signed_in(TEACH_1).get(f"/students?q={HILL}")
    assert "没有找到这个学生" in page.text
    assert "/children/" not in " ".join(page.links)


def test_what_is_typed_is_text_and_nothing_else(signed_in: SignIn):
    page = signed_in(TEACH_2).get("/students?q=%25<b>")
    assert "找到“%<b>”" in page.text


@pytest.mark.parametrize("address", ["/students?after=1", "/students?after=x&after=2026-01-01&after=a"])
def test_a_broken_page_address_says_so(signed_in: SignIn, address: str):
    assert "回到第一页" in signed_in(TEACH_1).get(address, 400).text


def test_a_village_head_has_another_page(signed_in: SignIn):
    signed_in(CHIEF).get("/students", 403)


def test_a_page_of_files_costs_the_same_queries_however_many(
    county: County, signed_in: SignIn, ids: dict[str, str]
):
    from sqlalchemy import event

    def queries() -> int:
        seen: list[str] = []

        def note(*args: object) -> None:
            seen.append(str(args[2]))

        engine = county.casework.store.engine
        event.listen(engine, "before_cursor_execute", note)
        visitor.get("/students")
        event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    visitor = signed_in(TEACH_2)
    visitor.get("/students")
    before = queries()
    more = [
        {"学籍号": "G20260004", "姓名": CALM, "日期": "2026-10-08", "变化": "疑似辍学", "登记人": "卢远山",
         "原因": "上学远"}
    ]  # fmt: skip
    county.take("status", more, datetime.fromisoformat("2026-10-09T15:01:00+08:00"))
    visitor.get("/students")
    assert queries() == before


def _student(**known: object) -> Student:
    blank = dict.fromkeys(Student._fields, "") | {"rank": 1, "visits": 0, "status": "dropped_out"}
    return Student(**{**blank, "since": "2026-09-01", "out_since": "2026-09-01", **known})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "says", "tone"),
    [
        ({"agreed_on": "2026-10-07"}, "约好10月7日回校，已过 2 天", "late"),
        ({"agreed_on": "2026-10-09"}, "约好今天回校", "soon"),
        ({"agreed_on": "2026-10-16"}, "约好10月16日回校，还有 7 天", "soon"),
        ({"agreed_on": "2026-10-30"}, "约好10月30日回校，还有 21 天", ""),
        ({}, "离校 38 天，还没有约好回校日期", ""),
        ({"status": "returned", "since": "2026-10-01"}, "回校 8 天，巩固期，多留意", ""),
        ({"status": "deferred", "until": "2026-10-01"}, "缓学休学已于10月1日到期，请看看是否回校", "late"),
        ({"status": "deferred", "until": "2026-12-01"}, "缓学休学到12月1日", ""),
        ({"status": "verifying", "since": "2026-10-09"}, "有线索，今天报的，等核实", ""),
        ({"status": ""}, "", ""),
    ],
)  # fmt: skip
def test_what_is_next_is_said_in_one_line(county: County, known: dict[str, str], says: str, tone: str):
    with county.casework.reading() as reading:
        line = line_of(_student(**known), reading.reference.units, "2026-10-09", one_room=True)
    assert (line.next, line.tone) == (says, tone)
