"""Whose children a person sees in a post: held that day, by unit, class, area or name, as was known."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from casework.domain.permissions import Reach
from casework.projections.reach import reach_for
from casework.projections.roster import child, roster_span
from tests.support.county import County
from tests.web.small_county import at
from tests.web.wide_county import Post, Pupil, fill_wide, posts, pupils, sees

TODAY = "2026-10-09"
MOVED = pupils()[0]
"""四年级1班 of AS1, in the care of 郎帮扶; from the first of October in 3班, with another helper."""
RISEN = pupils()[5]
"""四年级2班 of AS1; from 20 September 五年级7班, from the first of October 六年级7班."""


def moved(each: Pupil, grade: str, klass: str, on: str) -> dict[str, str]:
    """A row of the roster by which a child of AS1 changes class, and is in another person's care."""
    return {
        "学籍号": each.number, "姓名": each.name, "性别": "女", "出生日期": "2016-05-06", "学校代码": "AS1",
        "学段": "小学", "年级": grade, "班级": klass, "现居住地代码": each.village, "帮扶责任人": "新帮扶",
        "变动日期": on,
    }  # fmt: skip


@pytest.fixture(scope="module")
def wide() -> Iterator[County]:
    """The two counties; one child changes class and helper; one teacher has two classes, one has left."""
    county = County("sqlite:///:memory:")
    fill_wide(county)
    staff = {"姓名": "某老师", "岗位": "任课教师", "单位代码": "AS1", "任职日期": "2026-09-01"}
    taken = county.take("staff", [
        staff | {"登录名": "two", "班级": "1班"},
        staff | {"登录名": "two", "班级": "四年级2班、没有的班", "任职日期": "2026-09-02"},
        staff | {"登录名": "new", "班级": "3班"},
        staff | {"登录名": "both", "班级": "1班、2班"},
        staff | {"登录名": "unclear", "班级": "1班、八年级3班", "单位代码": "AS2"},
        staff | {"登录名": "seven", "班级": "7班"},
        staff | {"登录名": "gone", "班级": "2班", "离任日期": "2026-09-30"},
        staff | {"登录名": "none"},
        staff | {"登录名": "helper", "姓名": "新帮扶", "岗位": "帮扶责任人"},
        staff | {"登录名": "stranger", "姓名": "新帮扶", "岗位": "帮扶责任人", "单位代码": "BS1"},
        staff | {"登录名": "area", "姓名": "包某", "岗位": "包片教师", "负责范围": "四年级2班、 AV4 "},
    ], at("2026-10-01T18:00"))  # fmt: skip
    assert not taken.refused
    for each, grade, klass, on in (
        (MOVED, "四年级", "3班", "2026-10-01"),
        (RISEN, "五年级", "7班", "2026-09-20"),
        (RISEN, "六年级", "7班", "2026-10-01"),
    ):
        assert not county.take("roster", [moved(each, grade, klass, on)], at("2026-10-02T09:00")).refused
    county.now = at("2026-10-09T15:00")
    yield county
    county.close()


def reach_on(county: County, login: str, post: str, unit: str, day: str = TODAY, known_at: str = "") -> Reach:
    with county.casework.reading(at(known_at) if known_at else None) as reading:
        return reach_for(
            reading.snapshot.conn, reading.snapshot.k, reading.reference.units,
            login=login, post=post, unit=unit, day=day,
        )  # fmt: skip


def seen(county: County, reach: Reach, day: str = TODAY) -> set[str]:
    """Numbers of the children held, where they are on the day."""
    s = roster_span.c
    with county.casework.reading() as reading:
        rows = reading.snapshot.conn.execute(
            select(roster_span, child.c.student_no)
            .join_from(roster_span, child, child.c.child_id == s.child_id)
            .where(s.valid_from <= day, s.valid_to > day, s.known_to > reading.snapshot.k)
        ).all()
    assert len(rows) == len(pupils())
    return {row.student_no for row in rows if reach.holds(row.child_id, row)}


def numbers(*rooms: str, school: str = "AS1") -> set[str]:
    return {each.number for each in pupils() if each.school == school and each.grade + each.klass in rooms}


def taught(county: County, login: str, day: str = TODAY, known_at: str = "") -> set[str]:
    return seen(county, reach_on(county, login, "任课教师", "AS1", day, known_at), day)


@pytest.mark.parametrize("post", list(posts()), ids=lambda post: post.login)
def test_a_post_sees_its_children_and_no_other(wide: County, post: Post):
    def expected(each: Pupil) -> bool:
        lost = each in (MOVED, RISEN) and post.post in ("班主任", "帮扶责任人")
        return sees(post, each) and not lost

    found = seen(wide, reach_on(wide, post.login, post.post, post.unit))
    assert found == {each.number for each in pupils() if expected(each)}


@pytest.mark.parametrize(
    ("login", "post", "unit", "day"),
    [
        ("AS1-0", "校长", "AS2", TODAY),
        ("AS1-0", "局长", "AS1", TODAY),
        ("AS2-0", "校长", "AS1", TODAY),
        ("AS1-0", "校长", "AS1", "2026-07-31"),
    ],
)
def test_a_post_that_is_not_held_on_that_day_sees_nobody(
    wide: County, login: str, post: str, unit: str, day: str
):
    assert reach_on(wide, login, post, unit, day) == Reach("")


def test_who_has_left_sees_the_class_up_to_the_last_day(wide: County):
    assert taught(wide, "gone", "2026-09-30") == numbers("四年级2班") - {RISEN.number}
    assert taught(wide, "gone", "2026-10-01") == set()


def test_two_classes_of_one_person_add_up(wide: County):
    assert taught(wide, "two") == numbers("四年级1班", "四年级2班") - {MOVED.number, RISEN.number}


def test_two_classes_named_without_their_grade_are_both_meant(wide: County):
    assert taught(wide, "both") == taught(wide, "two")


def test_what_is_unclear_in_one_word_is_not_made_clear_by_another(wide: County):
    rooms = reach_on(wide, "unclear", "任课教师", "AS2").rooms
    assert rooms == {("AS2", "八年级", "3班")}


def test_a_teacher_without_a_class_sees_nobody(wide: County):
    assert taught(wide, "none") == set()


def test_a_class_is_the_children_who_are_in_it_on_the_day(wide: County):
    assert taught(wide, "new", "2026-09-30") == set()
    assert taught(wide, "new", "2026-10-01") == {MOVED.number}
    assert MOVED.number in taught(wide, "two", "2026-09-30")


def test_a_class_named_without_its_grade_is_the_only_one_of_that_name_on_the_day(wide: County):
    for day in ("2026-09-20", "2026-09-30", "2026-10-01", TODAY):
        assert taught(wide, "seven", day) == {RISEN.number}
    assert taught(wide, "seven", "2026-09-19") == set()


def test_a_class_of_which_nobody_had_been_told_is_not_known_then(wide: County):
    rooms = reach_on(wide, "AS1-ban", "班主任", "AS1", known_at="2026-10-01T12:00").rooms
    assert rooms == {("AS1", "四年级", "1班")}
    with_class = reach_on(wide, "A-bang", "帮扶责任人", "AT1", known_at="2026-10-01T12:00").children
    assert len(with_class) == len(reach_on(wide, "A-bang", "帮扶责任人", "AT1").children) + 1


def test_a_helper_sees_the_children_named_for_them_in_their_unit_only(wide: County):
    helped = reach_on(wide, "helper", "帮扶责任人", "AS1")
    assert seen(wide, helped) == {MOVED.number, RISEN.number}
    assert seen(wide, reach_on(wide, "helper", "帮扶责任人", "AS1", "2026-10-01")) == {
        MOVED.number,
        RISEN.number,
    }
    assert not (helped.past or helped.schools)
    before = seen(wide, reach_on(wide, "A-bang", "帮扶责任人", "AT1", "2026-09-30"), "2026-09-30")
    assert before - seen(wide, reach_on(wide, "A-bang", "帮扶责任人", "AT1", "2026-10-01")) == {MOVED.number}
    assert seen(wide, reach_on(wide, "helper", "帮扶责任人", "AS1", "2026-09-19"), "2026-09-19") == set()
    assert seen(wide, reach_on(wide, "stranger", "帮扶责任人", "BS1")) == set()


def test_an_area_may_name_classes_beside_villages(wide: County):
    found = reach_on(wide, "area", "包片教师", "AS1")
    assert (found.rooms, found.villages, found.past) == ({("AS1", "四年级", "2班")}, {"AV4"}, False)


def test_persons_see_the_present_only_and_units_what_is_past_too(wide: County):
    assert reach_on(wide, "AS1-0", "校长", "AS1").past
    assert not reach_on(wide, "AS1-ban", "班主任", "AS1").past
    assert not reach_on(wide, "A-baol", "包片领导", "AC").past
