"""七长 and 双线 as a county would adopt them: holders, who stands above, and duties of their own."""

from importlib.resources import files
from typing import Any

import pytest

from casework.cli import main
from casework.commands.policies import adopt_policy
from casework.domain.duty_policy import DutyPolicy
from casework.domain.policy_documents import parse
from casework.domain.values import LOCAL_OPERATOR
from casework.projections.duty_chain import ChainReader, ChainRow, in_order
from casework.projections.duty_counts import DutyCounts
from casework.projections.duty_lines import Window, scope_of
from casework.projections.duty_list import lines_of
from casework.projections.duty_seats import Seat, above
from tests.support.county import County
from tests.web.small_county import CALM, CHIEF, NAMES, at, fill

EXAMPLES = ("duties-seven", "duties-two-lines")
TERM = ("2026-09-01", "2027-02-28")


def text_of(name: str) -> str:
    """The example as shipped."""
    return (files("casework") / "policy" / "examples" / f"{name}.toml").read_text("utf-8")


def adopted(url: str, name: str) -> County:
    """The small county with an example adopted from September on, a 县长 and a 局长 in post."""
    county = County(url)
    fill(county)
    text = text_of(name)
    county.casework.do(
        "policy.adopt",
        lambda act, _: {"adopted": adopt_policy(act, name="duties", text=text, effective_from="2026-09-01")},
        actor=LOCAL_OPERATOR,
    )
    staff = [
        {"登录名": login, "姓名": f"姓{post}", "岗位": post, "单位代码": "C1", "任职日期": "2026-08-01"}
        for login, post in (("xian", "县长"), ("ju", "局长"))
    ]
    assert not county.take("staff", staff).refused
    return county


def rows_of(county: County, role: str, day: str = "2026-10-09") -> dict[str, ChainRow]:
    """The page of a role in the county, by unit."""
    with county.casework.reading() as reading:
        scope = scope_of(reading.reference.units, "C1")
        reader = ChainReader(reading.snapshot, reading.reference, scope, day, DutyCounts())
        rows = reader.rows(reader.policy.role(role), *TERM, by_class=False)
        return {row.seat.unit: row for row in rows}


def above_words(policy: DutyPolicy, county: County, *seat: str) -> list[tuple[str, ...]]:
    """(role, unit) of those above."""
    with county.casework.reading() as reading:
        return [(each.role, each.unit) for each in above(policy, reading.reference.units, Seat(*seat))]


@pytest.mark.parametrize("name", EXAMPLES)
def test_policy_check_takes_an_example_by_its_file_name(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = files("casework") / "policy" / "examples" / f"{name}.toml"
    assert main(["policy", "check", str(path)]) == 0
    assert f"{name}.toml 有效" in capsys.readouterr().out


def test_seven_heads_put_the_county_above_the_bureau(database_url: str) -> None:
    county = adopted(database_url, "duties-seven")
    policy: Any = parse("duties", text_of("duties-seven"))
    assert policy.chain.name == "七长" and policy.chain.roles[0] == "县长"
    assert policy.escalation.top == "县长"
    head = rows_of(county, "县长")["C1"]
    assert [each.name for each in head.holders] == ["姓县长"]
    assert head.figures["open"] == 1  # 听取汇报, by the end of October
    assert above_words(policy, county, "局长", "C1") == [("县长", "C1")]
    assert above_words(policy, county, "校长", "S2") == [("镇长", "T2"), ("局长", "C1")]
    county.close()


def test_what_a_vacant_bureau_leaves_falls_to_the_county_head(sqlite_url: str) -> None:
    county = adopted(sqlite_url, "duties-seven")
    left = {"登录名": "ju", "姓名": "姓局长", "岗位": "局长", "单位代码": "C1", "任职日期": "2026-08-01"}
    assert rows_of(county, "县长", "2026-10-25")["C1"].taken_over == 0
    county.take("staff", [{**left, "离任日期": "2026-10-08"}], at("2026-10-09T16:00"))
    assert rows_of(county, "局长")["C1"].holders == []
    # 汇总上报家庭经济困难学生 is to be done by 30 October.
    assert rows_of(county, "县长", "2026-10-25")["C1"].taken_over == 1
    county.close()


def test_two_lines_keep_government_and_education_apart(database_url: str) -> None:
    county = adopted(database_url, "duties-two-lines")
    policy: Any = parse("duties", text_of("duties-two-lines"))
    assert above_words(policy, county, "村长", "V1") == [("镇长", "T1")]
    assert above_words(policy, county, "镇长", "T1") == [("县长", "C1")]
    assert above_words(policy, county, "校长", "S2") == [("局长", "C1")]
    assert above_words(policy, county, "师长", "S2", "七年级", "1班") == [("校长", "S2")]
    assert above_words(policy, county, "局长", "C1") == [("县长", "C1")]
    county.close()


def test_in_two_lines_a_village_head_visits_together_each_month(database_url: str) -> None:
    county = adopted(database_url, "duties-two-lines")
    out = {"学籍号": "G20260004", "姓名": CALM, "日期": "2026-09-10", "变化": "辍学", "原因": "外出务工"}
    assert not county.take("status", [out], at("2026-10-09T16:00")).refused
    before = rows_of(county, "村长")["V1"]
    assert [each.name for each in before.holders] == [NAMES[CHIEF]]
    assert (before.figures["open"], before.figures["on_time"]) == (1, 0)
    visit = {
        "学籍号": "G20260004",
        "姓名": CALM,
        "家访日期": "2026-10-05",
        "开始时间": "10:00",
        "方式": "上门",
        "参加人": "闵舒禾/校长/第二初中；韦彩莲/村长/石桥村",
        "见到": "家长",
        "结果": "犹豫",
        "谈话要点": "一起去的",
        "记录人": "闵舒禾",
    }
    assert not county.take("visits", [visit], at("2026-10-09T16:01")).refused
    assert rows_of(county, "村长")["V1"].figures["on_time"] == 1
    with county.casework.reading() as reading:
        scope = scope_of(reading.reference.units, "V1")
        lines = lines_of(reading.snapshot, reading.reference, scope, Window("2026-10-09", *TERM), {"村长"})
        assert {line.rule for line in lines} == {"out.village"}
    county.close()


def test_who_finds_many_children_early_and_acts_stands_before_who_finds_few_and_waits() -> None:
    busy, idle, none = ChainRow(seat=Seat("校长", "A")), ChainRow(seat=Seat("校长", "B")), ChainRow()
    busy.files, busy.states = 40, busy.states + type(busy.states)(on_time=38, late=2)
    idle.files, idle.states = 1, idle.states + type(idle.states)(overdue=1, on_time=1)
    assert [row.seat.unit for row in in_order([none, busy, idle])] == ["B", "A", ""]
    more = ChainRow(seat=Seat("校长", "C"), files=400, states=type(busy.states)(on_time=38, late=2))
    assert in_order([more, busy]) == [busy, more]  # equal rates: by unit, however many children
