"""Reviews: only what fell due while somebody held the post, the credit with who did it, and what was
learned later beside what was known then; on both databases."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime

import pytest

from casework.commands.home_visits import Visit, record_visit
from casework.documents.review_words import Teller
from casework.domain.values import Actor
from casework.projections.duty_review import NOBODY, Moment, Part, Review, Reviewer
from tests.support.county import County
from tests.support.field import TEACH_2, field_county, ids_of
from tests.web.small_county import HEAD_1, HEAD_2, HILL, NAMES, at

SEPTEMBER, OCTOBER = ("2026-09-01", "2026-09-30"), ("2026-10-09", "2026-10-15")
NEW_HEAD = "xz3"
END_OF_SEPTEMBER = datetime.fromisoformat("2026-09-30T23:59:59+08:00")


@pytest.fixture
def county(database_url: str) -> Iterator[County]:
    """The small county with people in the field, told in October of what was in September."""
    with field_county(database_url) as opened:
        yield opened


@contextmanager
def reviewer(
    county: County, period: tuple[str, str], known_at: datetime | None = END_OF_SEPTEMBER
) -> Iterator[Reviewer]:
    """A reviewer of the present day."""
    with ExitStack() as open_:
        then, now = (open_.enter_context(county.casework.reading(at)) for at in (known_at, None))
        before, after = (Moment(each.snapshot, each.reference) for each in (then, now))
        yield Reviewer(before, after, *period, "2026-10-09")


def of_unit(county: County, unit: str, period: tuple[str, str] = SEPTEMBER) -> Review:
    """The review of a unit."""
    with reviewer(county, period) as asked:
        return asked.of_unit(unit)


def part_of(review: Review, login: str) -> Part:
    """What fell to a login."""
    return next(part for part in review.parts if part.holder.login == login)


def hand_over(county: County, left: str, came: str) -> None:
    """The principal of S2 hands over; both days are days in post."""
    post = {"岗位": "校长", "单位代码": "S2"}
    old = {"登录名": HEAD_2, "姓名": NAMES[HEAD_2], **post, "任职日期": "2026-08-01", "离任日期": left}
    new = {"登录名": NEW_HEAD, "姓名": "新校长", **post, "任职日期": came}
    assert not county.take("staff", [old, new], at("2026-10-09T16:00")).refused


def test_each_of_two_principals_answers_for_what_fell_due_in_their_days(county: County) -> None:
    hand_over(county, left="2026-09-16", came="2026-09-16")
    review = of_unit(county, "S2")
    old, new = part_of(review, HEAD_2), part_of(review, NEW_HEAD)
    letter = [item for item in new.items if item.line.rule == "letter.issue"]
    assert [item.line.due_day for item in letter] == ["2026-09-17"]
    assert new.now.due == 1 and old.now.due == 0
    # At the end of September the handover was not known.
    assert old.then.due == 1 and new.then.due == 0
    assert letter[0].differs and letter[0] in review.learned
    assert {(each.login, each.since, each.until) for each in review.tenures if each.post == "校长"} == {
        (HEAD_2, "2026-08-01", "2026-09-16"),
        (NEW_HEAD, "2026-09-16", ""),
    }


def test_on_the_day_of_handover_both_answer(county: County) -> None:
    hand_over(county, left="2026-09-17", came="2026-09-17")
    review = of_unit(county, "S2")
    assert part_of(review, HEAD_2).now.due == part_of(review, NEW_HEAD).now.due == 1


def test_who_came_later_answers_for_nothing_before(county: County) -> None:
    hand_over(county, left="2026-09-17", came="2026-09-18")
    assert NEW_HEAD not in {part.holder.login for part in of_unit(county, "S2").parts}


def test_a_person_is_reviewed_in_all_posts_held(county: County) -> None:
    hand_over(county, left="2026-09-16", came="2026-09-17")
    elsewhere = {"登录名": HEAD_2, "姓名": NAMES[HEAD_2], "岗位": "校长", "单位代码": "S1"}
    county.take("staff", [{**elsewhere, "任职日期": "2026-09-17"}], at("2026-10-09T16:01"))
    with reviewer(county, SEPTEMBER) as asked:
        everywhere = asked.of_person(HEAD_2, {"S1", "S2"})
        here = asked.of_person(HEAD_2, {"S2"})
    assert [(each.unit, each.since) for each in everywhere.tenures] == [
        ("S2", "2026-08-01"),
        ("S1", "2026-09-17"),
    ]
    assert {item.line.unit for item in everywhere.items} == {"S1", "S2"}
    assert {item.line.unit for item in here.items} == {"S2"}
    at_s1 = [item for item in everywhere.items if item.line.unit == "S1"]
    assert at_s1 and all(item.line.due_day >= "2026-09-17" for item in at_s1)
    assert all(item.line.role == "校长" for item in everywhere.items)


def test_a_visit_told_after_the_period_stands_beside_what_was_known(county: County) -> None:
    visit = {
        "学籍号": "G20260002",
        "姓名": HILL,
        "家访日期": "2026-09-15",
        "开始时间": "18:00",
        "方式": "上门",
        "参加人": "卢远山/班主任/第二初中",
        "见到": "家长",
        "结果": "犹豫",
        "谈话要点": "补登记",
        "记录人": "卢远山",
    }
    assert not county.take("visits", [visit], at("2026-10-09T16:00")).refused
    review = of_unit(county, "S2")
    item = next(each for each in review.items if each.line.rule == "out.contact")
    assert (item.then, item.now, item.fulfilled_on) == ("overdue", "on_time", "2026-09-15")
    assert item.recorded_late == 22 and item.differs
    teacher = part_of(review, TEACH_2)
    assert (teacher.then.states["on_time"], teacher.now.states["on_time"]) == (0, 1)
    # The teacher's posting was told in October too: at the end of September the class had nobody.
    assert item not in teacher.wanting and item in review.parts[-1].wanting
    with county.casework.reading() as reading:
        told = Teller(reading.reference, review, {}).told(item)
    assert told.child == "不在查看范围的孩子" and told.child_id == ""
    assert "2026-10-09 补登记" in told.learned and told.done == "2026-09-15 办结，晚登记 22 天"


def test_who_did_it_gets_the_credit(county: County) -> None:
    ids = ids_of(county)
    principal = Actor(HEAD_2, NAMES[HEAD_2], "校长", "S2")
    visit = Visit(on="2026-10-09", mode="上门", outcome="犹豫", start="10:00", met=("家长",))
    county.casework.do(
        "record_visit",
        lambda act, ref: record_visit(act, ref, child_id=ids[HILL], visit=visit),
        actor=principal,
    )
    with reviewer(county, OCTOBER, None) as asked:
        unit, head = asked.of_unit("S2"), asked.of_person(HEAD_2, {"S2"})
        elsewhere = asked.of_person(HEAD_1, {"S1"})
    item = next(each for each in unit.items if each.line.rule == "out.contact")
    assert [each.login for each in item.held_now] == [TEACH_2]
    assert item.by is not None and item.by.login == HEAD_2 and item.for_others
    assert unit.done_by == {item.by: 1}
    assert [(each.line.rule, each.line.case) for each in head.others] == [("out.contact", ids[HILL])]
    assert not elsewhere.others


def test_what_nobody_held_is_told_as_a_vacancy(county: County) -> None:
    review = of_unit(county, "S2")
    vacant = review.parts[-1]
    # 王秋月 sits in no class of S2 that anybody leads.
    assert vacant.holder == NOBODY
    assert {item.line.rule for item in vacant.items if not item.held_now} == {"returned.check"}
    assert vacant.now.due == 3 and vacant.now.timeliness == 0.0


def test_what_falls_due_after_the_period_is_not_reviewed(county: County) -> None:
    days = {item.line.due_day for item in of_unit(county, "S2").items}
    assert days and all("2026-09-01" <= day <= "2026-09-30" for day in days)
