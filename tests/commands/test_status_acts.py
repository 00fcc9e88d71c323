"""登记状态: every allowed and refused move, late entries, corrections, voids: the commands of the pages."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from casework.commands.status_acts import StatusAct, correct_status, record_status, void_status
from casework.domain import statuses as s
from casework.domain.case_file import CaseFile
from casework.domain.values import Actor
from casework.errors import BadInput, CaseworkError, ChangedMeanwhile, NotAllowed, NotFound, RuleBroken
from casework.projections.case_history import CaseHistory, history_of
from casework.projections.case_people import person
from tests.domain.statuses import ALLOWED, NOTHING, STATUSES
from tests.support.county import County
from tests.support.field import ACTORS, TEACH_1, field_county, ids_of
from tests.web.small_county import CALM, CLERK, HEAD_1, HEAD_2, HILL, RAIN

OFFICE = Actor(CLERK, "路知遥", "基教股", "C1")
PRINCIPAL_1 = Actor(HEAD_1, "温若谷", "校长", "S1")
PRINCIPAL_2 = Actor(HEAD_2, "闵舒禾", "校长", "S2")
TODAY = "2026-10-09"

_SAID: dict[str, dict[str, Any]] = {
    s.DROPPED_OUT: {"causes": ("外出务工",), "lost_type": "中途辍学"},
    s.RELAPSED: {"causes": ("外出务工",), "lost_type": "中途辍学"},
    s.RETURNED: {"placement": "插班"},
    s.CLOSED: {"reason": "毕业", "evidence": "证1"},
    s.DEFERRED: {"evidence": "证1"},
}


def status_act(change: str, on: str = TODAY, **more: Any) -> StatusAct:
    return StatusAct(on=on, change=change, **{**_SAID.get(change, {}), **more})


def record(
    county: County,
    child: str,
    status: StatusAct,
    *,
    actor: Actor = OFFICE,
    seen: int | None = None,
    command_id: str = "",
) -> dict[str, Any]:
    return county.casework.do(
        "record_status",
        lambda act, ref: record_status(act, ref, child_id=child, status=status, seen=seen),
        actor=actor,
        command_id=command_id,
        content={"child": child, "on": status.on, "change": status.change},
    )


def correct(
    county: County, child: str, no: int, status: StatusAct, *, actor: Actor = OFFICE, seen: int | None = None
) -> dict[str, Any]:
    return county.casework.do(
        "correct_status",
        lambda act, ref: correct_status(
            act, ref, child_id=child, no=no, status=status, reason="记错了", seen=seen
        ),
        actor=actor,
    )


def void(county: County, child: str, no: int, *, actor: Actor = OFFICE) -> dict[str, Any]:
    return county.casework.do(
        "void_status",
        lambda act, ref: void_status(act, ref, child_id=child, no=no, reason="没有这回事"),
        actor=actor,
    )


def history(county: County, child: str) -> CaseHistory:
    with county.casework.reading() as reading:
        return history_of(reading.snapshot, child, open_private=True)


def file_of(county: County, child: str) -> CaseFile:
    return history(county, child).file


def school_on(county: County, child: str, day: str) -> str:
    with county.casework.reading() as reading:
        place = person(reading.snapshot.conn, reading.snapshot.k, child).on(day)
    return str(place.school) if place is not None else ""


# ---- every move ------------------------------------------------------------------------------

_WORDS = {
    s.CLOSED: {"销号原因": "毕业", "批准人": "某某"},
    s.DEFERRED: {"证据编号": "证1", "批准人": "某某"},
    s.TRANSFERRING: {"接收学校代码": "S2"},
}
_WAY_TO = {
    NOTHING: [],
    s.CLOSED: [s.WATCH, s.CLOSED],
    s.RETURNED: [s.SUSPECTED, s.RETURNED],
    s.TRANSFERRING: [s.WATCH, s.TRANSFERRING],
}
MOVES = [(before, after) for before in (NOTHING, *STATUSES) for after in STATUSES if before != after]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[County, dict[str, str]]]:
    """A child of its own for each move, brought into the status before it by workbooks."""
    with field_county(f"sqlite:///{tmp_path_factory.mktemp('moves') / 'casework.db'}") as county:
        numbers = {move: f"M{at:05d}" for at, move in enumerate(MOVES)}
        pupils = [
            {
                "学籍号": number,
                "姓名": f"移{number}",
                "性别": "男",
                "出生日期": "2014-01-01",
                "学校代码": "S1",
                "学段": "小学",
                "年级": "四年级",
                "班级": "1班",
                "现居住地代码": "V1",
            }
            for number in numbers.values()
        ]
        county.take("roster", pupils)
        rows = []
        for (before, _), number in numbers.items():
            days = count(1)
            for change in _WAY_TO.get(before, [before]):
                row = {"学籍号": number, "姓名": f"移{number}", "变化": s.CHANGE_NAMES[change]}
                row |= {"日期": f"2026-09-{next(days):02d}", "登记人": "路知遥"}
                rows.append({**row, **_WORDS.get(change, {})})
        county.take("status", rows)
        named = ids_of(county)
        yield county, {f"{move}": named[f"移{number}"] for move, number in numbers.items()}


@pytest.mark.parametrize(("before", "after"), MOVES)
def test_a_move_is_taken_or_refused_as_the_table_says(
    many: tuple[County, dict[str, str]], before: str, after: str
):
    county, children = many
    child = children[f"{(before, after)}"]
    assert file_of(county, child).status == before
    outcome = {"outcome": "确认辍学"} if before == s.VERIFYING else {}
    allowed = after in ALLOWED.get(before, "").split()
    if allowed and not s.needs_approval(after, before) and after != s.TRANSFERRING:
        record(county, child, status_act(after, **outcome))
        assert file_of(county, child).status == after
        return
    with pytest.raises(RuleBroken) as refused:
        record(county, child, status_act(after, **outcome))
    message = refused.value.message
    if after == s.TRANSFERRING:
        assert "转学" in message
    elif s.needs_approval(after, before):
        assert message == f"“{s.CHANGE_NAMES[after]}”须申报，由另一人审批，不能直接登记"
    else:
        assert s.STATUS_NAMES[after] in message and f"“{TODAY} {s.CHANGE_NAMES[after]}”" in message
    assert file_of(county, child).status == before


# ---- what must be said -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (StatusAct(on=TODAY, change=s.DROPPED_OUT, causes=("外出务工",)), "主要原因和失学类型"),
        (status_act(s.DROPPED_OUT, causes=("不知道",)), "不在可选范围内"),
        (status_act(s.DROPPED_OUT, lost_type="别的"), "不在可选范围内"),
        (status_act(s.SUSPECTED, on="2026-10-10"), "在将来"),
        (status_act("nichts"), "请选择"),
    ],
)
def test_an_act_that_does_not_say_enough_is_refused(
    field: County, children: dict[str, str], status: StatusAct, message: str
):
    with pytest.raises(BadInput, match=message):
        record(field, children[CALM], status)


def test_a_return_says_where_the_child_sits(field: County, children: dict[str, str]):
    with pytest.raises(BadInput, match="安置方式"):
        record(field, children[HILL], StatusAct(on=TODAY, change=s.RETURNED))
    with pytest.raises(BadInput, match="没有这个学校"):
        record(field, children[HILL], status_act(s.RETURNED, school="T1"))


def test_a_lead_ends_with_the_outcome_of_its_verification(field: County, children: dict[str, str]):
    child = children[CALM]
    record(field, child, status_act(s.VERIFYING, on="2026-10-08"))
    with pytest.raises(BadInput, match="请填写核查结果"):
        record(field, child, status_act(s.DROPPED_OUT))
    with pytest.raises(BadInput, match="不在可选范围内"):
        record(field, child, status_act(s.DROPPED_OUT, outcome="随便"))
    no = record(field, child, status_act(s.DROPPED_OUT, outcome="确认辍学"))["no"]
    line = next(each for each in history(field, child).lines if each.no == no)
    assert line.now.body["outcome"] == "确认辍学"


def test_only_a_lead_has_an_outcome(field: County, children: dict[str, str]):
    with pytest.raises(RuleBroken, match="只有待核查的线索"):
        record(field, children[CALM], status_act(s.WATCH, outcome="已在校有学籍"))


def test_relapse_needs_a_return_before_it(field: County, children: dict[str, str]):
    with pytest.raises(RuleBroken, match="此前没有复学记录"):
        record(field, children[CALM], status_act(s.RELAPSED))
    record(field, children[RAIN], status_act(s.RELAPSED))
    assert file_of(field, children[RAIN]).spans()[-1].relapse


def test_a_class_teacher_records_no_status_and_a_stranger_finds_no_child(
    field: County, children: dict[str, str]
):
    with pytest.raises(NotAllowed):
        record(field, children[RAIN], status_act(s.SUSPECTED), actor=ACTORS[TEACH_1])
    with pytest.raises(NotFound):
        record(field, children[HILL], status_act(s.RETURNED), actor=PRINCIPAL_1)


# ---- late entries, corrections, voids ----------------------------------------------------------


def test_a_late_entry_changes_the_history_from_its_day(field: County, children: dict[str, str]):
    record(field, children[RAIN], status_act(s.DROPPED_OUT, on="2026-09-10"))
    spans = file_of(field, children[RAIN]).spans()
    assert [(span.valid_from, span.status) for span in spans] == [
        ("2026-09-07", s.SUSPECTED),
        ("2026-09-10", s.DROPPED_OUT),
        ("2026-09-15", s.RETURNED),
    ]


def test_a_late_entry_that_makes_a_later_one_impossible_names_both(field: County, children: dict[str, str]):
    with pytest.raises(RuleBroken, match="2026-09-15 复学”与“2026-09-10 重点关注"):
        record(field, children[RAIN], status_act(s.WATCH, on="2026-09-10"))


def test_a_correction_that_makes_a_later_entry_impossible_names_both(field: County, children: dict[str, str]):
    child = children[RAIN]
    first = min(file_of(field, child).entries)
    with pytest.raises(RuleBroken, match="2026-09-15 复学”与“2026-09-07 重点关注"):
        correct(field, child, first, status_act(s.WATCH, on="2026-09-07"))
    with pytest.raises(RuleBroken, match=r"复学.*此前没有任何状态"):
        void(field, child, first)


def test_a_correction_keeps_both_versions_and_their_reason(field: County, children: dict[str, str]):
    child = children[HILL]
    no = max(file_of(field, child).entries)
    correct(field, child, no, status_act(s.DROPPED_OUT, on="2026-09-17", causes=("早婚早育",)))
    line = next(each for each in history(field, child).lines if each.no == no and each.ledger == "statuses")
    assert [version.body["on"] for version in line.versions] == ["2026-09-16", "2026-09-17"]
    assert (line.now.said or {})["correction_reason"] == "记错了"


def test_no_correction_empties_the_list_by_one_hand(field: County, children: dict[str, str]):
    child = children[HILL]
    no = max(file_of(field, child).entries)
    for change in (s.CLOSED, s.DEFERRED, s.HOME_TEACHING):
        with pytest.raises(RuleBroken, match="须申报"):
            correct(field, child, no, status_act(change, on="2026-09-16"))
    assert file_of(field, child).status == s.DROPPED_OUT


def test_what_was_approved_is_not_corrected_but_may_be_voided(field: County, children: dict[str, str]):
    row = {"学籍号": "G20260001", "姓名": RAIN, "日期": "2026-10-08", "变化": "销号"}
    row |= {"销号原因": "复学稳定", "证据编号": "证1", "登记人": "温若谷", "批准人": "路知遥"}
    field.take("status", [row])
    child = children[RAIN]
    no = max(file_of(field, child).entries)
    with pytest.raises(RuleBroken, match="经过审批"):
        correct(field, child, no, status_act(s.WATCH))
    void(field, child, no)
    assert file_of(field, child).status == s.RETURNED


def test_a_return_at_another_school_moves_the_child_and_its_void_brings_it_back(
    field: County, children: dict[str, str]
):
    child = children[HILL]
    no = record(field, child, status_act(s.RETURNED, school="S1"))["no"]
    assert school_on(field, child, TODAY) == "S1"
    assert file_of(field, child).spans()[-1].school == "S1"
    assert record(field, child, status_act(s.WATCH), actor=PRINCIPAL_1)["verb"] == "recorded"
    with pytest.raises(NotFound):
        void(field, child, no, actor=PRINCIPAL_2)
    void(field, child, max(file_of(field, child).entries))
    void(field, child, no)
    assert school_on(field, child, TODAY) == "S2"
    assert file_of(field, child).spans()[-1].school == "S2"


def test_correcting_the_day_of_such_a_return_moves_the_move(field: County, children: dict[str, str]):
    child = children[HILL]
    no = record(field, child, status_act(s.RETURNED, on="2026-10-08", school="S1"))["no"]
    correct(field, child, no, status_act(s.RETURNED, on="2026-10-01", school="S1"))
    assert (school_on(field, child, "2026-09-30"), school_on(field, child, "2026-10-01")) == ("S2", "S1")


# ---- two at once, twice, stale ------------------------------------------------------------------


def test_a_form_sent_twice_is_one_entry(field: County, children: dict[str, str]):
    first = record(field, children[CALM], status_act(s.SUSPECTED), command_id="form-1")
    assert record(field, children[CALM], status_act(s.SUSPECTED), command_id="form-1") == first
    assert len(file_of(field, children[CALM]).entries) == 1


def test_the_same_word_of_the_same_day_never_corrects_silently(field: County, children: dict[str, str]):
    record(field, children[CALM], status_act(s.SUSPECTED))
    with pytest.raises(RuleBroken, match="同一天已有同样的状态登记"):
        record(field, children[CALM], status_act(s.SUSPECTED, causes=("网瘾",)))


def test_what_was_voided_may_be_recorded_again(field: County, children: dict[str, str]):
    child = children[CALM]
    void(field, child, record(field, child, status_act(s.SUSPECTED))["no"])
    assert record(field, child, status_act(s.SUSPECTED))["verb"] == "recorded"
    assert file_of(field, child).status == s.SUSPECTED


def test_a_stale_form_changes_nothing(field: County, children: dict[str, str]):
    child = children[RAIN]
    seen = file_of(field, child).judged
    record(field, child, status_act(s.SUSPECTED), seen=seen)
    for stale in (
        lambda: record(field, child, status_act(s.DROPPED_OUT), seen=seen),
        lambda: correct(field, child, 2, status_act(s.WATCH), seen=seen),
    ):
        with pytest.raises(ChangedMeanwhile, match="此个案已被他人更新"):
            stale()
    assert file_of(field, child).status == s.SUSPECTED


def test_a_file_not_yet_opened_was_shown_as_none(field: County, children: dict[str, str]):
    assert record(field, children[CALM], status_act(s.WATCH), seen=0)["verb"] == "recorded"
    with pytest.raises(ChangedMeanwhile):
        record(field, children[CALM], status_act(s.SUSPECTED), seen=0)


def test_a_tried_act_leaves_nothing(field: County, children: dict[str, str]):
    child, status = children[HILL], status_act(s.RETURNED, school="S1")
    with field.casework.reading() as reading:
        before = reading.snapshot.k

    def look(act: Any) -> str:
        return "seen"

    command = lambda act, ref: record_status(act, ref, child_id=child, status=status)  # noqa: E731
    assert field.casework.try_out("record_status", command, look, actor=OFFICE) == "seen"
    with field.casework.reading() as reading:
        assert reading.snapshot.k == before
    assert school_on(field, child, TODAY) == "S2"
    with pytest.raises(CaseworkError):
        wrong = replace(status, on="2027-01-01")
        command = lambda act, ref: record_status(act, ref, child_id=child, status=wrong)  # noqa: E731
        field.casework.try_out("record_status", command, look, actor=OFFICE)
