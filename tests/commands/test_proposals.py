"""申报审批 on both databases: who may ask and decide, what is refused, what happens at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Barrier
from typing import Any

import pytest

from casework.commands.proposals import (
    Proposal,
    approve_status,
    decline_status,
    propose_status,
    withdraw_status,
)
from casework.domain.case_file import CaseFile
from casework.domain.permissions import reach_of
from casework.domain.student_case import StudentCase
from casework.domain.values import Actor
from casework.errors import BadInput, CaseworkError, ChangedMeanwhile, NotAllowed, NotFound, RuleBroken
from casework.projections import status_proposals
from casework.projections.rebuild import rebuild
from casework.projections.reconcile import reconcile
from tests.support.county import County
from tests.support.field import ACTORS
from tests.web.small_county import CALM, CLERK, HEAD_1, HEAD_2, HILL, MAYOR, RAIN

HEAD = Actor(HEAD_1, "温若谷", "校长", "S1")
OTHER_HEAD = Actor(HEAD_2, "闵舒禾", "校长", "S2")
BUREAU = Actor(CLERK, "路知遥", "基教股", "C1")
CHIEF_OF_BUREAU = Actor("juzhang", "展云帆", "局长", "C1")
TOWN = ACTORS[MAYOR]
CLOSURE = Proposal(
    change="closed", on="2026-10-09", reason="复学稳定", evidence="查1", private={"why": "五次检查都在校"}
)
LEAVE = Proposal(change="suspended", on="2026-10-08", until="2027-01-20", evidence="休学〔2026〕3号")


@pytest.fixture
def county(field: County) -> County:
    """The field county with a head of the bureau beside its clerk."""
    chief = {
        "登录名": "juzhang",
        "姓名": "展云帆",
        "岗位": "局长",
        "单位代码": "C1",
        "任职日期": "2026-08-01",
    }
    now = field.now
    field.take("staff", [chief])
    field.now = now
    return field


def do(county: County, command: Callable[..., Any], actor: Actor, id: str = "", **arguments: Any) -> Any:
    return county.casework.do(
        command.__name__,
        lambda act, ref: command(act, ref, **arguments),
        actor=actor,
        command_id=id,
        content={name: str(value) for name, value in arguments.items()},
    )


def propose(county: County, child: str, proposal: Proposal = CLOSURE, by: Actor = HEAD, **more: Any) -> int:
    return do(county, propose_status, by, child_id=child, proposal=proposal, **more)["no"]


def approve(
    county: County, child: str, no: int, by: Actor = BUREAU, on: str = "2026-10-09", **more: Any
) -> Any:
    return do(county, approve_status, by, child_id=child, no=no, on=on, **more)


def file_of(county: County, child: str) -> CaseFile:
    with county.casework.reading() as reading:
        return reading.snapshot.get(StudentCase, child).file


def test_a_school_asks_and_the_bureau_closes(county: County, children: dict[str, str]):
    child = children[RAIN]
    no = propose(county, child)
    assert file_of(county, child).status == "returned"
    approve(county, child, no)
    entry = list(file_of(county, child).entries.values())[-1]
    assert (entry.on, entry.change, entry.reason, entry.approved) == (
        "2026-10-09",
        "closed",
        "复学稳定",
        True,
    )


def test_a_township_approves_a_deferral_but_no_closure(county: County, children: dict[str, str]):
    child = children[RAIN]
    no = propose(county, child)
    with pytest.raises(NotAllowed, match="“销号”由局长、副局长、基教股审批"):
        approve(county, child, no, TOWN)
    do(county, withdraw_status, HEAD, child_id=child, no=no)
    approve(county, child, propose(county, child, LEAVE), TOWN, on="2026-10-08")
    assert file_of(county, child).status == "deferred"


def test_who_asked_does_not_decide_though_the_post_would(county: County, children: dict[str, str]):
    child = children[RAIN]
    no = propose(county, child, by=BUREAU)
    with pytest.raises(RuleBroken, match="申报人不能审批自己的申报"):
        approve(county, child, no)
    with pytest.raises(RuleBroken, match="申报人不能审批自己的申报"):
        do(county, decline_status, BUREAU, child_id=child, no=no, reason="x")
    approve(county, child, no, CHIEF_OF_BUREAU)


def test_a_school_has_no_right_to_decide(county: County, children: dict[str, str]):
    no = propose(county, children[RAIN])
    with pytest.raises(NotAllowed):
        approve(county, children[RAIN], no, HEAD)


def test_not_yours_and_not_there_are_answered_alike(county: County, children: dict[str, str]):
    for child in (children[RAIN], "0" * 32):
        with pytest.raises(NotFound, match=r"^没有这名学生$"):
            propose(county, child, by=OTHER_HEAD)


def test_after_a_withdrawal_nobody_approves(county: County, children: dict[str, str]):
    child = children[RAIN]
    no = propose(county, child)
    seen = file_of(county, child).judged
    do(county, withdraw_status, HEAD, child_id=child, no=no, reason="报错了")
    with pytest.raises(RuleBroken, match="这项申报已被撤回"):
        approve(county, child, no, seen=seen)
    with pytest.raises(RuleBroken, match="这项申报已被撤回"):
        do(county, decline_status, BUREAU, child_id=child, no=no, reason="x", seen=seen)


def test_another_unit_does_not_withdraw_and_a_colleague_does(county: County, children: dict[str, str]):
    child = children[RAIN]
    no = propose(county, child)
    with pytest.raises(NotAllowed, match="申报人或申报单位"):
        do(county, withdraw_status, BUREAU, child_id=child, no=no)
    row = {
        "登录名": "xueji1",
        "姓名": "孟学籍",
        "岗位": "学籍管理员",
        "单位代码": "S1",
        "任职日期": "2026-08-01",
    }
    now = county.now
    county.take("staff", [row])
    county.now = now
    do(county, withdraw_status, Actor("xueji1", "孟学籍", "学籍管理员", "S1"), child_id=child, no=no)


def test_what_came_in_between_is_shown_before_anything_is_decided(county: County, children: dict[str, str]):
    child = children[RAIN]
    no = propose(county, child)
    seen = file_of(county, child).judged
    relapse = {"学籍号": "G20260001", "姓名": RAIN, "日期": "2026-10-08", "变化": "再辍", "登记人": "温若谷"}
    county.take("status", [{**relapse, "原因": "外出务工"}])
    with pytest.raises(ChangedMeanwhile):
        approve(county, child, no, seen=seen)
    with pytest.raises(RuleBroken, match="状态登记又有变动"):
        approve(county, child, no, seen=file_of(county, child).judged)
    assert file_of(county, child).status == "dropped_out"


def test_a_stale_form_does_not_ask(county: County, children: dict[str, str]):
    child = children[RAIN]
    seen = file_of(county, child).judged
    do(county, withdraw_status, HEAD, child_id=child, no=propose(county, child))
    with pytest.raises(ChangedMeanwhile):
        propose(county, child, seen=seen)
    propose(county, child, seen=file_of(county, child).judged)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"reason": "搬走了"}, "请选择销号原因"),
        ({"evidence": ""}, "须有巩固期到校核查记录"),
        ({"on": "2026-10-10"}, "在将来"),
        ({"change": "suspended", "until": ""}, "批准到哪一天止"),
        ({"change": "suspended", "until": "2028-01-01"}, "一次最长批准 366 天"),
        ({"change": "watch"}, "不需要申报"),
    ],
)
def test_a_proposal_without_its_papers_is_refused(
    county: County, children: dict[str, str], wrong: dict[str, Any], said: str
):
    with pytest.raises(BadInput, match=said):
        propose(county, children[RAIN], replace(CLOSURE, **wrong))


def test_home_teaching_out_of_the_dropout_list_needs_three_papers_and_the_county(
    county: County, children: dict[str, str]
):
    child = children[HILL]
    bare = Proposal(change="home_teaching", on="2026-10-08", evidence="县特〔2026〕2号")
    with pytest.raises(BadInput, match="还缺：监护人申请编号、专家委员会意见编号"):
        propose(county, child, bare, OTHER_HEAD)
    papers = {"application": "申1", "opinion": "专1"}
    no = propose(county, child, replace(bare, private=papers), OTHER_HEAD)
    assert "专1" not in str(file_of(county, child).proposals[no].body)
    approve(county, child, no, on="2026-10-08")
    assert file_of(county, child).status == "home_teaching"


def test_a_lead_is_closed_with_what_its_verification_found(county: County, children: dict[str, str]):
    child = children[CALM]
    lead = {"学籍号": "G20260004", "日期": "2026-10-07", "变化": "待核查", "登记人": "温若谷"}
    now = county.now
    county.take("status", [lead])
    county.now = now
    found = replace(CLOSURE, reason="核查排除", evidence="排1")
    with pytest.raises(BadInput, match="核查有了结论，请填写核查结果"):
        propose(county, child, found, by=OTHER_HEAD)
    with pytest.raises(BadInput, match="核查结果“不知道”不在可选范围内"):
        propose(county, child, replace(found, outcome="不知道"), by=OTHER_HEAD)
    no = propose(county, child, replace(found, outcome="已在校有学籍"), by=OTHER_HEAD)
    entry = approve(county, child, no)["no"]
    assert file_of(county, child).ledgers["statuses"].live[entry]["outcome"] == "已在校有学籍"
    with pytest.raises(BadInput, match="只有待核查的线索"):
        propose(county, children[RAIN], replace(CLOSURE, outcome="已在校有学籍"))


def test_a_child_without_a_file_is_deferred_by_its_first_fact(county: County, children: dict[str, str]):
    child = children[CALM]
    approve(county, child, propose(county, child, LEAVE, OTHER_HEAD), on="2026-10-08")
    assert file_of(county, child).status == "deferred"


def test_the_day_of_approval_lies_between_the_stated_day_and_today(county: County, children: dict[str, str]):
    child = children[RAIN]
    no = propose(county, child, LEAVE)
    for on, said in (("2026-10-07", "早于申报的日期"), ("2026-10-10", "在将来")):
        with pytest.raises(BadInput, match=said):
            approve(county, child, no, on=on)


def test_sent_twice_is_one_proposal_and_one_approval(county: County, children: dict[str, str]):
    child = children[RAIN]
    first = propose(county, child, id="form-1")
    assert propose(county, child, id="form-1") == first
    answer = approve(county, child, first, id="form-2")
    assert approve(county, child, first, id="form-2") == answer
    assert sum(entry.change == "closed" for entry in file_of(county, child).entries.values()) == 1


def at_once(*acts: Callable[[], Any]) -> tuple[list[Any], list[CaseworkError]]:
    """Runs the acts in threads that start together: the replies, and the refusals."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return act()
        except CaseworkError as refused:
            return refused

    with ThreadPoolExecutor(len(acts)) as pool:
        ends = list(pool.map(run, acts))
    refused = [end for end in ends if isinstance(end, CaseworkError)]
    return [end for end in ends if not isinstance(end, CaseworkError)], refused


def test_of_two_approvers_at_once_one_decides_and_the_other_is_told(county: County, children: dict[str, str]):
    child = children[RAIN]
    no = propose(county, child)
    done, refused = at_once(
        lambda: approve(county, child, no, BUREAU), lambda: approve(county, child, no, CHIEF_OF_BUREAU)
    )
    assert (len(done), [each.message for each in refused]) == (
        1,
        ["这项申报已被批准，不能再办，请刷新后再看"],
    )
    assert sum(entry.change == "closed" for entry in file_of(county, child).entries.values()) == 1


def test_approved_and_withdrawn_at_once_is_one_of_the_two(county: County, children: dict[str, str]):
    child = children[RAIN]
    for _ in range(4):
        no = propose(county, child)
        done, refused = at_once(
            partial(approve, county, child, no),
            partial(do, county, withdraw_status, HEAD, child_id=child, no=no),
        )
        assert (len(done), len(refused)) == (1, 1)
        how = file_of(county, child).proposals[no].ended
        assert refused[0].message.startswith(f"这项申报已被{'批准' if how == 'approved' else '撤回'}")
        if how == "approved":
            break


def test_a_form_sent_from_eight_hands_at_once_is_one_proposal(county: County, children: dict[str, str]):
    child = children[RAIN]
    done, refused = at_once(*[lambda: propose(county, child, id="form-8") for _ in range(8)])
    assert (len(done), len(set(done)), refused) == (8, 1, [])
    assert len(file_of(county, child).proposals) == 1


def test_the_queue_holds_what_waits_in_reach_and_the_read_model_agrees_with_the_events(
    county: County, children: dict[str, str]
):
    no = propose(county, children[RAIN])
    done = propose(county, children[HILL], replace(LEAVE, until="2026-12-01"), OTHER_HEAD)
    do(county, decline_status, BUREAU, child_id=children[HILL], no=done, reason="缺文件")
    with county.casework.reading() as reading:
        conn, units = reading.snapshot.conn, reading.reference.units
        waiting = status_proposals.waiting(conn, reach_of(units, "C1"), ["closed", "suspended"], 10)
        assert [(row.case_id, row.no, row.school) for row in waiting] == [(children[RAIN], no, "S1")]
        assert not status_proposals.waiting(conn, reach_of(units, "S2"), ["closed"], 10)
        assert status_proposals.waiting_count(conn, reach_of(units, "C1"), ["closed"], HEAD_1) == 0
        mine = status_proposals.made_by(conn, HEAD_2, "2026-10-01", reach_of(units, "S2"))
        assert [(row.no, row.ended) for row in mine] == [(done, "declined")]
        assert not reconcile(reading.snapshot)
    rebuild(county.casework.store)
    with county.casework.reading() as reading:
        assert not reconcile(reading.snapshot)
