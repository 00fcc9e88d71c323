"""开学核查: a class balances by head count and names; a filed sheet is frozen, corrected by a new version."""

from typing import Any

import pytest

from casework.domain.roll_call import ABSENT, DRAFT, FILED, ON_LEAVE, ClassCount, RollCall
from casework.errors import RuleBroken

CHILD, OTHER = "a" * 32, "b" * 32


def opened() -> RollCall:
    sheet = RollCall.open("S1", "2026-09-01")
    sheet.collect_events()
    return sheet


def told(sheet: RollCall) -> list[Any]:
    return [type(event).__name__ for event in sheet.collect_events()]


def room(present: int | None, *, expected: int = 3, unverified: int = 0, **marks: int) -> ClassCount:
    return ClassCount("四年级", "1班", expected, present, marks, unverified)


def test_a_mark_is_told_once():
    sheet = opened()
    sheet.mark(CHILD, ON_LEAVE, note="看病", note_mark="m")
    sheet.mark(CHILD, ON_LEAVE, note="看病", note_mark="m")
    sheet.mark(OTHER, "")
    assert told(sheet) == ["ChildMarked"]
    sheet.mark(CHILD, "")
    assert told(sheet) == ["ChildMarked"]
    assert sheet.marks == {}


def test_a_head_count_is_told_once():
    sheet = opened()
    sheet.count("四年级", "1班", 40)
    sheet.count("四年级", "1班", 40)
    sheet.count("四年级", "1班", 41)
    assert told(sheet) == ["ClassCounted", "ClassCounted"]


def test_a_balanced_sheet_is_filed_with_its_figures():
    sheet = opened()
    sheet.file([room(1, absent=1, on_leave=1)])
    (event,) = sheet.collect_events()
    assert isinstance(event, RollCall.Filed)
    assert event.no == 1
    assert dict(event.classes[0]) == {
        "grade": "四年级", "klass": "1班", "expected": 3, "present": 1, "transferred": 0, "deferred": 0,
        "on_leave": 1, "died": 0, "home_teaching": 0, "absent": 1,
    }  # fmt: skip
    assert sheet.state == FILED


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (room(None), "四年级1班还没有填实到人数"),
        (room(2), "应到 3 人，已说明的少 1 人"),
        (room(3, absent=1), "应到 3 人，已说明的多 1 人"),
        (room(2, absent=1, unverified=1), "有 1 名未报到学生没有核查结果"),
    ],
)
def test_a_sheet_that_does_not_add_up_is_refused_with_its_class(wrong: ClassCount, why: str):
    sheet = opened()
    with pytest.raises(RuleBroken, match=why):
        sheet.file([room(3), wrong])
    assert told(sheet) == []
    assert sheet.state == DRAFT


def test_a_filed_sheet_takes_no_entry_until_it_is_reopened_with_a_reason():
    sheet = opened()
    sheet.file([room(3)])
    for entry in (
        lambda: sheet.mark(CHILD, ABSENT),
        lambda: sheet.count("四年级", "1班", 1),
        lambda: sheet.file([room(3)]),
    ):
        with pytest.raises(RuleBroken, match="已上报"):
            entry()
    sheet.reopen("漏了一名学生")
    sheet.count("四年级", "1班", 2)
    sheet.file([room(2, absent=1)])
    assert sheet.filed == 2
    assert told(sheet) == ["Filed", "Reopened", "ClassCounted", "Filed"]


def test_a_sheet_not_filed_is_not_reopened():
    with pytest.raises(RuleBroken, match="还没有上报"):
        opened().reopen("x")
