"""送教记录 on both databases: who may, when it asks once more, what counts, corrected and voided."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from casework.commands.sessions import (
    NotTaughtAtHome,
    Session,
    correct_session,
    record_session,
    void_session,
)
from casework.domain.permissions import reach_of
from casework.errors import BadInput, NotAllowed, NotFound, RuleBroken
from casework.projections.placements import Taught, Where, deferred, ending, taught, taught_at_home
from tests.support.county import County
from tests.support.field import ACTORS, CHIEF, TEACH_1, TEACH_2
from tests.web.small_county import CALM, HILL, MOON, RAIN

SESSION = Session(
    on="2026-10-09",
    start="09:00",
    end="11:00",
    tenths=30,
    signed=True,
    private={"teachers": "卢远山；覃维岭", "content": "认识数字"},
)
_PAPER = {"登记人": "闵舒禾", "批准人": "路知遥", "证据编号": "证1"}


@pytest.fixture
def county(field: County) -> County:
    """赵安 is taught at home since 10-08; three others are deferred."""
    now = field.now
    rows = [{"学籍号": "G20260004", "姓名": CALM, "日期": "2026-10-08", "变化": "送教上门", **_PAPER}]
    ends = (
        ("G20260001", RAIN, "2026-10-12"),
        ("G20260002", HILL, "2026-12-01"),
        ("G20260003", MOON, "2026-10-08"),
    )
    for number, name, until in ends:
        rows.append(
            {
                "学籍号": number,
                "姓名": name,
                "日期": "2026-10-07",
                "变化": "休学",
                **_PAPER,
                "截止日期": until,
            }
        )
    field.take("status", rows)
    field.now = now
    return field


def do(county: County, command: Callable[..., Any], login: str = TEACH_2, **arguments: Any) -> Any:
    return county.casework.do(
        command.__name__, lambda act, ref: command(act, ref, **arguments), actor=ACTORS[login]
    )


def counted(county: County, child: str) -> Taught:
    with county.casework.reading() as reading:
        found = taught(reading.snapshot.conn, [child], "2026-10-01", "2026-09-01")
        return found.get(child, Taught())


def test_sessions_count_by_month_and_term_with_their_hours(county: County, children: dict[str, str]):
    child = children[CALM]
    do(county, record_session, child_id=child, session=SESSION)
    do(county, record_session, child_id=child, session=replace(SESSION, start="14:00", end="", tenths=15))
    late = replace(SESSION, on="2026-09-20")
    with pytest.raises(NotTaughtAtHome, match="2026-09-20 这一天，这个学生的状态是“没有登记状态”"):
        do(county, record_session, child_id=child, session=late)
    do(county, record_session, child_id=child, session=late, confirmed=True)
    assert counted(county, child) == Taught(2, 45, 3, 75, "2026-10-09")


def test_a_corrected_session_counts_as_it_now_reads_and_a_voided_one_not(
    county: County, children: dict[str, str]
):
    child = children[CALM]
    no = do(county, record_session, child_id=child, session=SESSION)["no"]
    with pytest.raises(BadInput, match="原因"):
        do(county, correct_session, child_id=child, no=no, session=replace(SESSION, tenths=20), reason=" ")
    do(county, correct_session, child_id=child, no=no, session=replace(SESSION, tenths=20), reason="两节")
    assert counted(county, child).month_tenths == 20
    do(county, void_session, child_id=child, no=no, reason="没有去成")
    assert counted(county, child) == Taught()
    with pytest.raises(RuleBroken, match="已作废"):
        do(county, void_session, child_id=child, no=no, reason="再来")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"tenths": 0}, "课时应大于 0"),
        ({"tenths": 241}, "不超过 24 课时"),
        ({"end": "08:00"}, "早于开始时间"),
        ({"private": {}}, "送教教师"),
        ({"on": "2026-10-10"}, "在将来"),
    ],
)
def test_a_session_that_cannot_be_is_refused(
    county: County, children: dict[str, str], wrong: dict[str, Any], said: str
):
    with pytest.raises(BadInput, match=said):
        do(county, record_session, child_id=children[CALM], session=replace(SESSION, **wrong))


def test_another_class_and_a_post_without_the_right_record_nothing(county: County, children: dict[str, str]):
    with pytest.raises(NotFound, match=r"^没有这名学生$"):
        do(county, record_session, TEACH_1, child_id=children[CALM], session=SESSION)
    with pytest.raises(NotAllowed):
        do(county, record_session, CHIEF, child_id=children[CALM], session=SESSION)


def test_the_deferred_are_listed_by_their_end_page_by_page_inside_the_reach(
    county: County, children: dict[str, str]
):
    with county.casework.reading() as reading:
        conn, units = reading.snapshot.conn, reading.reference.units
        whole = reach_of(units, "C1")
        seen, after = [], None
        while True:
            rows, after = deferred(conn, whole, Where(), after=after, size=1)
            seen += [row.case_id for row in rows]
            if after is None:
                break
        assert seen == [children[MOON], children[RAIN], children[HILL]]
        assert [row.case_id for row in deferred(conn, whole, Where(school="S1"), size=9)[0]] == [
            children[RAIN]
        ]
        assert not deferred(conn, reach_of(units, "S1"), Where(school="S2"), size=9)[0]
        assert ending(conn, whole, "2026-10-19") == (2, "2026-10-08")
        assert [row.case_id for row in taught_at_home(conn, whole, Where(), size=9)[0]] == [children[CALM]]
