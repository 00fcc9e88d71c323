"""Preview is the default and writes nothing at all; it names what differs, and hides what was said."""

import pytest

from tests.importing.small import Small
from tests.support.rows import FAR, LEDGERS, NEAR, UNITS, letter, posting, pupil, status, unit, visit

ORDINARY = {
    "units": unit("S9", "学校", "C"),
    "staff": posting("w9"),
    "roster": pupil("G9"),
    **{kind: row("2026-09-10") for kind, row in LEDGERS.items()},
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_a_preview_stores_no_row_in_any_table(county: Small, kind: str):
    before = county.rows()
    outcome = county.take(kind, [ORDINARY[kind]], apply=False)
    assert (outcome.applied, outcome.counts["created"]) == (False, 1)
    assert county.rows() == before


@pytest.mark.parametrize("kind", ORDINARY)
def test_all_or_nothing_stores_nothing_when_one_row_is_refused(county: Small, kind: str):
    bad = {**ORDINARY[kind], **{name: "不是日期" for name in ORDINARY[kind] if name.endswith("日期")}}
    bad.update({"类型": "不认识"} if kind == "units" else {})
    before = county.rows()
    outcome = county.take(kind, [ORDINARY[kind], bad], all_or_nothing=True)
    assert (outcome.applied, len(outcome.refused)) == (False, 1)
    assert county.rows() == before
    assert county.take(kind, [ORDINARY[kind]], all_or_nothing=True).applied


def test_all_or_nothing_also_holds_for_rows_that_only_the_commands_refuse(county: Small):
    before = county.rows()
    outcome = county.take(
        "status", [status("2026-09-01", "疑似辍学"), status("2026-09-02", "重开", "G2")], all_or_nothing=True
    )
    assert (outcome.applied, outcome.counts["refused"]) == (False, 1)
    assert county.rows() == before


def test_a_preview_sees_what_the_import_will_see_of_two_rows_with_one_certificate(county: Small):
    shared = "510105201603010027"
    rows = [pupil(f"N{at}", 证件号=shared if at in (0, 1500) else "") for at in range(1600)]
    previewed = county.take("roster", rows, apply=False).counts
    assert previewed["refused"] == 2
    assert county.take("roster", rows).counts == previewed


def test_a_correction_shows_the_columns_that_differ_and_not_what_was_said(county: Small):
    county.good("visits", visit("2026-09-10"))
    outcome = county.take(
        "visits", [visit("2026-09-10", 结果="拒绝", 谈话要点="改写的话", 家长意见="家长的话")], apply=False
    )
    changes = {column: (old, new) for column, old, new in outcome.shown[0].changes}
    assert changes["结果"] == ("犹豫", "拒绝")
    assert changes["谈话要点、家长意见"] == ("（不显示）", "（有更改，不显示）")
    assert set(changes) == {"结果", "谈话要点、家长意见"}
    assert "话" not in "".join(old + new for old, new in changes.values())


def test_a_corrected_status_is_shown_in_the_words_of_the_ledger(county: Small):
    county.good("status", status("2026-09-01", "辍学", 原因="外出务工"))
    shown = county.take(
        "status", [status("2026-09-01", "辍学", 原因="早婚早育；失联", 失学类型="中途辍学")]
    ).shown
    assert shown[0].changes == [("原因", "外出务工", "早婚早育；失联"), ("失学类型", "", "中途辍学")]


def test_a_void_shows_what_is_voided(county: Small):
    county.good("status", status("2026-09-01", "疑似辍学"))
    shown = county.take("status", [status("2026-09-01", "疑似辍学", 作废原因="看错人")], apply=False).shown
    assert shown[0].changes == [("登记", "2026-09-01 疑似辍学", "作废")]


def test_a_service_entered_later_shows_what_was_added(county: Small):
    county.good("letters", letter("2026-09-10"))
    outcome = county.good("letters", letter("2026-09-10", 送达日期="2026-09-12", 送达方式="直接"))
    assert outcome.shown[0].changes == [("送达日期", "", "2026-09-12"), ("送达方式", "", "直接")]
    outcome = county.good("letters", letter("2026-09-10", 送达日期="2026-09-13", 送达方式="直接"))
    assert outcome.shown[0].changes == [("送达日期", "2026-09-12", "2026-09-13")]


def test_a_roster_change_is_shown_in_the_words_of_the_roster(county: Small):
    outcome = county.take("roster", [pupil("G1", "", FAR, 性别="男", 班级="2班", 学段="初中")], apply=False)
    changes = {column: (old, new) for column, old, new in outcome.shown[0].changes}
    assert changes["学校代码"] == ("近小（S1）", "远小（S2）")
    assert changes["学段"] == ("小学", "初中")
    assert changes["性别"] == ("女", "男")


def test_phone_and_address_are_said_to_differ_and_not_shown(county: Small):
    outcome = county.take(
        "roster", [pupil("G1", 联系电话="13900001111", 现居住地详址="某村三组")], apply=False
    )
    shown = "".join(old + new for _, old, new in outcome.shown[0].changes)
    assert "1390000" not in shown and "三组" not in shown


def test_a_merger_says_who_moves_and_which_posts_fall_vacant(county: Small):
    county.good("status", status("2026-09-10", "疑似辍学"))
    county.good("staff", posting("w1"), posting("w2", "班主任", 离任日期="2026-06-30"))
    merged = unit(NEAR, "学校", "D", 单位名称="近小", 停用日期="2026-09-01", 并入单位代码=FAR)
    outcome = county.take("units", [merged], apply=False)
    told = "\n".join(outcome.warnings)
    assert "2 名学生" in told and "个案 1 份" in told
    assert "校长 教师w1（w1）" in told and "w2" not in told
    assert outcome.shown[0].changes == [("停用日期", "", "2026-09-01"), ("并入单位代码", "", FAR)]


def test_a_preview_of_unchanged_units_changes_nothing(county: Small):
    assert county.take("units", UNITS, apply=False).counts["unchanged"] == len(UNITS)
