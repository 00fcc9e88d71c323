"""转学: who asks, releases, accepts, refuses and withdraws; what each must say; where the child then is."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from casework.commands.transfer_asking import Wanted, ask_transfer, withdraw_asking
from casework.commands.transfers import (
    accept_transfer,
    decline_asking,
    refuse_transfer,
    release_transfer,
    withdraw_transfer,
)
from casework.domain.case_file import CaseFile
from casework.domain.permissions import Reach
from casework.domain.places import place_on
from casework.domain.values import Actor
from casework.errors import BadInput, CaseworkError, ChangedMeanwhile, NotAllowed, NotFound, RuleBroken
from casework.projections.case_history import history_of
from casework.projections.reach import reach_for
from casework.projections.reconcile import reconcile
from casework.projections.transfer_requests import Request, asked_by, asked_of, coming, leaving
from casework.store.keys import ChildKeys
from casework.web.transfers.reach import schools_of
from tests.support.county import County
from tests.support.field import ACTORS, TEACH_1, ids_of
from tests.web.small_county import CALM, CLERK, DISTRICT, HEAD_1, HEAD_2, HILL, MOON, NAMES, RAIN

FIRST, SECOND, BUREAU, EAST = (
    Actor(HEAD_1, NAMES[HEAD_1], "校长", "S1"),
    Actor(HEAD_2, NAMES[HEAD_2], "校长", "S2"),
    Actor(CLERK, NAMES[CLERK], "基教股", "C1"),
    Actor(DISTRICT, NAMES[DISTRICT], "学区", "D1"),
)
TODAY = "2026-10-09"
MONDAY = "2026-10-05"


def do(county: County, actor: Actor, command: Callable[..., Any], **said: Any) -> Any:
    return county.casework.do("test", lambda act, ref: command(act, ref, **said), actor=actor)


def ask(county: County, actor: Actor = SECOND, school: str = "S2", **who: str) -> Any:
    request_id = uuid4().hex
    wanted = Wanted(**(who or {"student_no": "G20260001"}))
    return do(county, actor, ask_transfer, request_id=request_id, school=school, wanted=wanted)


def release(county: County, child: str, actor: Actor = FIRST, **more: Any) -> Any:
    said = {"on": TODAY, "school": "S2", **more}
    return do(county, actor, release_transfer, child_id=child, **said)


def accept(county: County, child: str, actor: Actor = SECOND, **more: Any) -> Any:
    return do(county, actor, accept_transfer, child_id=child, **{"on": TODAY, **more})


def file_of(county: County, child: str) -> CaseFile:
    with county.casework.reading() as reading:
        return history_of(reading.snapshot, child, open_private=False).file


def school_of(county: County, child: str, day: str = TODAY) -> tuple[str, str]:
    place = place_on(file_of(county, child).places, day)
    assert place
    return place.school, place.klass


def requests(county: County, school: str = "S2") -> list[Request]:
    with county.casework.reading() as reading:
        keys: ChildKeys = reading.snapshot.keys
        return asked_by(reading.snapshot.conn, keys, [school], "2026-09-01")


def figures(county: County, school: str) -> dict[str, Any]:
    rows = county.casework.weekly_report("C1", "2026-W41")["tables"]["schools"]
    return next(row for row in rows if row["unit"]["code"] == school and row["stage"] == "all")


def refused(county: County, kind: type[CaseworkError], words: str, run: Callable[[], Any]) -> None:
    before = file_of(county, ids_of(county)[RAIN])
    with pytest.raises(kind, match=words):
        run()
    assert file_of(county, ids_of(county)[RAIN]) == before


def balanced(county: County) -> None:
    with county.casework.reading() as reading:
        assert reconcile(reading.snapshot) == []


def test_asked_released_accepted_the_child_and_the_file_are_the_new_schools(field: County):
    child = ids_of(field)[RAIN]
    ask(field)
    release(field, child, on=MONDAY, why="随父母迁居")
    assert file_of(field, child).status == "transferring"
    assert school_of(field, child) == ("S1", "1班"), "still the sender's"
    assert [each.ended for each in requests(field)] == ["approved"]
    accept(field, child, grade="四年级", klass="2班")
    assert file_of(field, child).status == "returned"
    assert school_of(field, child) == ("S2", "2班")
    assert school_of(field, child, "2026-10-08") == ("S1", "1班")
    balanced(field)


def test_the_weekly_report_balances_before_between_and_after(field: County):
    child = ids_of(field)[RAIN]
    before = figures(field, "S1")["pupils"], figures(field, "S2")["pupils"]
    release(field, child, on=MONDAY)
    assert (figures(field, "S1")["pupils"], figures(field, "S2")["pupils"]) == before
    accept(field, child, on=MONDAY)
    after = figures(field, "S1")["pupils"], figures(field, "S2")["pupils"]
    assert after == (before[0] - 1, before[1] + 1)


def test_no_asking_tells_whether_the_child_exists(field: County):
    words: tuple[dict[str, Any], ...] = (
        {"student_no": "G20260001"},
        {"student_no": "G20269999"},
        {"student_no": "G20260001", "name": "别人"},
        {"name": RAIN, "birth": "2016-05-06"},
        {"name": RAIN, "birth": "2015-05-06"},
        {"cert_no": "990126201305060001"},
        {"cert_no": "990126201305069999"},
    )
    replies = [ask(field, **each) for each in words]
    assert {tuple(reply) for reply in replies} == {("request",)}
    seen = requests(field)
    assert [each.ended for each in seen] == [""] * len(words)
    assert {each.typed for each in seen} >= {"学籍号 G20269999", "张小雨，2015-05-06"}
    assert len(file_of(field, ids_of(field)[RAIN]).open_asks()) == 1
    for each in seen:
        do(field, SECOND, withdraw_asking, request_id=each.request_id)
    assert {each.ended for each in requests(field)} == {"withdrawn"}
    assert not file_of(field, ids_of(field)[RAIN]).open_asks()


def test_namesakes_are_met_by_no_name(field: County):
    twin = {"姓名": RAIN, "性别": "男", "出生日期": "2016-05-06", "学籍号": "G20260009", "学校代码": "S1"}
    field.take("roster", [{**twin, "学段": "小学", "年级": "四年级", "班级": "2班", "监护人": "另一家"}])
    ask(field, name=RAIN, birth="2016-05-06")
    assert not file_of(field, ids_of(field)[RAIN]).open_asks()


def test_an_asking_names_a_school_of_ones_own_and_a_child(field: County):
    refused(field, BadInput, "学籍号或证件号", lambda: ask(field, name=RAIN))
    refused(field, NotFound, "没有这所学校", lambda: ask(field, school="S1"))
    refused(field, NotFound, "没有这所学校", lambda: ask(field, school="T1"))
    refused(field, RuleBroken, "已在本校", lambda: ask(field, FIRST, "S1", student_no="G20260001"))
    refused(field, NotAllowed, "没有这项操作的权限", lambda: ask(field, ACTORS[TEACH_1], "S1"))


def test_an_asking_is_declined_with_a_reason_that_the_asker_reads(field: County):
    child = ids_of(field)[RAIN]
    ask(field)
    with field.casework.reading() as reading:
        waiting = asked_of(reading.snapshot.conn, Reach("S1", schools=frozenset({"S1"})))
        assert [(each.case.case_id, each.other) for each in waiting] == [(child, "S2")]
    no_reason = {"child_id": child, "school": "S2", "why": " "}
    refused(field, BadInput, "写明不同意的原因", lambda: do(field, FIRST, decline_asking, **no_reason))
    do(field, FIRST, decline_asking, child_id=child, school="S2", why="家长不同意")
    assert [(each.ended, each.answer) for each in requests(field)] == [("declined", "家长不同意")]
    refused(
        field,
        RuleBroken,
        "已经办结",
        lambda: do(field, FIRST, decline_asking, child_id=child, school="S2", why="x"),
    )
    assert school_of(field, child)[0] == "S1"
    withdrawn = requests(field)[0].request_id
    refused(
        field, RuleBroken, "已经有了答复", lambda: do(field, SECOND, withdraw_asking, request_id=withdrawn)
    )


def test_refused_or_withdrawn_the_child_stays_in_the_status_before(field: County):
    child = ids_of(field)[RAIN]
    release(field, child, on="2026-10-05")
    refused(
        field,
        BadInput,
        "不能接收的原因",
        lambda: do(field, SECOND, refuse_transfer, child_id=child, on=TODAY, why=""),
    )
    do(field, SECOND, refuse_transfer, child_id=child, on="2026-10-06", why="班额已满")
    assert (file_of(field, child).status, school_of(field, child)[0]) == ("returned", "S1")
    release(field, child, on="2026-10-07")
    do(field, FIRST, withdraw_transfer, child_id=child, on="2026-10-08")
    assert (file_of(field, child).status, school_of(field, child)[0]) == ("returned", "S1")
    balanced(field)


def test_each_side_does_its_own_part_and_the_county_both(field: County):
    child = ids_of(field)[RAIN]
    release(field, child, on=MONDAY)
    refused(field, RuleBroken, "只有接收学校才能", lambda: accept(field, child, FIRST))
    refused(
        field,
        NotFound,
        "没有这名学生",
        lambda: do(field, SECOND, withdraw_transfer, child_id=child, on=TODAY),
    )
    refused(field, NotFound, "没有这名学生", lambda: release(field, child, SECOND))
    accept(field, child, BUREAU)
    assert school_of(field, child)[0] == "S2"
    release(field, child, EAST, school="S1", on=TODAY, why="又回来")


def test_a_school_without_a_part_finds_nobody(field: County):
    refused(field, NotFound, "没有这名学生", lambda: accept(field, ids_of(field)[RAIN]))
    refused(field, NotFound, "没有这名学生", lambda: release(field, "0" * 32))


def test_children_out_of_school_are_not_in_transfer(field: County):
    child = ids_of(field)[HILL]
    with pytest.raises(RuleBroken, match=r"“辍学”，不能办理转学；.*登记“复学”"):
        release(field, child, SECOND, school="S1")
    ask(field, FIRST, "S1", student_no="G20260002")
    assert file_of(field, child).open_asks(), "the asking says that the child sits elsewhere"


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ({"school": ""}, BadInput, "请选择接收学校；转往县外的"),
        ({"school": "T1"}, BadInput, "没有这个接收学校"),
        ({"school": "S9"}, BadInput, "没有这个接收学校"),
        ({"school": "S1"}, BadInput, "已在第一小学就读"),
        ({"on": "2026-10-10"}, BadInput, "在将来"),
        ({"on": "2026-09-10"}, RuleBroken, "不相容"),
        ({"seen": 1}, ChangedMeanwhile, "已被他人更新"),
    ],
)
def test_a_release_that_can_not_be_is_refused(
    field: County, said: dict[str, Any], kind: type[CaseworkError], words: str
):
    refused(field, kind, words, lambda: release(field, ids_of(field)[RAIN], **said))


def test_the_same_release_twice_a_day_is_refused_with_words(field: County):
    child = ids_of(field)[RAIN]
    release(field, child)
    do(field, FIRST, withdraw_transfer, child_id=child, on=TODAY)
    refused(field, RuleBroken, "同一天已有一条“转出”", lambda: release(field, child))
    refused(field, RuleBroken, "不在转学办理中", lambda: accept(field, child, BUREAU))


def test_an_acceptance_before_the_release_is_refused(field: County):
    child = ids_of(field)[RAIN]
    release(field, child, on="2026-10-07")
    refused(field, RuleBroken, "不相容", lambda: accept(field, child, on="2026-10-06"))


def test_outside_the_county_nobody_here_accepts(field: County):
    child = ids_of(field)[RAIN]
    release(field, child, school="", destination="江州市第三小学")
    assert file_of(field, child).status == "transferring"
    refused(field, RuleBroken, "收到接收证明后", lambda: accept(field, child, BUREAU))
    do(field, FIRST, withdraw_transfer, child_id=child, on=TODAY)
    assert file_of(field, child).status == "returned"


def test_a_child_without_a_status_moves_by_asking_and_consent(field: County):
    child = ids_of(field)[CALM]
    with pytest.raises(RuleBroken, match="请接收学校在“转学”页申请"):
        release(field, child, SECOND, school="S1")
    with pytest.raises(RuleBroken, match="县外就读"):
        release(field, child, SECOND, school="", destination="江州")
    ask(field, FIRST, "S1", student_no="G20260004")
    with pytest.raises(BadInput, match="不对"):
        release(field, child, SECOND, school="S1", on="2026-10-10")
    assert release(field, child, SECOND, school="S1", on=MONDAY)["verb"] == "moved"
    assert file_of(field, child).status == ""
    assert (school_of(field, child), school_of(field, child, "2026-10-04")) == (("S1", ""), ("S2", "1班"))
    assert requests(field, "S1")[0].ended == "moved"
    balanced(field)


def test_an_old_roster_does_not_move_such_a_child_back(field: County):
    child = ids_of(field)[CALM]
    ask(field, FIRST, "S1", student_no="G20260004")
    release(field, child, SECOND, school="S1", on=MONDAY)
    row = {"姓名": CALM, "性别": "女", "出生日期": "2013-05-06", "学籍号": "G20260004", "学校代码": "S2"}
    old = field.take("roster", [{**row, "学段": "初中", "年级": "七年级", "班级": "1班"}])
    assert old.refused
    assert school_of(field, child)[0] == "S1"


def test_a_receiver_that_merged_yesterday_is_stood_for_by_its_successor(field: County):
    child = ids_of(field)[RAIN]
    school = {"类型": "学校", "上级代码": "C1", "学校类别": "初中", "所在乡镇代码": "T1"}
    field.take("units", [{"单位代码": "S3", "单位名称": "新中学", **school}])
    posted = {"登录名": "xz3", "姓名": "新校长", "岗位": "校长", "单位代码": "S3", "任职日期": "2026-09-01"}
    field.take("staff", [posted])
    release(field, child, on="2026-10-07")
    closed = {"停用日期": "2026-10-08", "并入单位代码": "S3", "上级代码": "D1", "所在乡镇代码": "T2"}
    field.take("units", [{"单位代码": "S2", "单位名称": "第二初中", **school, **closed}])
    third = Actor("xz3", "新校长", "校长", "S3")
    with field.casework.reading() as reading:
        units = reading.reference.units
        reach = reach_for(
            reading.snapshot.conn, reading.snapshot.k, units, login="xz3", post="校长", unit="S3", day=TODAY
        )
        assert [each.case.case_id for each in coming(reading.snapshot.conn, schools_of(units, reach, TODAY))]
    accept(field, child, third)
    assert school_of(field, child)[0] == "S3"
    with pytest.raises(RuleBroken, match="已停办，已并入新中学"):
        release(field, ids_of(field)[MOON], BUREAU, school="S2")
    balanced(field)


def test_both_sides_see_the_child_under_way(field: County):
    child = ids_of(field)[RAIN]
    release(field, child, on=MONDAY)
    with field.casework.reading() as reading:
        conn = reading.snapshot.conn
        assert [(each.case.case_id, each.since) for each in coming(conn, ["S2"])] == [(child, MONDAY)]
        assert [each.other for each in leaving(conn, Reach("S1", schools=frozenset({"S1"})))] == ["S2"]
        assert leaving(conn, Reach("S2", schools=frozenset({"S2"}))) == []
