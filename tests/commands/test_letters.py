"""Letters by command: numbered without gap or repeat, signed by holders, frozen, voided, served."""

import threading
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from casework.commands.issue_letters import StillRunning
from casework.commands.letter_service import WrongService
from casework.domain.case_file import LETTERS
from casework.domain.values import Actor
from casework.errors import BadInput, CaseworkError, ChangedMeanwhile, NotAllowed, NotFound, RuleBroken
from casework.projections.case_history import history_of
from casework.projections.letters import letter
from casework.projections.rebuild import rebuild
from casework.projections.reconcile import reconcile
from casework.store.failures import CommandReused
from tests.support.county import County
from tests.support.letters import (
    COUNTY_DESK,
    HEAD_OF_1,
    HEAD_OF_2,
    ORDER,
    PERSUASION,
    REPORT,
    TOWNSHIP_1,
    attempt,
    file_of,
    issue,
    serve,
    service,
    void,
)
from tests.web.small_county import CALM, HILL, RAIN

TODAY = "2026-10-09"
AGAIN = {"answers": {"measures": "家访四次，家长仍不同意"}}


def away(field: County, number: str = "G20260001", on: str = "2026-10-08") -> None:
    """The child stops coming again."""
    field.take(
        "status", [{"学籍号": number, "日期": on, "变化": "疑似辍学", "原因": "上学远", "登记人": "温若谷"}]
    )


def go_to(field: County, day: str) -> None:
    field.now = datetime.fromisoformat(f"{day}T10:00:00+08:00")


def rows(field: County, **wanted: Any) -> list[Any]:
    with field.casework.reading() as reading:
        query = select(letter).order_by(letter.c.issuer, letter.c.n)
        for name, value in wanted.items():
            query = query.where(letter.c[name] == value)
        return list(reading.snapshot.conn.execute(query))


def clean(field: County) -> None:
    """The read models follow from the events, live and rebuilt."""
    with field.casework.store.snapshot() as snapshot:
        assert reconcile(snapshot) == []
    rebuild(field.casework.store)
    with field.casework.store.snapshot() as snapshot:
        assert reconcile(snapshot) == []


def test_a_school_issues_its_letter_with_the_next_number_and_a_frozen_text(
    field: County, children: dict[str, str]
):
    away(field)
    reply = issue(field, HEAD_OF_1, children[RAIN])
    assert reply["number"] == "义劝通字〔2026〕第001号"
    with field.casework.reading() as reading:
        history = history_of(reading.snapshot, children[RAIN], open_private=True)
    line = next(line for line in history.lines if line.ledger == LETTERS)
    said = line.now.said or {}
    assert line.now.body["signatory"] == "温若谷" and "text" not in line.now.body
    for words in (
        "张家长（张小雨的父母或者其他法定监护人）：",
        "自2026年10月8日起",
        "次日起7日内",
        "《中华人民共和国义务教育法》第五条、第十一条、第十三条",
        "第一小学四年级1班学生",
    ):
        assert words in said["text"]
    clean(field)


def test_an_imported_register_goes_on_above_its_last_number(field: County, children: dict[str, str]):
    reply = issue(field, HEAD_OF_2, children[HILL], again=True)
    assert reply["number"] == "义劝通字〔2026〕第002号"
    assert [row.number for row in rows(field, issuer="S2")] == [
        "义劝通字〔2026〕第001号",
        "义劝通字〔2026〕第002号",
    ]


def test_a_school_can_not_order_and_is_told_the_law(field: County, children: dict[str, str]):
    with pytest.raises(
        RuleBroken, match=r"只能由乡镇人民政府或县级教育行政部门签发（义务教育法第五十八条），第二初中无权"
    ):
        issue(field, HEAD_OF_2, children[HILL], ORDER)


def test_the_child_s_own_township_orders_and_so_does_the_county(field: County, children: dict[str, str]):
    away(field)
    assert issue(field, TOWNSHIP_1, children[RAIN], ORDER)["number"] == "义限通字〔2026〕第001号"
    with pytest.raises(RuleBroken, match=r"试验县的局长或副局长现在空缺"):
        issue(field, COUNTY_DESK, children[HILL], ORDER)
    post = {"登录名": "juzhang", "姓名": "江望舒", "岗位": "局长", "单位代码": "C1", "任职日期": "2026-08-01"}
    field.take("staff", [post])
    assert issue(field, COUNTY_DESK, children[HILL], ORDER, signer="juzhang")["verb"] == "recorded"
    assert [row.signatory for row in rows(field, kind=ORDER)] == ["江望舒", "兰启程"]


def test_a_subdistrict_orders_only_with_its_authorisation_on_file(field: County, children: dict[str, str]):
    street = {"单位代码": "T3", "单位名称": "南街街道", "类型": "街道", "上级代码": "C1"}
    village = {"单位代码": "V3", "单位名称": "南门社区", "类型": "村", "上级代码": "T3"}
    field.take("units", [street, village])
    mayor = Actor("zhen3", "施闻笛", "镇长", "T3")
    post = {"登录名": "zhen3", "姓名": "施闻笛", "岗位": "镇长", "单位代码": "T3", "任职日期": "2026-08-01"}
    field.take("staff", [post])
    moved = {
        "学籍号": "G20260002",
        "姓名": HILL,
        "性别": "女",
        "出生日期": "2013-05-06",
        "现居住地代码": "V3",
    }
    field.take("roster", [moved])
    with pytest.raises(RuleBroken, match=r"南街街道是街道办事处，不是乡镇人民政府：须先登记授权文件"):
        issue(field, mayor, children[HILL], ORDER)


@pytest.mark.parametrize(
    ("actor", "child", "kind", "why"),
    [
        (HEAD_OF_1, RAIN, PERSUASION, "该生已复学，不再下达劝返复学通知书"),
        (HEAD_OF_2, CALM, PERSUASION, "该生现在没有登记过状态"),
        (HEAD_OF_2, HILL, REPORT, "本次离校以来还没有送达过劝返复学通知书"),
        (HEAD_OF_2, HILL, "义务教育入学通知书", "该生的失学类型是“中途辍学”"),
        (COUNTY_DESK, HILL, "行政处罚/司法文书", "须经法制审核、另行制作"),
    ],
)
def test_a_letter_that_does_not_fit_the_child_is_refused(
    field: County, children: dict[str, str], actor: Actor, child: str, kind: str, why: str
):
    with pytest.raises(RuleBroken, match=why):
        issue(field, actor, children[child], kind)


def test_a_second_letter_while_the_first_is_on_its_way_is_asked_first(
    field: County, children: dict[str, str]
):
    with pytest.raises(StillRunning, match=r"第001号（2026-10-08签发）还没有送达"):
        issue(field, HEAD_OF_2, children[HILL])
    first = rows(field, issuer="S2")[0].no
    serve(field, HEAD_OF_2, children[HILL], first, service("2026-10-09"))
    with pytest.raises(StillRunning, match="期限到 2026-10-16，还没有期满"):
        issue(field, HEAD_OF_2, children[HILL])
    go_to(field, "2026-10-17")
    issue(field, HEAD_OF_2, children[HILL])


def test_who_does_not_hold_the_post_today_does_not_sign(field: County, children: dict[str, str]):
    away(field)
    with pytest.raises(BadInput, match="签发人须是今天在任的人，现在可以是：温若谷"):
        issue(field, HEAD_OF_1, children[RAIN], signer="ban41")


def test_a_teacher_issues_nothing_and_a_strangers_child_is_not_there(field: County, children: dict[str, str]):
    with pytest.raises(NotAllowed):
        issue(field, Actor("ban71", "卢远山", "班主任", "S2"), children[HILL])
    with pytest.raises(NotFound, match=r"^没有这名学生$"):
        issue(field, HEAD_OF_1, children[HILL])


def test_a_form_sent_twice_is_one_letter_and_a_stale_one_none(field: County, children: dict[str, str]):
    away(field)
    seen = file_of(field, children[RAIN]).judged
    first = issue(field, HEAD_OF_1, children[RAIN], command_id="form-1", seen=seen)
    assert issue(field, HEAD_OF_1, children[RAIN], command_id="form-1", seen=seen) == first
    with pytest.raises(CommandReused):
        issue(field, HEAD_OF_1, children[RAIN], command_id="form-1", seen=seen, again=True)
    with pytest.raises(ChangedMeanwhile, match="已被他人更新"):
        issue(field, HEAD_OF_1, children[RAIN], seen=seen, again=True)
    assert len(rows(field, issuer="S1")) == 1


def test_a_refused_letter_uses_no_number(field: County, children: dict[str, str]):
    away(field)
    for signer in ("niemand", "ban41"):
        with pytest.raises(BadInput):
            issue(field, HEAD_OF_1, children[RAIN], signer=signer)
    assert issue(field, HEAD_OF_1, children[RAIN])["number"].endswith("第001号")


def test_eight_clerks_at_once_leave_no_gap_and_no_repeat(field: County, children: dict[str, str]):
    away(field)
    refused: list[CaseworkError] = []

    def clerk() -> None:
        try:
            for _ in range(3):
                issue(field, HEAD_OF_1, children[RAIN], again=True)
        except CaseworkError as error:
            refused.append(error)

    threads = [threading.Thread(target=clerk) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == []
    assert [row.n for row in rows(field, issuer="S1")] == list(range(1, 25))
    clean(field)


def test_a_voided_letter_keeps_its_number_for_ever(field: County, children: dict[str, str]):
    away(field)
    no = issue(field, HEAD_OF_1, children[RAIN])["no"]
    with pytest.raises(BadInput, match="请写明作废的原因"):
        void(field, HEAD_OF_1, children[RAIN], no, " ")
    with pytest.raises(RuleBroken, match="由第一小学签发，只能由签发单位作废"):
        void(field, TOWNSHIP_1, children[RAIN], no)
    void(field, HEAD_OF_1, children[RAIN], no)
    with pytest.raises(RuleBroken, match="已作废"):
        void(field, HEAD_OF_1, children[RAIN], no)
    with pytest.raises(RuleBroken, match="已经作废，不用送达"):
        serve(field, HEAD_OF_1, children[RAIN], no, service(TODAY))
    assert issue(field, HEAD_OF_1, children[RAIN])["number"].endswith("第002号")
    kept = rows(field, issuer="S1")
    assert [(row.n, row.voided, row.voided_on) for row in kept] == [(1, 1, TODAY), (2, 0, "")]
    clean(field)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (service("2026-10-07"), "早于签发日期 2026-10-08"),
        (service("2026-10-10"), "还没到"),
        (service(TODAY, "飞鸽"), "请选择送达方式"),
        (service(TODAY, at="25:00"), "时间请写成"),
        (service(TODAY, server=""), "请填写送达人"),
        (service(TODAY, relation=""), "请填写与被送达人关系"),
        (service(TODAY, "留置"), "留置送达要写明拒收理由；留置送达要有见证人"),
        (service(TODAY, "留置", refusal="不签字"), "要有见证人"),
        (service(TODAY, "电子"), "要先得到受送达人同意"),
        (service(TODAY, "公告", place=""), "公告发布在哪里"),
        (service(TODAY, note="字" * 501), "“备注”最多 500 个字，现在有 501 个字"),
    ],
)
def test_a_proof_of_service_says_what_its_way_needs(
    field: County, children: dict[str, str], how: Any, why: str
):
    no = rows(field, issuer="S2")[0].no
    with pytest.raises(WrongService, match=why):
        serve(field, HEAD_OF_2, children[HILL], no, how)


def test_several_attempts_then_left_with_a_witness_and_corrected_with_a_reason(
    field: County, children: dict[str, str]
):
    child, no = children[HILL], rows(field, issuer="S2")[0].no
    with pytest.raises(WrongService, match="请填写未送达的原因"):
        attempt(field, HEAD_OF_2, child, no, service(TODAY))
    for why in ("家中无人", "说明天再来"):
        attempt(field, HEAD_OF_2, child, no, service(TODAY, why=why))
    left = service(TODAY, "留置", refusal="不愿签字", witness="韦彩莲")
    serve(field, HEAD_OF_2, child, no, left)
    with pytest.raises(RuleBroken, match="已经登记送达"):
        serve(field, HEAD_OF_2, child, no, left)
    with pytest.raises(RuleBroken, match="已经送达，不能再记未送达"):
        attempt(field, HEAD_OF_2, child, no, service(TODAY, why="又去"))
    later = replace(left, at="19:00")
    serve(field, HEAD_OF_2, child, no, later, reason="时间记错")
    row = rows(field, issuer="S2")[0]
    assert (row.attempts, row.mode, row.served_on, row.last_day) == (2, "留置", TODAY, "2026-10-16")
    clean(field)


def test_a_published_letter_counts_as_served_after_the_days_of_the_rules(
    field: County, children: dict[str, str]
):
    no = rows(field, issuer="S2")[0].no
    serve(field, HEAD_OF_2, children[HILL], no, service(TODAY, "公告"))
    row = rows(field, issuer="S2")[0]
    assert (row.served_on, row.last_day) == ("2026-11-08", "2026-11-15")


def test_the_school_reports_to_the_county_once_its_letter_led_to_nothing(
    field: County, children: dict[str, str]
):
    child, no = children[HILL], rows(field, issuer="S2")[0].no
    serve(field, HEAD_OF_2, child, no, service("2026-10-08"))
    with pytest.raises(RuleBroken, match="期限到 2026-10-15，期满后仍未复学才能签发"):
        issue(field, HEAD_OF_2, child, REPORT, **AGAIN)
    go_to(field, "2026-10-16")
    with pytest.raises(BadInput, match="请填写“已采取的措施和家长的意见”"):
        issue(field, HEAD_OF_2, child, REPORT)
    with pytest.raises(BadInput, match="最多 1000 个字，现在有 20000000 个字"):
        issue(field, HEAD_OF_2, child, REPORT, answers={"measures": "字" * 20_000_000})
    reply = issue(field, HEAD_OF_2, child, REPORT, **AGAIN)
    assert reply["number"] == "义劝报字〔2026〕第001号"
    with pytest.raises(RuleBroken, match="报送县教育局，不用登记送达"):
        serve(field, HEAD_OF_2, child, reply["no"], service("2026-10-16"))
    with pytest.raises(StillRunning, match="本次离校以来已经签发过"):
        issue(field, HEAD_OF_2, child, REPORT, **AGAIN)


def test_a_letter_of_before_the_last_return_asks_for_nothing_any_more(
    field: County, children: dict[str, str]
):
    child, no = children[HILL], rows(field, issuer="S2")[0].no
    serve(field, HEAD_OF_2, child, no, service("2026-10-08"))
    back = {
        "学籍号": "G20260002",
        "日期": "2026-10-12",
        "变化": "复学",
        "安置方式": "插班",
        "登记人": "闵舒禾",
    }
    field.take("status", [back], datetime.fromisoformat("2026-10-20T10:00:00+08:00"))
    assert rows(field, issuer="S2")[0].settled_on == "2026-10-12"
    away(field, "G20260002", "2026-10-19")
    with pytest.raises(RuleBroken, match="本次离校以来还没有送达过"):
        issue(field, HEAD_OF_2, child, REPORT, **AGAIN)
    issue(field, HEAD_OF_2, child)
    clean(field)
