"""Status rows: late entries, histories that fit or do not, a child's rows judged together (状态登记)."""

import pytest

from tests.importing.small import Small
from tests.support.rows import FAR, JUNIOR_SCHOOL, NEAR, absence, pupil, session, status, visit


def test_a_late_entry_may_fall_between_two_that_are_there(county: Small):
    county.good("status", status("2026-09-01", "疑似辍学"), status("2026-09-20", "复学"))
    county.good("status", status("2026-09-10", "辍学"))
    county.clean()


def test_a_late_entry_that_does_not_fit_names_both_entries_and_its_column(county: Small):
    county.good("status", status("2026-09-01", "疑似辍学"), status("2026-09-20", "辍学"))
    why = county.bad("status", status("2026-09-10", "缓学"), status("2026-09-12", "重点关注"))
    assert "“2026-09-12 重点关注”与“2026-09-10 缓学”不相容" in why
    assert "变化“重点关注”" in why


def test_a_transfer_out_alone_may_not_fit_where_it_fits_with_its_acceptance(county: Small):
    county.good("status", status("2026-09-01", "重点关注"), status("2026-09-20", "疑似辍学"))
    out = status("2026-09-05", "转出", 接收学校代码=FAR)
    assert "不相容" in county.bad("status", out)
    county.good("status", status("2026-09-08", "转入接收", 接收学校代码=FAR), out)
    assert county.schools() == [("0001-01-01", NEAR), ("2026-09-08", FAR)]


def test_when_the_rest_does_not_fit_none_of_the_childs_rows_is_taken_and_others_are(county: Small):
    rows = [
        status("2026-09-01", "疑似辍学"),
        status("2026-09-02", "重开"),
        status("2026-09-01", "疑似辍学", "G2"),
    ]
    assert county.verbs("status", *rows) == {"created": 1, "refused": 2}


def test_rows_bad_by_themselves_drop_out_and_the_rest_is_judged_without_them(county: Small):
    rows = [status("2026-09-01", "疑似辍学"), status("2027-09-02", "复学"), status("2026-09-05", "不详")]
    assert county.verbs("status", *rows) == {"created": 1, "refused": 2}


def test_rows_of_one_day_keep_the_order_of_the_sheet(county: Small):
    day = "2026-09-25"
    county.good("status", status(day, "疑似辍学"), status(day, "复学"), status(day, "再辍"))
    assert county.figure("d_new", "2026-W40") == 1
    assert "不相容" in county.bad("status", status(day, "再辍", "G2"), status(day, "疑似辍学", "G2"))


def test_two_rows_of_one_key_that_contradict_each_other_are_refused_both(county: Small):
    rows = [status("2026-09-01", "辍学", 原因="失联"), status("2026-09-01", "辍学", 原因="残疾")]
    why = county.bad("status", *rows)
    assert "第 2 行 日期“2026-09-01”" in why and "第 3 行 日期“2026-09-01”" in why
    assert "只保留正确的一行" in why


def test_a_contradiction_takes_the_void_of_that_key_with_it(county: Small):
    county.good("visits", visit("2026-09-01"))
    rows = [
        visit("2026-09-01", 作废原因="错"),
        visit("2026-09-01", 备注="甲"),
        visit("2026-09-01", 备注="乙"),
    ]
    assert county.verbs("visits", *rows) == {"refused": 3}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (status("2026-09-01", "缓学", 证据编号=""), "证据编号（空）：缓学须填写批准文件的证据编号"),
        (status("2026-09-01", "休学", 批准人=""), "休学须由登记人以外的另一人批准"),
        (status("2026-09-01", "销号", 销号原因=""), "销号须填写销号原因"),
        (status("2026-09-01", "缓学", 登记人="丙", 批准人="丙"), "另一人批准"),
        (status("2026-09-01", "缓学", 登记人="", 批准人="本机操作员"), "另一人批准"),
        (status("2026-09-01", "转入接收"), "转入接收须填写接收学校代码"),
        (status("2026-09-01", "转出"), "接收学校代码（空）：转出须填写接收学校代码"),
        (status("2026-09-01", "复学", 接收学校代码="没有"), "接收学校代码“没有”：没有这个学校"),
        (status("2026-09-01", "辍学", 原因="贪玩"), "原因“贪玩”"),
        (status("2026-09-01", "疑似辍学", 失学类型="自愿"), "“自愿”不在可选范围内"),
        (status("2026-09-01", "复学", 安置方式="随便"), "“随便”不在可选范围内"),
        (status("2026-09-01", "缓学", 截止日期="2026-08-01"), "截止日期“2026-08-01”：早于日期"),
        (status("2026-10-02", "疑似辍学"), "日期“2026-10-02”：日期 2026-10-02 在将来"),
        (status("2016-02-28", "疑似辍学"), "早于该生出生日期 2016-03-01"),
    ],
)
def test_what_a_row_lacks_is_said_with_column_value_and_reason(county: Small, row: dict, said: str):
    assert said in county.bad("status", row)


def test_home_teaching_out_of_suspicion_needs_paper_and_a_second_person(county: Small):
    county.good("status", status("2026-09-01", "疑似辍学"))
    assert "须有证据编号" in county.bad("status", status("2026-09-05", "送教上门"))
    assert "另一人批准" in county.bad(
        "status", status("2026-09-05", "送教上门", 证据编号="证", 登记人="甲", 批准人="甲")
    )
    county.good("status", status("2026-09-05", "送教上门", 证据编号="证", 登记人="甲", 批准人="乙"))


def test_home_teaching_out_of_watching_needs_none(county: Small):
    county.good("status", status("2026-09-01", "重点关注"), status("2026-09-05", "送教上门"))


def test_an_empty_recorder_is_the_importer(county: Small):
    county.good("status", status("2026-09-01", "缓学", 登记人="", 批准人="乙"))


@pytest.mark.parametrize("row", [status, visit, absence, session])
def test_a_fact_before_the_childs_first_place_is_refused(county: Small, row):
    county.good("roster", pupil("G9", 变动日期="2026-09-01"))
    kind = {status: "status", visit: "visits", absence: "absences", session: "sessions"}[row]
    made = row("2026-08-31", "疑似辍学", "G9") if row is status else row("2026-08-31", "G9")
    assert "早于该生在花名册上的记录（2026-09-01 起）" in county.bad(kind, made)


def test_an_absence_may_not_end_in_the_future(county: Small):
    assert "截止日期“2026-10-02”" in county.bad("absences", absence("2026-09-30", 截止日期="2026-10-02"))
    county.good("absences", absence("2026-09-30", 截止日期="2026-10-01"))


def test_a_return_at_another_school_moves_child_and_case_and_its_void_moves_them_back(county: Small):
    county.good("status", status("2026-09-01", "疑似辍学"), status("2026-09-10", "复学", 接收学校代码=FAR))
    assert county.schools() == [("0001-01-01", NEAR), ("2026-09-10", FAR)]
    assert (county.figure("pupils", row=FAR), county.figure("returned", row=FAR)) == (2, 1)
    county.good("status", status("2026-09-10", "复学", 作废原因="没有到校"))
    assert county.schools() == [("0001-01-01", NEAR)]
    assert (county.figure("pupils", row=FAR), county.figure("s_close", row=NEAR)) == (1, 1)
    county.clean()


def test_a_corrected_receiving_school_moves_the_child_there(county: Small):
    county.good("status", status("2026-09-01", "疑似辍学"), status("2026-09-10", "复学", 接收学校代码=FAR))
    county.good("status", status("2026-09-10", "复学", 接收学校代码=JUNIOR_SCHOOL))
    assert county.schools() == [("0001-01-01", NEAR), ("2026-09-10", JUNIOR_SCHOOL)]
    county.clean()


def test_a_void_without_anything_to_void_is_refused(county: Small):
    assert "找不到要作废的记录" in county.bad("status", status("2026-09-01", "疑似辍学", 作废原因="错"))


def test_a_void_that_leaves_an_impossible_history_is_refused(county: Small):
    county.good(
        "status", status("2026-09-01", "疑似辍学"), status("2026-09-10", "复学"), status("2026-09-20", "再辍")
    )
    assert "此前没有复学记录" in county.bad("status", status("2026-09-10", "复学", 作废原因="错"))
