"""The same file twice changes nothing, whatever the kind; a void and its replacement stand in one sheet."""

import pytest

from tests.importing.small import Small
from tests.support.rows import FAR, LEDGERS, NEAR, UNITS, letter, posting, pupil, session, status, unit, visit


def test_units_twice(county: Small):
    county.again("units", *UNITS)


def test_a_merged_unit_twice(county: Small):
    merged = [unit(NEAR, "学校", "D", 单位名称="近小", 停用日期="2026-09-01", 并入单位代码=FAR)]
    county.good("units", *merged)
    county.again("units", *merged)


def test_postings_twice_also_when_a_sheet_ends_one_and_begins_the_next(county: Small):
    county.good("staff", posting("w1"))
    rows = [posting("w1", "校长", NEAR, 任职日期="2026-09-01"), posting("w1", 离任日期="2026-08-31")]
    county.good("staff", *rows)
    county.again("staff", *rows)


def test_an_old_staff_sheet_does_not_reopen_a_posting_that_ended(county: Small):
    county.good("staff", posting("w1", 离任日期="2026-08-31"))
    county.good("staff", posting("w1", 任职日期="2026-09-01"))
    county.again("staff", posting("w1"))


def test_a_roster_twice(county: Small):
    rows = [pupil("G1"), pupil("G2"), pupil("G9", 特殊群体="低保、单亲", 证件号="51010520160301002X")]
    county.good("roster", *rows)
    county.again("roster", *rows)


def test_a_roster_of_several_days_of_one_child_twice_in_whatever_order_it_stands(county: Small):
    rows = [
        pupil("G1", 班级="1班", 变动日期="2026-09-01", 联系电话="13900000002"),
        pupil("G1", 班级="2班", 变动日期="2026-03-01", 联系电话="13900000001"),
        pupil("G1", 班级="3班", 变动日期="2026-05-01"),
    ]
    county.good("roster", *rows)
    assert [place[3] for place in county.places()] == ["1班", "2班", "3班", "1班"]
    county.again("roster", *rows)


def test_a_new_child_with_a_first_row_and_a_dated_change_in_one_sheet_twice(county: Small):
    rows = [pupil("G9"), pupil("G9", "", FAR, 变动日期="2026-09-01")]
    county.good("roster", *rows)
    assert county.schools("G9") == [("0001-01-01", NEAR), ("2026-09-01", FAR)]
    county.again("roster", *rows)


def test_a_roster_after_a_merger_twice_still_names_the_closed_school(county: Small):
    county.good("units", unit(NEAR, "学校", "D", 单位名称="近小", 停用日期="2026-09-01", 并入单位代码=FAR))
    county.again("roster", pupil("G1"), pupil("G2"))
    assert county.schools() == [("0001-01-01", NEAR), ("2026-09-01", FAR)]


@pytest.mark.parametrize("kind", LEDGERS)
def test_a_ledger_twice(county: Small, kind: str):
    rows = [LEDGERS[kind]("2026-09-10"), LEDGERS[kind]("2026-09-11", "G2", 文号="第2号")]
    county.good(kind, *rows)
    county.again(kind, *rows)


VOIDABLE = [kind for kind in LEDGERS if kind not in ("letters", "aid")]
"""Ledgers with 作废原因; a letter has its day of voiding besides, aid is reversed on the case."""


@pytest.mark.parametrize("kind", VOIDABLE)
def test_a_void_and_its_replacement_in_one_sheet_twice(county: Small, kind: str):
    row = LEDGERS[kind]
    county.good(kind, row("2026-09-10"))
    rows = [row("2026-09-10", 作废原因="写错了"), row("2026-09-10", 备注="改正")]
    assert county.verbs(kind, *rows) == {"voided": 1, "created": 1}
    county.again(kind, *rows)
    county.clean()


@pytest.mark.parametrize("kind", VOIDABLE)
def test_a_void_row_needs_only_the_child_and_the_key(county: Small, kind: str):
    county.good(kind, LEDGERS[kind]("2026-09-10"))
    keys = {"学籍号", "日期", "变化", "起始日期", "家访日期", "开始时间"}
    void = {name: text for name, text in LEDGERS[kind]("2026-09-10").items() if name in keys}
    rows = [{**void, "作废原因": "登记错人"}, LEDGERS[kind]("2026-09-10", 备注="改正")]
    assert county.verbs(kind, *rows) == {"voided": 1, "created": 1}
    county.again(kind, *rows)


def test_an_old_register_may_name_several_entries_of_one_key_voided_in_turn(county: Small):
    county.good("visits", visit("2026-09-10", 备注="一"))
    county.good("visits", visit("2026-09-10", 备注="一", 作废原因="错"), visit("2026-09-10", 备注="二"))
    rows = [
        visit("2026-09-10", 备注="一", 作废原因="错"),
        visit("2026-09-10", 备注="二", 作废原因="又错"),
        visit("2026-09-10", 备注="三"),
    ]
    assert county.verbs("visits", *rows) == {"unchanged": 1, "voided": 1, "created": 1}
    county.again("visits", *rows)


def test_a_row_equal_to_a_voided_one_stays_voided_and_says_so(county: Small):
    county.good("visits", visit("2026-09-10"))
    county.good("visits", visit("2026-09-10", 作废原因="未去"))
    outcome = county.good("visits", visit("2026-09-10"))
    assert outcome.counts["unchanged"] == 1
    assert "已作废" in outcome.warnings[0]
    assert county.verbs("visits", visit("2026-09-10", 备注="确实去了")) == {"created": 1}


def test_letters_with_service_and_void_twice(county: Small):
    rows = [
        letter("2026-09-10", 送达日期="2026-09-11", 送达方式="直接", 受送达人="家长"),
        letter("2026-09-12", 文号="义劝通字〔2026〕第002号", 作废日期="2026-09-13", 作废原因="写错姓名"),
        letter("2026-09-14", 文号="", 送达日期="2026-09-14", 送达方式="留置"),
    ]
    assert county.verbs("letters", *rows) == {"created": 3}
    county.again("letters", *rows)
    county.clean()


def test_a_register_exported_again_after_a_letter_was_voided_voids_it_once(county: Small):
    county.good("letters", letter("2026-09-10"))
    rows = [letter("2026-09-10", 作废日期="2026-09-15", 作废原因="学生已返校")]
    assert county.verbs("letters", *rows) == {"voided": 1}
    county.again("letters", *rows)
    county.again("letters", letter("2026-09-10"))


def test_status_rows_with_a_move_of_school_twice(county: Small):
    rows = [
        status("2026-09-01", "疑似辍学"),
        status("2026-09-08", "复学", 接收学校代码=FAR, 安置方式="插班"),
        status("2026-09-20", "转出", 接收学校代码=NEAR),
        status("2026-09-22", "转入接收", 接收学校代码=NEAR),
    ]
    county.good("status", *rows)
    assert county.schools() == [("0001-01-01", NEAR), ("2026-09-08", FAR), ("2026-09-22", NEAR)]
    county.again("status", *rows)
    county.clean()


def test_the_same_row_twice_in_one_sheet_is_taken_once(county: Small):
    assert county.verbs("sessions", session("2026-09-10"), session("2026-09-10")) == {
        "created": 1,
        "unchanged": 1,
    }
    assert county.verbs("roster", pupil("G8"), pupil("G8")) == {"created": 1, "unchanged": 1}
