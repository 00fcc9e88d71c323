"""资助发放: exact amounts, known programmes, one grant a key, reasons for none, the same file twice."""

from typing import Any

import pytest
from sqlalchemy import select

from casework.domain.values import OPEN
from casework.projections.activity import AID_PAID, activity
from casework.projections.aid_grants import aid_grant
from tests.importing.small import Small
from tests.support.rows import FAR, aid, status


def paid(county: Small) -> list[tuple[Any, ...]]:
    """(day, fen, programme, school) of the payments believed now."""
    a = activity.c
    query = select(a.done_on, a.fen, a.detail, a.school).where(a.kind == AID_PAID, a.known_to == OPEN)
    with county.casework.reading() as reading:
        return sorted(tuple(row) for row in reading.snapshot.conn.execute(query))


def grants(county: Small) -> list[tuple[Any, ...]]:
    """(year, term, programme, fen, reason) of the read model."""
    g = aid_grant.c
    with county.casework.reading() as reading:
        rows = reading.snapshot.conn.execute(select(g.year, g.term, g.programme, g.fen, g.unpaid))
        return sorted(tuple(row) for row in rows)


def test_a_payment_enters_file_and_figures_in_whole_fen(county: Small):
    county.good(
        "aid", aid("2026-09-20", **{"金额(元)": "625.5"}), aid("2026-09-21", "G3", **{"金额(元)": "1,000"})
    )
    assert paid(county) == [
        ("2026-09-20", 62550, "living_boarder", "S1"),
        ("2026-09-21", 100000, "living_boarder", FAR),
    ]
    assert grants(county)[0] == ("2026-2027", "秋", "living_boarder", 62550, "")
    county.clean()


def test_the_same_file_twice_changes_nothing(county: Small):
    rows = (aid("2026-09-20"), aid("", "G2", **{"金额(元)": "", "未资助原因": "家长不申请"}))
    county.good("aid", *rows)
    county.again("aid", *rows)


def test_a_row_of_the_same_key_with_another_amount_is_a_correction(county: Small):
    county.good("aid", aid("2026-09-20"))
    outcome = county.good("aid", aid("2026-09-20", **{"金额(元)": "500", "凭证号": "B2"}))
    assert outcome.shown[0].changes == [("金额(元)", "625.00", "500.00"), ("凭证号", "A1", "B2")]
    assert [fen for _, fen, *_ in paid(county)] == [50000]
    county.clean()


def test_another_day_programme_or_term_is_another_grant(county: Small):
    rows = (
        aid("2026-09-20"),
        aid("2026-09-21"),
        aid("2026-09-20", 项目代码="nutrition"),
        aid("2026-09-20", 学年="2025-2026", 学期="春"),
    )
    assert county.verbs("aid", *rows) == {"created": 4}


def test_two_rows_of_one_key_contradict_each_other(county: Small):
    why = county.bad("aid", aid("2026-09-20"), aid("2026-09-20", **{"金额(元)": "1"}))
    assert why.count("同一表中有两行指向同一条记录但内容不同") == 2


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"金额(元)": "625.555"}, "金额(元)“625.555”：“625.555”的小数超过两位"),
        ({"金额(元)": "0"}, "金额(元)“0”：金额要大于 0"),
        ({"金额(元)": "-5"}, "金额(元)“-5”：“-5”不是金额"),
        ({"金额(元)": ""}, "金额(元)（空）：金额要大于 0"),
        ({"金额(元)": "10000000.01"}, "金额太大"),
        ({"项目代码": "breakfast"}, "没有代码为“breakfast”的资助项目，可填：preschool_county（"),
        ({"项目代码": "living_day_registered"}, "在这个学期（2026-09-01 起）不发放"),
        ({"学年": "2026"}, "学年“2026”：学年应写成 2026-2027"),
        ({"学年": "2026-2028"}, "后一年比前一年大一"),
        ({"学期": "夏"}, "学期“夏”：学期应填秋或春"),
        ({"发放日期": "2026-10-02"}, "日期 2026-10-02 在将来"),
        ({"发放日期": ""}, "发放日期（空）：请填发放日期"),
        ({"发放日期": "2015-01-01"}, "早于该生出生日期"),
        ({"未资助原因": "家长不申请"}, "金额和发放日期应留空"),
    ],
)
def test_what_can_not_be_is_refused_with_column_and_reason(county: Small, cells: dict[str, str], said: str):
    assert said in county.bad("aid", {**aid("2026-09-20"), **cells})


@pytest.mark.parametrize(
    ("year", "term"), [("2026—2027学年", "秋季学期"), ("２０２６-２０２７", "秋季"), ("2026-2027", "秋")]
)
def test_school_year_and_term_are_read_kindly(county: Small, year: str, term: str):
    county.good("aid", aid("2026-09-20", 学年=year, 学期=term))
    assert grants(county)[0][:2] == ("2026-2027", "秋")


def test_a_reason_for_no_aid_is_no_payment_and_its_own_words_stay_sealed(county: Small):
    unpaid = {"金额(元)": "", "凭证号": ""}
    county.good(
        "aid",
        aid("", **unpaid, 未资助原因="父亲王大山说不要"),
        aid("", "G2", **unpaid, 未资助原因="材料不齐"),
    )
    assert paid(county) == []
    assert [row[-1] for row in grants(county)] == ["其他", "材料不齐"]
    with county.casework.reading() as reading:
        from casework.store.schema import stored_event

        states = reading.snapshot.conn.scalars(select(stored_event.c.state))
        assert all("王大山".encode() not in bytes(state) for state in states)
    county.clean()


def test_a_late_move_takes_the_payments_after_it_along(county: Small):
    county.good("aid", aid("2026-09-20"))
    county.good("status", status("2026-09-07", "疑似辍学"), status("2026-09-14", "复学", 接收学校代码=FAR))
    assert [school for *_, school in paid(county)] == [FAR]
    county.clean()


def test_aid_opens_a_file_without_a_status_and_moves_no_figure(county: Small):
    before = county.figure("pupils"), county.figure("s_close")
    county.good("aid", aid("2026-09-20"))
    assert (county.figure("pupils"), county.figure("s_close")) == before
