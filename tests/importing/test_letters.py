"""Letters: numbers claimed for ever, who may issue what, service after issue (文书登记)."""

import pytest

from casework.domain.letter_numbers import series_place
from tests.importing.small import Small
from tests.support.rows import COUNTY, EAST, FAR, NEAR, STREET, letter

ORDER = {"文书种类": "限期复学通知书", "文号": "义限通字〔2026〕第001号"}


def test_a_school_can_not_issue_an_order_letter(county: Small):
    why = county.bad("letters", letter("2026-09-10", **ORDER))
    assert "签发单位代码“S1”" in why and "义务教育法第五十八条" in why and "近小无权签发" in why


@pytest.mark.parametrize("issuer", [EAST, COUNTY])
def test_a_township_and_the_county_may(county: Small, issuer: str):
    county.good("letters", letter("2026-09-10", **ORDER, 签发单位代码=issuer))


def test_a_subdistrict_needs_its_authorisation_on_file(county: Small):
    why = county.bad("letters", letter("2026-09-10", **ORDER, 签发单位代码=STREET))
    assert "街道办事处，不是乡镇人民政府：须先登记授权文件" in why


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (letter("2026-09-10", 文书种类="罚款单"), "文书种类“罚款单”：没有“罚款单”这种文书"),
        (letter("2026-09-10", 签发单位代码="没有"), "签发单位代码“没有”：没有这个单位"),
        (letter("2026-09-10", 签发单位代码=EAST), "劝返复学通知书不能由东乡签发"),
        (letter("2026-09-10", 签发人=""), "签发人（空）：此格必填"),
        (
            letter("2026-09-10", 送达日期="2026-09-09"),
            "送达日期“2026-09-09”：送达日期 2026-09-09 早于签发日期",
        ),
        (letter("2026-09-10", 送达日期="2026-10-02"), "送达日期 2026-10-02 在将来"),
        (letter("2026-09-10", 送达方式="直接"), "填写了送达情况，但没有送达日期"),
        (letter("2026-09-10", 送达日期="2026-09-11", 送达方式="托人"), "送达方式“托人”"),
        (letter("2026-10-02"), "签发日期“2026-10-02”：日期 2026-10-02 在将来"),
        (letter("2026-09-10", 限期天数="七"), "限期天数“七”"),
    ],
)
def test_what_can_not_be_is_refused_with_column_and_reason(county: Small, row: dict, said: str):
    assert said in county.bad("letters", row)


def test_a_number_is_used_once_in_its_register_whatever_the_child(county: Small):
    county.good("letters", letter("2026-09-10"))
    assert "文号“义劝通字〔2026〕第001号”已用于另一名学生" in county.bad(
        "letters", letter("2026-09-11", "G2")
    )
    county.good("letters", letter("2026-09-11", "G3", 签发单位代码=FAR))
    county.clean()


def test_a_voided_number_stays_visible_and_is_never_used_again(county: Small):
    county.good("letters", letter("2026-09-10", 作废日期="2026-09-11", 作废原因="写错"))
    assert "作废的文号不能再用" in county.bad("letters", letter("2026-09-12"))
    assert "已用于另一名学生" in county.bad("letters", letter("2026-09-12", "G2"))
    assert county.figure("letters_issued", "2026-W37") == 0
    county.clean()


def test_two_rows_of_one_letter_with_other_services_contradict_each_other(county: Small):
    rows = [letter("2026-09-10", 送达日期=f"2026-09-1{day}", 送达方式="直接") for day in (1, 2)]
    assert "送达但内容不同" in county.bad("letters", *rows)
    assert county.verbs("letters", *rows) == {"refused": 2}


def test_issue_and_service_may_stand_in_two_rows(county: Small):
    rows = [letter("2026-09-10"), letter("2026-09-10", 送达日期="2026-09-11", 送达方式="直接")]
    county.good("letters", *rows)
    county.again("letters", *rows)
    assert county.figure("letters_served", "2026-W38") == 1


def test_the_issuers_own_series_goes_on_above_imported_numbers(county: Small):
    county.good(
        "letters",
        letter("2026-09-10", 文号="义劝通字〔2026〕第017号"),
        letter("2026-09-10", "G2", 文号="义劝通字〔2026〕第003号"),
    )
    given = county.casework.do(
        "number", lambda act, _: {"no": act.next_number(NEAR, "劝返复学通知书", 2026)}, actor=county.actor
    )
    assert given == {"no": 18}


def test_a_refused_letter_raises_no_series_and_claims_no_number(county: Small):
    before = county.rows()
    county.bad("letters", letter("2026-10-02"))
    after = county.rows()
    assert (after["number_series"], after["claim"]) == (before["number_series"], before["claim"])


@pytest.mark.parametrize(
    ("number", "place"),
    [
        ("义劝通字〔2026〕第001号", (2026, 1)),
        ("义劝通字[2025]12号", (2025, 12)),
        ("劝字（2024）第 7 号", (2024, 7)),
        ("第15号", (2026, 15)),
        ("20260910001", None),
        ("无号", None),
    ],
)
def test_the_place_of_a_number_in_its_series(number: str, place: tuple[int, int] | None):
    assert series_place(number, "2026-09-10") == place
